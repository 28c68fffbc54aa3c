//! What people do in OpenSolar, and what of it becomes the project's picture, the request's status and a message: each
//! event by each of its traces.
//!
//! Live alone: `design` tells each event by itself (`design_events.rs`).

mod deliveries;
mod design;
mod ends;
mod installation;
mod proposal;
mod sale;
mod status;

use domain::notification::Milestone;
use integration_tests::World;
use testkit::fake_opensolar::Work;

/// Somebody does this, and all that follows by itself happens.
async fn happens(world: &mut World, project: u64, work: Work) {
    world.opensolar.work(project, work).expect("work");
    world.run_until_quiet().await;
}

/// OpenSolar notes an event of this type, and nothing else of the project changes.
async fn is_noted(world: &mut World, project: u64, event_type_id: u64) {
    happens(world, project, Work::Note { event_type_id }).await;
}

/// How often the customer was told of this milestone.
fn told(world: &World, milestone: Milestone) -> usize {
    let sent = |(of, _, state): &(Milestone, u32, &'static str)| *of == milestone && *state == "sent";
    world.ledger("1042").iter().filter(|entry| sent(entry)).count()
}

/// Only so much the customer was told, and this often of the milestone.
fn told_alone(world: &World, milestone: Milestone, times: usize) {
    assert_eq!((told(world, milestone), world.messages().len()), (times, times), "{:?}", world.messages());
}
