//! Posts deliveries, one after the other in the order of what happened.
//!
//! OpenSolar's own schedule is not public; that it tries again is.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::delivery::{Attempt, Delivery};
use super::office::Office;
use super::quirks::{ContentType, DeliveryQuirks, Patience};

/// Runs until it is aborted.
pub(super) async fn send_all(office: Arc<Office>) {
    let mut client = None;
    loop {
        let Some((number, delivery)) = office.take_delivery() else {
            office.outgoing.notified().await;
            continue;
        };
        let quirks = office.read(|org| org.quirks.delivery.clone());
        let attempt = match client.get_or_insert_with(client_for_loopback) {
            Ok(client) => post(client, &delivery, &quirks).await,
            Err(reason) => Err(reason.clone()),
        };
        if let Some(wait) = office.note_attempt(number, &attempt) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

/// Endpoints are on loopback, so the client trusts no certificate: that spares loading the system's.
fn client_for_loopback() -> Result<Client, String> {
    // For the whole process; that somebody did it before is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]);
    client.build().map_err(|error| format!("no client: {error}"))
}

async fn post(client: &Client, delivery: &Delivery, quirks: &DeliveryQuirks) -> Attempt {
    let content_type = match quirks.content_type {
        ContentType::Json => "application/json",
        ContentType::JsonWithCharset => "application/json; charset=utf-8",
        ContentType::TextPlain => "text/plain",
    };
    let patience = match quirks.patience {
        Patience::TenSeconds => Duration::from_secs(10),
        Patience::OneSecond => Duration::from_secs(1),
    };
    let mut request = client.post(&delivery.endpoint).header("content-type", content_type).timeout(patience);
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    match request.body(delivery.body.clone()).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
        Err(error) if error.is_connect() => Err("endpoint not reached".to_owned()),
        Err(error) => Err(format!("not sent: {}", error.without_url())),
    }
}
