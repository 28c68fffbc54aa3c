//! Every call of a port is a boundary: counted, and the place where a schedule strikes.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use chrono::TimeDelta;
use domain::governor::GRANT_KEPT;
use domain::ports::Ambient;
use testkit::memory::TestAmbient;

use crate::sim::office::Deed;
use crate::sim::opensolar::SimOpenSolar;

mod ports;
mod store;

/// What strikes at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The worker ends before the call.
    CutBefore,
    /// The call has its effect; the worker ends before the answer.
    CutAfter,
    /// The worker has the answer, and ends before its next call or before its message is deleted.
    CutAnswered,
    /// The call has no effect, and an error is answered.
    FailBefore,
    /// The call has its effect, and an error is answered.
    FailAfter,
    /// The commit is done, and the answer says that its condition failed: our own second try met the first.
    ConflictAfter,
    /// Somebody in OpenSolar writes notes just before the call.
    Edit,
}

impl Fault {
    pub(crate) const CUTS: [Self; 3] = [Self::CutBefore, Self::CutAfter, Self::CutAnswered];

    const NAMES: [(&str, Self); 7] = [
        ("cut-before", Self::CutBefore),
        ("cut-after", Self::CutAfter),
        ("cut-answered", Self::CutAnswered),
        ("fail-before", Self::FailBefore),
        ("fail-after", Self::FailAfter),
        ("conflict-after", Self::ConflictAfter),
        ("edit", Self::Edit),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, fault)| *fault == self).map_or("?", |(name, _)| name)
    }

    pub(crate) fn parse(raw: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(name, _)| *name == raw).map(|(_, fault)| *fault)
    }
}

/// What kind of call a boundary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    StoreRead,
    Commit,
    Send,
    OpenSolar,
    WhatsApp,
    Secret,
}

impl Kind {
    /// Whether it leaves anything behind. OpenSolar counts what it is asked, and its next answer may be another.
    fn leaves_traces(self) -> bool {
        match self {
            Self::Commit | Self::Send | Self::OpenSolar | Self::WhatsApp => true,
            Self::StoreRead | Self::Secret => false,
        }
    }

    /// So long it takes, by the virtual clock.
    fn takes(self) -> TimeDelta {
        TimeDelta::milliseconds(match self {
            Self::StoreRead | Self::Send | Self::Secret => 3,
            Self::Commit => 7,
            Self::OpenSolar | Self::WhatsApp => 150,
        })
    }
}

/// Why a call that was struck tells an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    NotDone,
    Unanswered,
    Conflict,
}

/// Stands before every port of a world.
pub(crate) struct Gate {
    ambient: Arc<TestAmbient>,
    opensolar: Arc<SimOpenSolar>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What each boundary was, in order.
    passed: Vec<Kind>,
    /// Boundaries at which a cut leaves a world of its own.
    telling: Vec<u32>,
    /// The worker that passed the last one.
    last_worker: u32,
    faults: Vec<(u32, Fault)>,
    is_cut: bool,
    is_doomed: bool,
    takes_turns: bool,
    stood_still: bool,
    workers: u32,
    steps: Option<Vec<String>>,
}

impl Gate {
    pub(crate) fn new(ambient: Arc<TestAmbient>, opensolar: Arc<SimOpenSolar>, faults: Vec<(u32, Fault)>) -> Self {
        Self { ambient, opensolar, state: Mutex::new(State { faults, ..State::default() }) }
    }

    /// From now on the steps are kept, for people.
    pub(crate) fn keep_steps(&self) {
        self.state().steps = Some(Vec::new());
    }

    pub(crate) fn steps(&self) -> Vec<String> {
        self.state().steps.clone().unwrap_or_default()
    }

    /// Notes a step that is no call.
    pub(crate) fn note(&self, words: impl FnOnce() -> String) {
        let now = self.ambient.now();
        if let Some(steps) = &mut self.state().steps {
            steps.push(format!("{}         {}", now.format("%d %H:%M:%S"), words()));
        }
    }

    /// What was passed so far.
    pub(crate) fn passed(&self) -> Vec<Kind> {
        self.state().passed.clone()
    }

