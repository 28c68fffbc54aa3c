//! Registrations, and what a delivery says.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What can be registered, and what is then told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookQuirks {
    /// Do `project.workflow`, `project.workflow.active_stage_id`, `project.share_link` and `event.event_type_id` work
    /// as triggers? (U)
    pub unproven_triggers: UnprovenTriggers,
    /// Do the same paths work in `payload_fields`? (U)
    pub unproven_payload: UnprovenPayload,
    /// What do triggers mean that an update left blank? (D: null; an older page: any change)
    pub blank_triggers: BlankTriggers,
    /// Does the list show the registered headers, which hold a secret? (U)
    pub listed_headers: ListedHeaders,
    /// Can a registration be deleted? (U)
    pub deletion: HookDeletion,
    /// Are the API caller's own writes told? (I: yes)
    pub echoes: Echoes,
    /// Is an `event_id` unique over all models? (U)
    pub event_ids: EventIds,
    /// Are ids numbers in deliveries? (D by samples)
    pub ids: IdForm,
    /// How are links written in deliveries? (D by samples: Event and Contact as paths, Project in full)
    pub links: LinkForms,
}

/// What becomes of trigger paths that nobody has shown to work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenTriggers {
    /// They trigger.
    #[default]
    Work,
    /// They are taken, and trigger nothing.
    NeverFire,
    /// The registration is refused with 400.
    Refused,
}

/// What becomes of such paths in `payload_fields`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenPayload {
    /// They are sent.
    #[default]
    Shown,
    /// They are not.
    LeftOut,
}

/// What blank triggers mean after an update.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankTriggers {
    /// Everything fires.
    #[default]
    AnyChange,
    /// Nothing does.
    Never,
}

/// Whether the list shows headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListedHeaders {
    /// It does not.
    #[default]
    Hidden,
    /// It does, as text holding JSON.
    Shown,
}

/// Whether a registration can be deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookDeletion {
    /// 405.
    #[default]
    NotAllowed,
    /// It can.
    Allowed,
}

/// Whether the caller's own writes are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Echoes {
    /// Like any other change.
    #[default]
    Told,
    /// Only what people do is told.
    NotTold,
}

/// What counts `event_id`s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventIds {
    /// One count for everything.
    #[default]
    OneCount,
    /// A count for each model, so that they meet.
    PerModel,
}

/// How ids are written in deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    /// As numbers.
    #[default]
    Numbers,
    /// As text.
    Text,
}

/// How links are written in deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkForms {
    /// Events and contacts with paths, projects in full.
    #[default]
    Mixed,
    /// All as paths.
    Paths,
    /// All in full.
    Full,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("webhooks.unproven_triggers: never_fire", |quirks| {
        quirks.webhooks.unproven_triggers = UnprovenTriggers::NeverFire
    }),
    ("webhooks.unproven_triggers: refused", |quirks| quirks.webhooks.unproven_triggers = UnprovenTriggers::Refused),
    ("webhooks.unproven_payload: left_out", |quirks| quirks.webhooks.unproven_payload = UnprovenPayload::LeftOut),
    ("webhooks.blank_triggers: never", |quirks| quirks.webhooks.blank_triggers = BlankTriggers::Never),
    ("webhooks.listed_headers: shown", |quirks| quirks.webhooks.listed_headers = ListedHeaders::Shown),
    ("webhooks.deletion: allowed", |quirks| quirks.webhooks.deletion = HookDeletion::Allowed),
    ("webhooks.echoes: not_told", |quirks| quirks.webhooks.echoes = Echoes::NotTold),
    ("webhooks.event_ids: per_model", |quirks| quirks.webhooks.event_ids = EventIds::PerModel),
    ("webhooks.ids: text", |quirks| quirks.webhooks.ids = IdForm::Text),
    ("webhooks.links: paths", |quirks| quirks.webhooks.links = LinkForms::Paths),
    ("webhooks.links: full", |quirks| quirks.webhooks.links = LinkForms::Full),
];
