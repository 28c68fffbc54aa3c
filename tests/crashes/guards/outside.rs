//! OpenSolar, WhatsApp and queues that do not do, or do not tell, what they should.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use domain::configuration::ApiContract;
use domain::fields::ProjectFields;
use domain::ids::{ContactId, ProjectId, RequestId};
use domain::jobs::{QueueMessage, QueueName, ReceivedDelivery, WebhookJob};
use domain::ports::{NotifierError, OpenSolarError};
use domain::remote::{ContactPage, CreatedProject, ProjectPage, ProjectRow, RemoteProject};
use serde_json::Value;

use crate::inner::Tampering;
use crate::sim::opensolar::SimProject;

type Read = Result<RemoteProject, OpenSolarError>;
type Created = Result<CreatedProject, OpenSolarError>;
type ContactMade = Result<ContactId, OpenSolarError>;

/// A create whose answer is not what came.
struct Creates(fn(Created, &dyn Fn() -> Created) -> Created);

impl Tampering for Creates {
    fn created(&self, answer: Created, again: &dyn Fn() -> Created) -> Created {
        (self.0)(answer, again)
    }
}

pub(super) fn posting_twice() -> Arc<dyn Tampering> {
    Arc::new(Creates(|answer, again| match answer {
        Err(OpenSolarError::InDoubt { .. }) => again(),
        answer => answer,
    }))
}

pub(super) fn doubt_is_refusal() -> Arc<dyn Tampering> {
    Arc::new(Creates(|answer, _| match answer {
        Err(OpenSolarError::InDoubt { operation, .. }) => {
            Err(OpenSolarError::Rejected { operation, status: 409, fields: Vec::new() })
        }
        answer => answer,
    }))
}

pub(super) fn telling_numbers() -> Arc<dyn Tampering> {
    Arc::new(Creates(|answer, _| match answer {
        Err(OpenSolarError::InDoubt { operation, .. }) => {
            Err(OpenSolarError::InDoubt { operation, source: "no answer for ?phone=+263770000001".into() })
        }
        answer => answer,
    }))
}

/// A contact's create whose answer is not what came.
struct Contacts(fn(ContactMade, &dyn Fn() -> ContactMade) -> ContactMade);

impl Tampering for Contacts {
    fn contact_created(&self, answer: ContactMade, again: &dyn Fn() -> ContactMade) -> ContactMade {
        (self.0)(answer, again)
    }
}

pub(super) fn making_contacts_twice() -> Arc<dyn Tampering> {
    Arc::new(Contacts(|answer, again| match answer {
        Err(OpenSolarError::InDoubt { .. }) => again(),
        answer => answer,
    }))
}

pub(super) fn doubt_about_contacts_is_refusal() -> Arc<dyn Tampering> {
    Arc::new(Contacts(|answer, _| match answer {
        Err(OpenSolarError::InDoubt { operation, .. }) => {
            Err(OpenSolarError::Rejected { operation, status: 409, fields: Vec::new() })
        }
        answer => answer,
    }))
}

/// Shows nobody who has a number.
struct NobodyHasTheNumber;

impl Tampering for NobodyHasTheNumber {
    fn contacts(&self, page: ContactPage) -> ContactPage {
        ContactPage { rows: Vec::new(), ..page }
    }
}

pub(super) fn nobody_has_the_number() -> Arc<dyn Tampering> {
    Arc::new(NobodyHasTheNumber)
}

struct DoubtIsDone;

impl Tampering for DoubtIsDone {
    fn updated(&self, answer: Result<(), OpenSolarError>) -> Result<(), OpenSolarError> {
        match answer {
            Err(OpenSolarError::InDoubt { .. }) => Ok(()),
            answer => answer,
        }
    }
}

pub(super) fn doubt_is_done() -> Arc<dyn Tampering> {
    Arc::new(DoubtIsDone)
}

/// Shows of each project what we pushed last, whatever people made of it.
#[derive(Default)]
struct PatchingBlindly(Mutex<Option<ProjectFields>>);

impl Tampering for PatchingBlindly {
    fn project(&self, project: domain::project::Project) -> domain::project::Project {
        let pushed = project.pushed.as_ref().map(|pushed| pushed.site.clone());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pushed;
        project
    }

    fn read(&self, _: &ProjectId, answer: Read) -> Read {
        let project = answer?;
        let pushed = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let site = pushed.unwrap_or_else(|| project.site.clone());
        Ok(RemoteProject { site, ..project })
    }
}

pub(super) fn patching_blindly() -> Arc<dyn Tampering> {
    Arc::new(PatchingBlindly::default())
}

