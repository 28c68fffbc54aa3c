//! OpenSolar's own account of the deliveries that it made, and of those that it is still going to make.

use chrono::{DateTime, Utc};

use crate::ids::ProjectId;
use crate::webhook::DeliveryName;

/// An attempt at a delivery: a row of `webhook_process_logs` (developers.opensolar.com, webhooks-logs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDelivery {
    /// What it was called; its event's id may be another one at each attempt.
    pub name: DeliveryName,
    /// Whether it was answered with success.
    pub is_successful: bool,
    /// When what it tells of happened: the same for all attempts.
    pub at: Option<DateTime<Utc>>,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPage {
    /// Its rows.
    pub rows: Vec<SentDelivery>,
    /// Whether no page follows.
    pub is_last: bool,
}

/// A delivery that is still to be made, or made again: a row of `webhook_queue_models` (webhooks-queue).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueuedDelivery {
    /// OpenSolar's word for the kind of record.
    pub model: String,
    /// The record's id.
    pub record: String,
    /// What happened to it.
    pub event: String,
}

/// The id of a record as the project that it is, or the event whose project is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The project itself.
    Project(ProjectId),
    /// An event of a project's history.
    Event(u64),
    /// Another record: which project's it is cannot be asked for.
    Other,
}

impl SentDelivery {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self.name.model.as_str() {
            "Project" => self.name.record.parse().map_or(Subject::Other, Subject::Project),
            "Event" => self.name.record.parse().map_or(Subject::Other, Subject::Event),
            _ => Subject::Other,
        }
    }

    /// What is the same for all attempts at it.
    pub fn occasion(&self) -> (QueuedDelivery, Option<DateTime<Utc>>) {
        let DeliveryName { model, record, event, .. } = self.name.clone();
        (QueuedDelivery { model, record, event }, self.at)
    }
}
