//! Which schedules a story is told with: enumerated, so that every run is the same.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use domain::configuration::ApiContract;

use crate::boundary::{Fault, Kind};
use crate::inner::{Tampering, Untouched};
use crate::invariants::Violation;
use crate::plan::{Plan, Post, Starts, Turns};
use crate::run::{Ran, Steps, run};
use crate::sim::opensolar::Target;
use crate::sim::outcome::Outcome;
use crate::sim::sqs::Mischief;
use crate::story::{Edits, Story};
use crate::world::{Base, Governor};

/// The futures of the use cases are large, and unoptimised ones still larger.
pub(crate) const STACK: usize = 32 * 1024 * 1024;

/// So many lengths of a turn are tried at a time.
const TURNS_AT_ONCE: usize = 8;

/// How much is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The most pairs of cuts under each outcome; more are thinned out evenly.
    pub(crate) pairs: usize,
    /// The most changes from one worker to the other.
    pub(crate) switches: usize,
    /// The most interleavings of a meeting under each outcome.
    pub(crate) meetings: usize,
    /// The most schedules of each other kind where several records go through the governor at once; more are thinned out
    /// evenly.
    pub(crate) governed: usize,
}

impl Bounds {
    pub(crate) const USUAL: Self = Self { pairs: 150, switches: 3, meetings: 150, governed: 150 };
    /// Of a story that is told at length, or much like another one.
    pub(crate) const FEW: Self = Self { pairs: 60, meetings: 90, governed: 100, ..Self::USUAL };
    /// Of a story that is about two workers who meet.
    pub(crate) const MEETINGS: Self = Self { meetings: 600, ..Self::FEW };
    pub(crate) const LONG: Self = Self { pairs: 20_000, switches: 4, meetings: 8000, governed: 20_000 };

    /// As they are for a story that begins so.
    fn of(self, base: &Base) -> Self {
        match base.governor() {
            Governor::Absent => Self { governed: usize::MAX, ..self },
            Governor::Stands => Self { pairs: self.governed / 10, meetings: self.governed / 4, ..self },
        }
    }
}

/// What a search found.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) boundaries: usize,
    pub(crate) schedules: usize,
    /// Schedules that the bounds left out.
    pub(crate) left_out: usize,
    pub(crate) looks: usize,
    pub(crate) calls: usize,
    pub(crate) most_writes: usize,
    pub(crate) failures: Vec<(Plan, Vec<Violation>)>,
}

impl Tally {
    fn count(&mut self, plan: &Plan, ran: &Ran) {
        self.schedules += 1;
        self.looks += usize::try_from(ran.looks).unwrap_or_default();
        self.calls += ran.passed.len();
        self.most_writes = self.most_writes.max(ran.most_writes);
        if !ran.violations.is_empty() {
            self.failures.push((plan.clone(), ran.violations.clone()));
        }
    }
}

/// A story that is being searched.
pub(crate) struct Search<'a> {
    story: &'a Story,
    base: Base,
    bounds: Bounds,
    tampering: fn() -> Arc<dyn Tampering>,
    pub(crate) tally: Tally,
    /// A broken guard is caught by its first failure.
    stops_at_failure: Stops,
}

/// Where a search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    Anywhere,
    /// Where two workers meet.
    Meetings,
    /// Where our own calls fail, and people edit.
    Answers,
    /// Where messages come again.
    Messages,
}

/// When a search ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stops {
    AtItsEnd,
    AtTheFirstFailure,
}

impl<'a> Search<'a> {
    pub(crate) fn of(story: &'a Story, contract: ApiContract, bounds: Bounds) -> Self {
        Self::with(story, contract, bounds, || Arc::new(Untouched), Stops::AtItsEnd)
    }

    /// Over ports that are not as they should be, until that is noticed.
    pub(crate) fn until_failure(
        story: &'a Story,
        contract: ApiContract,
        tampering: fn() -> Arc<dyn Tampering>,
    ) -> Self {
        Self::with(story, contract, story.bounds_in(contract), tampering, Stops::AtTheFirstFailure)
    }

