//! The contract `design`: the client and the fake relay have never seen each other's code either.

mod lists;
mod strangers;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use domain::compose::{self, ContactPlan, new_person};
use domain::configuration::{Account, ApiContract, Configuration, ConfigurationDocument, Quotas};
use domain::fields::{FieldValue, ProjectField, ProjectFields};
use domain::ids::{ContactId, OrgId};
use domain::ports::{OpenSolar, OpenSolarError};
use domain::remote::{
    CreatedProject, EmailPlace, History, MilestonesAre, NewPerson, NewProject, ProjectStatus, RemoteProject, Said,
    SaleFields,
};
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::FakeRelay;
use testkit::builders;
use testkit::fake_relay::{Quirks, Work};
use url::Url;
use uuid::Uuid;

use crate::Token;

/// A fake and the client that speaks to it.
pub(crate) struct Scene {
    pub(crate) fake: FakeRelay,
    pub(crate) client: OpenSolarClient,
    pub(crate) account: Account,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let fake = FakeRelay::start().await;
        let account = Account {
            org: OrgId(fake.org_id()),
            api_base_url: Url::parse(fake.url()).expect("an address"),
            api_contract: ApiContract::Design,
            api_timeout: Duration::from_secs(30),
            api_retry_count: 3,
            quotas: Quotas::default(),
        };
        let client = OpenSolarClient::new(Arc::new(Token(fake.token())), AddressPolicy::HttpOnLoopback);
        Self { fake, client, account }
    }

    /// One that answers one question otherwise.
    pub(crate) async fn behaving(change: fn(&mut Quirks)) -> Self {
        let scene = Self::start().await;
        scene.fake.behave(change);
        scene
    }

    /// A contact that is made, and a project for it.
    pub(crate) async fn created(&self) -> CreatedProject {
        let contact = self.client.create_contact(&self.account, &person()).await.expect("a contact");
        self.client.create_project(&self.account, &new_project(contact)).await.expect("created")
    }

    pub(crate) async fn read(&self, created: &CreatedProject) -> RemoteProject {
        self.client.project(&self.account, &created.id).await.expect("read")
    }

    /// Does this with the newest project.
    pub(crate) fn work(&self, work: Work) {
        let id = self.fake.projects().last().expect("a project").id;
        self.fake.work(id, work).expect("done");
    }
}

pub(crate) fn configuration() -> Configuration {
    let document = ConfigurationDocument { api_contract: ApiContract::Design, ..builders::configuration_document() };
    Configuration::try_from(&document).expect("valid")
}

pub(crate) fn person() -> NewPerson {
    new_person(&builders::installation_request("1042"), EmailPlace::Contact)
}

/// As it is composed for a request, for a contact that is there.
pub(crate) fn new_project(contact: ContactId) -> NewProject {
    let (request, plan) = (builders::installation_request("1042"), ContactPlan::Existing(contact));
    compose::new_project(&request, &plan, Uuid::from_u128(0x6f0f), &configuration())
}

