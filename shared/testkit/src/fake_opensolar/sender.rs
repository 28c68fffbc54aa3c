//! Posts deliveries, one after the other in the order of what happened.
//!
//! OpenSolar's own schedule is not public; that it tries again is. Faults of deliveries (lost, doubled, out of
//! order) have their place here.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::delivery::{Attempt, Delivery};
use super::office::Office;

/// How long an endpoint may take to answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);
/// The waits after failed attempts; one more attempt than waits, then the delivery is given up.
const BACK_OFF: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(800)];

/// Runs until it is aborted.
pub(super) async fn send_all(office: Arc<Office>) {
    let mut client = None;
    loop {
        let Some((number, delivery)) = office.next_delivery() else {
            office.outgoing.notified().await;
            continue;
        };
        let attempt = match client.get_or_insert_with(client_for_loopback) {
            Ok(client) => post(client, &delivery).await,
            Err(reason) => Err(reason.clone()),
        };
        let waits = delivery.attempts;
        office.note_attempt(number, &attempt, BACK_OFF.len() + 1);
        if let (false, Some(wait)) = (succeeded(&attempt), BACK_OFF.get(waits)) {
            tokio::time::sleep(*wait).await;
        }
    }
}

/// Endpoints are on loopback, so the client trusts no certificate: that spares loading the system's.
fn client_for_loopback() -> Result<Client, String> {
    // For the whole process; that somebody did it before is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(LONGEST_ANSWER).redirect(Policy::none()).no_proxy().tls_certs_only([]);
    client.build().map_err(|error| format!("no client: {error}"))
}

async fn post(client: &Client, delivery: &Delivery) -> Attempt {
    let mut request = client.post(&delivery.endpoint).header("content-type", "application/json");
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

fn succeeded(attempt: &Attempt) -> bool {
    attempt.as_ref().is_ok_and(|status| (200..300).contains(status))
}
