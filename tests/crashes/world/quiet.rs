//! Time passes, and what is due is done, until nothing is left to be done.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use domain::ports::Store;
use domain::webhook::DeliveryStatus;
use testkit::builders::due_in_every_lane;

use super::{Worker, World};
use crate::inner::at_once;

/// A world that is not at rest after so many invocations never will be.
const MOST_STEPS: usize = 600;

/// The virtual time that a world is given.
const MONTH: TimeDelta = TimeDelta::days(35);

/// It never came to rest.
#[derive(Debug)]
pub(crate) struct Restless(pub(crate) String);

impl World {
    /// Works off everything, and jumps to what comes next, until nothing does.
    pub(crate) fn settle(&self) -> Result<(), Restless> {
        let end = self.now() + MONTH;
        for _ in 0..MOST_STEPS {
            if self.work_once() {
                continue;
            }
            let Some(next) = self.next_moment() else { return Ok(()) };
            if end < next {
                return Err(Restless(format!("something is still to come at {next}")));
            }
            if TimeDelta::hours(1) < next - self.now() {
                self.nothing_is_stuck();
            }
            self.ambient.set(next.max(self.now()));
        }
        Err(Restless("there is always something to do".to_owned()))
    }

    /// The night's sweep, and all that follows from it.
    pub(crate) fn night(&self) -> Result<(), Restless> {
        let five_past = NaiveTime::from_hms_opt(0, 5, 0).unwrap_or_default();
        let tonight = (self.now() + TimeDelta::days(1)).date_naive().and_time(five_past).and_utc();
        self.ambient.set(tonight);
        self.run(Worker::StatusSweep);
        self.settle()
    }

    /// Does something that is due now; whether there was anything.
    pub(super) fn work_once(&self) -> bool {
        self.act_once()
            || self.take_post()
            || self.run(Worker::Sync)
            || self.run(Worker::Apply)
            || self.run(Worker::Notify)
            || self.crm_reads()
            || self.sweep()
    }

    /// The retry sweep, if its minute has come and there is anything for it.
    fn sweep(&self) -> bool {
        let now = self.now();
        if now < self.state().next_sweep_at || !self.is_due() {
            return false;
        }
        self.state().next_sweep_at = now + TimeDelta::minutes(1);
        self.run(Worker::RetrySweep)
    }

    fn act_once(&self) -> bool {
        let now = self.now();
        let act = {
            let mut state = self.state();
            let is_due = state.agenda.front().is_some_and(|(at, _)| *at <= now);
            if is_due { state.agenda.pop_front() } else { None }
        };
        act.inspect(|(_, act)| act(self)).is_some()
    }

    /// What is to happen by now happens.
    pub(crate) fn act(&self) {
        while self.act_once() {}
    }

    /// Webhooks arrive and are applied, and nothing else.
    pub(crate) fn hear(&self) {
        while self.take_post() || self.run(Worker::Apply) {}
    }

    /// Lets time pass until something is to happen; false if nothing is.
    pub(super) fn pass_until_next_act(&self) -> bool {
        let next = self.state().agenda.front().map(|(at, _)| *at);
        next.inspect(|at| self.ambient.set(*at)).is_some()
    }

    /// Lets time pass until a sweep finds something.
    pub(crate) fn pass_until_due(&self) {
        let due = at_once(self.store.due(&due_in_every_lane(DateTime::<Utc>::MAX_UTC, 1))).unwrap_or_default();
        if let Some(item) = due.first() {
            self.ambient.set(item.at.max(self.now()));
        }
    }

    /// Nothing happens for an hour: what could go on is not waiting for a day that only ends it.
    fn nothing_is_stuck(&self) {
        for log in self.store.deliveries() {
            let is_held = matches!(log.status, DeliveryStatus::Held { .. });
            let project = log.envelope.as_ref().and_then(|envelope| envelope.project.as_ref());
            let owner = project.and_then(|project| at_once(self.store.linked_to(log.org, project)).ok()?);
            if is_held && owner.is_some() {
                let words = format!("{} is still held, though its project is linked", log.key);
                self.state().misdeeds.push(("I2", words));
            }
        }
    }

    fn is_due(&self) -> bool {
        at_once(self.store.due(&due_in_every_lane(self.now(), 1))).is_ok_and(|items| !items.is_empty())
    }

    /// When something happens next; nothing in a world at rest.
    fn next_moment(&self) -> Option<DateTime<Utc>> {
        let due = at_once(self.store.due(&due_in_every_lane(DateTime::<Utc>::MAX_UTC, 1))).unwrap_or_default();
        let (agenda, sweep) = {
            let state = self.state();
            (state.agenda.front().map(|(at, _)| *at), state.next_sweep_at)
        };
        let moments = [
            due.first().map(|item| item.at.max(sweep)),
            agenda,
            self.sqs.next_at(),
            self.opensolar.next_at(),
            self.next_post_at(),
        ];
        moments.into_iter().flatten().min()
    }
}
