//! An operator asks for everything that is held of a customer.

use chrono::{DateTime, Utc};
use tracing::info;

use super::OperateError;
use super::customer::{Whose, deliveries, known, requests_of};
use crate::authentication::Operator;
use crate::ids::OrgId;
use crate::jobs::OutboxEntry;
use crate::log::Decision;
use crate::ports::{Change, ContactEntry, CustomerFiles, RequestRows, StoreError};
use crate::project::Project;
use crate::usecase::Core;
use crate::webhook::{DeliveryLog, Payload};

/// Everything that is held of a customer in the active organisation. OpenSolar, WhatsApp and the CRM hold more.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerExport {
    /// When it was put together.
    pub exported_at: DateTime<Utc>,
    /// By request.
    pub requests: Vec<RequestExport>,
}

/// What is held of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestExport {
    /// The record.
    pub project: Project,
    /// What is known of the contact with its number.
    pub contact: Option<ContactEntry>,
    /// What is written down beside it.
    pub rows: RequestRows,
    /// What is still to be sent.
    pub outbox: Vec<OutboxEntry>,
    /// What OpenSolar delivered about it; bodies while they are kept.
    pub deliveries: Vec<(DeliveryLog, Option<Payload>)>,
}

/// Puts together what is held of a customer, and writes down who asked for it.
pub async fn export_customer(
    core: &Core,
    files: &dyn CustomerFiles,
    whose: &Whose,
    operator: &Operator,
) -> Result<CustomerExport, OperateError> {
    let config = core.active_configuration().await?;
    let org = config.account.org;
    let mut requests = Vec::new();
    for request in requests_of(files, &config, whose).await? {
        let project = known(files, org, &request).await?;
        let contact = files.contact(org, &project.desired.customer.phone).await?;
        let (rows, outbox) = (files.rows(org, &request).await?, files.outbox(org, &request).await?);
        let deliveries = delivered(files, org, &project).await?;
        requests.push(RequestExport { project, contact, rows, outbox, deliveries });
    }
    for export in &requests {
        core.store.commit(vec![asked_for(core, &export.project, operator)]).await?;
    }
    let (count, deliveries) = (requests.len(), requests.iter().map(|export| export.deliveries.len()).sum::<usize>());
    info!(operator = operator.name(), requests = count, deliveries, "{operator} exported a customer's data");
    Ok(CustomerExport { exported_at: core.now(), requests })
}

async fn delivered(
    files: &dyn CustomerFiles,
    org: OrgId,
    project: &Project,
) -> Result<Vec<(DeliveryLog, Option<Payload>)>, StoreError> {
    let mut delivered = Vec::new();
    for key in deliveries(files, project).await? {
        if let Some(log) = files.delivery(org, &key).await? {
            let payload = files.payload(org, &key).await?;
            delivered.push((log, payload));
        }
    }
    Ok(delivered)
}

fn asked_for(core: &Core, project: &Project, operator: &Operator) -> Change {
    let (org, request, at) = (project.org, project.request_id().clone(), core.now());
    let outcome = format!("{operator} exported the customer's data");
    Change::LogDecision(Decision { org, request, id: core.ulid(), at, rule: "operator".into(), outcome })
}
