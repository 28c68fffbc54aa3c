//! The records of a running stack, read as its functions write them.

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::store::DynamoStore;
use domain::ids::{OrgId, RequestId};
use domain::notification::{Notice, NoticeKey};
use domain::ports::Store;
use domain::project::Project;
use domain::webhook::{DeliveryStatus, Envelope, sha256_hex, unreadable_key};

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;

/// The table of a stack, of one organisation.
pub(crate) struct Records {
    store: DynamoStore,
    org: OrgId,
}

impl Records {
    pub(crate) fn of(endpoints: &Endpoints, aws: &Aws) -> Self {
        let store = DynamoStore::new(aws.dynamodb.clone(), endpoints.table_name.clone(), Arc::new(SystemAmbient));
        Self { store, org: OrgId(endpoints.org_id) }
    }

    /// A request's record.
    pub(crate) async fn request(&self, id: &RequestId) -> Result<Option<Project>, LocalError> {
        self.store.project(self.org, id).await.map_err(LocalError::call("reading the request's record"))
    }

    /// An entry of the ledger of messages.
    pub(crate) async fn notice(&self, key: &NoticeKey) -> Result<Option<Notice>, LocalError> {
        self.store.notice(self.org, key).await.map_err(LocalError::call("reading the ledger"))
    }

    /// All ledger entries of a request: those of each milestone are numbered from 1.
    pub(crate) async fn notices(&self, project: &Project) -> Result<Vec<Notice>, LocalError> {
        let mut notices = Vec::new();
        for (milestone, last) in &project.epochs {
            for epoch in 1..=*last {
                let key = NoticeKey { request_id: project.request_id().clone(), milestone: *milestone, epoch };
                notices.extend(self.notice(&key).await?);
            }
        }
        Ok(notices)
    }

    /// How far the delivery with this body got; nothing if it is not logged.
    pub(crate) async fn delivery(&self, body: &str) -> Result<Option<DeliveryStatus>, LocalError> {
        let sha256 = sha256_hex(body.as_bytes());
        let key =
            Envelope::parse(body.as_bytes()).map_or_else(|_| unreadable_key(&sha256), |envelope| envelope.key(&sha256));
        let log = self.store.delivery(self.org, &key).await;
        let log = log.map_err(LocalError::call("reading the delivery's log"))?;
        Ok(log.map(|log| log.status))
    }
}
