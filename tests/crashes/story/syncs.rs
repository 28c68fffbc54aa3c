//! What the CRM wants becomes a project, and changes it.

use super::acts::{
    asks, asks_anew, asks_for_another, asks_of_another_customer, asks_of_many, asks_of_many_anew, asks_once_more,
    cancels, insists, note, nothing, sell,
};
use super::bases::{known_address, known_number, linked, many_linked, restored, taken_address};
use super::{Edits, Meeting, Story, Told};
use crate::explore::Bounds;
use crate::sim::opensolar::Target;
use crate::world::{Base, Worker, World};

const SYNC_AND_APPLY: Meeting =
    Meeting { workers: (&[Worker::Sync], &[Worker::Apply]), before: World::act, between: nothing };

const SYNC_TWICE: Meeting =
    Meeting { workers: (&[Worker::SyncTwin], &[Worker::Sync]), before: World::act, between: nothing };

const TWO_SYNCS: Meeting =
    Meeting { workers: (&[Worker::Sync], &[Worker::Sync]), before: World::act, between: nothing };

pub(super) const STORIES: &[Story] = &[
    Story { meetings: &[SYNC_AND_APPLY], ..Story::of("first-sync", Base::empty, &[(0, asks)], Target::Write) },
    Story {
        meetings: &[SYNC_AND_APPLY],
        ..Story::of("another-customer", linked, &[(0, asks_of_another_customer)], Target::Write)
    },
    // Its customer's contact is known: the first write is the project's create.
    Story {
        told: Told::OnlyInDesign,
        meetings: &[SYNC_TWICE],
        ..Story::of("another-request", linked, &[(0, asks_for_another)], Target::Write)
    },
    Story {
        meetings: &[SYNC_TWICE],
        bounds: Bounds::MEETINGS,
        ..Story::of("first-sync-twice-at-once", Base::empty, &[(0, asks)], Target::Write)
    },
    Story { told: Told::OnlyInLive, ..Story::of("e-mail-known", known_address, &[(0, asks)], Target::Write) },
    Story { told: Told::OnlyInLive, ..Story::of("e-mail-taken", taken_address, &[(0, asks)], Target::Write) },
    Story { told: Told::OnlyInDesign, ..Story::of("number-known", known_number, &[(0, asks)], Target::Write) },
    Story {
        meetings: &[TWO_SYNCS],
        bounds: Bounds::FEW,
        ..Story::of("two-requests-one-customer", Base::empty, &[(0, asks), (0, asks_for_another)], Target::Write)
    },
    Story {
        bounds: Bounds::FEW,
        ..Story::of(
            "two-requests-one-cancelled",
            Base::empty,
            &[(0, asks), (0, asks_for_another), (30, cancels)],
            Target::Write,
        )
    },
    Story {
        meetings: &[Meeting { between: sell, ..SYNC_AND_APPLY }, SYNC_TWICE],
        edits: Edits::AtAnyCall,
        ..Story::of("update", linked, &[(0, asks_anew)], Target::Write)
    },
    Story {
        meetings: &[SYNC_AND_APPLY],
        edits: Edits::AtAnyCall,
        bounds: Bounds::FEW,
        ..Story::of("create-and-update", Base::empty, &[(0, asks), (0, asks_anew)], Target::Write)
    },
    Story {
        bounds: Bounds::FEW,
        ..Story::of("update-and-update", linked, &[(0, asks_anew), (60, asks_once_more)], Target::Write)
    },
    Story {
        meetings: &[SYNC_AND_APPLY],
        ..Story::of("forced-sync", linked, &[(0, note), (60, insists)], Target::Write)
    },
    Story {
        meetings: &[TWO_SYNCS],
        ..Story::of("more-than-the-quota", Base::governed, &[(0, asks_of_many)], Target::Write)
    },
    Story {
        told: Told::OnlyInLive,
        meetings: &[TWO_SYNCS],
        ..Story::of("more-changes-than-the-quota", many_linked, &[(0, asks_of_many_anew)], Target::Write)
    },
    Story::of("restored-table", restored, &[(0, asks)], Target::Read),
];
