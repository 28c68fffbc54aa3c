//! The client and the fake OpenSolar have never seen each other's code: that they understand each other means that both
//! follow the published API.

mod contacts;
mod design;
mod fields;
mod lists;
mod registrations;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::configuration::{Account, ApiContract};
use domain::fields::{FieldValue, ProjectField, ProjectFields};
use domain::ids::OrgId;
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{Credential, CredentialError, OpenSolar, OpenSolarError, SecretText};
use domain::remote::{
    CreatedProject, EventKind, History, InstallationDate, NewContact, NewProject, Phase, RemoteProject, Said,
    SaleFields,
};
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::{Quirks, Work};
use url::Url;

struct Token(&'static str);

#[async_trait]
impl Credential for Token {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        Ok(SecretText::new(self.0))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.current().await
    }
}

/// A fake and the client that speaks to it.
struct Scene {
    fake: FakeOpenSolar,
    client: OpenSolarClient,
    account: Account,
}

impl Scene {
    async fn start() -> Self {
        let fake = FakeOpenSolar::start().await;
        let account = Account {
            org: OrgId(fake.org_id()),
            api_base_url: Url::parse(fake.url()).expect("an address"),
            api_contract: ApiContract::Live,
            api_timeout: Duration::from_secs(30),
            api_retry_count: 3,
            quotas: domain::configuration::Quotas::default(),
        };
        let client = OpenSolarClient::new(Arc::new(Token(fake.token())), AddressPolicy::HttpOnLoopback);
        Self { fake, client, account }
    }

    /// One that answers one question otherwise.
    async fn behaving(name: &str) -> Self {
        let scene = Self::start().await;
        let alternatives = Quirks::alternatives();
        let (_, change) = alternatives.iter().find(|(known, _)| *known == name).expect("a switch of the fake");
        scene.fake.behave(change);
        scene
    }

    async fn created(&self) -> CreatedProject {
        self.create(&new_project()).await.expect("created")
    }

    async fn create(&self, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        self.client.create_project(&self.account, new).await
    }

    async fn read(&self, created: &CreatedProject) -> RemoteProject {
        self.client.project(&self.account, &created.id).await.expect("read")
    }

    /// Does these things with the newest project.
    fn work(&self, works: impl IntoIterator<Item = Work>) {
        let id = self.fake.projects().last().expect("a project").id;
        works.into_iter().for_each(|work| self.fake.work(id, work).expect("done"));
    }
}

fn new_project() -> NewProject {
    let site = [
        (ProjectField::IsResidential, Some(FieldValue::Flag(true))),
        (ProjectField::Title, FieldValue::text("Rudo Example, Avondale")),
        (ProjectField::LeadSource, FieldValue::text("WhatsApp")),
        (ProjectField::Address, FieldValue::text("12 Example Street")),
        (ProjectField::CountryIso2, FieldValue::text("ZW")),
        (ProjectField::Notes, FieldValue::text("Asked for 6 kW and a battery.")),
    ];
    NewProject {
        identifier: "6f0f4f0e-0000-5000-8000-000000000001".parse().expect("a UUID"),
        site: ProjectFields::from_iter(site),
        contact: NewContact::Created {
            first_name: "Rudo".to_owned(),
            family_name: "Example".to_owned(),
            email: EmailAddress::parse("rudo@example.com"),
            phone: PhoneNumber::from_e164("+263770000001").expect("a number"),
        },
    }
}

/// Another project, of a contact without an address.
fn another_project() -> NewProject {
    let contact = NewContact::Created {
        first_name: "Ana".to_owned(),
        family_name: String::new(),
        email: None,
        phone: PhoneNumber::from_e164("+263770000002").expect("a number"),
    };
    NewProject { contact, ..new_project() }
}

#[tokio::test]
async fn a_project_is_created_with_its_contact_and_read_back() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let read = scene.read(&created).await;
    assert_eq!(read.identifier.as_deref(), Some("6f0f4f0e-0000-5000-8000-000000000001"));
    assert_eq!(read.site, new_project().site);
    assert!(created.contact.is_some());
    assert_eq!(read.contact, created.contact);
    assert_eq!((read.sale, read.system_size), (SaleFields::Unsold, Said::Nothing));
    assert_eq!(scene.fake.contacts()[0].text("family_name"), "Example");
}

