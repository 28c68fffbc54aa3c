//! What happens in the stories.

use chrono::TimeDelta;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::request::{CrmStatus, InstallationRequest, RequestVersion};
use testkit::builders::{self, NOON};

use crate::sim::office::Deed;
use crate::world::{Worker, World};

/// A solar request of a customer who wrote a moment ago and may be written to.
fn request() -> InstallationRequest {
    let mut request = builders::installation_request("1042");
    request.customer.is_blocked = false;
    request
}

/// The same, with other notes, another suburb and another family name.
fn later_request() -> InstallationRequest {
    let mut request = request();
    request.version = RequestVersion { revision: Some(4), at: Some(NOON + TimeDelta::minutes(1)) };
    request.notes = Some("Tile roof, faces north-west.".to_owned());
    request.suburb = Some("Avondale".to_owned());
    request.customer.last_name = Some("Example-Moyo".to_owned());
    request
}

fn as_it_is(_: &mut SyncRequestMessage) {}

pub(super) fn asks(world: &World) {
    world.crm_sends(&request(), as_it_is);
}

pub(super) fn asks_anew(world: &World) {
    world.crm_sends(&later_request(), as_it_is);
}

/// The same wish with other notes still.
pub(super) fn asks_once_more(world: &World) {
    let version = RequestVersion { revision: Some(5), at: Some(NOON + TimeDelta::minutes(2)) };
    let notes = Some("Flat roof, faces east.".to_owned());
    world.crm_sends(&InstallationRequest { version, notes, ..later_request() }, as_it_is);
}

pub(super) fn insists(world: &World) {
    world.crm_sends(&request(), |message| message.force = true);
}

pub(super) fn asks_for_another(world: &World) {
    let id = "1043".parse().expect("an id");
    let mut other = InstallationRequest { id, ..request() };
    other.customer.email = None;
    world.crm_sends(&other, as_it_is);
}

/// Beside a project that is known to be ours: without one, absence is never proven.
pub(super) fn asks_of_another_customer(world: &World) {
    let id = "1044".parse().expect("an id");
    let mut other = InstallationRequest { id, ..request() };
    other.customer.email = None;
    other.customer.phone = builders::phone(9);
    world.crm_sends(&other, as_it_is);
}

/// Requests of customers who have nothing to do with each other.
fn many(version: RequestVersion, notes: &str) -> impl Iterator<Item = InstallationRequest> {
    (20..24).map(move |number| {
        let id = format!("10{number}").parse().expect("an id");
        let mut one = InstallationRequest { id, version, ..request() };
        one.customer.email = None;
        one.customer.phone = builders::phone(number);
        one.notes = Some(notes.to_owned());
        one
    })
}

pub(super) fn asks_of_many(world: &World) {
    many(request().version, "Tile roof.").for_each(|one| world.crm_sends(&one, as_it_is));
}

pub(super) fn asks_of_many_anew(world: &World) {
    many(later_request().version, "Flat roof.").for_each(|one| world.crm_sends(&one, as_it_is));
}

pub(super) fn cancels(world: &World) {
    let version = RequestVersion { revision: Some(5), at: Some(NOON + TimeDelta::minutes(1)) };
    world.crm_sends(&InstallationRequest { version, status: CrmStatus::Cancelled, ..request() }, as_it_is);
}

pub(super) fn nothing(_: &World) {}

pub(super) fn operator_asks(world: &World) {
    world.run(Worker::Operator);
}

pub(super) fn operator_links(world: &World) {
    world.run(Worker::OperatorLinks);
}

pub(super) fn operator_declares(world: &World) {
    world.run(Worker::OperatorDeclares);
}

/// The CRM insists while an operator decides.
pub(super) fn insists_now(world: &World) {
    insists(world);
}

pub(super) fn sweep_by_night(world: &World) {
    world.run(Worker::StatusSweep);
}

pub(super) fn design(world: &World) {
    world.deed(Deed::Design);
}

pub(super) fn send_proposal(world: &World) {
    world.deed(Deed::SendProposal);
}

pub(super) fn sell(world: &World) {
    world.deed(Deed::Sell);
}

pub(super) fn unsell(world: &World) {
    world.deed(Deed::Unsell);
}

pub(super) fn schedule(world: &World) {
    world.deed(Deed::Schedule(4));
}

pub(super) fn reschedule(world: &World) {
    world.deed(Deed::Schedule(11));
}

pub(super) fn install(world: &World) {
    world.deed(Deed::Install);
}

pub(super) fn garbage_arrives(world: &World) {
    world.knock("{ this is no");
}

pub(super) fn move_on(world: &World) {
    world.deed(Deed::MoveTo(6543));
}

pub(super) fn note(world: &World) {
    world.deed(Deed::Note);
}

/// An event of the project that is going to be made is told before anybody knows whose it is.
pub(super) fn early_event(world: &World) {
    let now = world.now();
    world.opensolar.now().tell_of_event(9_000_001, now);
}

/// It is being installed, and then only under contract again.
pub(super) fn moves_to_and_back(world: &World) {
    world.deed(Deed::MoveTo(6545));
    world.deed(Deed::MoveTo(6544));
}

/// The installation is planned, and at once for another day.
pub(super) fn schedules_twice(world: &World) {
    schedule(world);
    reschedule(world);
}

/// The first day's message is about to be sent when the day moves.
pub(super) fn first_day_is_heard(world: &World) {
    world.act();
    world.hear();
    world.pass(TimeDelta::seconds(2));
    world.act();
}

pub(super) fn until_due(world: &World) {
    world.act();
    world.pass_until_due();
}
