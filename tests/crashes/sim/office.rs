//! The people who work in OpenSolar.

use chrono::{DateTime, NaiveDate, Utc};
use domain::configuration::ApiContract;
use domain::fields::{FieldValue, ProjectField};
use domain::project::FIRST_STATUS;
use domain::remote::{EventKind, InstallationDate, Phase, ProjectEvent, Said, SystemSize};
use serde_json::{Value, json};

use super::opensolar::{State, link};

/// What somebody does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Sizes the system.
    Design,
    /// E-mails the proposal.
    SendProposal,
    /// The customer signs.
    Sell,
    /// The sale is undone.
    Unsell,
    /// Plans the installation for that day of December.
    Schedule(u32),
    /// Marks it as installed.
    Install,
    /// Moves it to another stage.
    MoveTo(u64),
    /// Writes notes of their own.
    Note,
}

impl Deed {
    /// Does it to the only project, and OpenSolar tells of it.
    pub(crate) fn happen(self, state: &mut State, now: DateTime<Utc>) {
        let Some(id) = state.projects.keys().next().copied() else { return };
        let (modified_at, order) = (state.touch(now), state.next_in_order());
        let Some(project) = state.projects.get_mut(&id) else { return };
        project.modified_at = modified_at;
        let mut is_event = false;
        let mut write_down = |kind| {
            is_event = true;
            project.history.push(ProjectEvent { kind, at: Some(now), start: Said::Nothing });
        };
        match self {
            Self::Design => project.size = SystemSize::from_kw(6.6),
            Self::SendProposal => write_down(EventKind::ProposalSent),
            Self::Sell => {
                write_down(EventKind::Sold);
                (project.sold_at, project.phase, project.stage) = (Some(now), Phase::Sold, Some(6544));
            }
            Self::Unsell => (project.sold_at, project.phase, project.stage) = (None, Phase::Presale, Some(6541)),
            Self::Schedule(day) => {
                project.installation = NaiveDate::from_ymd_opt(2026, 12, day).map(InstallationDate::Day);
            }
            Self::Install => {
                (project.is_installed, project.phase, project.status) = (true, Phase::Installed, "complete");
            }
            Self::MoveTo(stage) => (project.stage, project.status) = (Some(stage), word(stage)),
            Self::Note => {
                let text = FieldValue::text(&format!("designer's note {order}"));
                let patch = [(ProjectField::Notes, text.clone())].into_iter().collect();
                project.site = project.site.with(&patch);
                project.edits.insert(ProjectField::Notes, (text, order));
            }
        }
        let status = project.status;
        if is_event && state.speech.contract() == ApiContract::Live {
            state.tell_of_event(id, now);
        }
        state.tell_of_project(id, "UPDATE", now);
        if let Some((event_type, fields)) = self.told(id, status) {
            state.tell_what_happened(id, event_type, &fields);
        }
    }

    /// The event of `design` that tells of it, if one does.
    fn told(self, id: u64, status: &str) -> Option<(&'static str, Value)> {
        match self {
            Self::Design => Some(("project.design_complete", json!({}))),
            Self::SendProposal => Some(("project.proposal_sent", json!({ "proposal_url": link(id) }))),
            Self::Sell => Some(("project.contract_signed", json!({}))),
            Self::Schedule(day) => {
                Some(("project.installation_scheduled", json!({ "installation_date": format!("2026-12-{day:02}") })))
            }
            Self::Install | Self::MoveTo(_) => Some(("project.status_changed", json!({ "status": status }))),
            Self::Unsell | Self::Note => None,
        }
    }
}

/// How far a project may be, in the words of `design`.
pub(crate) const WORDS: [&str; 5] = [FIRST_STATUS, "design", "contract", "installation", "complete"];

/// A stage in those words.
fn word(stage: u64) -> &'static str {
    match stage {
        6543 => "design",
        6544 => "contract",
        6545 => "installation",
        6546 => "complete",
        _ => FIRST_STATUS,
    }
}
