//! What comes in that is of no use, and what OpenSolar answers when it does not do what it was asked: each is recorded
//! as what it is, repeated only where that is safe, and ends well once the trouble is over.

mod changes;
mod creates;
mod deliveries;
mod duplicates;
mod hostile;
mod pressure;
mod reads;
mod token;
mod whatsapp;

use chrono::TimeDelta;
use domain::ids::RequestId;
use domain::log::{SyncLog, SyncLogStatus, SyncType};
use domain::project::SyncState;
use integration_tests::World;
use integration_tests::platform::Server;
use serde_json::{Value, json};
use testkit::builders::ORG;
use testkit::{Fault, Spoil};

/// What only says no, and would say it again.
const REFUSALS: [u16; 4] = [400, 405, 409, 422];

/// What a wait, another token or money helps against: the status, its `Retry-After` in seconds, the reason that is
/// told, and how long it is waited.
const PARKED: [(u16, Option<u64>, &str, TimeDelta); 5] = [
    (401, None, "token", TimeDelta::minutes(15)),
    (402, None, "wallet", TimeDelta::hours(1)),
    (429, Some(42), "quota", TimeDelta::seconds(42)),
    (429, None, "quota", TimeDelta::seconds(61)),
    (429, Some(1_000_000), "quota", TimeDelta::hours(24)),
];

const SPOILS: [Spoil; 5] = [Spoil::Truncated, Spoil::Garbage, Spoil::Html, Spoil::Empty, Spoil::OtherJson];

fn refusal(status: u16) -> Fault {
    Fault::Refuse { status, body: Value::Null, retry_after: None }
}

/// OpenSolar did it, and its caller cannot know.
fn done_and_not_told() -> Vec<Fault> {
    let failed = [500, 502, 503, 504].map(|status| Fault::ApplyThenFail { status });
    let spoilt = SPOILS.map(|spoil| Fault::ApplyThenSpoil { spoil });
    [&[Fault::ApplyThenDrop][..], &failed, &spoilt].concat()
}

/// OpenSolar did not do it, and its caller cannot know.
fn not_done_and_not_told() -> Vec<Fault> {
    let page = Fault::Refuse { status: 200, body: json!("<h1>We will be back soon</h1>"), retry_after: None };
    let failed = [408, 500, 502, 503, 504].map(refusal);
    [&[Fault::DropBeforeApplying, page][..], &failed].concat()
}

/// The failed writes of this kind in a request's log, as what was answered.
fn failed_rows<S: Server>(world: &World<S>, sync_type: SyncType) -> Vec<String> {
    let id: RequestId = "1042".parse().expect("an id");
    let failed = |row: SyncLog| match row.status {
        SyncLogStatus::Failed { error, .. } if row.sync_type == sync_type => Some(error),
        _ => None,
    };
    world.store.sync_log(ORG, &id).into_iter().filter_map(failed).collect()
}

/// How often OpenSolar was called like this.
fn calls<S: Server>(world: &World<S>, method: &str, path: &str) -> usize {
    world.opensolar.calls().iter().filter(|call| call.method == method && call.path.contains(path)).count()
}

/// One project with one contact, and nothing left to do.
async fn is_in_step<S: Server>(world: &World<S>) {
    let project = world.project("1042").await;
    assert_eq!((&project.sync, project.wake()), (&SyncState::InStep, None));
    let projects = world.opensolar.project_ids();
    assert_eq!((projects.len(), world.opensolar.contact_ids().len()), (1, 1));
    let told = world.crm_state("1042");
    assert_eq!((told.sync_reason, told.sync_error_message), (None, None));
    assert_eq!(told.opensolar_project_id, Some(projects[0].into()));
    assert_eq!(world.dead_letters, Vec::<String>::new());
}
