//! An event of the contract `design`, and what becomes known by it.

use domain::observe::after_event;
use domain::project::{Observed, Told};
use domain::webhook::{EARLIEST, Envelope, LATEST_AHEAD, Telling};

use crate::setting::{DESIGN, NOON};
use crate::tally::Reached;
use crate::targets::envelope;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../../../events/webhook-design-contract-signed.json").as_slice(),
        include_bytes!("../../corpus/design-status-changed.json"),
        include_bytes!("../../corpus/design-complete.json"),
        include_bytes!("../../corpus/design-proposal-sent.json"),
        include_bytes!("../../corpus/design-installation-scheduled.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

/// An event is logged as any delivery is; what it tells happened in our time, and told twice it is known once.
pub(super) fn read(input: &[u8]) -> Reached {
    let reached = envelope::read(input);
    let Ok(envelope) = Envelope::parse(input) else { return reached };
    let Ok(Some(telling)) = Telling::read(&envelope, input, *NOON, &"0".repeat(64)) else {
        return reached.min(Reached::Json);
    };
    assert!(EARLIEST <= telling.at && telling.at <= *NOON + LATEST_AHEAD, "it happened at {}", telling.at);
    let mut told = Told::default();
    let once = known_by(None, &mut told, &telling);
    let (again, before) = (known_by(Some(&once), &mut told.clone(), &telling), told.clone());
    assert_eq!(once, again, "told twice it is the same picture");
    known_by(Some(&once), &mut told, &telling);
    assert_eq!(told, before, "and nothing more is told");
    reached
}

fn known_by(known: Option<&Observed>, told: &mut Told, telling: &Telling) -> Observed {
    after_event(known, told, telling, &DESIGN, *NOON).0
}
