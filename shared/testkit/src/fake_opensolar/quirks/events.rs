//! What leaves which trace on a timeline.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// Which events there are, and where they show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventQuirks {
    /// How does a project show its events? (D and L: both; the design is ready for links alone)
    pub in_projects: EventsInProjects,
    /// Which events are told as Event webhooks? (U)
    pub fired: FiredEvents,
    /// Is a new event told as CREATE? (U)
    pub verb: EventVerb,
    /// How are dates inside events written? (D: two forms in the samples)
    pub dates: EventDates,
    /// Does opening the share link make an event? (U)
    pub opened_link: OpenedLink,
    /// Does the synthetic contact of whoever opened it join the project? (U)
    pub opener: Opener,
    /// Does copying the share link make an event? (U)
    pub copied_link: CopiedLink,
    /// Which events tell of a sale? (D: 3, 63, 52, 103; U which come together)
    pub sale: SaleTraces,
    /// What tells of a planned installation? (U: `installation_date`, or event 40 with a start; what becomes of one that is put away)
    pub scheduling: Scheduling,
    /// What tells of a deletion? (D: DELETE, or event 100)
    pub deletion: ProjectDeletion,
}

/// How a project shows its events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventsInProjects {
    /// As `events_data`, and as links in `events`.
    #[default]
    Embedded,
    /// As links; each is served by itself.
    LinksOnly,
}

/// Which events are told as webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiredEvents {
    /// All.
    #[default]
    All,
    /// What customers did: 1, 2, 3, 51, 63, 67, 105.
    CustomersOnly,
    /// 56 and 106.
    StageMovesOnly,
    /// None; they show in the project.
    None,
}

/// The verb of a new event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventVerb {
    /// CREATE.
    #[default]
    Create,
    /// UPDATE, as if it had been there.
    Update,
}

/// How dates inside events are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventDates {
    /// `2026-11-20T10:00:00.000000Z`.
    #[default]
    Iso,
    /// `2026-11-20 10:00:00.000000+00:00`.
    SpaceAndOffset,
}

/// What opening the share link leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenedLink {
    /// A contact at `os.code`.
    #[default]
    ContactOnly,
    /// That and an event of type 2.
    ContactAndEvent,
}

/// What the contact at `os.code` belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opener {
    /// Nothing.
    #[default]
    Unattached,
    /// The project, as its last contact.
    Attached,
}

/// What copying the share link leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopiedLink {
    /// Nothing.
    #[default]
    Nothing,
    /// An event of type 0.
    SentEvent,
}

/// What a sale leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleTraces {
    /// Events 3, 103, 56: accepted online.
    #[default]
    Online,
    /// Events 63, 52, 103, 56: signed with DocuSign.
    DocuSign,
    /// Events 103, 56: somebody marked it sold.
    ByHand,
}

/// What a planned installation leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheduling {
    /// `installation_date`.
    #[default]
    FieldOnly,
    /// That, and an event of type 40 whose start moves with it.
    FieldAndCalendar,
    /// The event alone.
    CalendarOnly,
    /// The event alone. Taken out of the calendar it stays, archived; moved, it is archived and there is another one.
    CalendarWithArchive,
}

/// What tells of a deletion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectDeletion {
    /// A DELETE of the project.
    #[default]
    Delete,
    /// An event of type 100.
    Event,
    /// Both.
    Both,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("events.in_projects: links_only", |quirks| quirks.events.in_projects = EventsInProjects::LinksOnly),
    ("events.fired: customers_only", |quirks| quirks.events.fired = FiredEvents::CustomersOnly),
    ("events.fired: stage_moves_only", |quirks| quirks.events.fired = FiredEvents::StageMovesOnly),
    ("events.fired: none", |quirks| quirks.events.fired = FiredEvents::None),
    ("events.verb: update", |quirks| quirks.events.verb = EventVerb::Update),
    ("events.dates: space_and_offset", |quirks| quirks.events.dates = EventDates::SpaceAndOffset),
    ("events.opened_link: contact_and_event", |quirks| quirks.events.opened_link = OpenedLink::ContactAndEvent),
    ("events.opener: attached", |quirks| quirks.events.opener = Opener::Attached),
    ("events.copied_link: sent_event", |quirks| quirks.events.copied_link = CopiedLink::SentEvent),
    ("events.sale: docu_sign", |quirks| quirks.events.sale = SaleTraces::DocuSign),
    ("events.sale: by_hand", |quirks| quirks.events.sale = SaleTraces::ByHand),
    ("events.scheduling: field_and_calendar", |quirks| quirks.events.scheduling = Scheduling::FieldAndCalendar),
    ("events.scheduling: calendar_only", |quirks| quirks.events.scheduling = Scheduling::CalendarOnly),
    ("events.scheduling: calendar_with_archive", |quirks| {
        quirks.events.scheduling = Scheduling::CalendarWithArchive;
    }),
    ("events.deletion: event", |quirks| quirks.events.deletion = ProjectDeletion::Event),
    ("events.deletion: both", |quirks| quirks.events.deletion = ProjectDeletion::Both),
];
