//! The CRM, played: it puts installation requests on its queue and reads what it is told about them.

use chrono::{DateTime, Utc};
use domain::jobs::crm_update::{CrmState, CrmUpdate};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::kept::random_id;

/// A customer who asked for an installation. Invented, like everything that the CRM says here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquiry<'a> {
    /// The CRM's id of the request.
    pub id: &'a str,
    /// The CRM's word for what is to be installed.
    pub installation_type: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
    /// E-mail address.
    pub email: &'a str,
    /// In E.164.
    pub phone: &'a str,
    /// Where it is to be installed.
    pub address: &'a str,
    /// What else the CRM has to say about it.
    pub notes: Option<&'a str>,
    /// How often the request was changed in the CRM, from 1.
    pub revision: u64,
    /// When the customer last wrote.
    pub last_inbound_at: Option<DateTime<Utc>>,
}

/// How much the CRM wants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Usual,
    Forced,
}

/// The CRM of one stack, with everything that it was told.
#[derive(Debug)]
pub struct Crm {
    aws: Aws,
    sync_requests: String,
    crm_updates: String,
    told: Vec<CrmUpdate>,
}

impl Enquiry<'_> {
    /// The number as WhatsApp names it: digits only.
    pub fn whatsapp_id(&self) -> &str {
        self.phone.trim_start_matches('+')
    }

    fn message(&self, message_id: &str, wish: Wish, now: DateTime<Utc>) -> Value {
        json!({
            "schema_version": 1,
            "type": "installation_request.sync",
            "message_id": message_id,
            "occurred_at": now,
            "trigger": match wish {
                Wish::Forced => "manual",
                Wish::Usual if self.revision == 1 => "created",
                Wish::Usual => "updated",
            },
            "force": wish == Wish::Forced,
            "installation_request": {
                "id": self.id,
                "revision": self.revision,
                "installation_type": self.installation_type,
                "status": "pending",
                "order_number": format!("HAN-{}", self.id),
                "address": self.address,
                "suburb": "Avondale",
                "latitude": -17.8,
                "longitude": 31.05,
                "notes": self.notes,
                "created_at": now,
                "customer": {
                    "first_name": self.first_name,
                    "last_name": self.last_name,
                    "email": self.email,
                    "phone_number": self.phone,
                    "city": "Harare",
                    "country": "ZW",
                    "language": "en",
                    "last_inbound_at": self.last_inbound_at,
                },
            },
        })
    }
}

impl Crm {
    /// The CRM that uses the queues of a running stack.
    ///
    /// # Errors
    /// If these are no endpoints of a stack.
    pub fn of(endpoints: &Endpoints) -> Result<Self, LocalError> {
        Ok(Self {
            aws: Aws::at(&endpoints.aws_endpoint_url)?,
            sync_requests: endpoints.queue("sync-requests")?.url.clone(),
            crm_updates: endpoints.queue("crm-updates")?.url.clone(),
            told: Vec::new(),
        })
    }

    /// Asks for an installation to be synced.
    ///
    /// # Errors
    /// If the queue does not take it.
    pub async fn ask_for(&self, enquiry: &Enquiry<'_>) -> Result<(), LocalError> {
        self.put(enquiry, Wish::Usual).await
    }

    /// The same with `force`: somebody in the CRM insists.
    ///
    /// # Errors
    /// If the queue does not take it.
    pub async fn insist_on(&self, enquiry: &Enquiry<'_>) -> Result<(), LocalError> {
        self.put(enquiry, Wish::Forced).await
    }

    async fn put(&self, enquiry: &Enquiry<'_>, wish: Wish) -> Result<(), LocalError> {
        let message_id = random_id()?.to_string();
        let message = enquiry.message(&message_id, wish, Utc::now()).to_string();
        self.aws.send(&self.sync_requests, enquiry.id, &message_id, &message).await.map(drop)
    }

    /// Reads what has come since; a repeat is dropped by its `update_id`, as the contract says.
    ///
    /// # Errors
    /// If the queue does not answer, or has something that is no update.
    pub async fn listen(&mut self) -> Result<(), LocalError> {
        for taken in self.aws.take(&self.crm_updates).await? {
            let update: CrmUpdate =
                serde_json::from_str(&taken.body).map_err(LocalError::call("reading an update for the CRM"))?;
            if self.told.iter().all(|known| known.update_id != update.update_id) {
                self.told.push(update);
            }
        }
        Ok(())
    }

    /// All updates, in the order in which they came.
    pub fn told(&self) -> &[CrmUpdate] {
        &self.told
    }

    /// The updates of one request, in the order in which they came.
    pub fn told_of<'a>(&'a self, request: &str) -> impl Iterator<Item = &'a CrmUpdate> {
        self.told.iter().filter(move |update| update.installation_request_id.as_str() == request)
    }

    /// The request as the CRM has it now: the state with the highest revision.
    pub fn state_of(&self, request: &str) -> Option<&CrmState> {
        self.told_of(request).max_by_key(|update| update.revision).map(|update| &update.state)
    }
}
