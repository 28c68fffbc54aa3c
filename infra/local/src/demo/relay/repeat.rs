//! The relay delivers what it delivered before, somebody changes a body on its way, and events come in the wrong order.

use std::time::Instant;

use chrono::{Days, Utc};
use testkit::FakeRelay;
use testkit::fake_opensolar::ReleaseOrder;
use testkit::fake_relay::Work;

use crate::demo::acts::again::again;
use crate::demo::deliveries::applied;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::remote::Remote;
use crate::demo::sights::{done, project, scheduled};
use crate::demo::stage::{Cut, Stage};
use crate::door::knock;
use crate::error::LocalError;
use crate::http;

/// Repeats and changed bodies change nothing, and of two dates in the wrong order the later one holds.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    again(stage).await?;

    stage.tell("Somebody on the way changes a body that the relay signed");
    let since = Instant::now();
    let expected = "a body that was changed on its way is refused";
    stage.expect_recorded(expected, since, async |stage| changed_on_its_way(stage).await).await?;

    let chipo = &people.chipo;
    let chipos = project(stage, chipo)?;
    let today = Utc::now().date_naive();
    let (first, second) = (today + Days::new(10), today + Days::new(12));
    stage.tell(format_args!(
        "Chipo's installation is set for {first}, then for {second}; the events arrive newest first"
    ));
    let since = Instant::now();
    let (told, messages) = (stage.crm.told_of(chipo.id).count(), stage.messages_to(chipo).len());
    stage.opensolar.hold_deliveries();
    for date in [first, second] {
        done(stage.opensolar.work(chipos, Work::ScheduleInstallation { date }))?;
    }
    stage.opensolar.release_deliveries(ReleaseOrder::Reversed);
    stage.expect("the CRM is told of Chipo's second day", since, |stage| scheduled(stage, chipo, second)).await?;
    stage.settle().await?;
    let overtaken = stage.opensolar.delivered().pop().unwrap_or_default();
    let expected = "the overtaken event is logged as processed";
    stage.expect_recorded(expected, since, async |stage| applied(stage, &overtaken).await).await?;
    let told = stage.crm.told_of(chipo.id).skip(told).filter_map(|update| update.state.installation_scheduled_date);
    let mut days: Vec<_> = told.collect();
    days.dedup();
    let more = stage.messages_to(chipo).len() - messages;
    let seen = format!("{days:?}, {more} more message");
    let holds = days == [second] && more == 1;
    stage.note(
        "swapped events end at the truth, told once",
        since,
        if holds { Sight::Holds(seen) } else { Sight::Not(seen) },
    );
    Ok(())
}

/// A signature that fits none of the keys may be one of a key that was put a moment ago: within ten seconds the door reads
/// them once more, and then asks the sender to come again.
async fn changed_on_its_way(stage: &Stage<'_, FakeRelay>) -> Result<Sight, LocalError> {
    let endpoints = stage.stack.endpoints();
    let Some(delivery) = stage.opensolar.deliveries().pop() else {
        return Ok(Sight::Not("the relay delivered nothing".to_owned()));
    };
    let headers: Vec<(&str, &str)> =
        delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // As JSON it is the same.
    let body = delivery.body.replace(',', ", ");
    let (status, _) = knock(&http::client()?, endpoints, &headers, body).await?;
    Ok(if status.as_u16() == 401 { Sight::Holds(status.to_string()) } else { Sight::Not(status.to_string()) })
}
