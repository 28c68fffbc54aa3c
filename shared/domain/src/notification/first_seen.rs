//! What a read of a project shows for the first time, or again before anybody was told of it: what is worth a message.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Milestone, News, untrue};
use crate::project::{Observed, Project};

/// Something that a read shows for the first time, and since when it holds, as far as OpenSolar tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What.
    pub news: News,
    /// Since when.
    pub at: Option<DateTime<Utc>>,
}

/// Whether those who made a project may have told its customer already what is seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is the first that we see of it, or older than that.
    First,
    /// It became so since.
    Later,
}

/// What `after` shows that `before` did not, in the order in which a customer should hear it.
pub fn news(before: Option<&Observed>, after: &Observed) -> Vec<Seen> {
    let mut seen = Vec::new();
    if after.design_complete && !before.is_some_and(|before| before.design_complete) {
        seen.push(Seen { news: News::DesignComplete, at: None });
    }
    let sent = |picture: &Observed| picture.proposal_sent_at.and(picture.proposal_link.clone());
    if let (Some(link), None) = (sent(after), before.and_then(sent)) {
        // What the customer is told is that it can be opened: true only since there is a link.
        let was_sent_without = before.is_some_and(|before| before.proposal_sent_at.is_some());
        let at = after.proposal_sent_at.filter(|_| !was_sent_without);
        seen.push(Seen { news: News::ProposalSent(link), at });
    }
    if after.first_signed_at.is_some() && before.is_none_or(|before| before.first_signed_at.is_none()) {
        seen.push(Seen { news: News::ContractSigned, at: after.first_signed_at });
    }
    if let Some(day) = after.installation_day
        && before.and_then(|before| before.last_day) != Some(day)
    {
        seen.push(Seen { news: News::InstallationScheduled(day), at: None });
        seen.push(Seen { news: News::InstallationReminder(day), at: None });
    }
    seen
}

/// What nobody was told of before it was taken back, and `after` shows again: as new as the read that shows it.
pub fn news_again(project: &Project, after: &Observed, today: NaiveDate) -> Vec<Seen> {
    let holds = |milestone: &Milestone| match milestone {
        // What happened once stays happened.
        Milestone::DesignComplete | Milestone::ProposalSent => None,
        Milestone::ContractSigned => Some(News::ContractSigned),
        Milestone::InstallationScheduled => after.installation_day.map(News::InstallationScheduled),
        Milestone::InstallationReminder => after.installation_day.map(News::InstallationReminder),
    };
    let again = project.untold.iter().filter_map(holds).filter(|news| untrue(news, Some(after), today).is_none());
    again.map(|news| Seen { news, at: None }).collect()
}
