use domain::ids::{ContactId, ProjectId};
use domain::ports::{Change, ContactEntry};
use uuid::Uuid;

use super::{Bench, Case, case, id};
use crate::builders::{ORG, phone};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(an_intent_is_found_by_its_identifier_and_is_one_requests),
        case(a_project_in_opensolar_is_linked_to_one_request),
        case(a_contact_is_claimed_by_one_request),
        case(a_known_contact_replaces_a_claim_and_cannot_be_claimed),
        case(a_contact_is_kept_unless_it_is_anothers),
        case(a_released_contact_can_be_claimed_by_another),
        case(only_the_claimant_releases_a_contact),
        case(releasing_what_is_not_claimed_does_nothing),
        case(a_forgotten_contact_can_be_claimed_and_only_its_own_number_is_forgotten),
    ]
}

const IDENTIFIER: Uuid = Uuid::from_u128(0x6f0f_4f0e_0000_5000_8000_0000_0000_0001);

async fn an_intent_is_found_by_its_identifier_and_is_one_requests(bench: Bench) {
    let intent = |request: &str, generation| Change::RecordIntent {
        org: ORG,
        identifier: IDENTIFIER,
        request: id(request),
        generation,
    };
    let found = || async { bench.store.intended_by(ORG, IDENTIFIER).await.expect("the store answers") };
    assert_eq!(found().await, None);
    bench.commit([intent("1042", 1)]).await;
    bench.commit([intent("1042", 1)]).await;
    bench.refuses([intent("1043", 1)]).await;
    assert_eq!(found().await, Some(id("1042")));
    assert_eq!(bench.store.intended_by(ORG, Uuid::nil()).await.expect("the store answers"), None);
}

async fn a_project_in_opensolar_is_linked_to_one_request(bench: Bench) {
    let project = ProjectId::from(9_000_001);
    let link = |request: &str| Change::LinkProject { org: ORG, project: project.clone(), request: id(request) };
    let linked = || async { bench.store.linked_to(ORG, &project).await.expect("the store answers") };
    assert_eq!(linked().await, None);
    bench.commit([link("1042")]).await;
    bench.commit([link("1042")]).await;
    bench.refuses([link("1043")]).await;
    assert_eq!(linked().await, Some(id("1042")));
}

fn claim(request: &str) -> Change {
    Change::ClaimContact { org: ORG, phone: phone(1), request: id(request) }
}

fn release(request: &str) -> Change {
    Change::ReleaseContact { org: ORG, phone: phone(1), request: id(request) }
}

fn keep(request: &str, contact: u64) -> Change {
    Change::KeepContact { org: ORG, phone: phone(1), contact: ContactId::from(contact), request: id(request) }
}

async fn contact(bench: &Bench) -> Option<ContactEntry> {
    bench.store.contact(ORG, &phone(1)).await.expect("the store answers")
}

async fn a_contact_is_claimed_by_one_request(bench: Bench) {
    assert_eq!(contact(&bench).await, None);
    bench.commit([claim("1042")]).await;
    bench.commit([claim("1042")]).await;
    bench.refuses([claim("1043")]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Claimed { by: id("1042") }));
    assert_eq!(bench.store.contact(ORG, &phone(2)).await.expect("the store answers"), None);
}

async fn a_known_contact_replaces_a_claim_and_cannot_be_claimed(bench: Bench) {
    bench.commit([claim("1042")]).await;
    bench.commit([keep("1042", 700_001)]).await;
    bench.refuses([claim("1042")]).await;
    bench.refuses([claim("1043")]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Known(ContactId::from(700_001))));
}

async fn a_contact_is_kept_unless_it_is_anothers(bench: Bench) {
    bench.commit([claim("1042")]).await;
    bench.refuses([keep("1043", 700_001)]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Claimed { by: id("1042") }));
    bench.commit([keep("1042", 700_001)]).await;
    // Known: whoever finds the very same one keeps it again, another one is nobody's to put in its place.
    bench.commit([keep("1042", 700_001)]).await;
    bench.commit([keep("1043", 700_001)]).await;
    bench.refuses([keep("1042", 700_002)]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Known(ContactId::from(700_001))));
}

async fn a_released_contact_can_be_claimed_by_another(bench: Bench) {
    bench.commit([claim("1042")]).await;
    bench.commit([release("1042")]).await;
    assert_eq!(contact(&bench).await, None);
    bench.commit([claim("1043")]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Claimed { by: id("1043") }));
    bench.commit([release("1043")]).await;
    bench.commit([keep("1043", 700_001)]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Known(ContactId::from(700_001))));
}

async fn only_the_claimant_releases_a_contact(bench: Bench) {
    bench.commit([claim("1042")]).await;
    bench.refuses([release("1043")]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Claimed { by: id("1042") }));
}

async fn releasing_what_is_not_claimed_does_nothing(bench: Bench) {
    bench.commit([release("1042")]).await;
    assert_eq!(contact(&bench).await, None);
    bench.commit([keep("1042", 700_001)]).await;
    bench.commit([release("1042")]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Known(ContactId::from(700_001))));
}

async fn a_forgotten_contact_can_be_claimed_and_only_its_own_number_is_forgotten(bench: Bench) {
    let forget = |contact: u64| Change::ForgetContact { org: ORG, phone: phone(1), contact: ContactId::from(contact) };
    bench.commit([forget(700_001)]).await;
    bench.commit([keep("1042", 700_001)]).await;
    bench.refuses([forget(700_002)]).await;
    bench.commit([forget(700_001)]).await;
    assert_eq!(contact(&bench).await, None);
    bench.commit([claim("1043")]).await;
    bench.refuses([forget(700_001)]).await;
    assert_eq!(contact(&bench).await, Some(ContactEntry::Claimed { by: id("1043") }));
}
