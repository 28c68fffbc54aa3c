//! What a stranger's eyes found: forged and false witnesses, numbers and contacts that change hands, and work that is
//! cut off by the clock.

use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::Account;
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId};
use domain::jobs::WebhookJob;
use domain::phone::EmailAddress;
use domain::ports::{Ambient, Deadline, OpenSolar, OpenSolarError};
use domain::project::{SyncState, identifier};
use domain::remote::{
    ContactPage, CreatedProject, NewProject, ProjectEvent, ProjectPage, RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};
use domain::request::{CrmStatus, InstallationType};
use domain::usecase::Core;
use domain::usecase::apply_webhook::arrive;
use domain::usecase::status_sweep::Run;
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::{World, customer_request, day};
use serde_json::{Map, Value, json};
use testkit::builders::{self, MINUTE, NOON, ORG, phone};
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::EventsInProjects;
use testkit::memory::TestAmbient;
use testkit::{Calls, Fault};

use crate::late_answer::LateAnswer;

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

/// The identifier of request 1042's project.
fn ours() -> String {
    identifier(builders::configuration_document().namespace, ORG, &customer_request("1042").id, 1).to_string()
}

fn outage() -> Fault {
    Fault::Refuse { status: 503, body: Value::Null, retry_after: None }
}

/// A delivery that names our identifier makes project X due to be read; the answer of the create links Y; X is then
/// merged into the record of Y.
#[tokio::test]
async fn a_strangers_project_that_is_due_is_not_merged_into_the_linked_one() {
    let mut world = World::start().await;
    world.hold_webhooks();
    let stranger = world
        .opensolar
        .add_project(fields(json!({"address": "99 Stranger Road", "title": "A stranger's house"})))
        .expect("a project");
    world.opensolar.design(stranger, 9.9).expect("designed");
    world.opensolar.send_proposal(stranger).expect("sent");
    let (late, request, deadline) = (LateAnswer::of(&world), customer_request("1042"), world.deadline_in(180));
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    let core = world.core.clone();
    let forged = json!({"model": "Project", "model_id": stranger, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": stranger}});
    let overtaken = async {
        late.asked().await;
        for _ in 0..2 {
            world.opensolar.fail_next(Calls::to("GET", &format!("/projects/{stranger}/")), outage());
        }
        world.webhook_arrives(&forged).await;
        late.arrives();
    };
    let (outcome, ()) = tokio::join!(sync_project(&core, &late, message, deadline), overtaken);
    outcome.expect("settled");
    let own = world.opensolar.projects().iter().map(|project| project.id).find(|id| *id != stranger);
    assert_eq!(world.crm_state("1042").opensolar_project_id, own.map(Into::into), "linked to its own");
    world.advance(MINUTE * 3);
    world.sweep().await;
    let told = world.crm_state("1042");
    assert_eq!(world.messages(), Vec::<String>::new(), "the stranger's news are nobody else's");
    assert_eq!((told.system_size_kw, told.proposal_url), (None, None));
}

/// A witness waits to be read, and a create is sent nevertheless.
#[tokio::test]
async fn no_create_is_sent_while_a_witness_waits_to_be_read() {
    let mut world = World::start().await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage());
    }
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    world.opensolar.add_project(made).expect("a project");
    world.run_until_quiet().await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1, "one project for one request");
}

/// A distrusted request never claimed its contact; another request's claim keeps its witness from being linked.
#[tokio::test]
async fn a_claim_of_another_request_does_not_keep_a_witness_from_being_linked() {
    let mut world = World::start().await;
    let now = world.now();
    world
        .configure(|document| {
            document.trusted_since = Some(now);
            document.api_timeout = 2;
        })
        .await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(now - TimeDelta::days(30));
    world.crm_asks_for(&backfilled).await;
    world.hold_webhooks();
    let mut fresh = customer_request("1043");
    fresh.created_at = Some(now);
    fresh.customer.email = None;
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::DropBeforeApplying);
    world.crm_asks_for(&fresh).await;
    assert_eq!(world.crm_reason("1043").as_deref(), Some("verifying"));
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    let made = world.opensolar.add_project(made).expect("a project");
    world.deliver_webhooks().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.into()));
}