    fn with(
        story: &'a Story,
        contract: ApiContract,
        bounds: Bounds,
        tampering: fn() -> Arc<dyn Tampering>,
        stops: Stops,
    ) -> Self {
        let base = (story.base)(contract);
        let bounds = bounds.of(&base);
        Self { story, base, bounds, tampering, tally: Tally::default(), stops_at_failure: stops }
    }

    /// Searches everything.
    pub(crate) fn all(mut self) -> Tally {
        let plain = self.outcomes();
        self.cuts(&plain);
        self.answers(&plain);
        self.messages(&plain);
        self.pairs(&plain);
        for meeting in 0..self.story.meetings.len() {
            self.meeting(meeting);
        }
        self.tally
    }

    /// Searches where it is most likely to find something, and then everywhere.
    pub(crate) fn focused(mut self, focus: Focus) -> Tally {
        match focus {
            Focus::Anywhere => {}
            Focus::Meetings => (0..self.story.meetings.len()).for_each(|meeting| self.meeting(meeting)),
            Focus::Answers => {
                let plain = self.plain();
                self.answers(&plain);
            }
            Focus::Messages => {
                let plain = self.plain();
                self.messages(&plain);
            }
        }
        if self.is_over() { self.tally } else { self.all() }
    }

    /// The story as it goes if nothing is struck.
    fn plain(&mut self) -> Vec<(Outcome, Ran)> {
        let plan = Plan::default().with_outcome(self.story.target, Outcome::Answered);
        self.run_all(vec![plan]).into_iter().map(|ran| (Outcome::Answered, ran)).collect()
    }

