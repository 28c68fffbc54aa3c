//! Sweeps and operators bring on what waits.

use super::acts::{insists_now, nothing, operator_asks, operator_declares, operator_links, sweep_by_night, until_due};
use super::bases::{changed_unheard, doubted, doubted_beside_one_by_hand, not_updated, refused};
use super::{Edits, Meeting, Story};
use crate::sim::opensolar::Target;
use crate::world::{Worker, World};

pub(super) const STORIES: &[Story] = &[
    Story {
        meetings: &[
            Meeting { workers: (&[Worker::RetrySweep], &[Worker::Sync]), before: until_due, between: nothing },
            Meeting { workers: (&[Worker::RetrySweep], &[Worker::RetrySweep]), before: until_due, between: nothing },
        ],
        ..Story::of("retry-sweep", refused, &[], Target::Write)
    },
    Story {
        meetings: &[Meeting {
            workers: (&[Worker::StatusSweep], &[Worker::StatusSweep]),
            before: World::act,
            between: nothing,
        }],
        ..Story::of("status-sweep", changed_unheard, &[(0, sweep_by_night)], Target::Read)
    },
    Story {
        meetings: &[Meeting { workers: (&[Worker::Operator], &[Worker::Sync]), before: World::act, between: nothing }],
        edits: Edits::AtAnyCall,
        ..Story::of("operator-sync", not_updated, &[(0, operator_asks)], Target::Write)
    },
    Story {
        meetings: &[Meeting {
            workers: (&[Worker::OperatorLinks], &[Worker::Sync]),
            before: insists_now,
            between: nothing,
        }],
        ..Story::of(
            "operator-links",
            doubted_beside_one_by_hand,
            &[(0, operator_links), (120, operator_links)],
            Target::Read,
        )
    },
    Story {
        meetings: &[Meeting {
            workers: (&[Worker::OperatorDeclares], &[Worker::Sync]),
            before: insists_now,
            between: nothing,
        }],
        ..Story::of(
            "operator-declares-absent",
            doubted,
            &[(0, operator_declares), (120, operator_declares)],
            Target::Write,
        )
    },
];