/// The CRM corrects a number that was another person's; that person then gets the first one's contact.
#[tokio::test]
async fn a_number_that_was_corrected_attaches_no_strangers_contact() {
    let mut world = World::start().await;
    let mut wrong = customer_request("1042");
    wrong.customer.phone = phone(2);
    world.crm_asks_for(&wrong).await;
    let mut right = customer_request("1042");
    right.version.revision = Some(4);
    world.crm_asks_for(&right).await;
    let tariro = world.opensolar.contacts()[0].id;
    let mut other = customer_request("1043");
    other.customer.phone = phone(2);
    other.customer.first_name = Some("Rudo".to_owned());
    other.customer.email = EmailAddress::parse("rudo@example.com");
    world.crm_asks_for(&other).await;
    assert_ne!(world.crm_state("1043").opensolar_contact_id, Some(tariro.into()), "Rudo is not Tariro");
}

/// The answer of the create names no contact; a later read does.
#[tokio::test]
async fn a_contact_that_only_a_read_names_is_known_for_the_next_request() {
    use testkit::fake_opensolar::Absence;
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.withhold(&["contacts", "contacts_data"], Absence::Missing);
    let mut first = customer_request("1042");
    first.customer.email = None;
    world.crm_asks_for(&first).await;
    world.opensolar.withhold_nothing();
    world.deliver_webhooks().await;
    let contact = world.opensolar.contacts()[0].id;
    let mut second = customer_request("1043");
    second.customer.email = None;
    world.crm_asks_for(&second).await;
    assert_eq!(world.opensolar.contacts().len(), 1, "one customer, one contact");
    assert_eq!(world.crm_state("1042").opensolar_contact_id, Some(contact.into()));
}

/// The contact was deleted in OpenSolar; each further request of the customer is refused for ever.
#[tokio::test]
async fn a_deleted_contact_does_not_keep_its_customer_from_another_project() {
    let (mut world, _) = World::with_project().await;
    let contact = world.opensolar.contacts()[0].id;
    world.opensolar.delete_contact(contact).expect("deleted");
    world.crm_asks_for(&customer_request("1043")).await;
    for _ in 0..12 {
        let Some((at, _)) = world.project("1043").await.wake() else { break };
        world.advance_to(at.max(world.now()) + MINUTE);
        world.sweep().await;
    }
    assert_eq!(world.project("1043").await.sync, SyncState::InStep);
}

/// A delivery's row has expired while a change waited: `compare` never commits.
#[tokio::test]
async fn an_expired_delivery_does_not_keep_a_change_from_being_sent() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.expire_token();
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    world.advance(TimeDelta::days(91));
    let token = world.opensolar.new_token();
    world.opensolar_token.replace(&token);
    world.sweep().await;
    assert_eq!(world.opensolar.projects()[0].details["address"], "14 Example Street");
}

/// A visit is moved in the calendar; OpenSolar lists events only.
#[tokio::test]
async fn a_visit_that_is_moved_is_seen_where_events_are_only_listed() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    for (start, expected) in [("2026-12-04T06:30:00Z", "2026-12-04"), ("2026-12-11T06:30:00Z", "2026-12-11")] {
        let start: Option<DateTime<Utc>> = start.parse().ok();
        world.opensolar.work(project, Work::PlanOnCalendar { start }).expect("planned");
        world.run_until_quiet().await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day(expected)));
    }
    world.opensolar.work(project, Work::PlanOnCalendar { start: None }).expect("taken out");
    // An event's DELETE names no project: something else has to have it read.
    world.opensolar.work(project, Work::ViewProposal).expect("viewed");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").installation_scheduled_date, None);
}

/// The name changes together with an address that another contact has: the name is lost.
#[tokio::test]
async fn an_address_that_is_taken_does_not_keep_a_new_name_from_the_contact() {
    let (mut world, _) = World::with_project().await;
    world.opensolar.add_contact(fields(json!({"first_name": "R.", "email": "rudo@example.com"}))).expect("a contact");
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.first_name = Some("Tari".to_owned());
    newer.customer.email = EmailAddress::parse("rudo@example.com");
    world.crm_asks_for(&newer).await;
    let names: Vec<String> = world.opensolar.contacts().iter().map(|contact| format!("{contact:?}")).collect();
    assert!(names.iter().any(|contact| contact.contains("\"Tari\"")), "{names:?}");
}

