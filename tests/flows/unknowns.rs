//! The same story under every answer that OpenSolar might give where nobody published it: the project, the CRM and the
//! customer end the same.
//!
//! Live alone: the open questions of `design` are told in `relay.rs` and below it.

use chrono::TimeDelta;
use domain::notification::Milestone;
use domain::phone::EmailAddress;
use domain::project::{GoneBecause, SyncState};
use domain::usecase::status_sweep::Run;
use integration_tests::{World, customer_request, day};
use serde_json::{Map, Value, json};
use testkit::builders::phone;
use testkit::fake_opensolar::quirks::{Alternative, Quirks};
use testkit::fake_opensolar::{Absence, Quotas, Work};

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

/// The customer's requests: two of one telephone, one of an address that OpenSolar knows.
struct Story {
    world: World,
    /// Request 1042's project.
    project: u64,
    known_contact: u64,
}

impl Story {
    /// What OpenSolar may not have told is found by the sweeps; a step takes a quarter of an hour.
    async fn settles(&mut self) {
        Box::pin(self.world.run_until_quiet()).await;
        for _ in 0..2 {
            self.world.advance(TimeDelta::minutes(8));
            self.world.sweep().await;
        }
        Box::pin(self.world.status_sweep(Run::Now)).await;
        Box::pin(self.world.sweep()).await;
    }

    async fn work(&mut self, work: Work) {
        self.world.opensolar.work(self.project, work).expect("work");
        Box::pin(self.settles()).await;
    }

    async fn begin(quirk: fn(&mut Quirks)) -> Self {
        let mut world = World::start().await;
        world.opensolar.behave(quirk);
        world.opensolar.enforce_quotas(Quotas::Enforced);
        let known = fields(json!({"first_name": "Rudo", "family_name": "Example", "email": "rudo@example.com"}));
        let known_contact = world.opensolar.add_contact(known).expect("a contact");
        for stranger in 0..7 {
            let email = format!("stranger{stranger}@example.com");
            let phone = phone(100 + stranger);
            let stranger = json!({"first_name": "S.", "email": email, "phone": phone.e164()});
            let stranger = world.opensolar.add_contact(fields(stranger)).expect("a contact");
            let contact = format!("https://api.opensolar.com/api/orgs/1234/contacts/{stranger}/");
            let project = json!({"address": "1 Elsewhere Road", "contacts": [contact]});
            world.opensolar.add_project(fields(project)).expect("a project");
        }
        world.crm_asks_for(&customer_request("1042")).await;
        world.crm_asks_for(&customer_request("1043")).await;
        let mut third = customer_request("1044");
        third.customer.phone = phone(2);
        third.customer.email = EmailAddress::parse("rudo@example.com");
        world.crm_asks_for(&third).await;
        let remote = world.project("1042").await.remote.expect("linked");
        let project = remote.project.as_str().parse().expect("a number");
        let mut story = Self { world, project, known_contact };
        story.settles().await;
        story
    }

    /// Three projects, one contact for the two requests of one telephone, and the known one for the third.
    async fn has_no_second_of_anything(&self) {
        let mut of_ours = Vec::new();
        for request in ["1042", "1043", "1044"] {
            let remote = self.world.project(request).await.remote.expect("linked");
            let id: u64 = remote.project.as_str().parse().expect("a number");
            let project = self.world.opensolar.project(id).expect("there");
            let attached: Vec<String> = project.contacts.iter().map(ToString::to_string).collect();
            let contact = remote.contact.expect("a contact").to_string();
            assert_eq!(attached.first(), Some(&contact));
            of_ours.push((id, contact));
        }
        assert_eq!(of_ours[0].1, of_ours[1].1, "one telephone, one contact");
        assert_eq!(of_ours[2].1, self.known_contact.to_string());
        let people = self.world.opensolar.contacts().into_iter();
        let people = people.filter(|contact| !contact.text("email").ends_with("@os.code"));
        assert_eq!(people.count(), 9, "seven strangers, the known one, and the new one");
        assert_eq!(self.world.opensolar.projects().len(), 10);
        assert_eq!(self.world.creates(), 3 + self.refused_creates());
    }

    /// Creates that were refused because of the e-mail address.
    fn refused_creates(&self) -> usize {
        let calls = self.world.opensolar.calls().into_iter();
        let creates = calls.filter(|call| call.method == "POST" && call.path.ends_with("/projects/"));
        creates.filter(|call| call.status.is_some_and(|status| 400 <= status)).count()
    }

