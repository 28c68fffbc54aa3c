//! Events on their way, each signed with its webhook's key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::quirks::{EventIds, EventTimes, SignatureForm};
use super::records::{Project, Records};
use super::shelf::Shelf;
use super::shown;
use crate::fake_http::{Courier, Parcel};
use crate::fake_opensolar::Outcome;

/// The header with the signature.
const SIGNATURE: &str = "X-OpenSolar-Signature";

/// One webhook delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where it is posted to.
    pub endpoint: String,
    /// The signature among them.
    pub headers: BTreeMap<String, String>,
    /// The exact text of the body.
    pub body: String,
    /// How often it was tried.
    pub attempts: usize,
    /// What has come of it.
    pub outcome: Outcome,
}

impl Records {
    /// Leaves a delivery for each webhook.
    pub(super) fn tell(&mut self, event: &str, project: &Project, at: DateTime<Utc>) {
        let mut body = Map::new();
        body.insert("event_type".to_owned(), json!(event));
        if self.quirks.event_ids == EventIds::Given {
            body.insert("event_id".to_owned(), json!(format!("evt-{}", self.number())));
        }
        if self.quirks.event_times == EventTimes::Given {
            body.insert("timestamp".to_owned(), json!(at.to_rfc3339_opts(SecondsFormat::Millis, true)));
        }
        let facts = json!({
            "id": shown::id(project.id, &self.quirks),
            "status": project.status,
            "proposal_url": project.proposal_url,
            "installation_date": project.installation_date,
        });
        body.insert("project".to_owned(), facts);
        let body = Value::Object(body).to_string();
        // Of a project that the token may not see nothing is told either.
        let told = self.webhooks.values().filter(|_| !self.out_of_reach.contains(&project.id));
        for webhook in told {
            let signature = sign(&webhook.key, &body, self.quirks.signature);
            self.deliveries.push(Delivery {
                endpoint: webhook.endpoint.clone(),
                headers: BTreeMap::from([(SIGNATURE.to_owned(), signature)]),
                body: body.clone(),
                attempts: 0,
                outcome: Outcome::Pending,
            });
        }
    }
}

fn sign(key: &str, body: &str, form: SignatureForm) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    match form {
        SignatureForm::Lower => hex,
        SignatureForm::Upper => hex.to_uppercase(),
        SignatureForm::Prefixed => format!("sha256={hex}"),
    }
}

/// Posts deliveries, one after the other in the order of what happened. Runs until it is aborted.
pub(super) async fn send_all(shelf: Arc<Shelf>) {
    let mut courier = Courier::default();
    loop {
        let Some((number, delivery)) = shelf.with(Records::take_delivery) else {
            shelf.outgoing.notified().await;
            continue;
        };
        let parcel = Parcel {
            endpoint: &delivery.endpoint,
            content_type: "application/json",
            headers: delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            body: &delivery.body,
            patience: Duration::from_secs(10),
        };
        let attempt = courier.carry(&parcel).await;
        let (wait, settled) = shelf.with(|records| {
            let wait = records.note_attempt(number, attempt);
            (wait, records.settled_deliveries())
        });
        shelf.settled.send_replace(settled);
        if let Some(wait) = wait {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}
