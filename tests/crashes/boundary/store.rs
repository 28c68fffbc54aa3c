//! The table, behind the gate.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::configuration::Configuration;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::OutboxEntry;
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{
    Change, Checkpoint, ContactEntry, DueIn, DueItem, Limit, LimitName, ProjectList, ProjectsPage, Stages, Store,
    StoreError, StoredConfiguration, SweepName,
};
use domain::project::{Project, Shelf};
use domain::webhook::DeliveryLog;
use uuid::Uuid;

use super::{Gated, Kind, Mishap};

fn mishap(mishap: Mishap) -> StoreError {
    match mishap {
        Mishap::NotDone => StoreError::Unavailable { operation: "call", source: "it was not done".into() },
        Mishap::Unanswered => StoreError::Unavailable { operation: "call", source: "no answer".into() },
        Mishap::Conflict => StoreError::Conflict,
    }
}

impl<P: Store + ?Sized> Gated<P> {
    async fn read<T: Send>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.gate.pass(Kind::StoreRead, name, call, mishap).await
    }
}

#[async_trait]
impl<P: Store + ?Sized> Store for Gated<P> {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        self.read("store: configuration", self.port.configuration()).await
    }

    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        self.read("store: configuration_of", self.port.configuration_of(org)).await
    }

    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError> {
        self.read("store: stages", self.port.stages(org)).await
    }

    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError> {
        self.read("store: checkpoint", self.port.checkpoint(org, sweep)).await
    }

    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        self.read("store: projects", self.port.projects(org, page)).await
    }

    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        self.read("store: shelved", self.port.shelved(org, shelf, before, limit)).await
    }

    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError> {
        self.read("store: project", self.port.project(org, request)).await
    }

    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError> {
        self.read("store: intended_by", self.port.intended_by(org, identifier)).await
    }

    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError> {
        self.read("store: linked_to", self.port.linked_to(org, project)).await
    }

    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError> {
        self.read("store: contact", self.port.contact(org, phone)).await
    }

    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError> {
        self.read("store: delivery", self.port.delivery(org, key)).await
    }

    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError> {
        self.read("store: held", self.port.held(org, project)).await
    }

    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError> {
        self.read("store: notice", self.port.notice(org, key)).await
    }

    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError> {
        self.read("store: outbox", self.port.outbox(org, request)).await
    }

    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError> {
        self.read("store: due", self.port.due(wanted)).await
    }

    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError> {
        self.read("store: limit", self.port.limit(org, name)).await
    }

    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        self.read("store: arrivals", self.port.arrivals(org, since, until)).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let name = what(&changes);
        self.gate.pass(Kind::Commit, name, self.port.commit(changes), mishap).await
    }
}

/// A commit by the change that it is about.
fn what(changes: &[Change]) -> &'static str {
    match changes.first() {
        Some(Change::CreateProject(_)) => "store: commit of a new record",
        Some(Change::UpdateProject(_)) => "store: commit of the record",
        Some(Change::UpdateNotice(_)) => "store: commit of a ledger entry",
        Some(Change::RecordDelivery { .. } | Change::MoveDelivery { .. } | Change::CountRepeat { .. }) => {
            "store: commit of a delivery"
        }
        Some(Change::Sent { .. }) => "store: commit, a message was sent",
        Some(Change::Postpone { .. }) => "store: commit, the sweep claims",
        Some(Change::KeepStages { .. }) => "store: commit of the stages",
        Some(Change::SaveCheckpoint { .. }) => "store: commit of a checkpoint",
        Some(Change::CheckProject { .. }) => "store: commit beside the record",
        Some(_) | None => "store: commit",
    }
}
