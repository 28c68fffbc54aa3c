//! The body of a webhook.

use domain::webhook::{DeliveryName, Envelope, UnreadableBody};

use crate::tally::Reached;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../../../events/webhook-project-create.json").as_slice(),
        include_bytes!("../../../../events/webhook-project-update.json"),
        include_bytes!("../../../../events/webhook-project-delete.json"),
        include_bytes!("../../../../events/webhook-event-stage.json"),
        include_bytes!("../../../../events/webhook-contact-update.json"),
        include_bytes!("../../../../events/webhook-quote-create.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

/// A delivery has a message group and a place in the log that neither SQS nor DynamoDB refuses, whatever its body says.
pub(super) fn read(input: &[u8]) -> Reached {
    let envelope = match Envelope::parse(input) {
        Ok(envelope) => envelope,
        Err(UnreadableBody::NotJson) => return Reached::Parser,
        Err(UnreadableBody::NotAnObject | UnreadableBody::TooManyValues | UnreadableBody::WrongIdKind) => {
            return Reached::Json;
        }
    };
    let group = envelope.group();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!((1..=161).contains(&group.len()) && group.chars().all(plain), "a message group of {} bytes", group.len());
    let key = envelope.key(&"0".repeat(64));
    assert!(key.as_str().len() <= 500, "a key of {} bytes", key.as_str().len());
    assert!(DeliveryName::of_key(&key).is_some(), "a key of five parts");
    if envelope.project.is_some() { Reached::Understood } else { Reached::Json }
}
