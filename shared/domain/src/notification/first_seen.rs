//! What a read of a project shows for the first time, and what of it is worth a message.

use chrono::{DateTime, Utc};

use super::News;
use crate::project::Observed;

/// Something that a read shows for the first time, and since when it holds, as far as OpenSolar tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What.
    pub news: News,
    /// Since when.
    pub at: Option<DateTime<Utc>>,
}

/// What `after` shows that `before` did not, in the order in which a customer should hear it.
pub fn news(before: Option<&Observed>, after: &Observed) -> Vec<Seen> {
    let mut seen = Vec::new();
    if after.design_complete && !before.is_some_and(|before| before.design_complete) {
        seen.push(Seen { news: News::DesignComplete, at: None });
    }
    let sent = |picture: &Observed| picture.proposal_sent_at.and(picture.proposal_link.clone());
    if let (Some(link), None) = (sent(after), before.and_then(sent)) {
        seen.push(Seen { news: News::ProposalSent(link), at: after.proposal_sent_at });
    }
    if after.first_signed_at.is_some() && before.is_none_or(|before| before.first_signed_at.is_none()) {
        seen.push(Seen { news: News::ContractSigned, at: after.first_signed_at });
    }
    if let Some(day) = after.installation_day
        && before.and_then(|before| before.announced_day) != Some(day)
    {
        seen.push(Seen { news: News::InstallationScheduled(day), at: None });
        seen.push(Seen { news: News::InstallationReminder(day), at: None });
    }
    seen
}
