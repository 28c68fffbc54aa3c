//! The picture of a project after an event that tells a fact by itself.

use chrono::{DateTime, Utc};

use crate::configuration::Configuration;
use crate::project::{Observed, Told, Word};
use crate::remote::ProjectStatus;
use crate::webhook::{Fact, Telling};

/// The picture after an event, and whether the event had a word to say in it. What happened once keeps its first moment,
/// what may change is as the latest event says: any order of the same events makes the same picture.
pub fn after_event(
    before: Option<&Observed>,
    told: &mut Told,
    telling: &Telling,
    config: &Configuration,
    now: DateTime<Utc>,
) -> (Observed, Word) {
    let mut seen = before.cloned().unwrap_or_else(|| Observed::nothing_yet(now));
    let at = telling.at;
    Told::learn(&mut told.last_body, at, telling.body_sha256.clone());
    let word = match &telling.fact {
        Fact::Status(status) => {
            let word = Told::learn(&mut told.status, at, status.clone());
            if word == Word::Latest {
                seen.is_installed = is_complete(status);
                seen.status = Some(status.clone());
            }
            word
        }
        Fact::DesignComplete => {
            seen.design_complete = true;
            Word::Latest
        }
        Fact::ProposalSent(link) => {
            seen.proposal_sent_at = first(seen.proposal_sent_at, at);
            let word = Told::learn(&mut told.proposal_link, at, link.clone());
            if word == Word::Latest {
                seen.proposal_link = Some(link.clone());
            }
            word
        }
        Fact::ContractSigned => {
            seen.first_signed_at = first(seen.first_signed_at, at);
            seen.is_sold = true;
            Word::Latest
        }
        Fact::InstallationScheduled(date) => {
            let day = date.day(config.time_zone);
            let word = Told::learn(&mut told.installation_day, at, day);
            if word == Word::Latest {
                (seen.installation_day, seen.last_day) = (Some(day), Some(day));
                seen.day_is_from_calendar = false;
            }
            word
        }
    };
    (seen, word)
}

fn first(known: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(known.map_or(at, |known| known.min(at)))
}

/// Then the system stands.
fn is_complete(status: &ProjectStatus) -> bool {
    status.as_str().eq_ignore_ascii_case("complete")
}