/// A delivery that names our identifier and a project that is not there keeps the real witness on its queue.
#[tokio::test]
async fn a_false_witness_does_not_hold_up_the_true_one() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let forged = json!({"model": "Project", "model_id": 999_999, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": 999_999}});
    world.webhook_arrives(&forged).await;
    world.deliver_webhooks().await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
}

/// A restored table: the project was there and told long ago.
#[tokio::test]
async fn what_was_told_before_the_table_was_restored_is_not_told_again() {
    let mut world = World::start().await;
    world.hold_webhooks();
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    let made = world.opensolar.add_project(made).expect("a project");
    world.opensolar.design(made, 6.6).expect("designed");
    world.opensolar.schedule_installation(made, day("2027-01-15")).expect("scheduled");
    world.lose_webhooks().await;
    world.advance(TimeDelta::days(20));
    let now = world.now();
    world.configure(|document| document.trusted_since = Some(now)).await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(NOON);
    backfilled.customer.last_inbound_at = Some(now);
    world.crm_asks_for(&backfilled).await;
    world.opensolar.work(made, Work::ViewProposal).expect("anything happens");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.into()));
    assert_eq!(world.messages(), Vec::<String>::new(), "{:?}", world.ledger("1042"));
}

/// The CRM's own status is further than OpenSolar's stage.
#[tokio::test]
async fn the_crm_is_never_told_a_status_behind_its_own() {
    let mut world = World::start().await;
    let mut request = customer_request("1042");
    request.status = CrmStatus::InProgress;
    world.crm_asks_for(&request).await;
    assert_ne!(world.crm_state("1042").status.as_deref(), Some("pending"));
}

/// The namespace is changed while a create is in doubt.
#[tokio::test]
async fn another_namespace_does_not_make_a_witness_a_stranger() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world
        .configure(|document| document.namespace = "6f0f4f0e-0000-4000-8000-0000000000ff".parse().expect("a UUID"))
        .await;
    world.deliver_webhooks().await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.delivery_log());
}

/// A design of which no webhook came is found ten days later.
#[tokio::test]
async fn a_design_that_is_found_ten_days_later_is_old_news() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.lose_webhooks().await;
    world.advance(TimeDelta::days(10));
    world.status_sweep(Run::Now).await;
    assert_eq!(world.messages(), Vec::<String>::new(), "{:?}", world.ledger("1042"));
}

/// Each call takes all of its time.
struct Slow {
    inner: Arc<dyn OpenSolar>,
    ambient: Arc<TestAmbient>,
    deadline: Deadline,
    late: Mutex<Vec<&'static str>>,
}

impl Slow {
    fn call(&self, account: &Account, name: &'static str) {
        let end = self.ambient.now() + TimeDelta::from_std(account.api_timeout).expect("short");
        if self.deadline.end() < end {
            self.late.lock().expect("a lock").push(name);
        }
        self.ambient.set(end);
    }
}

#[async_trait]
impl OpenSolar for Slow {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        self.call(account, "create");
        self.inner.create_project(account, new).await
    }
    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        self.call(account, "project");
        self.inner.project(account, id).await
    }
    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        self.call(account, "contact by email");
        self.inner.contact_by_email(account, email).await
    }
    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        self.call(account, "contact page");
        self.inner.contact_page(account, page).await
    }
    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        patch: &ProjectPatch,
    ) -> Result<(), OpenSolarError> {
        self.call(account, "update project");
        self.inner.update_project(account, id, patch).await
    }
    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        self.call(account, "contact");
        self.inner.contact(account, id).await
    }
    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.call(account, "update contact");
        self.inner.update_contact(account, id, patch).await
    }
    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        self.call(account, "event");
        self.inner.event(account, id).await
    }
    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.call(account, "stages");
        self.inner.stages(account).await
    }
    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        self.call(account, "project page");
        self.inner.project_page(account, page).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<SentPage, OpenSolarError> {
        self.inner.sent_deliveries(account, page).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        self.inner.queued_deliveries(account).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        self.inner.project_of_event(account, id).await
    }
}

