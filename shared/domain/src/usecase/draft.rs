//! A decision about one record, growing into one commit: nobody can write half of it.

use chrono::{DateTime, Utc};
use ulid::Ulid;

use super::{Core, outbox};
use crate::jobs::crm_update::{Cause, CustomerMessage, update_after};
use crate::jobs::{OutboxEntry, QueueMessage, QueueName, Wake, to_json};
use crate::log::Decision;
use crate::ports::{Change, StoreError};
use crate::project::Project;

/// The record as it will be, and what is committed with it.
pub(crate) struct Draft<'a> {
    core: &'a Core,
    before: Option<Project>,
    /// The record as it will be.
    pub(crate) project: Project,
    changes: Vec<Change>,
    last_row: Option<Ulid>,
    messages: Vec<(QueueName, String, String)>,
    message: Option<CustomerMessage>,
    /// The moment of the decision.
    pub(crate) now: DateTime<Utc>,
}

impl<'a> Draft<'a> {
    /// A decision about a record as it was read.
    pub(crate) fn of(core: &'a Core, before: &Project) -> Self {
        Self::begin(core, Some(before.clone()), before.clone())
    }

    /// A record's first decision.
    pub(crate) fn first(core: &'a Core, project: Project) -> Self {
        Self::begin(core, None, project)
    }

    fn begin(core: &'a Core, before: Option<Project>, project: Project) -> Self {
        Self {
            core,
            before,
            project,
            changes: Vec::new(),
            last_row: None,
            messages: Vec::new(),
            message: None,
            now: core.now(),
        }
    }

    /// Adds a change; the same one twice is one, since a transaction takes each item once.
    pub(crate) fn change(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Writes down why.
    pub(crate) fn because(&mut self, rule: &'static str, outcome: String) {
        let (org, request) = (self.project.org, self.project.request_id().clone());
        // Two of one millisecond stay in their order.
        let id = self.last_row.and_then(|last| last.increment().ok()).unwrap_or_else(|| self.core.row_id());
        self.last_row = Some(id);
        let decision = Decision { org, request, id: id.to_string(), at: self.now, rule: rule.into(), outcome };
        self.changes.push(Change::LogDecision(decision));
    }

    /// Leaves a wake-up to be sent after the commit.
    pub(crate) fn wake(&mut self, wake: &Wake) {
        // The outbox gives the message its own deduplication id.
        if let Some(message) = wake.message(String::new()) {
            self.messages.push((message.queue, message.group, message.body));
        }
    }

    /// Tells the CRM of a message to the customer, even if nothing else changed.
    pub(crate) fn tell_message(&mut self, message: CustomerMessage) {
        self.message = Some(message);
    }

    /// Commits all of it, with the update to the CRM that follows from it; the record as it is stored now.
    ///
    /// What was left to be sent is sent; what cannot be sent now stays, and a sweep sends it.
    pub(crate) async fn commit(mut self, cause: Cause) -> Result<Project, StoreError> {
        let stored = self.project.revision.next();
        let request = self.project.request_id().clone();
        self.project.updated_at = self.now;
        let update_id = format!("{}-{request}-{}", self.project.org, stored.0);
        let before = self.before.as_ref();
        if let Some(update) = update_after(before, &mut self.project, cause, self.message.take(), update_id, self.now) {
            self.messages.push((QueueName::CrmUpdates, request.to_string(), to_json(&update)));
        }
        let leaves_messages = !self.messages.is_empty();
        for (index, (queue, group, body)) in self.messages.into_iter().enumerate() {
            // Numbered by the record's revision: sorted, unique, and the same should the commit be repeated.
            let id = format!("{:012}-{index:02}", stored.0);
            let deduplication_id = format!("{}-{request}-{id}", self.project.org);
            let message = QueueMessage { queue, group, deduplication_id, body };
            let (org, request) = (self.project.org, request.clone());
            self.changes.push(Change::Send(OutboxEntry { org, request, id, message, created_at: self.now }));
        }
        let record = match &self.before {
            Some(_) => Change::UpdateProject(self.project.clone()),
            None => Change::CreateProject(self.project.clone()),
        };
        self.changes.insert(0, record);
        self.core.store.commit(self.changes).await?;
        self.project.revision = stored;
        if leaves_messages {
            outbox::flush(self.core, self.project.org, &request).await;
        }
        Ok(self.project)
    }
}
