//! The CRM's installation request: what it wants OpenSolar to hold, and whether it is synced at all.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use crate::configuration::Configuration;
use crate::ids::RequestId;
use crate::phone::{EmailAddress, PhoneNumber};

/// A snapshot of an installation request, as the CRM last sent it: the *desired* state.
#[derive(Debug, Clone, PartialEq)]
pub struct InstallationRequest {
    /// The CRM's id.
    pub id: RequestId,
    /// Which snapshot this is.
    pub version: RequestVersion,
    /// What is to be installed.
    pub installation_type: InstallationType,
    /// The CRM's own status of it.
    pub status: CrmStatus,
    /// The CRM's order number.
    pub order_number: Option<String>,
    /// The CRM's number of the site assessment.
    pub assessment_number: Option<String>,
    /// Street address of the site.
    pub address: Option<String>,
    /// Suburb of the site.
    pub suburb: Option<String>,
    /// Position of the site in degrees, if the CRM has one.
    pub position: Option<Position>,
    /// Free text, at most [`NOTES_LIMIT`] characters.
    pub notes: Option<String>,
    /// When the customer would like it done, in the CRM's words.
    pub preferred_datetime: Option<String>,
    /// When the CRM made it, as far as it says.
    pub created_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub customer: Customer,
}

/// Free text beyond this many characters is cut.
pub const NOTES_LIMIT: usize = 10_000;

/// The customer of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The CRM's id.
    pub id: Option<String>,
    /// Given name; from the profile, else the first word of the full name.
    pub first_name: Option<String>,
    /// Family name; from the profile, else the rest of the full name.
    pub last_name: Option<String>,
    /// E-mail address, if it is one.
    pub email: Option<EmailAddress>,
    /// The number that WhatsApp messages go to.
    pub phone: PhoneNumber,
    /// Town.
    pub city: Option<String>,
    /// Province.
    pub state_province: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code of the country.
    pub country: Option<String>,
    /// ISO 639-1 code of the language that messages are written in.
    pub language: Option<String>,
    /// Whether the CRM forbids messages to this customer.
    pub is_blocked: bool,
    /// When the customer last wrote; opens WhatsApp's 24-hour window.
    pub last_inbound_at: Option<DateTime<Utc>>,
}

/// A position in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// -90 to 90.
    pub latitude: f64,
    /// -180 to 180.
    pub longitude: f64,
}

impl Position {
    /// A position on earth, or nothing.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        on_earth.then_some(Self { latitude, longitude })
    }
}

/// Orders the snapshots of one request: by the CRM's revision where both have one, else by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestVersion {
    /// The CRM's revision.
    pub revision: Option<u64>,
    /// `updated_at`, else `occurred_at`; one that has neither has a revision.
    pub at: Option<DateTime<Utc>>,
}

impl RequestVersion {
    /// How this snapshot stands to another of the same request.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.revision, other.revision) {
            (Some(ours), Some(theirs)) => ours.cmp(&theirs),
            (Some(_) | None, None) | (None, Some(_)) => match (self.at, other.at) {
                (Some(ours), Some(theirs)) => ours.cmp(&theirs),
                // Nothing can be compared: a CRM that has begun to count goes on counting.
                (Some(_) | None, None) | (None, Some(_)) => self.revision.is_some().cmp(&other.revision.is_some()),
            },
        }
    }
}

/// What is to be installed, in the CRM's words, its older ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallationType {
    /// `solar`.
    Solar,
    /// `hybrid`.
    Hybrid,
    /// `residential` or `install_residential`: solar, for a home.
    Residential,
    /// `commercial` or `install_commercial`: solar, for a business.
    Commercial,
    /// Anything else, such as `starlink`: nothing that OpenSolar designs.
    Other(String),
}

impl InstallationType {
    /// Reads the CRM's word, whatever its case; at most 50 characters of another word are kept.
    pub fn parse(raw: &str) -> Self {
        match raw.trim().to_lowercase().as_str() {
            "solar" => Self::Solar,
            "hybrid" => Self::Hybrid,
            "residential" | "install_residential" => Self::Residential,
            "commercial" | "install_commercial" => Self::Commercial,
            // The cut may leave a space at the end, and a word is the same once it was stored.
            other => Self::Other(other.chars().take(50).collect::<String>().trim_end().to_owned()),
        }
    }

    /// The CRM's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Solar => "solar",
            Self::Hybrid => "hybrid",
            Self::Residential => "residential",
            Self::Commercial => "commercial",
            Self::Other(word) => word,
        }
    }

    /// Whether the building is a home; OpenSolar asks for one or the other.
    pub fn is_residential(&self) -> bool {
        match self {
            Self::Solar | Self::Hybrid | Self::Residential | Self::Other(_) => true,
            Self::Commercial => false,
        }
    }
}

/// The CRM's status of a request, which it tells us and we tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrmStatus {
    /// `pending`: asked for, nothing agreed.
    Pending,
    /// `scheduled`: sold, to be installed.
    Scheduled,
    /// `in_progress`: being installed.
    InProgress,
    /// `completed`.
    Completed,
    /// `cancelled`; only the CRM says so.
    Cancelled,
}

impl CrmStatus {
    /// Every status, in the order in which a request passes through them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Scheduled, Self::InProgress, Self::Completed, Self::Cancelled];

    /// The status of this name, whatever its case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name.trim().to_lowercase())
    }

    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a request is recorded but not synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// Not something that OpenSolar designs.
    InstallationType(String),
    /// The CRM says it is cancelled or completed.
    Status(CrmStatus),
    /// The configuration's `auto_sync_enabled` is off.
    AutoSyncDisabled,
    /// An operator had the customer's data erased, then: only a newer revision of the CRM's brings the request back.
    Erased(DateTime<Utc>),
}

impl SkipReason {
    /// For staff: what the reason is.
    pub fn describe(&self) -> String {
        match self {
            Self::InstallationType(word) => format!("installation type {word} is not synced"),
            Self::Status(status) => format!("the request is {}", status.as_str()),
            Self::AutoSyncDisabled => "automatic sync is switched off".to_owned(),
            Self::Erased(at) => format!("the customer's data was erased on {}", at.format("%Y-%m-%d at %H:%M UTC")),
        }
    }
}

/// Whether the sender insists: `force` overrides type and switch, and repeats an equal version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insistence {
    /// The usual rules hold.
    Usual,
    /// A person asked for just this: an equal version is repeated, the other rules hold.
    Asked,
    /// A person asked for just this, whatever type and switch say.
    Forced,
}

/// Whether a request is synced: nothing, or the reason why it is not.
pub fn skip_reason(request: &InstallationRequest, insists: Insistence, config: &Configuration) -> Option<SkipReason> {
    match request.status {
        CrmStatus::Cancelled | CrmStatus::Completed => return Some(SkipReason::Status(request.status)),
        CrmStatus::Pending | CrmStatus::Scheduled | CrmStatus::InProgress => {}
    }
    if insists == Insistence::Forced {
        return None;
    }
    if let InstallationType::Other(word) = &request.installation_type {
        return Some(SkipReason::InstallationType(word.clone()));
    }
    (!config.auto_sync_enabled).then_some(SkipReason::AutoSyncDisabled)
}

#[cfg(test)]
mod laws;
