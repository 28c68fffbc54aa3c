//! Webhook registrations, in both contracts.

use domain::configuration::Account;
use domain::ports::{OpenSolarError, Registrations};
use domain::registration::{NewRegistration, Registration, RegistrationState};
use opensolar::OpenSolarClient;

use crate::{Scene, design};

const ADDRESS: &str = "http://127.0.0.1:9/api/opensolar/webhook/";

fn registration(key: &str) -> NewRegistration {
    NewRegistration {
        address: ADDRESS.parse().expect("an address"),
        header: "X-Webhook-Token".to_owned(),
        key: key.parse().expect("a key"),
        signing_key: None,
    }
}

async fn all(client: &OpenSolarClient, account: &Account) -> Vec<Registration> {
    client.registrations(account).await.expect("the list")
}

/// Makes one, changes it and ends it; returns what the list shows in the end.
async fn a_life(client: &OpenSolarClient, account: &Account) -> Vec<Registration> {
    assert_eq!(all(client, account).await, []);
    client.register(account, &registration("an invented key of ours")).await.expect("registered");
    let made = all(client, account).await;
    let [one] = made.as_slice() else { panic!("one registration, not {made:?}") };
    assert!(one.is_at(&ADDRESS.parse().expect("an address")));
    assert_eq!(one.state, RegistrationState::Enabled);
    client.renew(account, &one.id, &registration("the next invented key of ours")).await.expect("renewed");
    assert_eq!(all(client, account).await, made);
    client.unregister(account, &one.id).await.expect("ended");
    let unknown = client.renew(account, &4711.into(), &registration("an invented key of ours")).await;
    assert!(matches!(unknown, Err(OpenSolarError::Rejected { status: 404, .. })), "{unknown:?}");
    all(client, account).await
}

#[tokio::test]
async fn in_the_live_contract_a_registration_that_ends_is_switched_off() {
    let scene = Scene::start().await;
    let left = a_life(&scene.client, &scene.account).await;
    assert_eq!(left.iter().map(|one| one.state).collect::<Vec<_>>(), [RegistrationState::Disabled]);
}

#[tokio::test]
async fn in_the_design_contract_a_registration_that_ends_is_gone() {
    let scene = design::Scene::start().await;
    assert_eq!(a_life(&scene.client, &scene.account).await, []);
}
