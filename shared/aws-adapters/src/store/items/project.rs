use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use domain::jobs::sync_request::InstallationRequestMessage;
use domain::notification::Milestone;
use domain::phone::CallingCode;
use domain::project::{Observed, Origin, Project, ReadDue, Remote, SyncStatus};
use domain::remote::{Phase, ProposalLink, SystemSize};
use domain::request::{CrmStatus, InstallationRequest};
use serde::{Deserialize, Serialize};

use super::new_project::{NewProjectItem, storable};
use super::sync_state::{ContactChoiceItem, SyncItem};
use super::{BadField, Form};

/// A request's record. What the CRM wants stands in it as the CRM's own message has it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProjectItem {
    org_id: OrgId,
    revision: u64,
    desired: InstallationRequestMessage,
    sync: SyncItem,
    contact: ContactChoiceItem,
    remote: Option<RemoteItem>,
    pushed: Option<NewProjectItem>,
    observed: Option<ObservedItem>,
    read: Option<ReadItem>,
    epochs: BTreeMap<Milestone, u32>,
    told_status: Option<String>,
    crm_revision: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_synced_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RemoteItem {
    project_id: ProjectId,
    contact_id: Option<ContactId>,
    origin: OriginItem,
    linked_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OriginItem {
    CreatedByUs,
    LinkedByOperator,
}

#[derive(Debug, Serialize, Deserialize)]
struct ObservedItem {
    read_at: DateTime<Utc>,
    modified_at: Option<DateTime<Utc>>,
    project_name: Option<String>,
    stage: Option<u64>,
    phase: Option<String>,
    system_size_hundredths_of_kw: Option<u32>,
    proposal_link: Option<String>,
    design_complete: bool,
    proposal_sent_at: Option<DateTime<Utc>>,
    first_signed_at: Option<DateTime<Utc>>,
    is_sold: bool,
    installation_day: Option<NaiveDate>,
    announced_day: Option<NaiveDate>,
    is_installed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReadItem {
    project_id: ProjectId,
    pending: Vec<DeliveryKey>,
    failures: u32,
    next_try: DateTime<Utc>,
}

/// What the operators' lists show of a record.
#[derive(Debug, Serialize)]
pub(crate) struct ProjectSummary<'a> {
    request_id: &'a RequestId,
    order_number: Option<&'a str>,
    sync_status: &'static str,
    opensolar_project_id: Option<&'a ProjectId>,
    updated_at: DateTime<Utc>,
}

/// The status under which the operators' lists have a record.
pub(crate) fn project_status(project: &Project) -> &'static str {
    project.sync_status().map_or("skipped", SyncStatus::as_str)
}

/// What the operators' lists show of a record: nothing personal.
pub(crate) fn project_summary(project: &Project) -> ProjectSummary<'_> {
    ProjectSummary {
        request_id: project.request_id(),
        order_number: project.desired.order_number.as_deref(),
        sync_status: project_status(project),
        opensolar_project_id: project.remote.as_ref().map(|remote| &remote.project),
        updated_at: project.updated_at,
    }
}

impl Form for ProjectItem {
    const KIND: &'static str = "PROJECT";
}

impl ProjectItem {
    /// The record as it is stored at this revision.
    pub(crate) fn of(project: &Project, revision: Revision) -> Self {
        let mut desired = InstallationRequestMessage::of(&project.desired);
        desired.latitude = desired.latitude.map(storable);
        desired.longitude = desired.longitude.map(storable);
        Self {
            org_id: project.org,
            revision: revision.0,
            desired,
            sync: (&project.sync).into(),
            contact: (&project.contact).into(),
            remote: project.remote.as_ref().map(Into::into),
            pushed: project.pushed.as_ref().map(Into::into),
            observed: project.observed.as_ref().map(Into::into),
            read: project.read.as_ref().map(Into::into),
            epochs: project.epochs.clone(),
            told_status: project.told_status.map(|status| status.as_str().to_owned()),
            crm_revision: project.crm_revision,
            created_at: project.created_at,
            updated_at: project.updated_at,
            last_synced_at: project.last_synced_at,
        }
    }
}

impl TryFrom<ProjectItem> for Project {
    type Error = BadField;

