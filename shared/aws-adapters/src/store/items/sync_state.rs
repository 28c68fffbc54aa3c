use chrono::{DateTime, Utc};
use domain::ids::{Claim, ClaimId};
use domain::project::{GoneBecause, Intent, Search, SyncState, WaitReason};
use domain::request::{CrmStatus, SkipReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BadField;
use super::new_project::NewProjectItem;
use super::project::OriginItem;
use super::update::UpdateItem;

/// How far OpenSolar is from what the CRM wants.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum SyncItem {
    Skipped { reason: SkipItem },
    Due { failures: u32, look_again: DateTime<Utc> },
    Waiting { reason: WaitItem, failures: u32, until: DateTime<Utc> },
    Creating { intent: OpenIntentItem, claim: ClaimItem, failures: u32 },
    Verifying { intent: OpenIntentItem, since: DateTime<Utc>, until: DateTime<Utc>, search: SearchItem },
    Updating { update: UpdateItem, claim: ClaimItem, failures: u32 },
    Unsettled { update: UpdateItem, settle_at: DateTime<Utc>, failures: u32 },
    InStep,
    RemoteGone { why: GoneItem, since: DateTime<Utc> },
    Parked { reason: String, in_doubt: Option<OpenIntentItem> },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GoneItem {
    Deleted,
    OutOfReach,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub(crate) enum SkipItem {
    InstallationType { word: String },
    Status { status: String },
    AutoSyncDisabled,
    Erased { at: DateTime<Utc> },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub(crate) enum WaitItem {
    Quota,
    BackOff { failure: String },
    Wallet,
    Token,
    Contact,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenIntentItem {
    generation: u32,
    payload: NewProjectItem,
    origin: OriginItem,
    committed_at: DateTime<Utc>,
    sent_at: DateTime<Utc>,
    log_ids: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SearchItem {
    next_at: DateTime<Utc>,
    done: u32,
    read: u32,
    proves_from: DateTime<Utc>,
    absent_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClaimItem {
    id: Uuid,
    lease_end: DateTime<Utc>,
}

impl From<&SyncState> for SyncItem {
    fn from(state: &SyncState) -> Self {
        match state {
            SyncState::Skipped(reason) => Self::Skipped { reason: reason.into() },
            SyncState::Due { failures, look_again } => Self::Due { failures: *failures, look_again: *look_again },
            SyncState::Waiting { reason, failures, until } => {
                Self::Waiting { reason: reason.into(), failures: *failures, until: *until }
            }
            SyncState::Creating { intent, claim, failures } => {
                Self::Creating { intent: intent.into(), claim: (*claim).into(), failures: *failures }
            }
            SyncState::Verifying { intent, since, until, search } => {
                Self::Verifying { intent: intent.into(), since: *since, until: *until, search: search.into() }
            }
            SyncState::Updating { update, claim, failures } => {
                Self::Updating { update: update.into(), claim: (*claim).into(), failures: *failures }
            }
            SyncState::Unsettled { update, settle_at, failures } => {
                Self::Unsettled { update: update.into(), settle_at: *settle_at, failures: *failures }
            }
            SyncState::InStep => Self::InStep,
            SyncState::RemoteGone { why, since } => Self::RemoteGone { why: (*why).into(), since: *since },
            SyncState::Parked { reason, in_doubt } => {
                Self::Parked { reason: reason.clone(), in_doubt: in_doubt.as_ref().map(Into::into) }
            }
        }
    }
}

impl TryFrom<SyncItem> for SyncState {
    type Error = BadField;

    fn try_from(item: SyncItem) -> Result<Self, BadField> {
        Ok(match item {
            SyncItem::Skipped { reason } => Self::Skipped(reason.try_into()?),
            SyncItem::Due { failures, look_again } => Self::Due { failures, look_again },
            SyncItem::Waiting { reason, failures, until } => Self::Waiting { reason: reason.into(), failures, until },
            SyncItem::Creating { intent, claim, failures } => {
                Self::Creating { intent: intent.try_into()?, claim: claim.into(), failures }
            }
            SyncItem::Verifying { intent, since, until, search } => {
                Self::Verifying { intent: intent.try_into()?, since, until, search: search.into() }
            }
            SyncItem::Updating { update, claim, failures } => {
                Self::Updating { update: update.try_into()?, claim: claim.into(), failures }
            }
            SyncItem::Unsettled { update, settle_at, failures } => {
                Self::Unsettled { update: update.try_into()?, settle_at, failures }
            }
            SyncItem::InStep => Self::InStep,
            SyncItem::RemoteGone { why, since } => Self::RemoteGone { why: why.into(), since },
            SyncItem::Parked { reason, in_doubt } => {
                Self::Parked { reason, in_doubt: in_doubt.map(TryInto::try_into).transpose()? }
            }
        })
    }
}

impl From<GoneBecause> for GoneItem {
    fn from(why: GoneBecause) -> Self {
        match why {
            GoneBecause::Deleted => Self::Deleted,
            GoneBecause::OutOfReach => Self::OutOfReach,
        }
    }
}

impl From<GoneItem> for GoneBecause {
    fn from(item: GoneItem) -> Self {
        match item {
            GoneItem::Deleted => Self::Deleted,
            GoneItem::OutOfReach => Self::OutOfReach,
        }
    }
}

impl From<&SkipReason> for SkipItem {
    fn from(reason: &SkipReason) -> Self {
        match reason {
            SkipReason::InstallationType(word) => Self::InstallationType { word: word.clone() },
            SkipReason::Status(status) => Self::Status { status: status.as_str().to_owned() },
            SkipReason::AutoSyncDisabled => Self::AutoSyncDisabled,
            SkipReason::Erased(at) => Self::Erased { at: *at },
        }
    }
}

impl TryFrom<SkipItem> for SkipReason {
    type Error = BadField;

    fn try_from(item: SkipItem) -> Result<Self, BadField> {
        Ok(match item {
            SkipItem::InstallationType { word } => Self::InstallationType(word),
            SkipItem::Status { status } => {
                Self::Status(CrmStatus::parse(&status).ok_or(BadField("sync.reason.status"))?)
            }
            SkipItem::AutoSyncDisabled => Self::AutoSyncDisabled,
            SkipItem::Erased { at } => Self::Erased(at),
        })
    }
}

impl From<&WaitReason> for WaitItem {
    fn from(reason: &WaitReason) -> Self {
        match reason {
            WaitReason::Quota => Self::Quota,
            WaitReason::BackOff(failure) => Self::BackOff { failure: failure.clone() },
            WaitReason::Wallet => Self::Wallet,
            WaitReason::Token => Self::Token,
            WaitReason::Contact => Self::Contact,
        }
    }
}

impl From<WaitItem> for WaitReason {
    fn from(item: WaitItem) -> Self {
        match item {
            WaitItem::Quota => Self::Quota,
            WaitItem::BackOff { failure } => Self::BackOff(failure),
            WaitItem::Wallet => Self::Wallet,
            WaitItem::Token => Self::Token,
            WaitItem::Contact => Self::Contact,
        }
    }
}

impl From<&Intent> for OpenIntentItem {
    fn from(intent: &Intent) -> Self {
        let payload = (&intent.payload).into();
        let (generation, origin) = (intent.generation, intent.origin.into());
        let (committed_at, sent_at, log_ids) = (intent.committed_at, intent.sent_at, intent.log_ids.clone());
        Self { generation, payload, origin, committed_at, sent_at, log_ids }
    }
}

impl TryFrom<OpenIntentItem> for Intent {
    type Error = BadField;

    fn try_from(item: OpenIntentItem) -> Result<Self, BadField> {
        let payload = item.payload.try_into()?;
        let (generation, origin) = (item.generation, item.origin.into());
        let (committed_at, sent_at, log_ids) = (item.committed_at, item.sent_at, item.log_ids);
        Ok(Self { generation, payload, origin, committed_at, sent_at, log_ids })
    }
}

impl From<&Search> for SearchItem {
    fn from(search: &Search) -> Self {
        let Search { next_at, done, read, proves_from, absent_at } = *search;
        Self { next_at, done, read, proves_from, absent_at }
    }
}

impl From<SearchItem> for Search {
    fn from(item: SearchItem) -> Self {
        let SearchItem { next_at, done, read, proves_from, absent_at } = item;
        Self { next_at, done, read, proves_from, absent_at }
    }
}

impl From<Claim> for ClaimItem {
    fn from(claim: Claim) -> Self {
        Self { id: claim.id.0, lease_end: claim.lease_end }
    }
}

impl From<ClaimItem> for Claim {
    fn from(item: ClaimItem) -> Self {
        Self { id: ClaimId(item.id), lease_end: item.lease_end }
    }
}
