//! Two workers at once: each stops before every call, and a schedule says who goes on.

use std::task::{Context, Poll, Waker};

use super::workers::Work;
use super::{Worker, World};
use crate::plan::{Starts, Turns};
use crate::story::Meeting;

enum Slot<'a> {
    Waiting(Worker),
    Working(Worker, u32, Work<'a>),
    Done,
}

impl World {
    /// Lets both work by turns; how many steps each turn really took.
    pub(crate) fn take_turns(&self, meeting: &Meeting, turns: &Turns) -> Vec<u32> {
        let mut slots = [Slot::Waiting(meeting.workers.0), Slot::Waiting(meeting.workers.1)];
        let mut between = Some(meeting.between);
        let mut current = usize::from(turns.starts == Starts::Second);
        let mut taken = Vec::new();
        for length in &turns.lengths {
            let mut steps = 0;
            if let (1, Some(happens)) = (current, between) {
                happens(self);
                between = None;
            }
            while steps < *length && self.step(&mut slots[current]) {
                steps += 1;
            }
            taken.push(steps);
            current = 1 - current;
        }
        if let Some(happens) = between {
            happens(self);
        }
        // To their ends: one after the other, and once more for who had nothing to do at first.
        for slot in [current, 1 - current, current] {
            while self.step(&mut slots[slot]) {}
        }
        taken
    }

    /// One call of a worker; false if it has nothing to do, or is done.
    fn step<'a>(&'a self, slot: &mut Slot<'a>) -> bool {
        if let Slot::Waiting(worker) = *slot {
            if worker == Worker::Apply {
                self.take_post();
            }
            let Some(work) = self.begin(worker) else { return false };
            let number = self.gate.next_worker();
            self.gate.note(|| format!("{} (invocation {number}) begins", worker.name()));
            *slot = Slot::Working(worker, number, work);
        }
        let Slot::Working(worker, number, work) = slot else { return false };
        self.opensolar.called_by(*number);
        self.gate.note(|| format!("  {} (invocation {number})", worker.name()));
        self.gate.takes_turns(true);
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.gate.takes_turns(false);
        match polled {
            Poll::Ready(done) => {
                if !self.gate.take_doom() {
                    done.into_iter().for_each(|id| self.sqs.delete(id));
                }
                *slot = Slot::Done;
            }
            Poll::Pending if self.gate.take_cut() => *slot = Slot::Done,
            Poll::Pending => {}
        }
        true
    }
}