/// Tells of each project when it changed, as a list does, and else what was read first.
#[derive(Default)]
struct RowsTrusted(Mutex<Option<RemoteProject>>);

impl Tampering for RowsTrusted {
    fn read(&self, _: &ProjectId, answer: Read) -> Read {
        let project = answer?;
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first.get_or_insert_with(|| RemoteProject {
            sale: domain::remote::SaleFields::Unsold,
            phase: Some(domain::remote::Phase::Presale),
            ..project.clone()
        });
        Ok(RemoteProject { modified_at: project.modified_at, ..first.clone() })
    }
}

pub(super) fn rows_trusted() -> Arc<dyn Tampering> {
    Arc::new(RowsTrusted::default())
}

struct MessagingTwice;

impl Tampering for MessagingTwice {
    fn sent(
        &self,
        answer: Result<String, NotifierError>,
        again: &dyn Fn() -> Result<String, NotifierError>,
    ) -> Result<String, NotifierError> {
        match answer {
            Err(NotifierError::InDoubt(_)) => again(),
            answer => answer,
        }
    }
}

pub(super) fn messaging_twice() -> Arc<dyn Tampering> {
    Arc::new(MessagingTwice)
}

/// Says that it has a message, and does not.
#[derive(Default)]
struct LosingAMessage(AtomicBool);

impl Tampering for LosingAMessage {
    fn message(&self, message: &QueueMessage) -> Option<QueueMessage> {
        let is_lost = message.queue == QueueName::CrmUpdates && !self.0.swap(true, Ordering::Relaxed);
        (!is_lost).then(|| message.clone())
    }
}

pub(super) fn losing_a_message() -> Arc<dyn Tampering> {
    Arc::new(LosingAMessage::default())
}

struct LosingDeliveries;

impl Tampering for LosingDeliveries {
    fn message(&self, message: &QueueMessage) -> Option<QueueMessage> {
        let job = serde_json::from_str(&message.body);
        let is_delivery = message.queue == QueueName::Webhooks && matches!(job, Ok(WebhookJob::Delivery(_)));
        (!is_delivery).then(|| message.clone())
    }
}

pub(super) fn losing_deliveries() -> Arc<dyn Tampering> {
    Arc::new(LosingDeliveries)
}

/// Hands events on without the moment that they name.
struct WithoutTimes;

impl Tampering for WithoutTimes {
    fn message(&self, message: &QueueMessage) -> Option<QueueMessage> {
        let Ok(WebhookJob::Delivery(delivery)) = serde_json::from_str(&message.body) else {
            return Some(message.clone());
        };
        let body = STANDARD.decode(&delivery.body_base64).unwrap_or_default();
        let mut event: Value = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(event) = event.as_object_mut() {
            event.remove("timestamp");
        }
        let body_base64 = STANDARD.encode(event.to_string());
        let job = WebhookJob::Delivery(ReceivedDelivery { body_base64, ..delivery });
        let body = serde_json::to_string(&job).unwrap_or_default();
        Some(QueueMessage { body, ..message.clone() })
    }
}

pub(super) fn times_ignored() -> Arc<dyn Tampering> {
    Arc::new(WithoutTimes)
}

/// A scan's control is whatever it takes: a project that nobody made shows the identifier that is looked for.
#[derive(Default)]
struct ForgedControl(Mutex<Option<(RequestId, String)>>);

const FORGED: u64 = 77;

impl Tampering for ForgedControl {
    fn project(&self, project: domain::project::Project) -> domain::project::Project {
        if let Some(intent) = project.open_intent() {
            let wanted = (project.request_id().clone(), intent.payload.identifier.to_string());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
        }
        project
    }

    fn page(&self, mut page: ProjectPage) -> ProjectPage {
        let long_ago = Some(DateTime::UNIX_EPOCH);
        page.rows.push(ProjectRow { id: FORGED.into(), created_at: long_ago, modified_at: long_ago });
        page
    }

    fn linked(&self, project: &ProjectId, owner: Option<RequestId>) -> Option<RequestId> {
        let forged = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        forged.filter(|_| *project == FORGED.into()).map(|(request, _)| request).or(owner)
    }

    fn read(&self, id: &ProjectId, answer: Read) -> Read {
        let forged = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match forged {
            Some((_, identifier)) if *id == FORGED.into() => {
                let identifier = Some(identifier);
                Ok(RemoteProject {
                    identifier,
                    ..SimProject::by_hand(0, DateTime::UNIX_EPOCH).shown(FORGED, ApiContract::Live)
                })
            }
            Some(_) | None => answer,
        }
    }
}

pub(super) fn forging_controls() -> Arc<dyn Tampering> {
    Arc::new(ForgedControl::default())
}
