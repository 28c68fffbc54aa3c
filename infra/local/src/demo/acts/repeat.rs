//! OpenSolar delivers what it delivered before, and delivers in the wrong order.

use std::fmt;
use std::time::Instant;

use testkit::fake_opensolar::{ReleaseOrder, Work};

use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, size};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;
use crate::redelivery::deliver_later_again;

/// Repeats change nothing, and of two changes in the wrong order the later one holds.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    stage.settle().await?;
    stage.tell("OpenSolar delivers its last two webhooks again, swapped: at once, and as if an hour later");
    let (since, before) = (Instant::now(), Traces::of(stage));
    let deliveries = stage.opensolar.deliveries();
    for (number, delivery) in deliveries.iter().enumerate().rev().take(2) {
        stage.opensolar.deliver_again(number).map_err(LocalError::call("delivering again"))?;
        stage.opensolar.deliveries_settled().await;
        deliver_later_again(stage.stack, &delivery.body).await?;
    }
    stage.settle().await?;
    let after = Traces::of(stage);
    let sight = match before == after {
        true => Sight::Holds(format!("still {after}")),
        false => Sight::Not(format!("{before} became {after}")),
    };
    stage.note("repeated deliveries change nothing", since, sight);

    stage.tell("Tendai's design becomes 6.0 kW, then 6.2 kW; the webhooks of that arrive newest first");
    let since = Instant::now();
    let (tendai, tendais) = (&people.tendai, project(stage, &people.tendai)?);
    let (told, messages) = (stage.crm.told_of(tendai.id).count(), stage.messages_to(tendai).len());
    stage.opensolar.hold_deliveries();
    done(stage.opensolar.work(tendais, Work::Redesign { kw: 6.0 }))?;
    done(stage.opensolar.work(tendais, Work::Redesign { kw: 6.2 }))?;
    stage.opensolar.release_deliveries(ReleaseOrder::Reversed);
    stage.expect("the CRM is told of Tendai's 6.20 kW", since, |stage| size(stage, tendai, "6.20")).await?;
    stage.settle().await?;
    let sizes: Vec<&str> =
        stage.crm.told_of(tendai.id).skip(told).filter_map(|update| update.state.system_size_kw.as_deref()).collect();
    let more = stage.messages_to(tendai).len() - messages;
    let holds = sizes == ["6.20"] && more == 0;
    let seen = format!("{} kW, {more} more messages", sizes.join(", "));
    let sight = if holds { Sight::Holds(seen) } else { Sight::Not(seen) };
    stage.note("swapped deliveries end at the truth, told once", since, sight);
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
