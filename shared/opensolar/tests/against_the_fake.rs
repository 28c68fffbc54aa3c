//! The client and the fake OpenSolar have never seen each other's code: that they understand each other means that both
//! follow the published API.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use domain::configuration::{Account, ApiContract};
use domain::ids::OrgId;
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{Credential, CredentialError, OpenSolar, OpenSolarError, SecretText};
use domain::remote::{InstallationDate, NewContact, NewProject, Phase, Sale};
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::fake_opensolar::Work;
use testkit::{Calls, FakeOpenSolar, Fault};
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

fn client_of(fake: &FakeOpenSolar) -> (OpenSolarClient, Account) {
    let account = Account {
        org: OrgId(fake.org_id()),
        api_base_url: Url::parse(fake.url()).expect("an address"),
        api_contract: ApiContract::Live,
        api_timeout: Duration::from_secs(30),
        api_retry_count: 3,
    };
    (OpenSolarClient::new(Arc::new(Token(fake.token())), AddressPolicy::HttpOnLoopback), account)
}

fn new_project() -> NewProject {
    NewProject {
        identifier: "6f0f4f0e-0000-5000-8000-000000000001".parse().expect("a UUID"),
        is_residential: true,
        title: "Rudo Example, Avondale".to_owned(),
        lead_source: "WhatsApp".to_owned(),
        address: Some("12 Example Street".to_owned()),
        locality: Some("Avondale".to_owned()),
        state: None,
        zip: None,
        country_iso2: "ZW".to_owned(),
        position: None,
        notes: "Asked for 6 kW and a battery.".to_owned(),
        contact: NewContact::Created {
            first_name: "Rudo".to_owned(),
            family_name: "Example".to_owned(),
            email: EmailAddress::parse("rudo@example.com"),
            phone: PhoneNumber::from_e164("+263770000001").expect("a number"),
        },
    }
}

#[tokio::test]
async fn a_project_is_created_with_its_contact_and_read_back() {
    let fake = FakeOpenSolar::start().await;
    let (client, account) = client_of(&fake);
    let created = client.create_project(&account, &new_project()).await.expect("created");
    let read = client.project(&account, &created.id).await.expect("read");
    assert_eq!(read.identifier.as_deref(), Some("6f0f4f0e-0000-5000-8000-000000000001"));
    assert_eq!(read.title.as_deref(), Some("Rudo Example, Avondale"));
    assert!(created.contact.is_some());
    assert_eq!(read.contact, created.contact);
    assert_eq!((read.sale, read.system_size, read.proposal_sent_at), (Sale::Unsold, None, None));
    assert_eq!(fake.contacts()[0].text("family_name"), "Example");

    let rows = client.project_page(&account, 1).await.expect("a page");
    assert_eq!(rows.iter().map(|row| &row.id).collect::<Vec<_>>(), [&created.id]);
    assert_eq!(rows[0].modified_at, read.modified_at);
    assert_eq!(client.project_page(&account, 2).await.expect("past the end"), []);
}

#[tokio::test]
async fn a_known_address_is_found_and_its_contact_taken() {
    let fake = FakeOpenSolar::start().await;
    let (client, account) = client_of(&fake);
    let first = client.create_project(&account, &new_project()).await.expect("created");
    let error = client.create_project(&account, &new_project()).await.expect_err("the address is taken");
    assert!(matches!(error, OpenSolarError::EmailInUse { .. }), "{error:?}");

    let as_written = EmailAddress::parse("rudo@example.com").expect("an address");
    let by_filter = client.contact_by_email(&account, &as_written).await.expect("answered");
    let contact = by_filter.expect("found");
    let in_capitals = EmailAddress::parse("RUDO@example.com").expect("an address");
    let by_scan = client.contact_page(&account, 1).await.expect("answered").with_email(&in_capitals);
    assert_eq!((Some(&contact.id), by_scan.map(|found| found.id)), (first.contact.as_ref(), first.contact.clone()));

    let existing = NewProject { contact: NewContact::Existing(contact.id.clone()), ..new_project() };
    let second = client.create_project(&account, &existing).await.expect("created");
    assert_eq!((second.contact, fake.contacts().len(), fake.projects().len()), (Some(contact.id), 1, 2));
}

#[tokio::test]
async fn what_people_do_in_opensolar_is_read() {
    let fake = FakeOpenSolar::start().await;
    let (client, account) = client_of(&fake);
    let created = client.create_project(&account, &new_project()).await.expect("created");
    let id = fake.projects()[0].id;
    let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
    let works =
        [Work::Design { kw: 6.6 }, Work::SendProposal, Work::Sell, Work::ScheduleInstallation { date: Some(day) }];
    for work in works {
        fake.work(id, work).expect("done");
    }
    let sold = client.project(&account, &created.id).await.expect("read");
    assert_eq!(sold.system_size.map(|size| size.to_string()).as_deref(), Some("6.60"));
    assert!(sold.proposal_ready && sold.proposal_link.is_some() && sold.proposal_sent_at.is_some());
    assert!(matches!(sold.sale, Sale::Sold { at: Some(_) }));
    assert_eq!((sold.phase, sold.installation), (Some(Phase::Sold), Some(InstallationDate::Day(day))));
    assert!(!sold.is_installed);

    fake.work(id, Work::Unsell).expect("done");
    assert_eq!(client.project(&account, &created.id).await.expect("read").sale, Sale::Unsold);
}

#[tokio::test]
async fn a_create_without_an_answer_is_in_doubt_whether_it_was_made_or_not() {
    let faults = [(Fault::ApplyThenDrop, 1), (Fault::ApplyThenGarble, 1), (Fault::DropBeforeApplying, 0)];
    for (fault, made) in faults {
        let fake = FakeOpenSolar::start().await;
        let (client, account) = client_of(&fake);
        fake.fail_next(Calls::to("POST", "/projects/"), fault.clone());
        let error = client.create_project(&account, &new_project()).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        assert_eq!((fake.projects().len(), fake.calls().len()), (made, 1), "{fault:?}");
    }
}
