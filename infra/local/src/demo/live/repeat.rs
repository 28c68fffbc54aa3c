//! OpenSolar delivers what it delivered before, and delivers in the wrong order.

use std::time::Instant;

use testkit::fake_opensolar::{ReleaseOrder, Work};

use crate::demo::acts::again::again;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, size};
use crate::demo::stage::{Cut, Stage};

/// Repeats change nothing, and of two changes in the wrong order the later one holds.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    again(stage).await?;

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
