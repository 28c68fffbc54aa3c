//! Two workers at once: each stops before every call, and a schedule says who goes on.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::workers::Work;
use super::{Worker, World};
use crate::plan::{Starts, Turns};
use crate::story::Meeting;

/// One side: who works now, and who comes next.
struct Side<'a> {
    next: VecDeque<Worker>,
    working: Option<(Worker, u32, Work<'a>)>,
}

impl World {
    /// Lets both work by turns; how many steps each turn really took.
    pub(crate) fn take_turns(&self, meeting: &Meeting, turns: &Turns) -> Vec<u32> {
        let side = |workers: &[Worker]| Side { next: workers.iter().copied().collect(), working: None };
        let mut sides = [side(meeting.workers.0), side(meeting.workers.1)];
        let mut between = Some(meeting.between);
        let mut current = usize::from(turns.starts == Starts::Second);
        let mut taken = Vec::new();
        for length in &turns.lengths {
            let mut steps = 0;
            if let (1, Some(happens)) = (current, between) {
                happens(self);
                between = None;
            }
            while steps < *length && self.step(&mut sides[current]) {
                steps += 1;
            }
            taken.push(steps);
            current = 1 - current;
        }
        if let Some(happens) = between {
            happens(self);
        }
        // To their ends: one after the other, and once more for who had nothing to do at first.
        for side in [current, 1 - current, current] {
            while self.step(&mut sides[side]) {}
        }
        taken
    }

    /// One call of a worker; false if it has nothing to do, or is done.
    fn step<'a>(&'a self, side: &mut Side<'a>) -> bool {
        let Some((worker, number, work)) = &mut side.working else { return self.next(side) };
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
                side.working = None;
            }
            Poll::Pending if self.gate.take_cut() => side.working = None,
            Poll::Pending => {}
        }
        true
    }

    /// The next one begins, if there is anything for it.
    fn next<'a>(&'a self, side: &mut Side<'a>) -> bool {
        let Some(worker) = side.next.front().copied() else { return false };
        if worker == Worker::Apply {
            self.take_post();
        }
        let Some(work) = self.begin(worker) else { return false };
        side.next.pop_front();
        let number = self.gate.next_worker();
        self.gate.note(|| format!("{} (invocation {number}) begins", worker.name()));
        side.working = Some((worker, number, work));
        true
    }
}
