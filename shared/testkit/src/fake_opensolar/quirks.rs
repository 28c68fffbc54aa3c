//! How OpenSolar might behave where nobody published it: each open question is a switch.
//!
//! The defaults are what this fake decided once. A switch's other answers are as possible, so whoever says that the
//! bridge works has to say it for each of [`Quirks::alternatives`]. Tags as in the API reference that the
//! questions come from: D documented, L observed live, C seen in clients, I inferred, U unknown.

mod answers;
mod contacts;
mod delivery;
mod events;
mod lists;
mod projects;
mod webhooks;

pub use answers::{
    AnswerQuirks, CreateStatus, DeleteAnswer, DeletedProject, DesignField, EmptyFields, EmptyWallet, MissingSlash,
    PatchAnswer, SystemsDetails, Throttled,
};
pub use contacts::{ContactQuirks, DirectEmail, EmailCase, EmailRefusal, EmptyEmail, JunkPhone, PatchVerb, PutMeaning};
pub use delivery::{
    Attempts, ContentType, Copies, DeliveryOrder, DeliveryQuirks, FailingHook, Patience, RetryEventId, RetryTimestamp,
    SuccessCode,
};
pub use events::{
    CopiedLink, EventDates, EventQuirks, EventVerb, EventsInProjects, FiredEvents, OpenedLink, Opener, ProjectDeletion,
    SaleTraces, Scheduling,
};
pub use lists::{
    EmailFilter, Envelope, Hyphen, LargestLimit, ListQuirks, Ordering, PastTheEnd, ProjectRows, UnprovenFilter,
    UsualLimit,
};
pub use projects::{
    Coordinates, DateForm, DateWrites, FirstSystem, IdentifierLength, IdentifierRule, ListedWorkflows, ModifiedDate,
    ProjectQuirks, ProposalData, Reference, ShareLink,
};
pub use webhooks::{
    BlankTriggers, Echoes, EventIds, HookDeletion, IdForm, LinkForms, ListedHeaders, UnprovenPayload, UnprovenTriggers,
    WebhookQuirks,
};

use serde::{Deserialize, Serialize};

/// One other answer to one question: its name, `group.switch: answer`, and what sets it.
pub type Alternative = (&'static str, fn(&mut Quirks));

/// Every switch of the fake. As JSON, groups and switches may be left out; what is left out has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Paging, ordering, filtering.
    pub lists: ListQuirks,
    /// Statuses and bodies of answers, whatever they are about.
    pub answers: AnswerQuirks,
    /// A project's fields.
    pub projects: ProjectQuirks,
    /// Contacts and their e-mail addresses.
    pub contacts: ContactQuirks,
    /// What leaves which trace on a timeline.
    pub events: EventQuirks,
    /// Registrations, and what a delivery says.
    pub webhooks: WebhookQuirks,
    /// How a delivery reaches its endpoint.
    pub delivery: DeliveryQuirks,
}

impl Quirks {
    /// Every answer to every question that is not the default, one at a time.
    pub fn alternatives() -> Vec<Alternative> {
        let groups = [
            lists::ALTERNATIVES,
            answers::ALTERNATIVES,
            projects::ALTERNATIVES,
            contacts::ALTERNATIVES,
            events::ALTERNATIVES,
            webhooks::ALTERNATIVES,
            delivery::ALTERNATIVES,
        ];
        groups.concat()
    }
}
