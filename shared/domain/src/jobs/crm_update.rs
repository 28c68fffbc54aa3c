//! What the CRM gets: `installation_request.updated`.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ContactId, OrgId, ProjectId, RequestId};
use crate::notification::Milestone;
use crate::project::{Observed, Project, SyncState};

#[cfg(feature = "schema")]
use super::schema;

/// The message type that the CRM finds on its queue.
pub const MESSAGE_TYPE: &str = "installation_request.updated";

/// The one version of the message that there is.
pub const SCHEMA_VERSION: u32 = 1;

/// So many characters of what staff are told are kept: an update stays small, whatever happened.
const EXPLANATION_LIMIT: usize = 1_000;

/// What the CRM gets. It applies `state` and ignores a lower `revision` of the same organisation; `changes` is for display. Fields may be added
/// without a new version: unknown ones are to be ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "installation_request.updated, version 1"))]
pub struct CrmUpdate {
    /// The version of this message.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::update_version"))]
    pub schema_version: u32,
    /// The type of this message.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::update_type"))]
    pub message_type: String,
    /// The same in every repeat of the update.
    pub update_id: String,
    /// Rises with each update of a request in its organisation.
    pub revision: u64,
    /// OpenSolar's id of the organisation.
    pub org_id: OrgId,
    /// The CRM's own id of the request, as text.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::id_as_text"))]
    pub installation_request_id: RequestId,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What led to it.
    pub cause: Cause,
    /// What changed of `state`, each field with `from` and `to`; and `message`, if one went to the customer or should
    /// have.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::changes"))]
    pub changes: Map<String, Value>,
    /// The whole picture.
    pub state: CrmState,
}

/// What led to an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cause {
    /// Of what kind.
    pub kind: CauseKind,
    /// A delivery's key, a message's id, a record's id.
    pub id: String,
}

/// The kinds of cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// The record as the CRM sees it. Facts that are not there are `null`, so that a consumer can clear them; but a `status`
/// of `null` clears nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrmState {
    /// The request's status: `pending`, `scheduled`, `in_progress` or `completed`. It never moves back. `null` says
    /// nothing of it, and is no change either: the CRM keeps its own, as it does while the request is cancelled.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::told_status"))]
    pub status: Option<String>,
    /// OpenSolar's id of the project.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::optional_id_as_text"))]
    pub opensolar_project_id: Option<ProjectId>,
    /// OpenSolar's id of the contact.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::optional_id_as_text"))]
    pub opensolar_contact_id: Option<ContactId>,
    /// Its title in OpenSolar.
    pub project_name: Option<String>,
    /// The stage that it is in, as staff call it; where the stage is not known, the name of its milestone.
    pub project_status: Option<String>,
    /// OpenSolar's milestone of the stage: `presale`, `lock_pricing`, `sold`, `installed` or `others`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::milestone_of_stage"))]
    pub project_milestone: Option<String>,
    /// Kilowatts with two places, as text: a decimal.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::decimal"))]
    pub system_size_kw: Option<String>,
    /// The customer's link to the proposal, once sent; https only. Whoever has it sees the proposal.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::https_address"))]
    pub proposal_url: Option<String>,
    /// When the proposal was first sent.
    pub proposal_sent_at: Option<DateTime<Utc>>,
    /// When the customer first looked at it.
    pub proposal_viewed_at: Option<DateTime<Utc>>,
    /// When the contract was first signed; `null` while the sale is undone.
    pub contract_signed_at: Option<DateTime<Utc>>,
    /// The installation's day in the organisation's zone.
    pub installation_scheduled_date: Option<NaiveDate>,
    /// `pending`, `synced`, `sync_failed` or `updated`; `null` for what is not synced.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::sync_status"))]
    pub sync_status: Option<String>,
    /// Why it waits, failed or is not synced: `skipped`, `quota`, `backoff`, `wallet`, `token`, `contact`, `verifying`,
    /// `remote_gone` or `operator`. Others may come.
    pub sync_reason: Option<String>,
    /// For staff: what happened and what to do, in at most 1,000 characters.
    pub sync_error_message: Option<String>,
    /// Until when it waits, as of this update: a wait that is only prolonged makes no update of its own.
    pub sync_waiting_until: Option<DateTime<Utc>>,
    /// Failures so far, as of this update.
    pub sync_retry_count: u32,
    /// When OpenSolar and the record last agreed, as of this update.
    pub last_synced_at: Option<DateTime<Utc>>,
}

/// Fields of the state that are no news alone: a count, a time that only moves on, and that the project was read again.
const NO_NEWS_ALONE: [&str; 3] = ["sync_retry_count", "sync_waiting_until", "last_synced_at"];

