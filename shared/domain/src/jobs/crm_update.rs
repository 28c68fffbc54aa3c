//! What the CRM gets: `installation_request.updated`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ContactId, ProjectId, RequestId};
use crate::notification::{Channel, Milestone};
use crate::project::{Project, SyncState};

/// An update for the CRM. It applies `state` and ignores a lower `revision`; `changes` is for display.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrmUpdate {
    /// 1.
    pub schema_version: u32,
    /// `installation_request.updated`.
    #[serde(rename = "type")]
    pub message_type: String,
    /// The same in every repeat.
    pub update_id: String,
    /// Rises with each update of a request.
    pub revision: u64,
    /// The CRM's own id.
    pub installation_request_id: RequestId,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What led to it.
    pub cause: Cause,
    /// What changed: each field with `from` and `to`; `message` for one that was sent.
    pub changes: Map<String, Value>,
    /// The whole picture.
    pub state: CrmState,
}

/// What led to an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Of what kind.
    pub kind: CauseKind,
    /// A delivery's key, a message's id, a record's id.
    pub id: String,
}

/// The kinds of cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A delivery of OpenSolar.
    Webhook,
    /// A sync of the CRM's request.
    Sync,
    /// A read-back without a delivery.
    StatusFetch,
    /// A message to the customer.
    Message,
    /// A person.
    Operator,
}

/// The record as the CRM sees it. Absent facts are `null`, so that a consumer can clear them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrmState {
    /// Request status: `pending`, `scheduled`, `in_progress` or `completed`; never moves back.
    pub status: Option<String>,
    /// OpenSolar's id of the project.
    pub opensolar_project_id: Option<ProjectId>,
    /// OpenSolar's id of the contact.
    pub opensolar_contact_id: Option<ContactId>,
    /// Its name in OpenSolar.
    pub project_name: Option<String>,
    /// OpenSolar's milestone of it.
    pub project_status: Option<String>,
    /// Kilowatts, two places, as text: a decimal.
    pub system_size_kw: Option<String>,
    /// The customer's link to the proposal, once sent.
    pub proposal_url: Option<String>,
    /// When it was first sent.
    pub proposal_sent_at: Option<DateTime<Utc>>,
    /// When the contract was first signed; `null` while the sale is undone.
    pub contract_signed_at: Option<DateTime<Utc>>,
    /// The installation's day in the organisation's zone.
    pub installation_scheduled_date: Option<NaiveDate>,
    /// `pending`, `synced`, `sync_failed` or `updated`; `null` for what is not synced.
    pub sync_status: Option<String>,
    /// Why it waits, or is not synced.
    pub sync_reason: Option<String>,
    /// For staff: what happened and what to do.
    pub sync_error_message: Option<String>,
    /// Failures so far.
    pub sync_retry_count: u32,
    /// When OpenSolar and the record last agreed.
    pub last_synced_at: Option<DateTime<Utc>>,
}

impl CrmState {
    /// The picture of a record.
    pub fn of(project: &Project) -> Self {
        let observed = project.observed.as_ref();
        let sync = SyncPicture::of(&project.sync);
        Self {
            status: project.told_status.map(|status| status.as_str().to_owned()),
            opensolar_project_id: project.remote.as_ref().map(|remote| remote.project.clone()),
            opensolar_contact_id: project.remote.as_ref().and_then(|remote| remote.contact.clone()),
            project_name: observed.and_then(|seen| seen.project_name.clone()),
            project_status: observed.and_then(|seen| seen.phase).map(|phase| phase.as_str().to_owned()),
            system_size_kw: observed.and_then(|seen| seen.system_size).map(|size| size.to_string()),
            proposal_url: observed.and_then(|seen| seen.proposal_link.as_ref()).map(|link| link.as_str().to_owned()),
            proposal_sent_at: observed.and_then(|seen| seen.proposal_sent_at),
            contract_signed_at: observed.and_then(|seen| seen.contract_signed_at()),
            installation_scheduled_date: observed.and_then(|seen| seen.installation_day),
            sync_status: project.sync_status().map(|status| status.as_str().to_owned()),
            sync_reason: sync.reason,
            sync_error_message: sync.error,
            sync_retry_count: sync.failures,
            last_synced_at: project.last_synced_at,
        }
    }
}

struct SyncPicture {
    reason: Option<String>,
    error: Option<String>,
    failures: u32,
}

impl SyncPicture {
    fn of(sync: &SyncState) -> Self {
        let picture = |reason: Option<&str>, error: Option<String>, failures| Self {
            reason: reason.map(str::to_owned),
            error,
            failures,
        };
        match sync {
            SyncState::Skipped(reason) => picture(Some("skipped"), Some(reason.describe()), 0),
            SyncState::Due { failures, .. } | SyncState::Creating { failures, .. } => picture(None, None, *failures),
            SyncState::Waiting { reason, failures, .. } => {
                picture(Some(reason.as_str()), Some(reason.describe().to_owned()), *failures)
            }
            SyncState::Verifying { .. } => {
                let explanation = "whether opensolar made the project is not known yet; it is being watched for";
                picture(Some("verifying"), Some(explanation.to_owned()), 0)
            }
            SyncState::InStep => picture(None, None, 0),
            SyncState::Parked { reason, .. } => picture(Some("operator"), Some(reason.clone()), 0),
        }
    }
}

/// A message that a customer was sent, as staff see it in the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    /// What about.
    pub milestone: Milestone,
    /// `text` or `template`.
    pub channel: String,
    /// What the customer reads.
    pub body: String,
    /// WhatsApp's id.
    pub message_id: String,
}

impl SentMessage {
    /// A message of this channel.
    pub fn new(milestone: Milestone, channel: Channel, body: String, message_id: String) -> Self {
        Self { milestone, channel: channel.as_str().to_owned(), body, message_id }
    }
}

/// The update that follows from a record's change, or nothing if the CRM would see no difference.
///
/// `after` is given the next CRM revision. A message that was sent is a difference of its own.
pub fn update_after(
    before: Option<&Project>,
    after: &mut Project,
    cause: Cause,
    message: Option<SentMessage>,
    update_id: String,
    now: DateTime<Utc>,
) -> Option<CrmUpdate> {
    let earlier = before.map(super::picture).unwrap_or_default();
    let mut changes = super::differences(&earlier, &super::picture(after));
    if before.is_none() {
        changes.retain(|_, change| !change["to"].is_null());
    }
    if let Some(message) = message {
        changes.insert("message".to_owned(), serde_json::to_value(message).unwrap_or_default());
    }
    // A count alone is no news, and neither is that the project was read again and nothing of it had changed.
    for field in ["sync_retry_count", "last_synced_at"] {
        changes.remove(field);
    }
    if changes.is_empty() {
        return None;
    }
    after.crm_revision += 1;
    Some(CrmUpdate {
        schema_version: 1,
        message_type: "installation_request.updated".to_owned(),
        update_id,
        revision: after.crm_revision,
        installation_request_id: after.request_id().clone(),
        occurred_at: now,
        cause,
        changes,
        state: CrmState::of(after),
    })
}
