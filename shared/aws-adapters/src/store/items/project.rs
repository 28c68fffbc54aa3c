use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::ids::{ContactId, DeliveryKey, OrgId, ProjectId, Revision};
use domain::jobs::sync_request::InstallationRequestMessage;
use domain::notification::Milestone;
use domain::phone::CallingCode;
use domain::project::{Origin, Project, Pushed, ReadDue, Remote};
use domain::remote::EmailPlace;
use domain::request::{CrmStatus, InstallationRequest};
use serde::{Deserialize, Serialize};

use super::contact_choice::ContactChoiceItem;
use super::fields::{FieldsItem, storable};
use super::observed::ObservedItem;
use super::sync_state::SyncItem;
use super::told::ToldItem;
use super::{BadField, Form};

/// A request's record. What the CRM wants stands in it as the CRM's own message has it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProjectItem {
    org_id: OrgId,
    revision: u64,
    desired: InstallationRequestMessage,
    sync: SyncItem,
    generation: u32,
    resent_at: Option<DateTime<Utc>>,
    contact: ContactChoiceItem,
    remote: Option<RemoteItem>,
    pushed: Option<PushedItem>,
    observed: Option<ObservedItem>,
    told: Option<ToldItem>,
    read: Option<ReadItem>,
    epochs: BTreeMap<Milestone, u32>,
    untold: BTreeSet<Milestone>,
    shown_status: Option<String>,
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
pub(crate) enum OriginItem {
    CreatedByUs,
    Found,
    LinkedByOperator,
}

impl From<Origin> for OriginItem {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::CreatedByUs => Self::CreatedByUs,
            Origin::Found => Self::Found,
            Origin::LinkedByOperator => Self::LinkedByOperator,
        }
    }
}

impl From<OriginItem> for Origin {
    fn from(item: OriginItem) -> Self {
        match item {
            OriginItem::CreatedByUs => Self::CreatedByUs,
            OriginItem::Found => Self::Found,
            OriginItem::LinkedByOperator => Self::LinkedByOperator,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct PushedItem {
    site: FieldsItem,
    contact: FieldsItem,
    email_place: EmailPlaceItem,
}

/// Where a request's e-mail address went.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EmailPlaceItem {
    Contact,
    Notes,
}

impl From<EmailPlace> for EmailPlaceItem {
    fn from(place: EmailPlace) -> Self {
        match place {
            EmailPlace::Contact => Self::Contact,
            EmailPlace::Notes => Self::Notes,
        }
    }
}

impl From<EmailPlaceItem> for EmailPlace {
    fn from(item: EmailPlaceItem) -> Self {
        match item {
            EmailPlaceItem::Contact => Self::Contact,
            EmailPlaceItem::Notes => Self::Notes,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct ReadItem {
    project_id: ProjectId,
    pending: Vec<DeliveryKey>,
    failures: u32,
    next_try: DateTime<Utc>,
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
            generation: project.generation,
            resent_at: project.resent_at,
            contact: (&project.contact).into(),
            remote: project.remote.as_ref().map(Into::into),
            pushed: project.pushed.as_ref().map(Into::into),
            observed: project.observed.as_ref().map(Into::into),
            told: ToldItem::of(&project.told),
            read: project.read.as_ref().map(Into::into),
            epochs: project.epochs.clone(),
            untold: project.untold.clone(),
            shown_status: project.shown_status.map(|status| status.as_str().to_owned()),
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
        let shown_status = |status: String| CrmStatus::parse(&status).ok_or(BadField("shown_status"));
        Ok(Self {
            org: item.org_id,
            revision: Revision(item.revision),
            desired: desired(&item.desired)?,
            sync: item.sync.try_into()?,
            generation: item.generation,
            resent_at: item.resent_at,
            contact: item.contact.try_into()?,
            remote: item.remote.map(Into::into),
            pushed: item.pushed.map(TryInto::try_into).transpose()?,
            observed: item.observed.map(TryInto::try_into).transpose()?,
            told: item.told.map(TryInto::try_into).transpose()?.unwrap_or_default(),
            read: item.read.map(Into::into),
            epochs: item.epochs,
            untold: item.untold,
            shown_status: item.shown_status.map(shown_status).transpose()?,
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
        let (project_id, contact_id) = (remote.project.clone(), remote.contact.clone());
        Self { project_id, contact_id, origin: remote.origin.into(), linked_at: remote.linked_at }
    }
}

impl From<RemoteItem> for Remote {
    fn from(item: RemoteItem) -> Self {
        let (project, contact) = (item.project_id, item.contact_id);
        Self { project, contact, origin: item.origin.into(), linked_at: item.linked_at }
    }
}

impl From<&Pushed> for PushedItem {
    fn from(pushed: &Pushed) -> Self {
        let email_place = pushed.email_place.into();
        Self { site: FieldsItem::of(&pushed.site), contact: FieldsItem::of(&pushed.contact), email_place }
    }
}

impl TryFrom<PushedItem> for Pushed {
    type Error = BadField;

    fn try_from(item: PushedItem) -> Result<Self, BadField> {
        let email_place = item.email_place.into();
        let (site, contact) = (item.site.fields("pushed.site")?, item.contact.fields("pushed.contact")?);
        Ok(Self { site, contact, email_place })
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
