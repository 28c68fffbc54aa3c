//! What events told of a project so far, of facts that may change. Which event came first does not matter.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};

use crate::remote::{ProjectStatus, ProposalLink};
use crate::webhook::Telling;

/// The latest word on each fact that may change, by the moments that the events name. What happened once and stays so is
/// in the picture of the project, by its first moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// How far the project is.
    pub status: Option<Dated<ProjectStatus>>,
    /// Where its proposal can be read.
    pub proposal_link: Option<Dated<ProposalLink>>,
    /// The installation's day.
    pub installation_day: Option<Dated<NaiveDate>>,
    /// SHA-256 of the latest event's body, in hex: without an id, the same body again is the same event.
    pub last_body: Option<Dated<String>>,
}

/// A fact, and since when it holds. Of two facts of one moment the greater counts, so that their order cannot matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dated<T> {
    /// Since when.
    pub at: DateTime<Utc>,
    /// What.
    pub value: T,
}

/// Whether what was told is the latest word on its fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is, and holds from now on.
    Latest,
    /// A later one was told already.
    Overtaken,
}

impl Told {
    /// Whether this is what was told last, once more.
    pub fn is_repeated_by(&self, telling: &Telling) -> bool {
        let is_same = |last: &Dated<String>| last.value == telling.body_sha256 && last.at <= telling.at;
        self.last_body.as_ref().is_some_and(is_same)
    }

    /// Takes the fact in, unless a later one is known.
    pub fn learn<T: Ord>(known: &mut Option<Dated<T>>, at: DateTime<Utc>, value: T) -> Word {
        let told = Dated { at, value };
        if known.as_ref().is_some_and(|known| told < *known) {
            return Word::Overtaken;
        }
        *known = Some(told);
        Word::Latest
    }
}

/// The statuses that the contract names, in the order in which a project passes through them.
const STATUSES: [&str; 6] = ["lead", "design", "proposal", "contract", "installation", "complete"];

impl ProjectStatus {
    fn place(&self) -> Option<usize> {
        STATUSES.iter().position(|name| self.as_str().eq_ignore_ascii_case(name))
    }
}

/// Further is greater; what the contract does not name is less than what it does.
impl Ord for ProjectStatus {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place()).then_with(|| self.as_str().cmp(other.as_str()))
    }
}

impl PartialOrd for ProjectStatus {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::Fact;

    fn at(minute: u32) -> DateTime<Utc> {
        format!("2026-11-20T12:{minute:02}:00Z").parse().expect("a time")
    }

    fn status(word: &str) -> ProjectStatus {
        ProjectStatus::parse(word).expect("a word")
    }

    #[test]
    fn the_latest_word_counts_and_of_one_moment_the_furthest() {
        let mut known = None;
        assert_eq!(Told::learn(&mut known, at(5), status("design")), Word::Latest);
        assert_eq!(Told::learn(&mut known, at(4), status("complete")), Word::Overtaken);
        assert_eq!(Told::learn(&mut known, at(5), status("Proposal")), Word::Latest);
        assert_eq!(Told::learn(&mut known, at(5), status("lead")), Word::Overtaken);
        assert_eq!(Told::learn(&mut known, at(5), status("a word of their own")), Word::Overtaken);
        assert_eq!(known, Some(Dated { at: at(5), value: status("Proposal") }));
        assert_eq!(Told::learn(&mut known, at(6), status("lead")), Word::Latest);
    }

    #[test]
    fn only_the_same_body_as_the_last_is_a_repeat() {
        let telling =
            |minute, body: &str| Telling { at: at(minute), fact: Fact::DesignComplete, body_sha256: body.to_owned() };
        let mut told = Told::default();
        assert!(!told.is_repeated_by(&telling(1, "a")));
        Told::learn(&mut told.last_body, at(1), "a".to_owned());
        assert!(told.is_repeated_by(&telling(1, "a")) && told.is_repeated_by(&telling(2, "a")));
        assert!(!told.is_repeated_by(&telling(2, "b")));
        Told::learn(&mut told.last_body, at(2), "b".to_owned());
        assert!(!told.is_repeated_by(&telling(3, "a")));
    }
}
