//! Proof that the proof works: guards that the protocol needs, each broken from outside, by ports that do not keep what
//! they promise. Each has to be noticed.

use std::sync::Arc;

use crate::explore::{Bounds, Search, Stops};
use crate::inner::Tampering;
use crate::plan::Plan;
use crate::story;

mod commits;
mod looks;
mod outside;

/// A broken guard.
pub(crate) struct Guard {
    pub(crate) name: &'static str,
    /// Ports of a world in which it is broken.
    broken: fn() -> Arc<dyn Tampering>,
    /// Where it matters.
    stories: &'static [&'static str],
}

/// By what it was noticed.
pub(crate) struct Caught {
    pub(crate) invariant: &'static str,
    pub(crate) words: String,
    pub(crate) story: &'static str,
    pub(crate) plan: Plan,
    /// Schedules until then.
    pub(crate) schedules: usize,
}

/// Every guard. What comes later (absence proven too early, a governor that grants too much) is a line here and a few in
/// the files beside.
pub(crate) const GUARDS: &[Guard] = &[
    guard("revision unchecked: a commit overwrites whatever is there", commits::overwriting, &["update", "webhooks-at-once"]),
    guard("stale read-back merged: a conflict keeps the GET", commits::merging_stale_reads, &["update"]),
    guard("intent without its row in the sync log", commits::without_rows, &["first-sync"]),
    guard("a delivery that marks no read", commits::without_read_marks, &["webhook-sold"]),
    guard("held without its condition, replayed outside its group", commits::holding_blindly, &["delivery-before-link"]),
    guard("contact claim never released", commits::keeping_claims, &["two-requests-one-cancelled"]),
    guard("contact claim never made", commits::without_claims, &["two-requests-one-customer"]),
    guard("adoption counts what the crm wants now as pushed", commits::adopting_wishes, &["create-and-update"]),
    guard("ledger off", looks::ledger_off, &["notification"]),
    guard("an overdue sending is repeated", looks::overdue_sendings_due, &["notification"]),
    guard("no epoch check before a message", looks::any_epoch, &["day-moves"]),
    guard("deduplication off", looks::deliveries_unknown, &["webhook-status"]),
    guard("outbox never swept", looks::outbox_unswept, &["first-sync"]),
    guard("records never swept", looks::records_unswept, &["first-sync"]),
    guard("a lease never ends", looks::endless_leases, &["first-sync"]),
    guard("next_attempt_at used as a lease", looks::obeying_the_sweep, &["retry-sweep"]),
    guard("the furthest status is forgotten", looks::forgetful_status, &["sale-undone"]),
    guard("an older wish overwrites a newer one", looks::any_wish, &["create-and-update"]),
    guard("claim id and row ids the same for ever", looks::loaded_dice, &["first-sync"]),
    guard("a create in doubt is sent again", outside::posting_twice, &["first-sync"]),
    guard("a create in doubt is taken for refused", outside::doubt_is_refusal, &["first-sync"]),
    guard("a change in doubt is taken for done", outside::doubt_is_done, &["update"]),
    guard("PATCH without a look at what is there", outside::patching_blindly, &["update"]),
    guard("a list row is merged as if it had been read", outside::rows_trusted, &["webhook-sold"]),
    guard("a message in doubt is sent again", outside::messaging_twice, &["notification"]),
    guard("a queue that loses a message", outside::losing_a_message, &["first-sync"]),
    guard("the door answers before it has put the delivery anywhere", outside::losing_deliveries, &["webhook-sold"]),
    guard("an error with a phone number in it", outside::telling_numbers, &["first-sync"]),
];

const fn guard(name: &'static str, broken: fn() -> Arc<dyn Tampering>, stories: &'static [&'static str]) -> Guard {
    Guard { name, broken, stories }
}

impl Guard {
    /// Searches until something is noticed.
    pub(crate) fn caught(&self) -> Option<Caught> {
        let mut schedules = 0;
        for name in self.stories {
            let story = story::find(name)?;
            let tally = Search::with(story, Bounds::USUAL, self.broken, Stops::AtTheFirstFailure).all();
            schedules += tally.schedules;
            if let Some((plan, violations)) = tally.failures.into_iter().next() {
                let first = violations.into_iter().next()?;
                let (invariant, words) = (first.invariant, first.words);
                return Some(Caught { invariant, words, story: story.name, plan, schedules });
            }
        }
        None
    }
}
