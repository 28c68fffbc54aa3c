//! What came of an event that was sent: read from the records that the functions write.

use std::time::Duration;

use domain::ids::RequestId;
use domain::jobs::crm_update::CrmState;
use domain::project::Project;
use domain::webhook::{DeliveryStatus, Envelope};

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::polling::poll;
use crate::records::Records;

/// A worker takes a second or two; one that waits for something says so on the record.
const LIMIT: Duration = Duration::from_secs(30);

/// Where it is looked what came of an event.
pub(super) struct Outcomes<'a> {
    pub(super) endpoints: &'a Endpoints,
    pub(super) aws: &'a Aws,
    pub(super) records: Records,
}

impl Outcomes<'_> {
    /// What became of a request since its record was `before`.
    pub(super) async fn after_request(&self, id: &RequestId, before: Option<&Project>) -> Result<String, LocalError> {
        if !self.worked_off("sync-requests").await? {
            return Ok(too_slow("project-sync"));
        }
        let now = self.records.request(id).await?;
        let revision = |project: Option<&Project>| project.map(|project| project.revision);
        Ok(match &now {
            Some(project) if revision(before) != revision(Some(project)) => {
                format!("request {id}: {}", described(project))
            }
            Some(_) | None => format!(
                "request {id} is as it was: a repeated message is dropped for five minutes, a revision that is no newer is \
                 not applied, and an unreadable message is among the dead letters (`cargo local status`)"
            ),
        })
    }

    /// What became of a delivery with this body.
    pub(super) async fn after_delivery(&self, body: &str) -> Result<String, LocalError> {
        if !self.worked_off("webhooks").await? {
            return Ok(too_slow("webhook-apply"));
        }
        Ok(match self.records.delivery(body).await? {
            Some(DeliveryStatus::Processed) => "processed: what follows from it is in the record".to_owned(),
            Some(DeliveryStatus::Ignored(reason)) => format!("ignored: {}", reason.as_str()),
            Some(DeliveryStatus::Failed { reason }) => format!("failed: {reason}"),
            Some(DeliveryStatus::Held { until }) => {
                format!("held until {}: its project is no request's yet", until.format("%F %T UTC"))
            }
            Some(DeliveryStatus::Received) => "received: its project is still to be read back".to_owned(),
            None if Envelope::parse(body.as_bytes()).is_ok_and(|envelope| envelope.is_known_by_arrival()) => {
                "logged by its arrival, since it has neither event_id nor timestamp".to_owned()
            }
            None => "not logged: `cargo local logs webhook-apply`".to_owned(),
        })
    }

    /// Waits until a queue is empty: what was sent to it is done with then. Whether that came in time.
    async fn worked_off(&self, queue: &str) -> Result<bool, LocalError> {
        let url = &self.endpoints.queue(queue)?.url;
        let empty = poll(LIMIT, async || {
            let depth = self.aws.depth(url).await?;
            Ok((depth.waiting + depth.in_flight == 0).then_some(()))
        });
        Ok(empty.await?.is_some())
    }
}

fn too_slow(function: &str) -> String {
    format!("not done with after {} s: `cargo local logs {function}`", LIMIT.as_secs())
}

fn described(project: &Project) -> String {
    let state = CrmState::of(project);
    let project = state.opensolar_project_id.map(|id| format!("project {id}"));
    let contact = state.opensolar_contact_id.map(|id| format!("contact {id}"));
    let parts = [state.sync_status, state.sync_reason, state.sync_error_message, project, contact];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
