use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{OrgId, RequestId};
use domain::log::{Decision, SyncLog, SyncLogStatus, SyncType};
use serde::{Deserialize, Serialize};

use super::{BadField, Form, cut, log_text};

/// Logs are kept for so long.
pub(crate) const LOG_KEPT: TimeDelta = TimeDelta::days(90);

/// At most so many bytes of a summary are kept, so that the row stays below 8 KB with all that it says.
const SUMMARY: usize = 1_500;

/// A row of the sync log.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SyncLogItem {
    org_id: OrgId,
    request_id: RequestId,
    sync_type: String,
    status: String,
    request: Option<String>,
    response: Option<String>,
    error: Option<String>,
    started_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    duration_ms: Option<i64>,
    /// The row's id, which its key has too; not in rows of earlier versions.
    id: Option<String>,
}

/// A decision.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DecisionItem {
    org_id: OrgId,
    request_id: RequestId,
    rule: String,
    outcome: String,
    at: DateTime<Utc>,
    id: Option<String>,
}

impl Form for SyncLogItem {
    const KIND: &'static str = "SYNC LOG";
}

impl Form for DecisionItem {
    const KIND: &'static str = "DECISION";
}

impl From<&SyncLog> for SyncLogItem {
    fn from(row: &SyncLog) -> Self {
        let (error, completed_at) = match &row.status {
            SyncLogStatus::Started => (None, None),
            SyncLogStatus::Success { completed_at } => (None, Some(*completed_at)),
            SyncLogStatus::Failed { completed_at, error } => (Some(log_text(error)), Some(*completed_at)),
        };
        let summary = |text: &Option<String>| text.as_deref().map(|text| cut(text, SUMMARY));
        Self {
            org_id: row.org,
            request_id: row.request.clone(),
            sync_type: row.sync_type.as_str().to_owned(),
            status: row.status.as_str().to_owned(),
            request: summary(&row.request_summary),
            response: summary(&row.response_summary),
            error,
            started_at: row.started_at,
            completed_at,
            duration_ms: completed_at.map(|completed_at| (completed_at - row.started_at).num_milliseconds()),
            id: Some(row.id.clone()),
        }
    }
}

impl TryFrom<SyncLogItem> for SyncLog {
    type Error = BadField;

    fn try_from(item: SyncLogItem) -> Result<Self, BadField> {
        let status = match (item.completed_at, item.error) {
            (None, _) => SyncLogStatus::Started,
            (Some(completed_at), None) => SyncLogStatus::Success { completed_at },
            (Some(completed_at), Some(error)) => SyncLogStatus::Failed { completed_at, error },
        };
        Ok(Self {
            org: item.org_id,
            request: item.request_id,
            id: item.id.unwrap_or_default(),
            sync_type: SyncType::parse(&item.sync_type).ok_or(BadField("sync_type"))?,
            status,
            started_at: item.started_at,
            request_summary: item.request,
            response_summary: item.response,
        })
    }
}

impl From<&Decision> for DecisionItem {
    fn from(row: &Decision) -> Self {
        let (outcome, id) = (log_text(&row.outcome), Some(row.id.clone()));
        Self { org_id: row.org, request_id: row.request.clone(), rule: row.rule.to_string(), outcome, at: row.at, id }
    }
}

impl TryFrom<DecisionItem> for Decision {
    type Error = BadField;

    fn try_from(item: DecisionItem) -> Result<Self, BadField> {
        let (org, request, id) = (item.org_id, item.request_id, item.id.unwrap_or_default());
        Ok(Self { org, request, id, at: item.at, rule: item.rule.into(), outcome: item.outcome })
    }
}
