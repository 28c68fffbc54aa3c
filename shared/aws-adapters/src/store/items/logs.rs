use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{OrgId, RequestId};
use domain::log::{Decision, SyncLog, SyncLogStatus};
use serde::Serialize;

use super::{cut, log_text};

/// Logs are kept for so long.
pub(crate) const LOG_KEPT: TimeDelta = TimeDelta::days(90);

/// At most so many bytes of a summary are kept, so that the row stays below 8 KB with all that it says.
const SUMMARY: usize = 1_500;

/// A row of the sync log.
#[derive(Debug, Serialize)]
pub(crate) struct SyncLogItem<'a> {
    org_id: OrgId,
    request_id: &'a RequestId,
    sync_type: &'static str,
    status: &'static str,
    request: Option<String>,
    response: Option<String>,
    error: Option<String>,
    started_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    duration_ms: Option<i64>,
}

/// A decision.
#[derive(Debug, Serialize)]
pub(crate) struct DecisionItem<'a> {
    org_id: OrgId,
    request_id: &'a RequestId,
    rule: &'static str,
    outcome: String,
    at: DateTime<Utc>,
}

impl<'a> From<&'a SyncLog> for SyncLogItem<'a> {
    fn from(row: &'a SyncLog) -> Self {
        let (error, completed_at) = match &row.status {
            SyncLogStatus::Started => (None, None),
            SyncLogStatus::Success { completed_at } => (None, Some(*completed_at)),
            SyncLogStatus::Failed { completed_at, error } => (Some(log_text(error)), Some(*completed_at)),
        };
        let summary = |text: &Option<String>| text.as_deref().map(|text| cut(text, SUMMARY));
        Self {
            org_id: row.org,
            request_id: &row.request,
            sync_type: row.sync_type.as_str(),
            status: row.status.as_str(),
            request: summary(&row.request_summary),
            response: summary(&row.response_summary),
            error,
            started_at: row.started_at,
            completed_at,
            duration_ms: completed_at.map(|completed_at| (completed_at - row.started_at).num_milliseconds()),
        }
    }
}

impl<'a> From<&'a Decision> for DecisionItem<'a> {
    fn from(row: &'a Decision) -> Self {
        let outcome = log_text(&row.outcome);
        Self { org_id: row.org, request_id: &row.request, rule: row.rule, outcome, at: row.at }
    }
}
