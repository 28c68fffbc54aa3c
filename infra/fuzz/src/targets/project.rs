//! A project as OpenSolar answers it, in either contract.

use domain::configuration::Configuration;
use domain::observe::{Surroundings, observed};
use domain::remote::{History, ProjectEvent, RemoteProject};
use opensolar::mappings;

use crate::setting::{CONFIGURATION, DESIGN, NOON};
use crate::tally::Reached;

pub(super) fn live_seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../corpus/live-project-new.json").as_slice(),
        include_bytes!("../../corpus/live-project-sold.json"),
        include_bytes!("../../corpus/live-project-listed.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

pub(super) fn design_seeds() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../corpus/design-project.json").as_slice(),
        include_bytes!("../../corpus/design-project-sparse.json"),
    ]
    .map(<[u8]>::to_vec)
    .into()
}

pub(super) fn read_live(input: &[u8]) -> Reached {
    read(input, &CONFIGURATION)
}

pub(super) fn read_design(input: &[u8]) -> Reached {
    read(input, &DESIGN)
}

/// Two reads of the same answer make the same picture, whatever it says.
fn read(input: &[u8], config: &Configuration) -> Reached {
    let Some(project) = mappings::project(&config.account, input) else {
        let is_json = serde_json::from_slice::<serde_json::Value>(input).is_ok();
        return if is_json { Reached::Json } else { Reached::Parser };
    };
    let around = Surroundings { events: events(&project), ..Surroundings::default() };
    let first = observed(None, &project, &around, config, *NOON);
    let second = observed(Some(&first), &project, &around, config, *NOON);
    assert_eq!(first, second, "the same answer is the same picture");
    Reached::Understood
}

fn events(project: &RemoteProject) -> Vec<ProjectEvent> {
    match &project.history {
        History::Embedded(events) => events.clone(),
        History::Listed(_) => Vec::new(),
    }
}
