//! Paging, ordering and filtering of lists.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What a list makes of its query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListQuirks {
    /// Is `ordering` obeyed? (D that it exists, L that unlisted fields are ignored, U for `-modified_date` on
    /// projects)
    pub order: Ordering,
    /// Which way does `-` order? (D contradicts D; L says descending)
    pub hyphen: Hyphen,
    /// What does a row of the project list show? (D by a sample without `identifier`)
    pub project_rows: ProjectRows,
    /// Does `?identifier=` filter projects? (U)
    pub identifier_filter: UnprovenFilter,
    /// Does `?search=` search contacts? (U; C that it does not search projects)
    pub contact_search: UnprovenFilter,
    /// Does `?phone=` filter contacts? (U, nothing suggests it)
    pub phone_filter: UnprovenFilter,
    /// What does `?email=` of contacts match? (C: exactly)
    pub email_filter: EmailFilter,
    /// What is a page past the last one? (D 500 for webhook logs, which it always is here; C 404 or 500 elsewhere)
    pub past_the_end: PastTheEnd,
    /// How many rows are a page without `limit`? (U)
    pub usual_limit: UsualLimit,
    /// How many rows can be asked for? (U)
    pub largest_limit: LargestLimit,
    /// Is a list a bare array? (D and L; C that not every resource is alike)
    pub envelope: Envelope,
}

/// Whether `ordering` is obeyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ordering {
    /// Fields that OpenSolar knows order; without one, projects come newest first, contacts oldest first.
    #[default]
    Honoured,
    /// Everything comes in the order of its making.
    IgnoredOldestFirst,
    /// Everything comes in no order, though always in the same one.
    IgnoredShuffled,
}

/// Which way `-` orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hyphen {
    /// As in Django.
    #[default]
    Descending,
    /// As the conventions page says.
    Ascending,
}

/// What a row of the project list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRows {
    /// Neither `identifier` nor `share_link`, no facts of the sale.
    #[default]
    Sparse,
    /// The `identifier` too.
    WithIdentifier,
    /// All that the detail has.
    Whole,
}

/// Whether a query name does what it seems to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenFilter {
    /// Everything comes, as for any unknown name.
    #[default]
    Ignored,
    /// It filters.
    Works,
}

/// What `?email=` matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailFilter {
    /// The address as written.
    #[default]
    Exact,
    /// The address in whatever case.
    IgnoringCase,
    /// Everybody.
    Ignored,
}

/// A page past the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastTheEnd {
    /// 404.
    #[default]
    NotFound,
    /// 200 with no rows.
    EmptyPage,
    /// 500.
    ServerError,
}

/// Rows of a page without `limit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsualLimit {
    /// 20.
    #[default]
    Twenty,
    /// 5: fewer than anybody expects.
    Five,
    /// 100.
    Hundred,
}

/// The most rows that a page can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LargestLimit {
    /// 100.
    #[default]
    Hundred,
    /// 20, whatever is asked for.
    Twenty,
    /// As many as are asked for.
    Boundless,
}

/// What is around the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Envelope {
    /// Nothing.
    #[default]
    BareArray,
    /// `{"count": ..., "next": null, "previous": null, "results": [...]}`.
    UnderResults,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("lists.order: ignored_oldest_first", |quirks| quirks.lists.order = Ordering::IgnoredOldestFirst),
    ("lists.order: ignored_shuffled", |quirks| quirks.lists.order = Ordering::IgnoredShuffled),
    ("lists.hyphen: ascending", |quirks| quirks.lists.hyphen = Hyphen::Ascending),
    ("lists.project_rows: with_identifier", |quirks| quirks.lists.project_rows = ProjectRows::WithIdentifier),
    ("lists.project_rows: whole", |quirks| quirks.lists.project_rows = ProjectRows::Whole),
    ("lists.identifier_filter: works", |quirks| quirks.lists.identifier_filter = UnprovenFilter::Works),
    ("lists.contact_search: works", |quirks| quirks.lists.contact_search = UnprovenFilter::Works),
    ("lists.phone_filter: works", |quirks| quirks.lists.phone_filter = UnprovenFilter::Works),
    ("lists.email_filter: ignoring_case", |quirks| quirks.lists.email_filter = EmailFilter::IgnoringCase),
    ("lists.email_filter: ignored", |quirks| quirks.lists.email_filter = EmailFilter::Ignored),
    ("lists.past_the_end: empty_page", |quirks| quirks.lists.past_the_end = PastTheEnd::EmptyPage),
    ("lists.past_the_end: server_error", |quirks| quirks.lists.past_the_end = PastTheEnd::ServerError),
    ("lists.usual_limit: five", |quirks| quirks.lists.usual_limit = UsualLimit::Five),
    ("lists.usual_limit: hundred", |quirks| quirks.lists.usual_limit = UsualLimit::Hundred),
    ("lists.largest_limit: twenty", |quirks| quirks.lists.largest_limit = LargestLimit::Twenty),
    ("lists.largest_limit: boundless", |quirks| quirks.lists.largest_limit = LargestLimit::Boundless),
    ("lists.envelope: under_results", |quirks| quirks.lists.envelope = Envelope::UnderResults),
];
