//! Proof that the proof works: guards that the protocol needs, each broken from outside, by ports that do not keep what
//! they promise. Each has to be noticed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::explore::{Focus, Search};
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
    /// The story in which it matters.
    story: &'static str,
    focus: Focus,
}

/// By what it was noticed.
pub(crate) struct Caught {
    pub(crate) invariants: String,
    pub(crate) story: String,
    pub(crate) plan: Plan,
    /// Schedules until then.
    pub(crate) schedules: usize,
}

/// Every guard.
pub(crate) const GUARDS: &[Guard] = &[
    between_two("revision unchecked: a commit overwrites whatever is there", commits::overwriting, "update"),
    between_two("stale read-back merged: a conflict keeps the GET", commits::merging_stale_reads, "update"),
    guard("intent without its row in the sync log", commits::without_rows, "first-sync"),
    guard("a delivery that marks no read", commits::without_read_marks, "webhook-sold"),
    between_two(
        "held without its condition, replayed outside its group",
        commits::holding_blindly,
        "delivery-before-link",
    ),
    guard("contact claim never released", commits::keeping_claims, "two-requests-one-cancelled"),
    guard("contact claim never made", commits::without_claims, "two-requests-one-customer"),
    guard("adoption counts what the crm wants now as pushed", commits::adopting_wishes, "create-and-update"),
    guard("ledger off", looks::ledger_off, "notification"),
    guard("an overdue sending is repeated", looks::overdue_sendings_due, "notification"),
    guard("no epoch check before a message", looks::any_epoch, "day-moves"),
    guard("deduplication off", looks::deliveries_unknown, "webhook-status"),
    guard("outbox never swept", looks::outbox_unswept, "first-sync"),
    guard("records never swept", looks::records_unswept, "first-sync"),
    guard("a lease never ends", looks::endless_leases, "first-sync"),
    guard("next_attempt_at used as a lease", looks::obeying_the_sweep, "retry-sweep"),
    guard("the furthest status is forgotten", looks::forgetful_status, "sale-undone"),
    among_repeats("an older wish overwrites a newer one", looks::any_wish, "create-and-update"),
    guard("scans without their gaps", looks::impatient, "another-customer"),
    guard("the first scan is believed", looks::one_scan_is_enough, "another-customer"),
    guard("scans begun by any wake", looks::searches_at_any_wake, "another-customer"),
    guard("a scan without its control", outside::forging_controls, "first-sync"),
    guard("a restored table is trusted", looks::trusting_the_table, "restored-table"),
    guard("the bucket is always full", commits::full_buckets, "more-than-the-quota"),
    between_two("claim ids taken from the message", commits::claims_of_the_message, "first-sync-twice-at-once"),
    guard("a change in doubt is not waited for", looks::doubts_settled_at_once, "update-and-update"),
    guard("a create in doubt is sent again", outside::posting_twice, "first-sync"),
    guard("a create in doubt is taken for refused", outside::doubt_is_refusal, "first-sync"),
    guard("a change in doubt is taken for done", outside::doubt_is_done, "update"),
    among_people("PATCH without a look at what is there", outside::patching_blindly, "update"),
    guard("a list row is merged as if it had been read", outside::rows_trusted, "webhook-sold"),
    guard("a message in doubt is sent again", outside::messaging_twice, "notification"),
    guard("a queue that loses a message", outside::losing_a_message, "first-sync"),
    guard("the door answers before it has put the delivery anywhere", outside::losing_deliveries, "webhook-sold"),
    guard("an error with a phone number in it", outside::telling_numbers, "first-sync"),
    guard(
        "design: a contact is sent before it is written down",
        commits::contacts_unwritten,
        "design/create-and-update",
    ),
    guard("design: a contact in doubt is not waited for", looks::doubts_settled_at_once, "design/create-and-update"),
    guard("design: a contact in doubt is sent again", outside::making_contacts_twice, "design/first-sync"),
    guard(
        "design: a contact in doubt is taken for refused",
        outside::doubt_about_contacts_is_refusal,
        "design/first-sync",
    ),
    guard("design: nobody looks who has the number", outside::nobody_has_the_number, "design/first-sync"),
    guard("design: contact claim never made", commits::without_claims, "design/two-requests-one-customer"),
    guard("design: contact claim never released", commits::keeping_claims, "design/two-requests-one-cancelled"),
    guard("design: deduplication off", looks::deliveries_unknown, "design/events-in-any-order"),
    guard("design: an event's own time is ignored", outside::times_ignored, "design/events-in-any-order"),
    guard(
        "design: the moments of earlier events are forgotten",
        looks::moments_forgotten,
        "design/events-in-any-order",
    ),
    guard("design: the last event's body is forgotten", looks::last_body_forgotten, "design/event-without-a-time"),
    guard("design: the furthest status is forgotten", looks::forgetful_status, "design/events-in-any-order"),
    guard("design: what was held is forgotten", looks::held_forgotten, "design/event-before-link"),
    between_two("design: revision unchecked", commits::overwriting, "design/event-and-update"),
    between_two(
        "design: an event is logged without its record",
        commits::logged_without_its_record,
        "design/event-and-update",
    ),
];

const fn guard(name: &'static str, broken: fn() -> Arc<dyn Tampering>, story: &'static str) -> Guard {
    Guard { name, broken, story, focus: Focus::Anywhere }
}

/// One that only matters where two workers meet.
const fn between_two(name: &'static str, broken: fn() -> Arc<dyn Tampering>, story: &'static str) -> Guard {
    Guard { focus: Focus::Meetings, ..guard(name, broken, story) }
}

/// One that only matters where messages come again.
const fn among_repeats(name: &'static str, broken: fn() -> Arc<dyn Tampering>, story: &'static str) -> Guard {
    Guard { focus: Focus::Messages, ..guard(name, broken, story) }
}

/// One that only matters where people in OpenSolar edit meanwhile.
const fn among_people(name: &'static str, broken: fn() -> Arc<dyn Tampering>, story: &'static str) -> Guard {
    Guard { focus: Focus::Answers, ..guard(name, broken, story) }
}

impl Guard {
    /// Searches until something is noticed.
    pub(crate) fn caught(&self) -> Option<Caught> {
        let (story, contract) = story::find(self.story)?;
        let tally = Search::until_failure(story, contract, self.broken).focused(self.focus);
        let (plan, violations) = tally.failures.into_iter().next()?;
        let invariants: BTreeSet<&str> = violations.iter().map(|violation| violation.invariant).collect();
        let invariants = invariants.into_iter().collect::<Vec<_>>().join(" ");
        Some(Caught { invariants, story: story.name_in(contract), plan, schedules: tally.schedules })
    }
}
