//! Posts deliveries, one after the other in the order of what happened.
//!
//! OpenSolar's own schedule is not public; that it tries again is.

use std::sync::Arc;
use std::time::Duration;

use super::delivery::Delivery;
use super::office::Office;
use super::quirks::{ContentType, DeliveryQuirks, Patience};
use crate::fake_http::{Courier, Parcel};

/// Runs until it is aborted.
pub(super) async fn send_all(office: Arc<Office>) {
    let mut courier = Courier::default();
    loop {
        let Some((number, delivery)) = office.take_delivery() else {
            office.outgoing.notified().await;
            continue;
        };
        let quirks = office.read(|org| org.quirks.delivery.clone());
        let attempt = courier.carry(&parcel(&delivery, &quirks)).await;
        if let Some(wait) = office.note_attempt(number, &attempt) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

fn parcel<'a>(delivery: &'a Delivery, quirks: &DeliveryQuirks) -> Parcel<'a> {
    Parcel {
        endpoint: &delivery.endpoint,
        content_type: match quirks.content_type {
            ContentType::Json => "application/json",
            ContentType::JsonWithCharset => "application/json; charset=utf-8",
            ContentType::TextPlain => "text/plain",
        },
        headers: delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        body: &delivery.body,
        patience: match quirks.patience {
            Patience::TenSeconds => Duration::from_secs(10),
            Patience::OneSecond => Duration::from_secs(1),
        },
    }
}
