//! JSON in and out. Of the customer, an operator is shown no more than what the project's name and the proposal's link
//! say: who it is, and how to reach them, the CRM knows.

mod customer;

use chrono::{DateTime, Utc};
use domain::ids::{ProjectId, RequestId, Revision};
use domain::jobs::crm_update::CrmState;
use domain::ports::{ListedStatus, ProjectList, ProjectListing, ProjectsPage};
use domain::project::{Project, SyncState, SyncStatus};
use domain::registration::{RegistrationKey, WebhookAddress};
use domain::request::Insistence;
use domain::usecase::operate::SyncWish;
use lambda_kit::http::FieldError;
use serde::Serialize;
use serde_json::Value;

/// Rows of a page, unless another number is asked for.
const USUAL_LIMIT: usize = 25;

/// The most rows of a page.
const MOST_ROWS: usize = 100;

/// No cursor of ours is longer.
const CURSOR_LIMIT: usize = 2_000;

pub(crate) use customer::{ErasedDto, exported, whose};

/// A page of records.
#[derive(Serialize)]
pub(crate) struct ListDto {
    results: Vec<RowDto>,
    next: Option<String>,
}

/// A record in a list.
#[derive(Serialize)]
struct RowDto {
    installation_request_id: RequestId,
    order_number: Option<String>,
    opensolar_project_id: Option<ProjectId>,
    sync_status: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ProjectList> for ListDto {
    fn from(list: ProjectList) -> Self {
        Self { results: list.rows.into_iter().map(RowDto::from).collect(), next: list.next }
    }
}

impl From<ProjectListing> for RowDto {
    fn from(row: ProjectListing) -> Self {
        Self {
            installation_request_id: row.request,
            order_number: row.order_number,
            opensolar_project_id: row.project,
            sync_status: name(row.status),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A record: the picture that the CRM has of it, and what only operators care for.
#[derive(Serialize)]
pub(crate) struct ProjectDto {
    installation_request_id: RequestId,
    order_number: Option<String>,
    installation_type: String,
    /// How often the record was written; a sync may be asked for on condition of it.
    revision: u64,
    #[serde(flatten)]
    state: CrmState,
    /// When something is done about it by itself: what is waited for under `sync_reason` ends then at the latest.
    next_attempt_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Project> for ProjectDto {
    fn from(project: &Project) -> Self {
        let mut state = CrmState::of(project);
        // As in the lists: the CRM is told nothing there.
        if let SyncState::Skipped(_) = project.sync {
            state.sync_status = Some(name(ListedStatus::Skipped).to_owned());
        }
        Self {
            installation_request_id: project.request_id().clone(),
            order_number: project.desired.order_number.clone(),
            installation_type: project.desired.installation_type.as_str().to_owned(),
            revision: project.revision.0,
            state,
            next_attempt_at: project.wake().map(|(at, _)| at),
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

/// Something will be done, and how the record stood when that was asked for.
#[derive(Serialize)]
pub(crate) struct QueuedDto {
    /// `sync` or `fetch_status`.
    pub(crate) queued: &'static str,
    pub(crate) project: ProjectDto,
}

const STATUSES: [ListedStatus; 5] = [
    ListedStatus::Synced(SyncStatus::Pending),
    ListedStatus::Synced(SyncStatus::Synced),
    ListedStatus::Synced(SyncStatus::SyncFailed),
    ListedStatus::Synced(SyncStatus::Updated),
    ListedStatus::Skipped,
];

fn name(status: ListedStatus) -> &'static str {
    match status {
        ListedStatus::Synced(status) => status.as_str(),
        ListedStatus::Skipped => "skipped",
    }
}

/// The page that a query asks for, or what is wrong with each of its parameters.
pub(crate) fn page(query: &[(String, String)]) -> Result<ProjectsPage, Vec<FieldError>> {
    let mut page = ProjectsPage { status: None, after: None, limit: USUAL_LIMIT };
    let mut errors = Vec::new();
    for (index, (parameter, value)) in query.iter().enumerate() {
        let problem = match parameter.as_str() {
            _ if query[..index].iter().any(|(earlier, _)| earlier == parameter) => Some("give it once"),
            "sync_status" => {
                page.status = STATUSES.into_iter().find(|status| name(*status) == value);
                page.status.is_none().then_some("give pending, synced, sync_failed, updated or skipped")
            }
            "limit" => match value.parse() {
                Ok(limit @ 1..=MOST_ROWS) => {
                    page.limit = limit;
                    None
                }
                Ok(_) | Err(_) => Some("give a whole number from 1 to 100"),
            },
            "cursor" if value.is_empty() || CURSOR_LIMIT < value.len() => Some("give the next of a page as it was"),
            "cursor" => {
                page.after = Some(value.clone());
                None
            }
            _ => Some("there is no such parameter: there are sync_status, limit and cursor"),
        };
        errors.extend(problem.map(|detail| field(parameter, detail)));
    }
    if errors.is_empty() { Ok(page) } else { Err(errors) }
}

/// What a body asks for, or what is wrong with it: nothing, or an object with `force` and `revision`.
pub(crate) fn wish(body: &[u8]) -> Result<SyncWish, Vec<FieldError>> {
    let mut wish = SyncWish { insists: Insistence::Asked, read: None };
    each_field(body, "there is no such field: there are force and revision", |name, value| {
        match (name, value) {
            ("force", Value::Bool(true)) => wish.insists = Insistence::Forced,
            ("force", Value::Bool(false)) => {}
            ("force", _) => return Some(Err("give true or false")),
            ("revision", value) => return Some(revision(value).map(|read| wish.read = read)),
            _ => return None,
        }
        Some(Ok(()))
    })?;
    Ok(wish)
}

/// Which project an operator says is a request's.
pub(crate) struct Choice {
    pub(crate) project: ProjectId,
    pub(crate) read: Option<Revision>,
}

/// Reads which project an operator chose.
pub(crate) fn choice(body: &[u8]) -> Result<Choice, Vec<FieldError>> {
    let (mut project, mut read) = (None, None);
    each_field(
        body,
        "there is no such field: there are opensolar_project_id and revision",
        |name, value| match name {
            "opensolar_project_id" => Some(project_id(value).map(|id| project = Some(id))),
            "revision" => Some(revision(value).map(|revision| read = revision)),
            _ => None,
        },
    )?;
    let missing = || vec![field("opensolar_project_id", NAME_A_PROJECT)];
    Ok(Choice { project: project.ok_or_else(missing)?, read })
}

/// Reads which revision of the record an operator looked at, if they say so.
pub(crate) fn looked_at(body: &[u8]) -> Result<Option<Revision>, Vec<FieldError>> {
    let mut read = None;
    each_field(body, "there is no such field: there is revision", |name, value| match name {
        "revision" => Some(revision(value).map(|revision| read = revision)),
        _ => None,
    })?;
    Ok(read)
}

/// Where an operator wants deliveries to go, and what they have to prove.
pub(crate) struct WantedRegistration {
    pub(crate) address: WebhookAddress,
    pub(crate) key: RegistrationKey,
    pub(crate) signing_key: Option<RegistrationKey>,
}

/// Reads a registration: `key`, and `signing_key` and `address` where they are needed; the usual address is `ours`.
pub(crate) fn registration(body: &[u8], ours: Option<&str>) -> Result<WantedRegistration, Vec<FieldError>> {
    let (mut address, mut key, mut signing_key) = (None, None, None);
    each_field(body, "there is no such field: there are key, signing_key and address", |name, value| {
        let text = value.as_str().unwrap_or_default();
        match name {
            "key" => Some(text.parse().map(|read| key = Some(read)).map_err(|_| GIVE_A_KEY)),
            "signing_key" => Some(text.parse().map(|read| signing_key = Some(read)).map_err(|_| GIVE_A_KEY)),
            "address" => Some(text.parse().map(|read| address = Some(read)).map_err(|_| GIVE_AN_ADDRESS)),
            _ => None,
        }
    })?;
    let address = address.or_else(|| ours?.parse().ok()).ok_or_else(|| vec![field("address", GIVE_AN_ADDRESS)])?;
    let key = key.ok_or_else(|| vec![field("key", GIVE_A_KEY)])?;
    Ok(WantedRegistration { address, key, signing_key })
}

const GIVE_A_KEY: &str = "give a key of the list of webhook keys: 16 characters or more, visible ones of ASCII";
const GIVE_AN_ADDRESS: &str = "give the https address of the webhook, without a name, a query or a fragment in it";

const NAME_A_PROJECT: &str = "give opensolar's id of the project";

fn project_id(value: &Value) -> Result<ProjectId, &'static str> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(NAME_A_PROJECT),
    };
    text.parse().map_err(|_| NAME_A_PROJECT)
}

fn revision(value: &Value) -> Result<Option<Revision>, &'static str> {
    match (value, value.as_u64()) {
        (Value::Null, _) => Ok(None),
        (_, Some(revision)) => Ok(Some(Revision(revision))),
        (_, None) => Err("give the revision of the record as it was shown"),
    }
}

/// Reads the fields of a body that may be absent, one by one; all that is wrong is told at once.
fn each_field(
    body: &[u8],
    unknown: &str,
    mut read: impl FnMut(&str, &Value) -> Option<Result<(), &'static str>>,
) -> Result<(), Vec<FieldError>> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(vec![field("body", "give a JSON object, or no body at all")]);
    };
    let wrong = fields.iter().filter_map(|(name, value)| match read(name, value) {
        Some(Ok(())) => None,
        Some(Err(detail)) => Some(field(name, detail)),
        None => Some(field(name, unknown)),
    });
    let errors: Vec<FieldError> = wrong.collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Of what was sent in a name's place, no more than a name's length is told again.
fn field(name: &str, detail: &str) -> FieldError {
    FieldError { field: name.chars().take(64).collect(), detail: detail.to_owned() }
}