    async fn tells_the_whole_story(&mut self) {
        self.has_no_second_of_anything().await;
        self.work(Work::Design { kw: 6.6 }).await;
        self.work(Work::SendProposal).await;
        self.work(Work::Sell).await;
        self.work(Work::ScheduleInstallation { date: Some(day("2026-12-04")) }).await;
        let state = self.world.crm_state("1042");
        assert_eq!(state.system_size_kw.as_deref(), Some("6.60"));
        assert!(state.proposal_url.is_some() && state.proposal_sent_at.is_some());
        assert!(state.contract_signed_at.is_some());
        assert_eq!(state.installation_scheduled_date, Some(day("2026-12-04")));
        assert_eq!(state.status.as_deref(), Some("scheduled"));

        // The designer corrects the address, the CRM changes notes and name: neither undoes the other.
        self.work(Work::Edit { fields: fields(json!({"address": "12b Example Street"})) }).await;
        let mut newer = customer_request("1042");
        newer.version.revision = Some(4);
        newer.address = Some("14 Example Street".to_owned());
        newer.notes = Some("Two storeys.".to_owned());
        newer.customer.last_name = Some("Moyo".to_owned());
        self.world.crm_asks_for(&newer).await;
        self.settles().await;
        let project = self.world.opensolar.project(self.project).expect("there");
        assert_eq!(project.details["address"], "12b Example Street");
        assert!(project.details["notes"].as_str().expect("text").starts_with("Two storeys."));
        let contact = self.world.opensolar.contacts().into_iter().find(|contact| contact.id == project.contacts[0]);
        let contact = contact.expect("there");
        assert_eq!((contact.text("family_name"), contact.text("phone")), ("Moyo", phone(1).e164()));
        assert_eq!(contact.text("email"), "tariro@example.com");

        self.work(Work::Unsell).await;
        assert_eq!(self.world.crm_state("1042").contract_signed_at, None);
        self.work(Work::Sell).await;
        self.work(Work::ScheduleInstallation { date: None }).await;
        assert_eq!(self.world.crm_state("1042").installation_scheduled_date, None);
        self.work(Work::ScheduleInstallation { date: Some(day("2026-12-11")) }).await;
        self.world.opensolar.share_link_opened(self.project).expect("opened");
        self.settles().await;
        self.work(Work::MarkInstalled).await;
        let state = self.world.crm_state("1042");
        assert_eq!(state.installation_scheduled_date, Some(day("2026-12-11")));
        assert_eq!((state.status.as_deref(), state.sync_reason), (Some("completed"), None));
        self.has_no_second_of_anything().await;
    }

    async fn ends_well(&mut self) {
        let sent: Vec<_> = self.world.ledger("1042").into_iter().filter(|(.., state)| *state == "sent").collect();
        let expected = [
            (Milestone::ContractSigned, 1, "sent"),
            (Milestone::DesignComplete, 1, "sent"),
            (Milestone::InstallationScheduled, 1, "sent"),
            (Milestone::InstallationScheduled, 2, "sent"),
            (Milestone::ProposalSent, 1, "sent"),
        ];
        assert_eq!(sent, expected);
        assert_eq!(self.world.messages().len(), expected.len());
        assert_eq!(self.world.opensolar.quota_breaches(), []);
        self.work(Work::Delete).await;
        // It may be that nobody tells, and a list never shows what is not there: the read that is due finds out.
        self.world
            .crm_insists_on(&{
                let mut request = customer_request("1042");
                request.version.revision = Some(5);
                request.notes = Some("Three storeys.".to_owned());
                request
            })
            .await;
        let state = self.world.project("1042").await.sync;
        assert!(matches!(state, SyncState::RemoteGone { why: GoneBecause::Deleted | GoneBecause::OutOfReach, .. }));
        assert_eq!(self.world.creates(), 3 + self.refused_creates());
        assert!(
            self.world.delivery_counts().keys().all(|status| ["processed", "ignored", "received"].contains(status))
        );
        assert_eq!(self.world.dead_letters, Vec::<String>::new());
    }
}

async fn plays(name: &'static str, quirk: fn(&mut Quirks)) {
    println!("under {name}");
    let mut story = Box::pin(Story::begin(quirk)).await;
    Box::pin(story.tells_the_whole_story()).await;
    Box::pin(story.ends_well()).await;
}

/// All alternatives of a group, side by side; the name of one that fails is in what its test prints.
async fn plays_under(group: &str) {
    let alternatives = Quirks::alternatives().into_iter().filter(|(name, _)| name.starts_with(group));
    let stories: Vec<(&str, _)> =
        alternatives.map(|(name, quirk): Alternative| (name, tokio::spawn(plays(name, quirk)))).collect();
    assert!(!stories.is_empty(), "nothing is played under {group}");
    let mut failed = Vec::new();
    for (name, story) in stories {
        if story.await.is_err() {
            failed.push(name);
        }
    }
    assert_eq!(failed, Vec::<&str>::new(), "the story ends otherwise under these");
}

#[tokio::test]
async fn the_story_ends_well_under_the_usual_answers() {
    tokio::spawn(plays("the usual answers", |_| {})).await.expect("it ends well");
}

#[tokio::test]
async fn the_story_ends_the_same_however_lists_behave() {
    plays_under("lists.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_whatever_answers_look_like() {
    plays_under("answers.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_however_projects_show_their_fields() {
    plays_under("projects.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_by_whatever_rules_contacts_go() {
    plays_under("contacts.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_whatever_leaves_an_event() {
    plays_under("events.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_whatever_webhooks_tell() {
    plays_under("webhooks.").await;
}

#[tokio::test]
async fn the_story_ends_the_same_however_deliveries_come() {
    plays_under("delivery.").await;
}

#[tokio::test]
async fn what_a_read_may_leave_out_is_missed_by_nobody() {
    let may_be_null = ["stage", "customer_proposal_data", "modified_date", "contacts_data", "business_name", "county"];
    for absence in [Absence::Null, Absence::Missing] {
        for field in may_be_null {
            println!("without {field}, {absence:?}");
            let story = async move {
                let mut story = Box::pin(Story::begin(|_| {})).await;
                story.world.opensolar.withhold(&[field], absence);
                Box::pin(story.tells_the_whole_story()).await;
            };
            tokio::spawn(story).await.expect("it ends well");
        }
    }
}