impl CrmState {
    /// The picture of a record.
    pub fn of(project: &Project) -> Self {
        let observed = project.observed.as_ref();
        let milestone = observed.and_then(|seen| seen.phase).map(|phase| phase.as_str().to_owned());
        let sync = SyncPicture::of(&project.sync);
        Self {
            status: project.status().map(|status| status.as_str().to_owned()),
            opensolar_project_id: project.remote.as_ref().map(|remote| remote.project.clone()),
            opensolar_contact_id: project.remote.as_ref().and_then(|remote| remote.contact.clone()),
            project_name: observed.and_then(|seen| seen.project_name.clone()),
            project_status: observed.and_then(status_word).or_else(|| milestone.clone()),
            project_milestone: milestone,
            system_size_kw: observed.and_then(|seen| seen.system_size).map(|size| size.to_string()),
            proposal_url: observed
                .and_then(|seen| seen.proposal_link.as_ref())
                .filter(|link| !link.is_erased())
                .map(|link| link.as_str().to_owned()),
            proposal_sent_at: observed.and_then(|seen| seen.proposal_sent_at),
            proposal_viewed_at: observed.and_then(|seen| seen.proposal_viewed_at),
            contract_signed_at: observed.and_then(|seen| seen.contract_signed_at()),
            installation_scheduled_date: observed.and_then(|seen| seen.installation_day),
            sync_status: project.sync_status().map(|status| status.as_str().to_owned()),
            sync_reason: sync.reason.map(str::to_owned),
            sync_error_message: sync.explanation.map(|text| text.chars().take(EXPLANATION_LIMIT).collect()),
            sync_waiting_until: sync.until,
            sync_retry_count: sync.failures,
            last_synced_at: project.last_synced_at,
        }
    }
}

/// The contract's own word, or what staff call the stage.
fn status_word(seen: &Observed) -> Option<String> {
    let word = seen.status.as_ref().map(|status| status.as_str().to_owned());
    word.or_else(|| seen.stage_title.clone())
}

/// What a sync state says to the CRM, beside its status.
struct SyncPicture<'a> {
    reason: Option<&'a str>,
    explanation: Option<Cow<'a, str>>,
    until: Option<DateTime<Utc>>,
    failures: u32,
}

impl<'a> SyncPicture<'a> {
    fn of(sync: &'a SyncState) -> Self {
        match sync {
            SyncState::Skipped(reason) => Self::because("skipped", reason.describe()),
            SyncState::Due { failures, .. }
            | SyncState::Creating { failures, .. }
            | SyncState::Updating { failures, .. } => Self { failures: *failures, ..Self::quiet() },
            SyncState::Waiting { reason, failures, until } => {
                Self::because(reason.as_str(), reason.describe()).until(*until, *failures)
            }
            SyncState::Verifying { until, .. } => {
                let explanation = "whether opensolar made the project is not known yet; it is being watched for";
                Self::because("verifying", explanation).until(*until, 0)
            }
            SyncState::Unsettled { settle_at, failures, .. } => {
                let explanation = "whether opensolar took the change is not known yet; it is looked for";
                Self::because("verifying", explanation).until(*settle_at, *failures)
            }
            SyncState::InStep => Self::quiet(),
            SyncState::RemoteGone { why, .. } => Self::because("remote_gone", why.describe()),
            SyncState::Parked { reason, .. } => Self::because("operator", reason.as_str()),
        }
    }

    fn quiet() -> Self {
        Self { reason: None, explanation: None, until: None, failures: 0 }
    }

    fn because(reason: &'a str, explanation: impl Into<Cow<'a, str>>) -> Self {
        Self { reason: Some(reason), explanation: Some(explanation.into()), ..Self::quiet() }
    }

    fn until(self, until: DateTime<Utc>, failures: u32) -> Self {
        Self { until: Some(until), failures, ..self }
    }
}

/// A message to the customer, as staff see it in the chat: one that was sent, or one that somebody has to look after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomerMessage {
    /// What about.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::milestone"))]
    pub milestone: Milestone,
    /// `sent`; `held`, so that only a person can say whether the customer has it; `failed`, so that the customer has not.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::message_state"))]
    pub state: String,
    /// `text` or `template`; `null` for one that had none yet.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::channel"))]
    pub channel: Option<String>,
    /// What the customer reads, or would have read.
    pub body: String,
    /// WhatsApp's id of one that was sent.
    pub message_id: Option<String>,
    /// Of one that was not: what happened and what to do, without anything personal.
    pub reason: Option<String>,
}

/// The update that follows from a record's change, or nothing if the CRM would see no difference.
///
/// `after` is given the next CRM revision. A message to the customer is a difference of its own.
pub fn update_after(
    before: Option<&Project>,
    after: &mut Project,
    cause: Cause,
    message: Option<CustomerMessage>,
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
    for field in NO_NEWS_ALONE {
        changes.remove(field);
    }
    if after.status().is_none() {
        changes.remove("status");
    }
    if changes.is_empty() {
        return None;
    }
    after.crm_revision += 1;
    Some(CrmUpdate {
        schema_version: SCHEMA_VERSION,
        message_type: MESSAGE_TYPE.to_owned(),
        update_id,
        revision: after.crm_revision,
        org_id: after.org,
        installation_request_id: after.request_id().clone(),
        occurred_at: now,
        cause,
        changes,
        state: CrmState::of(after),
    })
}