    /// The boundaries at which a cut leaves a world that no other cut leaves: after a mere look at the table it is the one
    /// that the cut before left.
    pub(crate) fn telling(&self) -> Vec<u32> {
        self.state().telling.clone()
    }

    /// From now on a worker stops before each call, and goes on at its next turn.
    pub(crate) fn takes_turns(&self, takes_turns: bool) {
        self.state().takes_turns = takes_turns;
    }

    /// Whether a worker stood still on its way to OpenSolar for longer than a grant is kept: no governor can know.
    pub(crate) fn stood_still(&self) -> bool {
        self.state().stood_still
    }

    /// The number of a worker that begins.
    pub(crate) fn next_worker(&self) -> u32 {
        let mut state = self.state();
        state.workers += 1;
        state.workers
    }

    /// Whether the worker that was just polled is dead; the next one is alive.
    pub(crate) fn take_cut(&self) -> bool {
        std::mem::take(&mut self.state().is_cut)
    }

    /// Whether the worker that just ended died before anybody heard of it.
    pub(crate) fn take_doom(&self) -> bool {
        std::mem::take(&mut self.state().is_doomed)
    }

    async fn pass<T, E: std::fmt::Display>(
        &self,
        kind: Kind,
        name: &'static str,
        call: impl Future<Output = Result<T, E>> + Send,
        error: fn(Mishap) -> E,
    ) -> Result<T, E> {
        if self.state().takes_turns {
            let before = self.ambient.now();
            Turn(false).await;
            if kind == Kind::OpenSolar && GRANT_KEPT < self.ambient.now() - before {
                self.state().stood_still = true;
            }
        }
        let fault = self.enter(kind, name);
        match fault {
            Some(Fault::CutBefore) => return self.cut().await,
            Some(Fault::FailBefore) => return Err(error(Mishap::NotDone)),
            Some(Fault::Edit) => Deed::Note.happen(&mut self.opensolar.now(), self.ambient.now()),
            Some(_) | None => {}
        }
        let answer = call.await;
        self.left(&answer);
        match fault {
            Some(Fault::CutAfter) => self.cut().await,
            Some(Fault::FailAfter) if answer.is_ok() => Err(error(Mishap::Unanswered)),
            Some(Fault::ConflictAfter) if answer.is_ok() && kind == Kind::Commit => Err(error(Mishap::Conflict)),
            Some(Fault::CutAnswered) => {
                self.state().is_doomed = true;
                answer
            }
            Some(_) | None => answer,
        }
    }

    fn enter(&self, kind: Kind, name: &'static str) -> Option<Fault> {
        let now = self.ambient.advance(kind.takes());
        let mut state = self.state();
        if state.is_doomed {
            state.is_doomed = false;
            return Some(Fault::CutBefore);
        }
        state.passed.push(kind);
        let number = u32::try_from(state.passed.len()).unwrap_or(u32::MAX);
        let begins = state.last_worker != state.workers;
        state.last_worker = state.workers;
        if begins || kind.leaves_traces() {
            state.telling.push(number);
        }
        let fault = state.faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        if let Some(steps) = &mut state.steps {
            let struck = fault.map_or_else(String::new, |fault| format!("   <<< {}", fault.as_str()));
            steps.push(format!("{} {number:>4}    {name}{struck}", now.format("%d %H:%M:%S")));
        }
        fault
    }

    fn left<T, E: std::fmt::Display>(&self, answer: &Result<T, E>) {
        if let (Some(steps), Err(error)) = (&mut self.state().steps, answer)
            && let Some(step) = steps.last_mut()
        {
            *step = format!("{step} -> {error}");
        }
    }

    async fn cut<T>(&self) -> T {
        self.state().is_cut = true;
        let never: Infallible = pending().await;
        match never {}
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pending once.
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A port behind the gate.
pub(crate) struct Gated<P: ?Sized> {
    gate: Arc<Gate>,
    port: Arc<P>,
}

impl<P: ?Sized> Gated<P> {
    pub(crate) fn new(gate: &Arc<Gate>, port: Arc<P>) -> Arc<Self> {
        Arc::new(Self { gate: gate.clone(), port })
    }
}