/// An organisation that is not active rests, its held deliveries too.
#[tokio::test]
async fn a_replay_that_arrives_while_its_organisation_rests_is_not_lost() {
    let mut world = World::start().await;
    let unlinked =
        json!({"model": "Project", "model_id": 4242, "event": "UPDATE", "event_id": 77, "fields": {"id": 4242}});
    world.webhook_arrives(&unlinked).await;
    world.configure(|document| document.org_id = domain::ids::OrgId(99)).await;
    let job = WebhookJob::ReplayHeld { org_id: ORG, project_id: 4242.into() };
    arrive(&world.core, job, world.deadline_in(90)).await.expect("done");
    assert!(!world.store.deliveries()[0].status.is_final(), "{:?}", world.store.deliveries()[0].status);
}

/// What was forced once is updated by a usual revision.
#[tokio::test]
async fn a_request_that_was_forced_keeps_being_synced() {
    let mut world = World::start().await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_insists_on(&request).await;
    assert_eq!(world.opensolar.projects().len(), 1);
    request.version.revision = Some(4);
    request.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&request).await;
    assert_eq!(world.opensolar.projects()[0].details["address"], "14 Example Street", "{:?}", world.crm_state("1042"));
}

/// The scan for who has a taken address ends before it has seen all: the customer gets a second contact.
#[tokio::test]
async fn a_scan_that_is_cut_short_is_no_proof_that_nobody_has_the_address() {
    use testkit::fake_opensolar::quirks::EmailFilter;
    let mut world = World::start().await;
    world.opensolar.behave(|quirks| quirks.lists.email_filter = EmailFilter::Ignored);
    world.configure(|document| document.api_timeout = 28).await;
    for number in 0..450 {
        world.opensolar.add_contact(fields(json!({"first_name": format!("N{number}")}))).expect("a contact");
    }
    let known = fields(json!({"first_name": "Tariro", "email": "tariro@example.com"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    let before = world.opensolar.contacts().len();
    let ambient = Arc::new(TestAmbient::default());
    ambient.set(world.now());
    let core = Core { ambient: ambient.clone(), ..world.core.clone() };
    let deadline = Deadline::at(world.now() + TimeDelta::seconds(180));
    let slow = Slow { inner: world.opensolar_port.clone(), ambient, deadline, late: Mutex::default() };
    let message = builders::sync_request(&customer_request("1042"));
    world.crm_sends(&message).await;
    world.queue.take(domain::jobs::QueueName::SyncRequests);
    let message = SyncMessage::Request(Box::new(message));
    sync_project(&core, &slow, message, deadline).await.expect("done");
    world.run_until_quiet().await;
    world.advance(MINUTE * 5);
    world.sweep().await;
    assert_eq!(world.opensolar.contacts().len(), before, "{:?}", world.decisions("1042"));
    assert_eq!(world.crm_state("1042").opensolar_contact_id, Some(known.into()));
}

/// A change in doubt is forgotten while the project is out of reach, and sent again before it may be.
#[tokio::test]
async fn a_change_in_doubt_stays_in_doubt_while_its_project_is_out_of_reach() {
    let (mut world, project) = World::with_project().await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::DropBeforeApplying);
    world.crm_asks_for(&newer).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Unsettled { .. }));
    let hint = |event: u64| json!({"model": "Project", "model_id": project, "event": "UPDATE", "event_id": event, "fields": {}});
    world.opensolar.put_out_of_reach(project);
    world.advance(MINUTE);
    world.webhook_arrives(&hint(1)).await;
    world.opensolar.bring_within_reach(project);
    world.advance(MINUTE);
    world.webhook_arrives(&hint(2)).await;
    let patches = world.opensolar.calls().iter().filter(|call| call.method == "PATCH").count();
    assert_eq!(patches, 1, "two minutes after a change in doubt no other is sent");
}

