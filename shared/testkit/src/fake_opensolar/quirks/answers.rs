//! Statuses and bodies of answers.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What an answer looks like, whatever it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerQuirks {
    /// Which status has a create? (I: 201)
    pub create_status: CreateStatus,
    /// What does a PATCH of a project answer? (D by a sparse sample)
    pub patch_answer: PatchAnswer,
    /// What does a DELETE answer? (U)
    pub delete_answer: DeleteAnswer,
    /// What does reading a deleted project answer? (U; D that 403 is no proof of absence)
    pub deleted_project: DeletedProject,
    /// What becomes of a write without its last slash? (D that it is enforced, I how)
    pub missing_slash: MissingSlash,
    /// What does a 429 look like? (U)
    pub throttled: Throttled,
    /// What refuses a create when the wallet is empty? (D that it is refused, U how)
    pub empty_wallet: EmptyWallet,
    /// What is in `design` of a project? (D: depends on the plan)
    pub design: DesignField,
    /// Does `systems/details/` answer in time? (L: not for big projects)
    pub systems_details: SystemsDetails,
    /// How does a project show what it does not have? (U; the samples have nulls)
    pub empty_fields: EmptyFields,
}

/// The status of a create.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateStatus {
    /// 201.
    #[default]
    Created,
    /// 200.
    Ok,
}

/// What a PATCH of a project answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchAnswer {
    /// Six fields.
    #[default]
    Sparse,
    /// The project as a GET shows it.
    Whole,
}

/// What a DELETE answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteAnswer {
    /// 204.
    #[default]
    NoContent,
    /// 200 with an empty object.
    OkWithBody,
}

/// What a deleted project answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedProject {
    /// 404.
    #[default]
    NotFound,
    /// 403, as for a project that may exist.
    Forbidden,
}

/// What becomes of a write without its last slash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingSlash {
    /// 301; whoever follows re-sends it as a GET, and nothing is written.
    #[default]
    Redirected,
    /// 404.
    NotFound,
}

/// How a 429 looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttled {
    /// With `Retry-After` and a body in Django REST Framework's words.
    #[default]
    WithRetryAfter,
    /// The same body alone.
    WithoutRetryAfter,
    /// Nothing but the status.
    WithoutBody,
}

/// What refuses a create when the wallet is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyWallet {
    /// 402.
    #[default]
    PaymentRequired,
    /// 403.
    Forbidden,
    /// 400.
    BadRequest,
}

/// The field `design`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesignField {
    /// Not there: API Access.
    #[default]
    Omitted,
    /// There, and null: API Access.
    Null,
    /// About 170 KB of text: Raw Data API Access.
    Blob,
}

/// Whether `systems/details/` answers in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemsDetails {
    /// It does.
    #[default]
    Answered,
    /// 504.
    TimesOut,
}

/// How a project shows what it does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyFields {
    /// Lists are empty, the rest is null.
    #[default]
    AsUsual,
    /// Lists are null too.
    Null,
    /// Whatever is null or empty is not there.
    Missing,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("answers.create_status: ok", |quirks| quirks.answers.create_status = CreateStatus::Ok),
    ("answers.patch_answer: whole", |quirks| quirks.answers.patch_answer = PatchAnswer::Whole),
    ("answers.delete_answer: ok_with_body", |quirks| quirks.answers.delete_answer = DeleteAnswer::OkWithBody),
    ("answers.deleted_project: forbidden", |quirks| quirks.answers.deleted_project = DeletedProject::Forbidden),
    ("answers.missing_slash: not_found", |quirks| quirks.answers.missing_slash = MissingSlash::NotFound),
    ("answers.throttled: without_retry_after", |quirks| quirks.answers.throttled = Throttled::WithoutRetryAfter),
    ("answers.throttled: without_body", |quirks| quirks.answers.throttled = Throttled::WithoutBody),
    ("answers.empty_wallet: forbidden", |quirks| quirks.answers.empty_wallet = EmptyWallet::Forbidden),
    ("answers.empty_wallet: bad_request", |quirks| quirks.answers.empty_wallet = EmptyWallet::BadRequest),
    ("answers.design: null", |quirks| quirks.answers.design = DesignField::Null),
    ("answers.design: blob", |quirks| quirks.answers.design = DesignField::Blob),
    ("answers.systems_details: times_out", |quirks| quirks.answers.systems_details = SystemsDetails::TimesOut),
    ("answers.empty_fields: null", |quirks| quirks.answers.empty_fields = EmptyFields::Null),
    ("answers.empty_fields: missing", |quirks| quirks.answers.empty_fields = EmptyFields::Missing),
];
