//! A delivery as it is logged: what it names, and what it tells.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::configuration::ApiContract;
use crate::jobs::ReceivedDelivery;
use crate::usecase::{Core, UseCaseError};
use crate::webhook::{
    BODY_LIMIT, DeliveryLog, DeliveryStatus, Envelope, IgnoredBecause, Payload, Telling, UnreadableBody, unreadable_key,
};

/// Its row and its payload. A status that is final already is why nothing of it can count.
pub(super) fn delivery(core: &Core, received: ReceivedDelivery) -> Result<(DeliveryLog, Payload), UseCaseError> {
    let unreadable = |_| UseCaseError::Unreadable { reason: "body_base64 is not base64".to_owned() };
    let body = STANDARD.decode(&received.body_base64).map_err(unreadable)?;
    let hash = &received.body_sha256;
    let (key, envelope, heard) = match envelope_of(&body, &received) {
        Ok(envelope) => match hear(&envelope, &body, &received) {
            Ok(Some(telling)) if envelope.is_known_by_arrival() => {
                (envelope.key_of_arrival(hash, received.received_at), Some(envelope), Ok(Some(telling)))
            }
            heard => (envelope.key(hash), Some(envelope), heard),
        },
        Err(error) => (unreadable_key(hash), None, Err(DeliveryStatus::Failed { reason: error.to_string() })),
    };
    let (tells, status) = match heard {
        Ok(tells) => (tells, DeliveryStatus::Received),
        Err(status) => (None, status),
    };
    let log = DeliveryLog {
        org: received.org_id,
        key,
        envelope,
        tells,
        request: None,
        status,
        received_at: received.received_at,
        updated_at: core.now(),
        repeats: 0,
    };
    Ok((log, Payload { body, headers: received.headers }))
}

/// What the body names. Of one that could not be read at the door a beginning was kept, which is no delivery either, even if
/// it can be read by itself.
fn envelope_of(body: &[u8], received: &ReceivedDelivery) -> Result<Envelope, UnreadableBody> {
    let envelope = Envelope::parse(body)?;
    match (envelope.contract, received.cut_from) {
        (ApiContract::Live, Some(_)) => Err(UnreadableBody::NotJson),
        (ApiContract::Live, None) | (ApiContract::Design, _) => Ok(envelope),
    }
}

/// What an event tells, or why nothing of it can count; a hint tells nothing.
fn hear(envelope: &Envelope, body: &[u8], received: &ReceivedDelivery) -> Result<Option<Telling>, DeliveryStatus> {
    let failed = |reason: String| DeliveryStatus::Failed { reason };
    match envelope.contract {
        ApiContract::Live => return Ok(None),
        ApiContract::Design => {}
    }
    // Whoever has seen a delivery knows the key of its header, and no read shows whether an event is true.
    if !received.scheme.signs_body() {
        return Err(DeliveryStatus::Ignored(IgnoredBecause::Unsigned));
    }
    if let Some(size) = received.cut_from {
        return Err(failed(format!("the body has {size} bytes, more than the {BODY_LIMIT} of the largest event")));
    }
    Telling::read(envelope, body, received.received_at, &received.body_sha256)
        .map_err(|unreadable| failed(unreadable.to_string()))
}
