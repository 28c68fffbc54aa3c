//! The door that OpenSolar's webhooks come in at.

use domain::configuration::ApiContract;
use reqwest::{Client, StatusCode};
use testkit::signing::sign;

use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;

/// Posts a delivery that proves what the stack's contract asks for, as OpenSolar would, and gives the status that it was
/// answered.
///
/// # Errors
/// If it was not accepted: with the status, and what was answered.
pub(crate) async fn deliver(endpoints: &Endpoints, body: String) -> Result<String, LocalError> {
    deliver_with(&http::client()?, endpoints, body).await
}

/// The same with a client that is there already.
pub(crate) async fn deliver_with(http: &Client, endpoints: &Endpoints, body: String) -> Result<String, LocalError> {
    let proof = proof(endpoints, &body);
    let (status, text) = knock(http, endpoints, &[(&endpoints.webhook_header, &proof)], body).await?;
    match status.is_success() {
        true => Ok(status.to_string()),
        false => Err(LocalError::Answer { operation: "sending the webhook", reason: format!("{status} {text}") }),
    }
}

/// The value of the stack's webhook header on a delivery with this body.
fn proof(endpoints: &Endpoints, body: &str) -> String {
    match endpoints.api_contract {
        ApiContract::Live => endpoints.webhook_key.clone(),
        ApiContract::Design => sign(&endpoints.webhook_key, body.as_bytes()),
    }
}

/// Posts a delivery with these headers, whatever they are worth; the answer's status and text.
///
/// # Errors
/// If nobody answers. A refusal is an answer.
pub(crate) async fn knock(
    http: &Client,
    endpoints: &Endpoints,
    headers: &[(&str, &str)],
    body: String,
) -> Result<(StatusCode, String), LocalError> {
    let operation = "sending the webhook";
    let mut request = http.post(&endpoints.webhook_url).header("content-type", "application/json").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.map_err(LocalError::call(operation))?;
    let status = answer.status();
    answer.text().await.map(|text| (status, text)).map_err(LocalError::call(operation))
}