fn kinds(history: &History) -> Vec<EventKind> {
    match history {
        History::Embedded(events) => events.iter().map(|event| event.kind).collect(),
        History::Listed(ids) => panic!("only ids: {ids:?}"),
    }
}

#[tokio::test]
async fn what_people_do_in_opensolar_is_read() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
    let works =
        [Work::Design { kw: 6.6 }, Work::SendProposal, Work::Sell, Work::ScheduleInstallation { date: Some(day) }];
    scene.work(works);
    let sold = scene.read(&created).await;
    assert_eq!(sold.system_size.value().map(|size| size.to_string()).as_deref(), Some("6.60"));
    assert!(sold.proposal_ready && sold.proposal_link.value().is_some());
    assert!(kinds(&sold.history).contains(&EventKind::ProposalSent));
    assert!(matches!(sold.sale, SaleFields::Sold { at: Some(_) }));
    assert_eq!((sold.phase, sold.installation), (Some(Phase::Sold), Said::Value(InstallationDate::Day(day))));
    assert!(!sold.is_installed);

    scene.work([Work::Unsell]);
    let unsold = scene.read(&created).await;
    assert_eq!(unsold.sale, SaleFields::Unsold);
    assert!(kinds(&unsold.history).contains(&EventKind::Sold), "the history of a sale stays");
}

/// What follows from a project is the same under each answer to each open question, as far as it is a question of form.
#[tokio::test]
async fn a_sold_project_is_read_the_same_under_every_answer() {
    for (name, _) in Quirks::alternatives() {
        let scene = Scene::behaving(name).await;
        let created = scene.created().await;
        scene.work([Work::Design { kw: 6.6 }, Work::SendProposal, Work::Sell]);
        let read = scene.read(&created).await;
        assert_eq!(read.system_size.value().map(|size| size.to_string()).as_deref(), Some("6.60"), "{name}");
        assert!(matches!(read.sale, SaleFields::Sold { at: Some(_) }), "{name}: {:?}", read.sale);
        assert_eq!((read.phase, &read.contact), (Some(Phase::Sold), &created.contact), "{name}");
        assert!(read.proposal_ready && read.proposal_link.value().is_some(), "{name}");
        let kinds = match &read.history {
            History::Embedded(events) => events.iter().map(|event| event.kind).collect(),
            History::Listed(ids) => single_events(&scene, ids).await,
        };
        assert!(kinds.contains(&EventKind::ProposalSent), "{name}: {kinds:?}");

        scene.work([Work::MarkInstalled]);
        assert!(scene.read(&created).await.is_installed, "{name}");
    }
}

async fn single_events(scene: &Scene, ids: &[u64]) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for id in ids {
        let event = scene.client.event(&scene.account, *id).await.expect("an event");
        kinds.extend(event.map(|event| event.kind));
    }
    kinds
}

#[tokio::test]
async fn an_event_read_by_itself_is_the_one_that_was_embedded() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let begin = "2026-12-04T06:30:00Z".parse().expect("a time");
    scene.work([Work::SendProposal, Work::Note { event_type_id: 31 }, Work::PlanOnCalendar { start: Some(begin) }]);
    let History::Embedded(embedded) = scene.read(&created).await.history else { panic!("embedded") };
    assert!(embedded.iter().any(|event| event.start == Said::Value(InstallationDate::Moment(begin))));
    let mut single = Vec::new();
    for event in scene.fake.events() {
        single.extend(scene.client.event(&scene.account, event.id).await.expect("an event"));
    }
    assert_eq!(single, embedded);
    let error = scene.client.event(&scene.account, 99_999).await.expect_err("no such event");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn a_project_that_is_gone_or_out_of_reach_is_rejected() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let id = scene.fake.projects()[0].id;
    scene.fake.put_out_of_reach(id);
    let error = scene.client.project(&scene.account, &created.id).await.expect_err("out of reach");
    assert!(matches!(error, OpenSolarError::Rejected { status: 403, .. }), "{error:?}");
    scene.fake.bring_within_reach(id);
    scene.work([Work::Delete]);
    let error = scene.client.project(&scene.account, &created.id).await.expect_err("deleted");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
}