#[tokio::test]
async fn a_project_is_created_for_its_contact_and_read_back_under_every_answer() {
    for (name, change) in Quirks::alternatives().into_iter().chain([("as usual", (|_| ()) as fn(&mut Quirks))]) {
        let scene = Scene::behaving(change).await;
        let created = scene.created().await;
        let read = scene.read(&created).await;
        let new = new_project(created.contact.clone().expect("it was given one"));
        assert_eq!(read.id, created.id, "{name}");
        assert_eq!(read.request.as_deref(), Some("1042"), "{name}");
        let carried = (name != "custom_fields: documented_only").then(|| new.identifier.to_string());
        assert_eq!(read.identifier, carried, "{name}");
        assert_eq!(read.site.differing(&new.site), [], "{name}");
        assert_eq!(read.status, ProjectStatus::parse("lead"), "{name}");
        let contact = scene.client.contact(&scene.account, &created.contact.expect("one")).await.expect("read");
        assert_eq!(contact.fields, person().fields, "{name}");
        assert_eq!((scene.fake.billed(), scene.fake.contacts().len()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn a_project_and_its_contact_are_as_the_design_document_has_them() {
    let scene = Scene::start().await;
    scene.created().await;
    let (project, contact) = (&scene.fake.projects()[0], &scene.fake.contacts()[0]);
    let request = builders::installation_request("1042");
    assert_eq!(project.status, "lead");
    assert_eq!(project.fields["custom_fields"]["hanna_installation_id"], "1042");
    assert_eq!(project.fields["custom_fields"]["hanna_order_number"].as_str(), request.order_number.as_deref());
    assert_eq!(project.fields["address"]["street"].as_str(), request.address.as_deref());
    assert!(project.fields["name"].as_str().is_some_and(|name| name.ends_with(" - Solar Installation")));
    assert_eq!(project.fields["contact_id"], contact.id.to_string());
    assert_eq!(contact.text("phone"), request.customer.phone.e164());
    assert_eq!(contact.fields["custom_fields"]["source"], "whatsapp_crm");
    assert_eq!(contact.fields["custom_fields"]["hanna_customer_id"].as_str(), request.customer.id.as_deref());
}

#[tokio::test]
async fn what_staff_do_is_read_as_far_as_the_contract_shows_it() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    scene.work(Work::Design { kw: 6.6 });
    scene.work(Work::SendProposal);
    scene.work(Work::SignContract);
    scene.work(Work::Move { status: "contract".to_owned() });
    let read = scene.read(&created).await;
    assert_eq!(read.system_size.value().map(|size| size.to_string()).as_deref(), Some("6.60"));
    assert_eq!((read.status, read.is_installed), (ProjectStatus::parse("contract"), false));
    assert!(read.proposal_link.value().is_some());
    let left_open = (read.milestones, read.sale, read.installation, read.history);
    let nothing = (MilestonesAre::ToldByWebhooks, SaleFields::Untold, Said::Nothing, History::Embedded(Vec::new()));
    assert_eq!(left_open, nothing);
    scene.work(Work::Move { status: "complete".to_owned() });
    assert!(scene.read(&created).await.is_installed);
}

#[tokio::test]
async fn what_the_contract_does_not_have_is_said_to_be_nothing_and_not_asked_for() {
    let scene = Scene::start().await;
    let account = &scene.account;
    assert_eq!(scene.client.event(account, 88_001).await.expect("an answer"), None);
    assert_eq!(scene.client.project_of_event(account, 88_001).await.expect("an answer"), None);
    assert_eq!(scene.client.sent_deliveries(account, 1).await.expect("an answer"), None);
    assert_eq!(scene.client.queued_deliveries(account).await.expect("an answer"), []);
    assert_eq!(scene.fake.calls().len(), 0);
}

#[tokio::test]
async fn the_stages_are_none_and_tell_whether_the_server_is_there_and_takes_the_token() {
    let scene = Scene::start().await;
    scene.fake.register_webhook("http://127.0.0.1:9/", "an invented key of a webhook");
    assert_eq!(scene.client.stages(&scene.account).await.expect("an answer"), []);
    assert_eq!(scene.fake.calls().len(), 1);
    scene.fake.expire_token();
    let error = scene.client.stages(&scene.account).await.expect_err("refused");
    assert!(matches!(error, OpenSolarError::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_project_or_organisation_that_is_not_ours_is_rejected() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let elsewhere = Account { org: OrgId(99), ..scene.account.clone() };
    let error = scene.client.project(&elsewhere, &created.id).await.expect_err("another's");
    assert!(matches!(error, OpenSolarError::Rejected { status: 403, .. }), "{error:?}");
    scene.work(Work::Delete);
    let error = scene.client.project(&scene.account, &created.id).await.expect_err("deleted");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
}

/// These fields as text.
pub(crate) fn site_of(values: &[(ProjectField, &str)]) -> ProjectFields {
    values.iter().map(|(field, text)| (*field, FieldValue::text(text))).collect()
}