/// 404 of what is said to be our project, while nothing is linked.
#[tokio::test]
async fn a_witness_that_is_not_there_is_none_at_once() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let forged = json!({"model": "Project", "model_id": 999_999, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": 999_999}});
    world.webhook_arrives(&forged).await;
    assert_eq!(world.project("1042").await.read, None);
}

/// Many events that are listed only: is the record's size bounded?
#[tokio::test]
async fn a_long_history_keeps_the_record_small() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    world.opensolar.design(project, 1.0).expect("designed");
    for kw in 1..=60 {
        world.opensolar.work(project, Work::Redesign { kw: f64::from(kw) }).expect("redesigned");
    }
    world.run_until_quiet().await;
    for _ in 0..8 {
        world.advance(MINUTE * 2);
        world.sweep().await;
    }
    let kept = world.project("1042").await.observed.expect("seen").events_read.events.len();
    assert!(kept < 20, "{kept}");
}

/// In doubt, its project made, no webhook; these strangers' projects stand before it in the list.
async fn searched(strangers: usize, out_of_reach: bool) -> World {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world.advance(MINUTE);
    for number in 0..strangers {
        let id = world
            .opensolar
            .add_project(fields(json!({"address": format!("{number} Stranger Road")})))
            .expect("a project");
        if out_of_reach {
            world.opensolar.put_out_of_reach(id);
        }
    }
    world.lose_webhooks().await;
    for _ in 0..30 {
        let Some((at, _)) = world.project("1042").await.wake() else { break };
        if at > NOON + TimeDelta::hours(23) {
            break;
        }
        world.advance_to(at.max(world.now()));
        world.sweep().await;
    }
    world
}

/// A candidate that answers 403 keeps the search from the one behind it, each time.
#[tokio::test]
async fn a_candidate_out_of_reach_does_not_hide_our_own_project() {
    let world = searched(1, true).await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.decisions("1042"));
}

/// The same forty candidates are read each time.
#[tokio::test]
async fn many_strangers_projects_do_not_hide_our_own_for_ever() {
    let world = searched(45, false).await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.decisions("1042"));
}

/// The write of a name repeats the address that the contact has, and that is refused as taken: no loop.
#[tokio::test]
async fn an_address_that_is_refused_though_it_was_not_changed_is_no_loop() {
    let (mut world, _) = World::with_project().await;
    let taken = json!({"email": ["A contact with this email already exists."]});
    for _ in 0..60 {
        let refusal = Fault::Refuse { status: 400, body: taken.clone(), retry_after: None };
        world.opensolar.fail_next(Calls::to("PUT", "/contacts/"), refusal);
    }
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.first_name = Some("Tari".to_owned());
    world.crm_asks_for(&newer).await;
    let puts = world.opensolar.calls().iter().filter(|call| call.method == "PUT").count();
    assert!(puts <= 2, "{puts}");
}

/// The list shows a contact that cannot be read and that no create may name: no loop.
#[tokio::test]
async fn a_contact_that_is_only_in_the_list_is_no_loop() {
    let mut world = World::start().await;
    let known = fields(json!({"first_name": "T.", "email": "tariro@example.com"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    for _ in 0..60 {
        let body = json!({"contacts": ["Invalid hyperlink - Object does not exist."]});
        let refusal = Fault::Refuse { status: 400, body, retry_after: None };
        world.opensolar.fail_next(Calls::ending("POST", "/projects/"), refusal);
        let refusal = Fault::Refuse { status: 404, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", &format!("/contacts/{known}/")), refusal);
    }
    world.crm_asks_for(&customer_request("1042")).await;
    assert!(world.creates() <= 2, "{}", world.creates());
}

/// The CRM takes its own mistake back.
#[tokio::test]
async fn a_status_that_the_crm_took_back_is_not_told_to_it_again() {
    let (mut world, project) = World::with_project().await;
    for (revision, status) in [(4, CrmStatus::Completed), (5, CrmStatus::Pending)] {
        let mut request = customer_request("1042");
        request.version.revision = Some(revision);
        request.status = status;
        world.crm_asks_for(&request).await;
        world.advance(TimeDelta::minutes(1));
        world.opensolar.design(project, 6.6).expect("designed");
        world.run_until_quiet().await;
    }
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("pending"));
}
