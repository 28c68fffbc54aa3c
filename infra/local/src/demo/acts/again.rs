//! What was delivered before is delivered again.

use std::time::Instant;

use crate::demo::remote::Remote;
use crate::demo::stage::{Cut, Stage};
use crate::demo::traces::Traces;
use crate::redelivery::deliver_later_again;

/// The last two deliveries come twice more, swapped, and nothing follows.
pub(in crate::demo) async fn again<R: Remote>(stage: &mut Stage<'_, R>) -> Result<(), Cut> {
    stage.settle().await?;
    stage.tell("The last two deliveries come again, swapped: at once, and as if an hour later");
    let (since, before) = (Instant::now(), Traces::of(stage));
    for (number, body) in stage.opensolar.delivered().iter().enumerate().rev().take(2) {
        stage.opensolar.deliver_again(number)?;
        stage.opensolar.deliveries_settled().await;
        deliver_later_again(stage.stack, body).await?;
    }
    stage.settle().await?;
    let sight = before.are_all_of(stage);
    stage.note("repeated deliveries change nothing", since, sight);
    Ok(())
}
