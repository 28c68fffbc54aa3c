//! One schedule of one story, from its beginning to the last rest.

use std::sync::Arc;

use crate::boundary::Kind;
use crate::inner::Tampering;
use crate::invariants::{Moment, Violation, check, most_writes_a_minute};
use crate::logs;
use crate::plan::Plan;
use crate::sim::opensolar::Target;
use crate::story::Story;
use crate::world::{Base, Restless, World};

/// What came of it.
pub(crate) struct Ran {
    /// What each boundary was that was passed before the first rest.
    pub(crate) passed: Vec<Kind>,
    /// The boundaries among them at which a cut leaves a world of its own.
    pub(crate) telling: Vec<u32>,
    /// Messages sent before the first rest.
    pub(crate) sent: u32,
    /// Projects read before the first rest.
    pub(crate) reads: u32,
    /// How often the call whose outcome matters was made before the first rest.
    pub(crate) targets: u32,
    /// How long the turns really were.
    pub(crate) turns: Vec<u32>,
    pub(crate) violations: Vec<Violation>,
    /// How often the world was looked at.
    pub(crate) looks: u32,
    /// The most writes that OpenSolar saw in a minute.
    pub(crate) most_writes: usize,
    /// What happened, step by step, if that was asked for.
    pub(crate) steps: Vec<String>,
}

/// Whether the steps are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    Forgotten,
    Kept,
}

/// Runs it.
pub(crate) fn run(story: &Story, base: &Base, plan: &Plan, tampering: Arc<dyn Tampering>, steps: Steps) -> Ran {
    let world = World::new(base, plan, tampering, story.agenda);
    if steps == Steps::Kept {
        world.gate.keep_steps();
    }
    drop(logs::leaks());
    let mut turns = Vec::new();
    if let Some((plan, meeting)) =
        plan.turns.as_ref().and_then(|turns| Some((turns, story.meetings.get(turns.meeting)?)))
    {
        (meeting.before)(&world);
        turns = world.take_turns(meeting, plan);
    }
    let mut violations = Vec::new();
    let mut ran = Ran {
        passed: Vec::new(),
        telling: Vec::new(),
        sent: 0,
        reads: 0,
        targets: 0,
        turns,
        violations: Vec::new(),
        looks: 0,
        most_writes: 0,
        steps: Vec::new(),
    };
    let mut rest = |outcome: Result<(), Restless>, moment| match outcome {
        Ok(()) => violations.extend(check(&world, plan, moment)),
        Err(Restless(words)) => violations.push(Violation { invariant: "I7", words }),
    };
    rest(world.settle(), Moment::Quiet);
    ran.passed = world.gate.passed();
    ran.telling = world.gate.telling();
    ran.sent = world.sqs.sent();
    ran.reads = world.opensolar.now().reads;
    ran.targets = match story.target {
        Target::Message => world.whatsapp.now().calls,
        Target::Write | Target::Read => world.opensolar.calls_of(story.target),
    };
    ran.looks = 1;
    // What nights add is seen after each single fault.
    if plan.faults.len() < 2 {
        world.gate.note(|| "everything is quiet; nights pass".to_owned());
        rest(world.night().and_then(|()| world.night()), Moment::AfterNights);
        ran.looks = 2;
    }
    violations.extend(logs::leaks().into_iter().map(|line| Violation { invariant: "I8", words: line }));
    for request in world.state().asked.iter().map(|asked| asked.id.clone()) {
        let rows = world.store.decisions(testkit::builders::ORG, &request);
        let private = rows.into_iter().filter(|row| logs::is_private(&row.outcome));
        violations.extend(private.map(|row| Violation { invariant: "I8", words: row.outcome }));
    }
    let unwatched = world.unwatched();
    if unwatched != 0 {
        violations.push(Violation { invariant: "gate", words: format!("{unwatched} calls passed it by") });
    }
    ran.most_writes = most_writes_a_minute(&world);
    ran.steps = world.gate.steps();
    ran.violations = violations;
    ran
}
