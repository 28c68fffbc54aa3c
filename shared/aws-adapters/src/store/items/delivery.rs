use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::ApiContract;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::ports::StoreError;
use domain::webhook::{BODY_LIMIT, DeliveryLog, DeliveryStatus, Envelope, IgnoredBecause, Payload};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::told::TellingItem;
use super::{BadField, Form, attribute, cut, log_text};
use crate::store::keys::{Item, delivery_feed, number};

/// A row of the webhook log.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryItem {
    org_id: OrgId,
    key: DeliveryKey,
    envelope: Option<EnvelopeItem>,
    tells: Option<TellingItem>,
    request_id: Option<RequestId>,
    status: DeliveryStatusItem,
    received_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    repeats: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnvelopeItem {
    contract: ApiContract,
    model: Option<String>,
    model_id: Option<ProjectId>,
    event: Option<String>,
    event_id: Option<String>,
    timestamp: Option<String>,
    project_id: Option<ProjectId>,
    identifier: Option<Uuid>,
}

/// How far a delivery got.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum DeliveryStatusItem {
    Received,
    Held { until: DateTime<Utc> },
    Processed,
    Ignored { because: String },
    Failed { reason: String },
}

/// What the operators' lists show of a delivery.
#[derive(Debug, Serialize)]
pub(crate) struct DeliverySummary<'a> {
    model: Option<&'a str>,
    event: Option<&'a str>,
    project_id: Option<&'a ProjectId>,
    status: &'static str,
    reason: Option<String>,
}

/// At most so many bytes of a reason are shown in a list.
const SUMMARY_REASON: usize = 200;

/// What the operators' lists show of a delivery.
pub(crate) fn delivery_summary(log: &DeliveryLog) -> DeliverySummary<'_> {
    let envelope = log.envelope.as_ref();
    DeliverySummary {
        model: envelope.and_then(|envelope| envelope.model.as_deref()),
        event: envelope.and_then(|envelope| envelope.event.as_deref()),
        project_id: envelope.and_then(|envelope| envelope.project.as_ref()),
        status: log.status.as_str(),
        reason: delivery_reason(&log.status),
    }
}

/// Why a delivery stands as it does, in short, where its status alone does not say so.
pub(crate) fn delivery_reason(status: &DeliveryStatus) -> Option<String> {
    match status {
        DeliveryStatus::Received | DeliveryStatus::Processed => None,
        DeliveryStatus::Held { .. } => Some("its project is not linked".to_owned()),
        DeliveryStatus::Ignored(because) => Some(because.as_str().to_owned()),
        DeliveryStatus::Failed { reason } => Some(cut(reason, SUMMARY_REASON)),
    }
}

/// The names that a delivery's status can have.
const STATUS_NAMES: [&str; 4] = ["received", "processed", "ignored", "failed"];

/// The list that a delivery is in, for each status: stored with it, so that a change of status, which knows neither
/// the month nor anything else of the row, can move it from one list to the other.
pub(crate) fn delivery_feeds(log: &DeliveryLog) -> BTreeMap<&'static str, String> {
    STATUS_NAMES.map(|status| (status, delivery_feed(log.org, status, log.received_at))).into()
}

/// Every list of the deliveries of these months.
pub(crate) fn delivery_lists(org: OrgId, since: DateTime<Utc>, until: DateTime<Utc>) -> BTreeSet<String> {
    let days = (until - since).num_days().max(0);
    let months = (0..=days).map(|day| since + TimeDelta::days(day)).chain([until]);
    months.flat_map(|at| STATUS_NAMES.map(|status| delivery_feed(org, status, at))).collect()
}

impl Form for DeliveryItem {
    const KIND: &'static str = "DELIVERY LOG";
}

impl From<&DeliveryLog> for DeliveryItem {
    fn from(log: &DeliveryLog) -> Self {
        let envelope = |envelope: &Envelope| EnvelopeItem {
            contract: envelope.contract,
            model: envelope.model.clone(),
            model_id: envelope.model_id.clone(),
            event: envelope.event.clone(),
            event_id: envelope.event_id.clone(),
            timestamp: envelope.timestamp.clone(),
            project_id: envelope.project.clone(),
            identifier: envelope.identifier,
        };
        Self {
            org_id: log.org,
            key: log.key.clone(),
            envelope: log.envelope.as_ref().map(envelope),
            tells: log.tells.as_ref().map(Into::into),
            request_id: log.request.clone(),
            status: (&log.status).into(),
            received_at: log.received_at,
            updated_at: log.updated_at,
            repeats: log.repeats,
        }
    }
}

impl TryFrom<DeliveryItem> for DeliveryLog {
    type Error = BadField;

    fn try_from(item: DeliveryItem) -> Result<Self, BadField> {
        let envelope = |envelope: EnvelopeItem| Envelope {
            contract: envelope.contract,
            model: envelope.model,
            model_id: envelope.model_id,
            event: envelope.event,
            event_id: envelope.event_id,
            timestamp: envelope.timestamp,
            project: envelope.project_id,
            identifier: envelope.identifier,
        };
        Ok(Self {
            org: item.org_id,
            key: item.key,
            envelope: item.envelope.map(envelope),
            tells: item.tells.map(TryInto::try_into).transpose()?,
            request: item.request_id,
            status: item.status.try_into()?,
            received_at: item.received_at,
            updated_at: item.updated_at,
            repeats: item.repeats,
        })
    }
}

