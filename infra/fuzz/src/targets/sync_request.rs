//! What the CRM puts on the queue.

use domain::compose::{ContactPlan, new_project};
use domain::jobs::sync_request::InstallationRequestMessage;
use domain::phone::CallingCode;
use domain::usecase::sync_project::SyncMessage;
use uuid::Uuid;

use crate::setting::CONFIGURATION;
use crate::tally::Reached;

const IDENTIFIER: Uuid = Uuid::from_u128(0x6f0f_4f0e_0000_5000_8000_0000_0000_0001);

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../../../events/sync-request.json").as_slice(),
        include_bytes!("../../../../events/sync-request-update.json"),
        include_bytes!("../../../../events/sync-request-forced.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

/// A request that is taken is the same once it was stored, and a project can be made of it.
pub(super) fn read(input: &[u8]) -> Reached {
    let Ok(text) = str::from_utf8(input) else { return Reached::Parser };
    let message = match SyncMessage::parse(text) {
        Ok(SyncMessage::Request(message)) => message,
        Ok(SyncMessage::Job(_)) => return Reached::Json,
        Err(_) if serde_json::from_str::<serde_json::Value>(text).is_err() => return Reached::Parser,
        Err(_) => return Reached::Json,
    };
    let home = CallingCode::parse("263").expect("a calling code");
    let Ok(request) = message.request(&home) else { return Reached::Json };
    let stored = serde_json::to_string(&InstallationRequestMessage::of(&request)).expect("it can be stored");
    let kept: InstallationRequestMessage = serde_json::from_str(&stored).expect("what was stored can be read");
    assert_eq!(kept.request(&home, None).as_ref(), Ok(&request), "a request is the same once it was stored");
    for plan in [ContactPlan::New, ContactPlan::NewWithoutEmail] {
        let project = new_project(&request, &plan, IDENTIFIER, &CONFIGURATION);
        assert!(format!("{project:?}").len() < 200_000, "a project is bounded");
    }
    Reached::Understood
}
