//! What people do in OpenSolar becomes known, and is told.

use super::acts::{
    asks, asks_anew, design, early_event, first_day_is_heard, garbage_arrives, install, move_on, moves_to_and_back,
    nothing, reschedule, schedule, schedules_twice, sell, send_proposal, unsell, until_due,
};
use super::bases::{linked, linked_and_bare, scheduled};
use super::{Meeting, Story, Told};
use crate::explore::Bounds;
use crate::sim::opensolar::Target;
use crate::world::{Agenda, Base, Worker, World};

const SWEEP_AND_NOTIFY: Meeting =
    Meeting { workers: (&[Worker::RetrySweep], &[Worker::Notify]), before: until_due, between: nothing };

/// A hint, after which the project is read.
const fn hint(name: &'static str, agenda: Agenda) -> Story {
    Story { told: Told::OnlyInLive, ..Story::of(name, linked, agenda, Target::Read) }
}

/// Events that tell by themselves what happened.
const fn events(name: &'static str, base: super::BaseOf, agenda: Agenda) -> Story {
    Story { told: Told::OnlyInDesign, ..Story::of(name, base, agenda, Target::Message) }
}

pub(super) const STORIES: &[Story] = &[
    Story {
        meetings: &[Meeting { workers: (&[Worker::Notify], &[Worker::Apply]), before: World::act, between: nothing }],
        ..hint("webhook-design", &[(0, design)])
    },
    hint("webhook-proposal", &[(0, send_proposal)]),
    hint("webhook-sold", &[(0, sell)]),
    hint("webhook-scheduled", &[(0, schedule)]),
    hint("webhook-installed", &[(0, install)]),
    hint("webhook-status", &[(0, move_on)]),
    Story {
        bounds: Bounds::FEW,
        ..hint("webhooks-at-once", &[(0, design), (0, send_proposal), (0, sell), (0, schedule)])
    },
    Story::of(
        "webhook-unreadable",
        linked,
        &[(0, garbage_arrives), (30, garbage_arrives), (400, garbage_arrives)],
        Target::Read,
    ),
    Story {
        meetings: &[Meeting {
            workers: (&[Worker::Notify], &[Worker::Apply]),
            before: first_day_is_heard,
            between: nothing,
        }],
        ..Story::of("day-moves", linked, &[(0, schedule), (1, reschedule)], Target::Message)
    },
    hint("sale-undone", &[(0, sell), (600, unsell)]),
    Story { meetings: &[SWEEP_AND_NOTIFY], ..Story::of("notification", linked, &[(0, sell)], Target::Message) },
    Story {
        told: Told::OnlyInLive,
        meetings: &[SWEEP_AND_NOTIFY],
        ..Story::of("reminder", scheduled, &[], Target::Message)
    },
    Story {
        told: Told::OnlyInLive,
        meetings: &[Meeting {
            workers: (&[Worker::Sync, Worker::Apply], &[Worker::Apply]),
            before: World::act,
            between: nothing,
        }],
        ..Story::of("delivery-before-link", Base::empty, &[(0, early_event), (0, asks)], Target::Write)
    },
    // The project is made, and nobody here knows which it is, when its design is told.
    Story {
        told: Told::OnlyInDesign,
        meetings: &[Meeting {
            workers: (&[Worker::Sync, Worker::Apply], &[Worker::Apply]),
            before: World::act,
            between: design,
        }],
        ..Story::of("event-before-link", Base::empty, &[(0, asks), (1, design)], Target::Write)
    },
    Story {
        bounds: Bounds::FEW,
        ..events("events-at-once", linked, &[(0, design), (0, send_proposal), (0, sell), (0, schedule)])
    },
    events("events-in-any-order", linked, &[(0, schedules_twice), (0, moves_to_and_back)]),
    events("events-that-end-it", linked, &[(0, sell), (0, move_on), (60, install)]),
    Story {
        meetings: &[Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing }],
        told: Told::OnlyInDesign,
        bounds: Bounds::FEW,
        ..Story::of("event-and-update", linked, &[(0, moves_to_and_back), (0, sell), (0, asks_anew)], Target::Write)
    },
    events("events-without-a-time", linked_and_bare, &[(0, schedule), (60, reschedule), (120, moves_to_and_back)]),
    events("event-without-a-time", linked_and_bare, &[(0, sell)]),
];
