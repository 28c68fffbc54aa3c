//! A project as OpenSolar answers it in the contract `live`.

use domain::observe::{Surroundings, observed};
use domain::remote::{History, ProjectEvent, RemoteProject};
use opensolar::mappings;

use crate::setting::{CONFIGURATION, NOON};
use crate::tally::Reached;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../corpus/live-project-new.json").as_slice(),
        include_bytes!("../../corpus/live-project-sold.json"),
        include_bytes!("../../corpus/live-project-listed.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

/// Two reads of the same answer make the same picture, whatever it says.
pub(super) fn read(input: &[u8]) -> Reached {
    let Some(project) = mappings::project(&CONFIGURATION.account, input) else {
        let is_json = serde_json::from_slice::<serde_json::Value>(input).is_ok();
        return if is_json { Reached::Json } else { Reached::Parser };
    };
    let around = Surroundings { events: events(&project), ..Surroundings::default() };
    let first = observed(None, &project, &around, &CONFIGURATION, *NOON);
    let second = observed(Some(&first), &project, &around, &CONFIGURATION, *NOON);
    assert_eq!(first, second, "the same answer is the same picture");
    Reached::Understood
}

fn events(project: &RemoteProject) -> Vec<ProjectEvent> {
    match &project.history {
        History::Embedded(events) => events.clone(),
        History::Listed(_) => Vec::new(),
    }
}
