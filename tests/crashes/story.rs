//! The stories: how a world begins, and what happens in it.

use chrono::TimeDelta;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::request::{CrmStatus, InstallationRequest, RequestVersion};
use testkit::builders::{self, NOON};

use crate::sim::office::Deed;
use crate::sim::opensolar::{Filter, Target};
use crate::world::{Agenda, Base, Worker, World};

/// A story.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) base: fn() -> Base,
    pub(crate) agenda: Agenda,
    /// The calls whose outcomes matter in it.
    pub(crate) target: Target,
    /// The workers that may meet in it.
    pub(crate) meetings: &'static [Meeting],
    /// Whether people in OpenSolar edit meanwhile.
    pub(crate) edits: Edits,
}

/// Two workers at once; each may have another one behind it.
pub(crate) struct Meeting {
    pub(crate) workers: (&'static [Worker], &'static [Worker]),
    /// What happens before they begin.
    pub(crate) before: fn(&World),
    /// What happens when the second one begins.
    pub(crate) between: fn(&World),
}

/// Whether somebody in OpenSolar writes notes at any boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edits {
    Nobody,
    AtAnyCall,
}

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "first-sync",
        base: Base::empty,
        agenda: &[(0, asks)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "another-customer",
        base: linked,
        agenda: &[(0, asks_of_another_customer)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "first-sync-twice-at-once",
        base: Base::empty,
        agenda: &[(0, asks)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::SyncTwin], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "e-mail-known",
        base: known_address,
        agenda: &[(0, asks)],
        target: Target::Write,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "e-mail-taken",
        base: taken_address,
        agenda: &[(0, asks)],
        target: Target::Write,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "two-requests-one-customer",
        base: Base::empty,
        agenda: &[(0, asks), (0, asks_for_another)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "two-requests-one-cancelled",
        base: Base::empty,
        agenda: &[(0, asks), (0, asks_for_another), (30, cancels)],
        target: Target::Write,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "update",
        base: linked,
        agenda: &[(0, asks_anew)],
        target: Target::Write,
        meetings: &[
            Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: sell },
            Meeting { workers: (&[Worker::SyncTwin], &[Worker::Sync]), before: World::act, between: nothing },
        ],
        edits: Edits::AtAnyCall,
    },
    Story {
        name: "create-and-update",
        base: Base::empty,
        agenda: &[(0, asks), (0, asks_anew)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing }],
        edits: Edits::AtAnyCall,
    },
    Story {
        name: "update-and-update",
        base: linked,
        agenda: &[(0, asks_anew), (60, asks_once_more)],
        target: Target::Write,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "forced-sync",
        base: linked,
        agenda: &[(0, note), (60, insists)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-design",
        base: linked,
        agenda: &[(0, design)],
        target: Target::Read,
        meetings: &[Meeting { workers: (&[Worker::Notify], &[Worker::Apply]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-proposal",
        base: linked,
        agenda: &[(0, send_proposal)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-sold",
        base: linked,
        agenda: &[(0, sell)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-scheduled",
        base: linked,
        agenda: &[(0, schedule)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-installed",
        base: linked,
        agenda: &[(0, install)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-unreadable",
        base: linked,
        agenda: &[(0, garbage_arrives), (30, garbage_arrives), (400, garbage_arrives)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhook-status",
        base: linked,
        agenda: &[(0, move_on)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "webhooks-at-once",
        base: linked,
        agenda: &[(0, design), (0, send_proposal), (0, sell), (0, schedule)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "day-moves",
        base: linked,
        agenda: &[(0, schedule), (1, reschedule)],
        target: Target::Message,
        meetings: &[Meeting {
            workers: (&[Worker::Notify], &[Worker::Apply]),
            before: first_day_is_heard,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "sale-undone",
        base: linked,
        agenda: &[(0, sell), (600, unsell)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
    Story {
        name: "notification",
        base: linked,
        agenda: &[(0, sell)],
        target: Target::Message,
        meetings: &[Meeting {
            workers: (&[Worker::RetrySweep], &[Worker::Notify]),
            before: until_due,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "reminder",
        base: scheduled,
        agenda: &[],
        target: Target::Message,
        meetings: &[Meeting {
            workers: (&[Worker::RetrySweep], &[Worker::Notify]),
            before: until_due,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "retry-sweep",
        base: refused,
        agenda: &[],
        target: Target::Write,
        meetings: &[
            Meeting { workers: (&[Worker::RetrySweep], &[Worker::Sync]), before: until_due, between: nothing },
            Meeting { workers: (&[Worker::RetrySweep], &[Worker::RetrySweep]), before: until_due, between: nothing },
        ],
        edits: Edits::Nobody,
    },
    Story {
        name: "status-sweep",
        base: changed_unheard,
        agenda: &[(0, sweep_by_night)],
        target: Target::Read,
        meetings: &[Meeting {
            workers: (&[Worker::StatusSweep], &[Worker::StatusSweep]),
            before: World::act,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "operator-sync",
        base: not_updated,
        agenda: &[(0, operator_asks)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Operator], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::AtAnyCall,
    },
    Story {
        name: "operator-links",
        base: doubted_beside_one_by_hand,
        agenda: &[(0, operator_links), (120, operator_links)],
        target: Target::Read,
        meetings: &[Meeting {
            workers: (&[Worker::OperatorLinks], &[Worker::Sync]),
            before: insists_now,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "operator-declares-absent",
        base: doubted,
        agenda: &[(0, operator_declares), (120, operator_declares)],
        target: Target::Write,
        meetings: &[Meeting {
            workers: (&[Worker::OperatorDeclares], &[Worker::Sync]),
            before: insists_now,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "more-than-the-quota",
        base: Base::governed,
        agenda: &[(0, asks_of_many)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "more-changes-than-the-quota",
        base: many_linked,
        agenda: &[(0, asks_of_many_anew)],
        target: Target::Write,
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::Nobody,
    },
    Story {
        name: "delivery-before-link",
        base: Base::empty,
        agenda: &[(0, early_event), (0, asks)],
        target: Target::Write,
        meetings: &[Meeting {
            workers: (&[Worker::Sync, Worker::Apply], &[Worker::Apply]),
            before: World::act,
            between: nothing,
        }],
        edits: Edits::Nobody,
    },
    Story {
        name: "restored-table",
        base: restored,
        agenda: &[(0, asks)],
        target: Target::Read,
        meetings: &[],
        edits: Edits::Nobody,
    },
];

/// The story of this name.
pub(crate) fn find(name: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.name == name)
}

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

fn asks(world: &World) {
    world.crm_sends(&request(), as_it_is);
}

fn asks_anew(world: &World) {
    world.crm_sends(&later_request(), as_it_is);
}

/// The same wish with other notes still.
fn asks_once_more(world: &World) {
    let version = RequestVersion { revision: Some(5), at: Some(NOON + TimeDelta::minutes(2)) };
    let notes = Some("Flat roof, faces east.".to_owned());
    world.crm_sends(&InstallationRequest { version, notes, ..later_request() }, as_it_is);
}

fn insists(world: &World) {
    world.crm_sends(&request(), |message| message.force = true);
}

fn asks_for_another(world: &World) {
    let id = "1043".parse().expect("an id");
    let mut other = InstallationRequest { id, ..request() };
    other.customer.email = None;
    world.crm_sends(&other, as_it_is);
}

/// Beside a project that is known to be ours: without one, absence is never proven.
fn asks_of_another_customer(world: &World) {
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

fn asks_of_many(world: &World) {
    many(request().version, "Tile roof.").for_each(|one| world.crm_sends(&one, as_it_is));
}

fn asks_of_many_anew(world: &World) {
    many(later_request().version, "Flat roof.").for_each(|one| world.crm_sends(&one, as_it_is));
}

fn cancels(world: &World) {
    let version = RequestVersion { revision: Some(5), at: Some(NOON + TimeDelta::minutes(1)) };
    world.crm_sends(&InstallationRequest { version, status: CrmStatus::Cancelled, ..request() }, as_it_is);
}

fn nothing(_: &World) {}

fn operator_asks(world: &World) {
    world.run(Worker::Operator);
}

fn operator_links(world: &World) {
    world.run(Worker::OperatorLinks);
}

fn operator_declares(world: &World) {
    world.run(Worker::OperatorDeclares);
}

/// The CRM insists while an operator decides.
fn insists_now(world: &World) {
    insists(world);
}

fn sweep_by_night(world: &World) {
    world.run(Worker::StatusSweep);
}

fn design(world: &World) {
    world.deed(Deed::Design);
}

fn send_proposal(world: &World) {
    world.deed(Deed::SendProposal);
}

fn sell(world: &World) {
    world.deed(Deed::Sell);
}

fn unsell(world: &World) {
    world.deed(Deed::Unsell);
}

fn schedule(world: &World) {
    world.deed(Deed::Schedule(4));
}

fn reschedule(world: &World) {
    world.deed(Deed::Schedule(11));
}

fn install(world: &World) {
    world.deed(Deed::Install);
}

fn garbage_arrives(world: &World) {
    world.knock("{ this is no");
}

fn move_on(world: &World) {
    world.deed(Deed::MoveTo(6543));
}

fn note(world: &World) {
    world.deed(Deed::Note);
}

/// An event of the project that is going to be made is told before anybody knows whose it is.
fn early_event(world: &World) {
    let now = world.now();
    world.opensolar.now().tell_of_event(9_000_001, now);
}

fn known_address() -> Base {
    Base::empty().with_contact("Tariro@example.com", Filter::Works)
}

/// A contact has the address, and the filter does not show it.
fn taken_address() -> Base {
    Base::empty().with_contact("Tariro@example.com", Filter::ShowsNobody)
}

fn linked() -> Base {
    Base::after(&[(0, asks)])
}

fn scheduled() -> Base {
    Base::after(&[(0, asks), (600, schedule)])
}

fn changed_unheard() -> Base {
    linked().with_deed(Deed::Sell)
}

/// The create was refused, and waits.
fn refused() -> Base {
    Base::after_plan(&[(0, asks)], "write1=refused-400")
}

/// Nobody knows what became of the create, and there is nothing to prove by: an operator's.
fn doubted() -> Base {
    Base::after_plan(&[(0, asks), (25 * 3600, nothing)], "write1=not-done post=lost")
}

fn doubted_beside_one_by_hand() -> Base {
    doubted().with_project_by_hand()
}

fn many_linked() -> Base {
    Base::governed().then(&[(0, asks_of_many)], "")
}

/// A change was refused, and waits.
fn not_updated() -> Base {
    Base::after_plan(&[(0, asks), (600, asks_anew)], "write2=refused-400")
}

/// The first day's message is about to be sent when the day moves.
fn first_day_is_heard(world: &World) {
    world.act();
    world.hear();
    world.pass(TimeDelta::seconds(2));
    world.act();
}

fn until_due(world: &World) {
    world.act();
    world.pass_until_due();
}

fn restored() -> Base {
    linked().restored()
}
