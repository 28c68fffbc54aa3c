//! What came of an event that was sent: read from the records that the functions write.

use std::sync::Arc;
use std::time::Duration;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::store::DynamoStore;
use domain::ids::{DeliveryKey, OrgId, RequestId};
use domain::jobs::crm_update::CrmState;
use domain::ports::Store;
use domain::project::Project;
use domain::webhook::{DeliveryStatus, Envelope, sha256_hex, unreadable_key};

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::polling::poll;

/// A worker takes a second or two; one that waits for something says so on the record.
const LIMIT: Duration = Duration::from_secs(30);

/// The records of a running stack.
pub(super) struct Records<'a> {
    endpoints: &'a Endpoints,
    aws: &'a Aws,
    store: DynamoStore,
    org: OrgId,
}

impl<'a> Records<'a> {
    pub(super) fn of(endpoints: &'a Endpoints, aws: &'a Aws) -> Self {
        let store = DynamoStore::new(aws.dynamodb.clone(), endpoints.table_name.clone(), Arc::new(SystemAmbient));
        Self { endpoints, aws, store, org: OrgId(endpoints.org_id) }
    }

    /// A request's record.
    pub(super) async fn request(&self, id: &RequestId) -> Result<Option<Project>, LocalError> {
        self.store.project(self.org, id).await.map_err(LocalError::call("reading the request's record"))
    }

    /// What became of a request since its record was `before`.
    pub(super) async fn after_request(&self, id: &RequestId, before: Option<&Project>) -> Result<String, LocalError> {
        if !self.worked_off("sync-requests").await? {
            return Ok(too_slow("project-sync"));
        }
        let now = self.request(id).await?;
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
        let sha256 = sha256_hex(body.as_bytes());
        let key =
            Envelope::parse(body.as_bytes()).map_or_else(|_| unreadable_key(&sha256), |envelope| envelope.key(&sha256));
        if !self.worked_off("webhooks").await? {
            return Ok(too_slow("webhook-apply"));
        }
        Ok(match self.delivery(&key).await? {
            Some(DeliveryStatus::Processed) => "processed: what OpenSolar holds is in the record".to_owned(),
            Some(DeliveryStatus::Ignored(reason)) => format!("ignored: {}", reason.as_str()),
            Some(DeliveryStatus::Failed { reason }) => format!("failed: {reason}"),
            Some(DeliveryStatus::Held { until }) => {
                format!("held until {}: its project is no request's yet", until.format("%F %T UTC"))
            }
            Some(DeliveryStatus::Received) => "received: its project is still to be read back".to_owned(),
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

    async fn delivery(&self, key: &DeliveryKey) -> Result<Option<DeliveryStatus>, LocalError> {
        let log = self.store.delivery(self.org, key).await.map_err(LocalError::call("reading the delivery's log"))?;
        Ok(log.map(|log| log.status))
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
