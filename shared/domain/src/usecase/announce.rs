//! Enters into the ledger what a read-back or an event shows for the first time, or again before anybody was told of it.

use chrono::{DateTime, NaiveDate, Utc};

use super::draft::Draft;
use crate::configuration::Configuration;
use crate::ids::Revision;
use crate::jobs::{NoticeJob, Wake};
use crate::notification::{Look, Notice, NoticeKey, NoticeState, Seen, first_state, news, news_again};
use crate::observe::Surroundings;
use crate::ports::Change;
use crate::project::{Observed, Project};
use crate::remote::RemoteProject;

/// How news came to us.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// How old what has no time of its own is, as far as that is known.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Whether it was so before we looked.
    pub(crate) look: Look,
}

/// One ledger entry for each piece of news in `observed`; `draft` still holds the record as it was before.
pub(crate) fn announce(draft: &mut Draft<'_>, observed: &Observed, heard: Heard, config: &Configuration) {
    for seen in to_be_told(&draft.project, observed, config.today(draft.now)) {
        let seen = Seen { at: seen.at.or(heard.at), ..seen };
        let state = first_state(&seen, heard.look, &draft.project, observed, config, draft.now);
        enter(draft, seen, state);
    }
}

/// Writes down what of the answer nobody could read: what was known of it stays, and somebody should look.
pub(crate) fn note_unreadable(draft: &mut Draft<'_>, read: &RemoteProject, around: &Surroundings) {
    let mut fields = read.unreadable();
    if around.events.iter().any(|event| event.start.is_unreadable()) {
        fields.push("start of an event");
    }
    if !fields.is_empty() {
        let outcome = format!("{} of project {} cannot be read: what was known stays", fields.join(", "), read.id);
        draft.because("unreadable", outcome);
    }
}

/// In the order in which a customer should hear it, and each once.
fn to_be_told(project: &Project, observed: &Observed, today: NaiveDate) -> Vec<Seen> {
    let mut all = news(project.observed.as_ref(), observed);
    let again = news_again(project, observed, today);
    let is_new = |seen: &Seen| all.iter().all(|other| other.news.milestone() != seen.news.milestone());
    let again: Vec<Seen> = again.into_iter().filter(is_new).collect();
    all.extend(again);
    all.sort_by_key(|seen| seen.news.milestone());
    all
}

fn enter(draft: &mut Draft<'_>, seen: Seen, state: NoticeState) {
    let milestone = seen.news.milestone();
    let epoch = draft.project.next_epoch(milestone);
    draft.project.note_telling(milestone, &state);
    let (org, request_id) = (draft.project.org, draft.project.request_id().clone());
    let key = NoticeKey { request_id, milestone, epoch };
    draft.because("milestone", format!("{} {epoch}: {}", milestone.as_str(), state.describe()));
    // What waits for its day is a sweep's.
    if matches!(state, NoticeState::Due { until, .. } if until <= draft.now) {
        draft.wake(&Wake::Notice(NoticeJob { org_id: org, key: key.clone() }));
    }
    let created_at = draft.now;
    let notice = Notice { org, key, revision: Revision::NONE, news: seen.news, state, attempts: 0, created_at };
    draft.change(Change::CreateNotice(notice));
}
