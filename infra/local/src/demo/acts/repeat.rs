//! OpenSolar delivers what it delivered before: at once, and again after the queue has forgotten it.

use std::fmt;
use std::time::Instant;

use crate::demo::facts::Sight;
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;
use crate::redelivery::deliver_later_again;

/// Neither repeat changes anything.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>) -> Result<(), Cut> {
    stage.settle().await?;
    stage.tell("OpenSolar delivers its last webhook again: at once, and as if it were an hour later");
    let (since, before) = (Instant::now(), Traces::of(stage));
    let nothing = || LocalError::Answer { operation: "delivering again", reason: "nothing was delivered".to_owned() };
    let deliveries = stage.opensolar.deliveries();
    let last = deliveries.last().ok_or_else(nothing)?;
    let again = stage.opensolar.deliver_again(deliveries.len() - 1);
    again.map_err(LocalError::call("delivering again"))?;
    stage.opensolar.deliveries_settled().await;
    deliver_later_again(stage.stack, &last.body).await?;
    stage.settle().await?;
    let after = Traces::of(stage);
    let sight = match before == after {
        true => Sight::Holds(format!("still {after}")),
        false => Sight::Not(format!("{before} became {after}")),
    };
    stage.note("a repeated delivery changes nothing", since, sight);
    Ok(())
}

/// What a delivery leaves behind if anything follows from it.
#[derive(Debug, PartialEq, Eq)]
struct Traces {
    reads: usize,
    updates: usize,
    messages: usize,
}

impl Traces {
    fn of(stage: &Stage<'_>) -> Self {
        Self {
            reads: stage.opensolar.calls().iter().filter(|call| call.method == "GET").count(),
            updates: stage.crm.told().len(),
            messages: stage.whatsapp.messages().len(),
        }
    }
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} reads, {} updates, {} messages", self.reads, self.updates, self.messages)
    }
}
