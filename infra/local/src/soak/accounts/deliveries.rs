//! The deliveries: each was accepted, is in the log, and came to an end there.

use domain::webhook::{DeliveryStatus, Envelope};

use super::{Accounts, Sums};
use crate::error::LocalError;
use crate::soak::field::Field;

pub(super) async fn account(field: &Field, accounts: &mut Accounts) -> Result<(), LocalError> {
    let (made, answered) = (field.outside.opensolar.deliveries().len(), field.post.answered());
    if answered.len() < made {
        accounts.lost.push(format!("{} deliveries were never accepted", made - answered.len()));
    }
    let (mut processed, mut reasons) = (0, Sums::new());
    for body in &answered {
        let end = match field.records.delivery(body).await? {
            Some(DeliveryStatus::Processed) => {
                processed += 1;
                continue;
            }
            Some(DeliveryStatus::Ignored(reason)) => format!("ignored: {}", reason.as_str()),
            Some(DeliveryStatus::Failed { reason }) => format!("failed: {reason}"),
            Some(open @ (DeliveryStatus::Received | DeliveryStatus::Held { .. })) => {
                accounts.lost.push(format!("delivery {}: {open:?}", named(body)));
                continue;
            }
            None => {
                accounts.lost.push(format!("delivery {}: accepted, and not in the log", named(body)));
                continue;
            }
        };
        *reasons.entry(end).or_default() += 1;
    }
    let counts = field.tally.counts();
    let told = vec![
        ("sent by OpenSolar", made),
        ("of them sent again, under a fresh deduplication id", counts.redelivered),
        ("answered: accepted at the door", answered.len()),
        ("processed", processed),
    ];
    accounts.line("deliveries", told, reasons);
    Ok(())
}

fn named(body: &str) -> String {
    let Ok(envelope) = Envelope::parse(body.as_bytes()) else { return "that cannot be read".to_owned() };
    let record = envelope.model_id.map(|id| id.to_string());
    [envelope.model, record, envelope.event, envelope.event_id].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
