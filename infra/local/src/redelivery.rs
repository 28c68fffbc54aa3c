//! A delivery that comes again after the queue has forgotten it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use domain::ids::OrgId;
use domain::jobs::{ReceivedDelivery, WebhookJob};
use domain::webhook::{Envelope, sha256_hex};

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::kept::random_id;
use crate::operator::scheme;
use crate::stack::Stack;

/// Puts a delivery on the webhook queue as the door does, but under a fresh deduplication id: as if OpenSolar had sent it
/// once more later than the five minutes for which the queue swallows repeats.
///
/// # Errors
/// If the queue does not take it, or it is no delivery.
pub async fn deliver_later_again(stack: &Stack, body: &str) -> Result<(), LocalError> {
    redeliver(stack.endpoints(), stack.aws(), body).await
}

/// The same by whoever has no more than the stack's addresses.
pub(crate) async fn redeliver(endpoints: &Endpoints, aws: &Aws, body: &str) -> Result<(), LocalError> {
    let operation = "delivering once more";
    let envelope = Envelope::parse(body.as_bytes()).map_err(LocalError::call(operation))?;
    let delivery = ReceivedDelivery {
        org_id: OrgId(endpoints.org_id),
        received_at: Utc::now(),
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body_base64: STANDARD.encode(body),
        body_sha256: sha256_hex(body.as_bytes()),
        scheme: scheme(endpoints.api_contract),
        cut_from: None,
    };
    let job = serde_json::to_string(&WebhookJob::Delivery(delivery)).map_err(LocalError::call(operation))?;
    let queue = endpoints.queue("webhooks")?;
    aws.send(&queue.url, &envelope.group(), &random_id()?.to_string(), &job).await.map(drop)
}