impl From<&DeliveryStatus> for DeliveryStatusItem {
    fn from(status: &DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Received => Self::Received,
            DeliveryStatus::Held { until } => Self::Held { until: *until },
            DeliveryStatus::Processed => Self::Processed,
            DeliveryStatus::Ignored(because) => Self::Ignored { because: because.as_str().to_owned() },
            DeliveryStatus::Failed { reason } => Self::Failed { reason: log_text(reason) },
        }
    }
}

impl TryFrom<DeliveryStatusItem> for DeliveryStatus {
    type Error = BadField;

    fn try_from(item: DeliveryStatusItem) -> Result<Self, BadField> {
        Ok(match item {
            DeliveryStatusItem::Received => Self::Received,
            DeliveryStatusItem::Held { until } => Self::Held { until },
            DeliveryStatusItem::Processed => Self::Processed,
            DeliveryStatusItem::Ignored { because } => {
                Self::Ignored(IgnoredBecause::parse(&because).ok_or(BadField("status.because"))?)
            }
            DeliveryStatusItem::Failed { reason } => Self::Failed { reason },
        })
    }
}

/// Bodies are kept for so long.
pub(crate) const PAYLOAD_KEPT: TimeDelta = TimeDelta::days(30);

/// At most so many bytes of headers are kept, names and values together.
const HEADERS_LIMIT: usize = 8_192;

/// A payload's item, without its key: `body` is gzip of at most [`BODY_LIMIT`] bytes, `body_bytes` what there was.
pub(crate) fn payload_item(payload: &Payload) -> Item {
    let kept = &payload.body[..payload.body.len().min(BODY_LIMIT)];
    HashMap::from([
        ("body".to_owned(), AttributeValue::B(Blob::new(gzip(kept)))),
        ("body_bytes".to_owned(), number(payload.body.len())),
        ("headers".to_owned(), attribute(&bounded_headers(&payload.headers))),
    ])
}

/// A payload as [`payload_item`] wrote it.
pub(crate) fn payload(item: &Item) -> Result<Payload, StoreError> {
    let unreadable = |field| StoreError::Unreadable { problem: format!("PAYLOAD item, field {field}") };
    let stored = item.get("body").and_then(|body| body.as_b().ok()).ok_or_else(|| unreadable("body"))?;
    let mut body = Vec::new();
    // No body of ours is larger; what is, is cut there.
    let mut decoder = GzDecoder::new(stored.as_ref()).take(BODY_LIMIT as u64);
    decoder.read_to_end(&mut body).map_err(|_| unreadable("body"))?;
    let headers = item.get("headers").and_then(|headers| headers.as_m().ok()).ok_or_else(|| unreadable("headers"))?;
    let header = |(name, value): (&String, &AttributeValue)| Some((name.clone(), value.as_s().ok()?.clone()));
    Ok(Payload { body, headers: headers.iter().filter_map(header).collect() })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes what is written to it");
    encoder.finish().expect("memory takes what is written to it")
}

fn bounded_headers(headers: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let mut room = HEADERS_LIMIT;
    let mut kept = BTreeMap::new();
    for (name, value) in headers {
        let size = name.len() + value.len();
        if size <= room {
            room -= size;
            kept.insert(name.as_str(), value.as_str());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::builders::{delivery_log, every_delivery_status};

    #[test]
    fn there_is_a_list_for_each_status() {
        let feeds = delivery_feeds(&delivery_log(1));
        for status in every_delivery_status() {
            assert!(feeds.contains_key(status.as_str()), "{status:?}");
        }
        assert_eq!(feeds["failed"], "ORG#1234#DELIVERY#failed#2026-11");
    }

    #[test]
    fn a_payload_is_compressed_and_bounded() {
        let headers = [("a", 8_000), ("b", 1_000), ("c", 100)].map(|(name, size)| (name.to_owned(), "x".repeat(size)));
        let body = (0..BODY_LIMIT + 7).map(|index| u8::try_from(index % 251).expect("a byte")).collect::<Vec<_>>();
        let item = payload_item(&Payload { body: body.clone(), headers: headers.into() });
        let stored = item["body"].as_b().expect("bytes").as_ref();
        assert!(stored.len() < 10_000, "{}", stored.len());
        let mut kept = Vec::new();
        flate2::read::GzDecoder::new(stored).read_to_end(&mut kept).expect("gzip");
        assert!(kept == body[..BODY_LIMIT]);
        assert_eq!(item["body_bytes"], number(body.len()));
        let names: Vec<_> = item["headers"].as_m().expect("a map").keys().map(String::as_str).collect();
        assert!(names.len() == 2 && names.contains(&"a") && names.contains(&"c"));
    }
}
