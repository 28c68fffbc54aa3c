use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{OrgId, RequestId, Revision};
use domain::notification::{Channel, Milestone, News, Notice, NoticeKey, NoticeState, SkippedBecause};
use domain::remote::ProposalLink;
use serde::{Deserialize, Serialize};

use super::sync_state::ClaimItem;
use super::{BadField, Form};

/// A ledger entry.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoticeItem {
    org_id: OrgId,
    request_id: RequestId,
    milestone: Milestone,
    epoch: u32,
    revision: u64,
    news: NewsItem,
    state: NoticeStateItem,
    attempts: u32,
    created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "milestone", rename_all = "snake_case")]
enum NewsItem {
    DesignComplete,
    ProposalSent { link: String },
    ContractSigned,
    InstallationScheduled { day: NaiveDate },
    InstallationReminder { day: NaiveDate },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum NoticeStateItem {
    Due { until: DateTime<Utc>, reason: Option<String> },
    Sending { claim: ClaimItem, channel: String },
    Sent { message_id: String, channel: String, at: DateTime<Utc> },
    Skipped { because: String },
    Superseded,
    Held { reason: String },
    Failed { reason: String },
}

impl Form for NoticeItem {
    const KIND: &'static str = "NOTICE";
}

impl NoticeItem {
    /// The entry as it is stored at this revision.
    pub(crate) fn of(notice: &Notice, revision: Revision) -> Self {
        Self {
            org_id: notice.org,
            request_id: notice.key.request_id.clone(),
            milestone: notice.key.milestone,
            epoch: notice.key.epoch,
            revision: revision.0,
            news: (&notice.news).into(),
            state: (&notice.state).into(),
            attempts: notice.attempts,
            created_at: notice.created_at,
        }
    }
}

impl TryFrom<NoticeItem> for Notice {
    type Error = BadField;

    fn try_from(item: NoticeItem) -> Result<Self, BadField> {
        Ok(Self {
            org: item.org_id,
            key: NoticeKey { request_id: item.request_id, milestone: item.milestone, epoch: item.epoch },
            revision: Revision(item.revision),
            news: item.news.try_into()?,
            state: item.state.try_into()?,
            attempts: item.attempts,
            created_at: item.created_at,
        })
    }
}

impl From<&News> for NewsItem {
    fn from(news: &News) -> Self {
        match news {
            News::DesignComplete => Self::DesignComplete,
            News::ProposalSent(link) => Self::ProposalSent { link: link.as_str().to_owned() },
            News::ContractSigned => Self::ContractSigned,
            News::InstallationScheduled(day) => Self::InstallationScheduled { day: *day },
            News::InstallationReminder(day) => Self::InstallationReminder { day: *day },
        }
    }
}

impl TryFrom<NewsItem> for News {
    type Error = BadField;

    fn try_from(item: NewsItem) -> Result<Self, BadField> {
        Ok(match item {
            NewsItem::DesignComplete => Self::DesignComplete,
            NewsItem::ProposalSent { link } => {
                Self::ProposalSent(ProposalLink::parse(&link).ok_or(BadField("news.link"))?)
            }
            NewsItem::ContractSigned => Self::ContractSigned,
            NewsItem::InstallationScheduled { day } => Self::InstallationScheduled(day),
            NewsItem::InstallationReminder { day } => Self::InstallationReminder(day),
        })
    }
}

impl From<&NoticeState> for NoticeStateItem {
    fn from(state: &NoticeState) -> Self {
        let name = |channel: &Channel| channel.as_str().to_owned();
        match state {
            NoticeState::Due { until, reason } => Self::Due { until: *until, reason: reason.clone() },
            NoticeState::Sending { claim, channel } => Self::Sending { claim: (*claim).into(), channel: name(channel) },
            NoticeState::Sent { message_id, channel, at } => {
                Self::Sent { message_id: message_id.clone(), channel: name(channel), at: *at }
            }
            NoticeState::Skipped(because) => Self::Skipped { because: because.as_str().to_owned() },
            NoticeState::Superseded => Self::Superseded,
            NoticeState::Held { reason } => Self::Held { reason: reason.clone() },
            NoticeState::Failed { reason } => Self::Failed { reason: reason.clone() },
        }
    }
}

impl TryFrom<NoticeStateItem> for NoticeState {
    type Error = BadField;

    fn try_from(item: NoticeStateItem) -> Result<Self, BadField> {
        let channel = |name: String| Channel::parse(&name).ok_or(BadField("state.channel"));
        Ok(match item {
            NoticeStateItem::Due { until, reason } => Self::Due { until, reason },
            NoticeStateItem::Sending { claim, channel: name } => {
                Self::Sending { claim: claim.into(), channel: channel(name)? }
            }
            NoticeStateItem::Sent { message_id, channel: name, at } => {
                Self::Sent { message_id, channel: channel(name)?, at }
            }
            NoticeStateItem::Skipped { because } => {
                Self::Skipped(SkippedBecause::parse(&because).ok_or(BadField("state.because"))?)
            }
            NoticeStateItem::Superseded => Self::Superseded,
            NoticeStateItem::Held { reason } => Self::Held { reason },
            NoticeStateItem::Failed { reason } => Self::Failed { reason },
        })
    }
}
