//! What a delivery leaves behind if anything follows from it.

use std::fmt;

use super::facts::Sight;
use super::remote::Remote;
use super::stage::Stage;

/// So many of each at one moment of the story.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Traces {
    reads: usize,
    updates: usize,
    messages: usize,
}

impl Traces {
    /// Those that there are by now.
    pub(super) fn of<R: Remote>(stage: &Stage<'_, R>) -> Self {
        Self {
            reads: stage.opensolar.calls().iter().filter(|call| call.method == "GET").count(),
            updates: stage.crm.told().len(),
            messages: stage.whatsapp.messages().len(),
        }
    }

    /// Whether none has come since.
    pub(super) fn are_all_of<R: Remote>(&self, stage: &Stage<'_, R>) -> Sight {
        let now = Self::of(stage);
        match *self == now {
            true => Sight::Holds(format!("still {now}")),
            false => Sight::Not(format!("{self} became {now}")),
        }
    }
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} reads, {} updates, {} messages", self.reads, self.updates, self.messages)
    }
}
