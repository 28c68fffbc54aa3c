//! Whose data an operator asks for: a customer is a telephone number, and all requests that ever named it.

use super::OperateError;
use crate::configuration::Configuration;
use crate::ids::{OrgId, RequestId};
use crate::phone::PhoneNumber;
use crate::ports::{CustomerFiles, StoreError};
use crate::project::Project;
use crate::webhook::Envelope;

/// How an operator names a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// By the telephone number, as people write it.
    Number(String),
    /// By one of their requests.
    Request(RequestId),
}

/// A customer's requests. The one that the operator named is the last: until it is done with, the others are found by it.
pub(super) async fn requests_of(
    files: &dyn CustomerFiles,
    config: &Configuration,
    whose: &Whose,
) -> Result<Vec<RequestId>, OperateError> {
    let org = config.account.org;
    match whose {
        Whose::Number(raw) => {
            let phone = PhoneNumber::parse(raw, &config.calling_code)?;
            let requests = files.requests_of(org, &phone).await?;
            if requests.is_empty() { Err(OperateError::Nobody) } else { Ok(requests) }
        }
        Whose::Request(request) => {
            let project = known(files, org, request).await?;
            let mut requests = match project.erased_at() {
                Some(_) => Vec::new(),
                None => files.requests_of(org, &project.desired.customer.phone).await?,
            };
            requests.retain(|other| other != request);
            requests.push(request.clone());
            Ok(requests)
        }
    }
}

pub(super) async fn known(files: &dyn CustomerFiles, org: OrgId, request: &RequestId) -> Result<Project, OperateError> {
    files.project(org, request).await?.ok_or(OperateError::Unknown)
}

/// The groups that deliveries about a request come in: of its project, and of its contact by itself.
pub(super) fn groups(project: &Project) -> Vec<String> {
    let Some(remote) = &project.remote else { return Vec::new() };
    let contact = remote.contact.as_ref().map(|contact| Envelope::group_of("Contact", contact.as_str()));
    [remote.project.to_string()].into_iter().chain(contact).collect()
}

/// The keys of a request's deliveries.
pub(super) async fn deliveries(
    files: &dyn CustomerFiles,
    project: &Project,
) -> Result<Vec<crate::ids::DeliveryKey>, StoreError> {
    let mut keys = Vec::new();
    for group in groups(project) {
        keys.extend(files.deliveries_about(project.org, &group).await?);
    }
    Ok(keys)
}
