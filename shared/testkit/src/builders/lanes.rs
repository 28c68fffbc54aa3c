use chrono::{DateTime, Utc};
use domain::ids::OrgId;
use domain::ports::DueIn;
use domain::project::{Errand, Lane};

use super::ORG;

/// Every lane in which something of this organisation may wait.
pub fn every_lane(org: OrgId) -> Vec<Lane> {
    std::iter::once(Lane::Own).chain(Errand::ALL.map(|errand| Lane::OpenSolar(org, errand))).collect()
}

/// All that is due of [`ORG`], at most `limit` of each lane.
pub fn due_in_every_lane(by: DateTime<Utc>, limit: usize) -> Vec<DueIn> {
    every_lane(ORG).into_iter().map(|lane| DueIn { lane, by, limit }).collect()
}