    /// What may come of the story's first call, with all that may become of the webhooks. Where no such call is made, all
    /// outcomes are one.
    fn outcomes(&mut self) -> Vec<(Outcome, Ran)> {
        let mut plain = self.plain();
        self.tally.boundaries = plain.first().map_or(0, |(_, ran)| ran.passed.len());
        if plain.iter().any(|(_, ran)| 0 < ran.targets) {
            let others: Vec<Outcome> =
                Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Answered).collect();
            let plans =
                others.iter().map(|outcome| Plan::default().with_outcome(self.story.target, *outcome)).collect();
            let ran = self.run_all(plans);
            plain.extend(others.into_iter().zip(ran));
        }
        let mut plans = Vec::new();
        for outcome in plain.iter().map(|(outcome, _)| *outcome) {
            let plan = Plan::default().with_outcome(self.story.target, outcome);
            plans.extend(Post::OTHERS.map(|post| Plan { post, ..plan.clone() }));
            plans.extend([1, 2].map(|blind_lists| Plan { post: Post::Lost, blind_lists, ..plan.clone() }));
            if plain.len() == 1 {
                continue;
            }
            plans.extend(Outcome::IN_DOUBT.map(|second| Plan {
                remote: vec![(self.story.target, 1, outcome), (self.story.target, 2, second)],
                ..Plan::default()
            }));
        }
        self.run_all(plans);
        self.costs();
        plain
    }

    /// A delivery that comes again costs no read.
    fn costs(&mut self) {
        if self.story.target != Target::Read || self.is_over() {
            return;
        }
        let plans = [Post::Prompt, Post::Twice].map(|post| Plan { post, ..Plan::default() });
        let ran = self.run_quietly(&plans);
        let reads: Vec<u32> = ran.iter().map(|ran| ran.reads).collect();
        if let [once, twice] = reads[..]
            && once < twice
        {
            let words = format!("{twice} reads of the project where {once} do, since deliveries came twice");
            let [_, plan] = plans;
            self.tally.failures.push((plan, vec![Violation { invariant: "GETs", words }]));
        }
    }

    /// Each cut at each boundary, under each outcome. Under those that leave no doubt, cuts that leave the same world are
    /// told once.
    fn cuts(&mut self, plain: &[(Outcome, Ran)]) {
        let mut plans = Vec::new();
        for (outcome, ran) in plain {
            let plan = Plan::default().with_outcome(self.story.target, *outcome);
            if !leaves_doubt(*outcome) {
                plans.extend(ran.telling.iter().map(|at| plan.clone().with_fault(*at, Fault::CutAfter)));
                continue;
            }
            for (at, _) in boundaries(ran) {
                plans.extend(Fault::CUTS.map(|fault| plan.clone().with_fault(at, fault)));
                plans.push(Plan { post: Post::Lost, ..plan.clone().with_fault(at, Fault::CutAfter) });
            }
        }
        let plans = self.thinned(plans, self.bounds.governed);
        self.run_all(plans);
    }

    /// Our own calls that fail or seem to, and people who edit meanwhile.
    fn answers(&mut self, plain: &[(Outcome, Ran)]) {
        let mut plans = Vec::new();
        for (outcome, ran) in plain.iter().filter(|(outcome, _)| leaves_doubt(*outcome)) {
            for (at, kind) in boundaries(ran) {
                let plan = Plan::default().with_outcome(self.story.target, *outcome);
                plans.push(plan.clone().with_fault(at, Fault::FailBefore));
                plans.push(plan.clone().with_fault(at, Fault::FailAfter));
                if kind == Kind::Commit {
                    plans.push(plan.clone().with_fault(at, Fault::ConflictAfter));
                }
                if self.story.edits == Edits::AtAnyCall {
                    plans.push(plan.clone().with_fault(at, Fault::Edit));
                    plans.push(Plan { post: Post::Lost, ..plan.with_fault(at, Fault::Edit) });
                }
            }
        }
        let plans = self.thinned(plans, self.bounds.governed);
        self.run_all(plans);
    }

    /// Each message twice, once more much later, or before its turn.
    fn messages(&mut self, plain: &[(Outcome, Ran)]) {
        let mut plans = Vec::new();
        for (outcome, ran) in plain.iter().filter(|(outcome, _)| leaves_doubt(*outcome)) {
            for number in 1..=ran.sent {
                for mischief in [Mischief::Twice(number), Mischief::Again(number), Mischief::First(number)] {
                    let plan = Plan::default().with_outcome(self.story.target, *outcome);
                    plans.push(Plan { mischief: Some(mischief), ..plan });
                }
            }
        }
        let plans = self.thinned(plans, self.bounds.governed);
        self.run_all(plans);
    }

    /// Two cuts, under each outcome that leaves doubt. A worker that ends after a call's effect, after its answer, before
    /// its next call or after a mere look at the table left the same world, so one of them stands for all.
    fn pairs(&mut self, plain: &[(Outcome, Ran)]) {
        for (outcome, ran) in plain.iter().filter(|(outcome, _)| leaves_doubt(*outcome)) {
            if self.is_over() {
                return;
            }
            let plan = Plan::default().with_outcome(self.story.target, *outcome);
            let firsts = ran.telling.iter().map(|at| plan.clone().with_fault(*at, Fault::CutAfter)).collect();
            let firsts = self.thinned(firsts, self.bounds.pairs);
            let after_first = self.run_quietly(&firsts);
            let mut plans = Vec::new();
            for (first, ran) in firsts.iter().zip(&after_first) {
                let cut_at = first.faults.first().map_or(0, |(at, _)| *at);
                let seconds = ran.telling.iter().filter(|at| cut_at < **at);
                plans.extend(seconds.map(|at| first.clone().with_fault(*at, Fault::CutAfter)));
            }
            let plans = self.thinned(plans, self.bounds.pairs);
            self.run_all(plans);
        }
    }

    /// Two workers at once: all interleavings of their calls with at most so many changes from one to the other.
    fn meeting(&mut self, meeting: usize) {
        let outcomes = match self.story.target {
            Target::Write => vec![Outcome::Answered, Outcome::AnswerLost, Outcome::Late(4), Outcome::Refused(403)],
            Target::Read | Target::Message => vec![Outcome::Answered, Outcome::AnswerLost],
        };
        for outcome in outcomes {
            let plan = Plan::default().with_outcome(self.story.target, outcome);
            let mut level: Vec<Vec<u32>> = vec![Vec::new()];
            let mut left = self.bounds.meetings;
            for _ in 0..self.bounds.switches {
                let mut next = Vec::new();
                for starts in [Starts::First, Starts::Second] {
                    for lengths in &level {
                        let longer = self.longer(&plan, meeting, starts, lengths, &mut left);
                        next.extend(longer);
                    }
                }
                next.sort_unstable();
                next.dedup();
                level = next;
            }
        }
    }

    /// One more turn, of each length that it can have; those that were not over before. Some are run at a time, so that
    /// all cores have something to do.
    fn longer(
        &mut self,
        plan: &Plan,
        meeting: usize,
        starts: Starts,
        lengths: &[u32],
        left: &mut usize,
    ) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        for first in (1..).step_by(TURNS_AT_ONCE) {
            let some = TURNS_AT_ONCE.min(*left);
            *left -= some;
            let turns: Vec<Vec<u32>> =
                (first..).take(some).map(|length| lengths.iter().copied().chain([length]).collect()).collect();
            let plans = turns.iter().map(|lengths| {
                let turns = Turns { meeting, starts, lengths: lengths.clone() };
                Plan { turns: Some(turns), ..plan.clone() }
            });
            let ran = self.run_all(plans.collect());
            let full: Vec<_> = turns.into_iter().zip(&ran).filter(|(turns, ran)| ran.turns == *turns).collect();
            let may_be_longer = full.len() == TURNS_AT_ONCE;
            found.extend(full.into_iter().map(|(turns, _)| turns));
            if !may_be_longer {
                break;
            }
        }
        found
    }

    /// At most so many, spread evenly; how many are left out is counted.
    fn thinned(&mut self, plans: Vec<Plan>, most: usize) -> Vec<Plan> {
        let count = plans.len();
        if count <= most {
            return plans;
        }
        self.tally.left_out += count - most;
        let is_kept = |index: usize| index * most / count != (index + 1) * most / count;
        plans.into_iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, plan)| plan).collect()
    }

    /// Runs and counts.
    fn run_all(&mut self, plans: Vec<Plan>) -> Vec<Ran> {
        let mut all = Vec::new();
        for some in plans.chunks(self.chunk()) {
            if self.is_over() {
                break;
            }
            let ran = self.run_quietly(some);
            some.iter().zip(&ran).for_each(|(plan, ran)| self.tally.count(plan, ran));
            all.extend(ran);
        }
        all
    }

    /// Who looks for one failure looks after each few schedules.
    fn chunk(&self) -> usize {
        match self.stops_at_failure {
            Stops::AtItsEnd => usize::MAX,
            Stops::AtTheFirstFailure => 8,
        }
    }

    fn is_over(&self) -> bool {
        self.stops_at_failure == Stops::AtTheFirstFailure && !self.tally.failures.is_empty()
    }

    /// Runs on all cores; the answers in the order of the plans.
    fn run_quietly(&self, plans: &[Plan]) -> Vec<Ran> {
        if let [plan] = plans {
            return vec![run(self.story, &self.base, plan, (self.tampering)(), Steps::Forgotten)];
        }
        let next = AtomicUsize::new(0);
        let done: Mutex<BTreeMap<usize, Ran>> = Mutex::default();
        let work = || {
            while let Some((index, plan)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, plans.get(index)?)))
            {
                let ran = run(self.story, &self.base, plan, (self.tampering)(), Steps::Forgotten);
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(index, ran);
            }
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            for _ in 0..cores {
                thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
            }
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }
}

fn leaves_doubt(outcome: Outcome) -> bool {
    outcome == Outcome::Answered || Outcome::IN_DOUBT.contains(&outcome)
}

fn boundaries(ran: &Ran) -> impl Iterator<Item = (u32, Kind)> + '_ {
    (1..).zip(ran.passed.iter().copied())
}