    fn try_from(item: ProjectItem) -> Result<Self, BadField> {
        let told_status = |status: String| CrmStatus::parse(&status).ok_or(BadField("told_status"));
        Ok(Self {
            org: item.org_id,
            revision: Revision(item.revision),
            desired: desired(&item.desired)?,
            sync: item.sync.try_into()?,
            contact: item.contact.try_into()?,
            remote: item.remote.map(Into::into),
            pushed: item.pushed.map(TryInto::try_into).transpose()?,
            observed: item.observed.map(TryInto::try_into).transpose()?,
            read: item.read.map(Into::into),
            epochs: item.epochs,
            told_status: item.told_status.map(told_status).transpose()?,
            crm_revision: item.crm_revision,
            created_at: item.created_at,
            updated_at: item.updated_at,
            last_synced_at: item.last_synced_at,
        })
    }
}

fn desired(message: &InstallationRequestMessage) -> Result<InstallationRequest, BadField> {
    // A stored number has its country's code and a stored snapshot its time: the defaults for both are never used.
    let home = CallingCode::parse("263").ok_or(BadField("desired"))?;
    message.request(&home, None).map_err(|_| BadField("desired.customer.phone_number"))
}

impl From<&Remote> for RemoteItem {
    fn from(remote: &Remote) -> Self {
        let origin = match remote.origin {
            Origin::CreatedByUs => OriginItem::CreatedByUs,
            Origin::LinkedByOperator => OriginItem::LinkedByOperator,
        };
        let (project_id, contact_id) = (remote.project.clone(), remote.contact.clone());
        Self { project_id, contact_id, origin, linked_at: remote.linked_at }
    }
}

impl From<RemoteItem> for Remote {
    fn from(item: RemoteItem) -> Self {
        let origin = match item.origin {
            OriginItem::CreatedByUs => Origin::CreatedByUs,
            OriginItem::LinkedByOperator => Origin::LinkedByOperator,
        };
        Self { project: item.project_id, contact: item.contact_id, origin, linked_at: item.linked_at }
    }
}

impl From<&Observed> for ObservedItem {
    fn from(observed: &Observed) -> Self {
        Self {
            read_at: observed.read_at,
            modified_at: observed.modified_at,
            project_name: observed.project_name.clone(),
            stage: observed.stage,
            phase: observed.phase.map(|phase| phase.as_str().to_owned()),
            system_size_hundredths_of_kw: observed.system_size.map(SystemSize::hundredths_of_kw),
            proposal_link: observed.proposal_link.as_ref().map(|link| link.as_str().to_owned()),
            design_complete: observed.design_complete,
            proposal_sent_at: observed.proposal_sent_at,
            first_signed_at: observed.first_signed_at,
            is_sold: observed.is_sold,
            installation_day: observed.installation_day,
            announced_day: observed.announced_day,
            is_installed: observed.is_installed,
        }
    }
}

impl TryFrom<ObservedItem> for Observed {
    type Error = BadField;

    fn try_from(item: ObservedItem) -> Result<Self, BadField> {
        let phase = |phase: String| Phase::parse(&phase).ok_or(BadField("observed.phase"));
        let link = |link: String| ProposalLink::parse(&link).ok_or(BadField("observed.proposal_link"));
        Ok(Self {
            read_at: item.read_at,
            modified_at: item.modified_at,
            project_name: item.project_name,
            stage: item.stage,
            phase: item.phase.map(phase).transpose()?,
            system_size: item.system_size_hundredths_of_kw.map(SystemSize::from_hundredths_of_kw),
            proposal_link: item.proposal_link.map(link).transpose()?,
            design_complete: item.design_complete,
            proposal_sent_at: item.proposal_sent_at,
            first_signed_at: item.first_signed_at,
            is_sold: item.is_sold,
            installation_day: item.installation_day,
            announced_day: item.announced_day,
            is_installed: item.is_installed,
        })
    }
}

impl From<&ReadDue> for ReadItem {
    fn from(read: &ReadDue) -> Self {
        Self {
            project_id: read.project.clone(),
            pending: read.pending.clone(),
            failures: read.failures,
            next_try: read.next_try,
        }
    }
}

impl From<ReadItem> for ReadDue {
    fn from(item: ReadItem) -> Self {
        Self { project: item.project_id, pending: item.pending, failures: item.failures, next_try: item.next_try }
    }
}
