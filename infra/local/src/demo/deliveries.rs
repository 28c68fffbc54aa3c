//! How far a delivery got, looked at in the log.

use domain::webhook::DeliveryStatus;

use super::facts::Sight;
use super::stage::Stage;
use crate::error::LocalError;

/// The delivery with this body waits for its project to be linked.
pub(super) async fn held<R>(stage: &Stage<'_, R>, body: &str) -> Result<Sight, LocalError> {
    Ok(match stage.records.delivery(body).await? {
        Some(DeliveryStatus::Held { until }) => {
            Sight::Holds(format!("its project is no request's yet; until {}", until.format("%F")))
        }
        other => Sight::Not(format!("{other:?}")),
    })
}

/// What the delivery with this body said is in the record.
pub(super) async fn applied<R>(stage: &Stage<'_, R>, body: &str) -> Result<Sight, LocalError> {
    Ok(match stage.records.delivery(body).await? {
        Some(status @ DeliveryStatus::Processed) => Sight::Holds(status.as_str().to_owned()),
        other => Sight::Not(format!("{other:?}")),
    })
}

/// Nothing follows from the delivery with this body, for this reason: `ignored` or `failed`, and why.
pub(super) async fn came_to_nothing<R>(stage: &Stage<'_, R>, body: &str, why: &str) -> Result<Sight, LocalError> {
    let seen = match stage.records.delivery(body).await? {
        Some(DeliveryStatus::Ignored(reason)) => format!("ignored: {}", reason.as_str()),
        Some(DeliveryStatus::Failed { reason }) => format!("failed: {reason}"),
        other => format!("{other:?}"),
    };
    Ok(if seen.contains(why) { Sight::Holds(seen) } else { Sight::Not(seen) })
}
