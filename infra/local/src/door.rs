//! The door that OpenSolar's webhooks come in at.

use reqwest::Client;

use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;

/// Posts a delivery with the stack's key, as OpenSolar would, and gives the status that it was answered.
///
/// # Errors
/// If it was not accepted: with the status, and what was answered.
pub(crate) async fn deliver(endpoints: &Endpoints, body: String) -> Result<String, LocalError> {
    deliver_with(&http::client()?, endpoints, body).await
}

/// The same with a client that is there already.
pub(crate) async fn deliver_with(http: &Client, endpoints: &Endpoints, body: String) -> Result<String, LocalError> {
    let operation = "sending the webhook";
    let request = http.post(&endpoints.webhook_url).header("content-type", "application/json");
    let request = request.header(&endpoints.webhook_header, &endpoints.webhook_key).body(body);
    let answer = request.send().await.map_err(LocalError::call(operation))?;
    let status = answer.status();
    let text = answer.text().await.map_err(LocalError::call(operation))?;
    match status.is_success() {
        true => Ok(status.to_string()),
        false => Err(LocalError::Answer { operation, reason: format!("{status} {text}") }),
    }
}
