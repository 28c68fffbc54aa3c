//! OpenSolar's side of the door: what is posted, and what it is answered.

use local::endpoints::Endpoints;
use reqwest::Client;
use serde_json::Value;

/// The door's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Which key a delivery carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    None,
    Of(&'a str),
}

pub(crate) fn client() -> Client {
    // For the whole process; that somebody did it before is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("an HTTP client")
}

/// Posts a delivery.
pub(crate) async fn knock(endpoints: &Endpoints, url: &str, key: Key<'_>, body: &str) -> Answer {
    let request = client().post(url).header("content-type", "application/json").body(body.to_owned());
    let request = match key {
        Key::None => request,
        Key::Of(key) => request.header(&endpoints.webhook_header, key),
    };
    let answer = request.send().await.expect("the door answers");
    let status = answer.status().as_u16();
    Answer { status, body: answer.json().await.expect("the door answers in JSON") }
}
