//! What the design document leaves open: each question is a switch, and its other answers are as possible.

use serde::{Deserialize, Serialize};

/// Every switch. As JSON, a switch that is left out has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// What does a list look like?
    pub lists: Lists,
    /// What is an id?
    pub ids: Ids,
    /// Does the server keep custom fields that the document does not name?
    pub custom_fields: CustomFields,
    /// Which fields does an answer show?
    pub shown: ShownFields,
    /// What does a change of a part of an object do to its other parts?
    pub nested: Nested,
    /// Does `?phone=` filter contacts?
    pub phone_filter: PhoneFilter,
    /// What does a change answer?
    pub change_answer: ChangeAnswer,
    /// Are there webhooks to be registered?
    pub webhooks: WebhookPath,
    /// Has an event an id?
    pub event_ids: EventIds,
    /// Has an event a time?
    pub event_times: EventTimes,
    /// How is a signature written?
    pub signature: SignatureForm,
}

/// What a list looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// All of it, under `results`.
    #[default]
    UnderResults,
    /// All of it, as a bare array.
    BareArray,
    /// Pages of two rows, which say by `next` that others follow.
    PagesOfTwo,
    /// Pages of one row, the second of which shows nothing and says that others follow: rows are left out of pages that
    /// were made before.
    NothingOnTheSecondPage,
    /// One page, which shows all but the newest and counts that one too.
    CountsMoreThanItShows,
}

/// What an id is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ids {
    /// A number.
    #[default]
    Number,
    /// A number, as text.
    NumberAsText,
    /// A word.
    Word,
}

/// Custom fields that the document does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomFields {
    /// They are kept.
    #[default]
    Kept,
    /// They are dropped without an error.
    DocumentedOnly,
}

/// What an answer shows of a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownFields {
    /// All there is.
    #[default]
    Everything,
    /// What the document says that answers have, and the custom fields.
    DocumentedOnly,
}

/// A change of a part of `address` or `custom_fields`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nested {
    /// The other parts stay.
    #[default]
    Merged,
    /// The other parts are gone.
    Replaced,
}

/// The filter by number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneFilter {
    /// It gives who has exactly this text as the number.
    #[default]
    Exact,
    /// It is not known: everybody is shown.
    Ignored,
}

/// What a change answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAnswer {
    /// The record.
    #[default]
    Record,
    /// What was changed.
    Changes,
    /// Nothing.
    Empty,
}

/// `/webhooks/`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookPath {
    /// It is there.
    #[default]
    Served,
    /// 404.
    Missing,
}

/// `event_id`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventIds {
    /// Each event has one.
    #[default]
    Given,
    /// None has.
    None,
}

/// `timestamp`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventTimes {
    /// Each event has one.
    #[default]
    Given,
    /// None has.
    None,
}

/// How the signature's hex digits are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureForm {
    /// In small letters.
    #[default]
    Lower,
    /// In capitals.
    Upper,
    /// After `sha256=`.
    Prefixed,
}

/// One other answer to one question: its name, `switch: answer`, and what sets it.
pub type Alternative = (&'static str, fn(&mut Quirks));

impl Quirks {
    /// Every answer to every question that is not the default, one at a time; but none that hides for good what is there.
    pub fn alternatives() -> Vec<Alternative> {
        vec![
            ("lists: bare_array", |quirks| quirks.lists = Lists::BareArray),
            ("lists: pages_of_two", |quirks| quirks.lists = Lists::PagesOfTwo),
            ("lists: nothing_on_the_second_page", |quirks| quirks.lists = Lists::NothingOnTheSecondPage),
            ("ids: number_as_text", |quirks| quirks.ids = Ids::NumberAsText),
            ("ids: word", |quirks| quirks.ids = Ids::Word),
            ("custom_fields: documented_only", |quirks| quirks.custom_fields = CustomFields::DocumentedOnly),
            ("shown: documented_only", |quirks| quirks.shown = ShownFields::DocumentedOnly),
            ("nested: replaced", |quirks| quirks.nested = Nested::Replaced),
            ("phone_filter: ignored", |quirks| quirks.phone_filter = PhoneFilter::Ignored),
            ("change_answer: changes", |quirks| quirks.change_answer = ChangeAnswer::Changes),
            ("change_answer: empty", |quirks| quirks.change_answer = ChangeAnswer::Empty),
            ("webhooks: missing", |quirks| quirks.webhooks = WebhookPath::Missing),
            ("event_ids: none", |quirks| quirks.event_ids = EventIds::None),
            ("event_times: none", |quirks| quirks.event_times = EventTimes::None),
            ("signature: upper", |quirks| quirks.signature = SignatureForm::Upper),
            ("signature: prefixed", |quirks| quirks.signature = SignatureForm::Prefixed),
        ]
    }
}
