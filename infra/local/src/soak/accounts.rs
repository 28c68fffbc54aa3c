//! The account at the end: what was sent, what became of it, what is lost, what is there twice.

mod deliveries;
mod messages;
mod requests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{TimeDelta, Utc};
use domain::notification::{Notice, NoticeState};

use super::field::Field;
use super::tally::Counts;
use crate::error::LocalError;

/// So many of what is lost or twice are named.
const NAMED: usize = 20;

/// A message that is due later than this is a reminder, and waits for its day.
const SOON: TimeDelta = TimeDelta::hours(1);

/// Everything, accounted for.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    counts: Counts,
    breaches: usize,
    lines: Vec<(&'static str, Vec<(String, usize)>)>,
    /// What ended nowhere, or has not ended, each in words.
    pub(super) lost: Vec<String>,
    /// What is there more than once, each in words.
    pub(super) duplicated: Vec<String>,
}

/// Counts by name, in the order of the names.
type Sums = BTreeMap<String, usize>;

impl Accounts {
    /// Looks at everything from outside.
    pub(super) async fn of(field: &Field) -> Result<Self, LocalError> {
        let mut accounts = Self {
            counts: field.tally.counts(),
            breaches: field.outside.opensolar.quota_breaches().len(),
            ..Self::default()
        };
        requests::account(field, &mut accounts).await?;
        deliveries::account(field, &mut accounts).await?;
        messages::account(field, &mut accounts).await?;
        accounts.dead_letters(field).await?;
        Ok(accounts)
    }

    async fn dead_letters(&mut self, field: &Field) -> Result<(), LocalError> {
        let mut sums = Vec::new();
        for (name, queue) in &field.endpoints.queues {
            let (own, dead) = (field.aws.depth(&queue.url).await?, field.aws.depth(&queue.dlq_url).await?);
            let (left, dead) = (own.waiting + own.in_flight, dead.waiting + dead.in_flight);
            if left != 0 {
                self.lost.push(format!("queue {name}: {left} messages are left"));
            }
            if dead != 0 {
                self.lost.push(format!("queue {name}: {dead} dead letters"));
            }
            sums.push((format!("left in {name}"), (left + dead) as usize));
        }
        self.lines.push(("queues", sums));
        Ok(())
    }

    fn line(&mut self, what: &'static str, sums: Vec<(&str, usize)>, more: Sums) {
        let sums = sums.into_iter().map(|(name, count)| (name.to_owned(), count));
        self.lines.push((what, sums.chain(more).collect()));
    }
}

/// Whether a ledger entry came to its end, or waits for a day to come.
pub(super) fn is_done(notice: &Notice) -> bool {
    match &notice.state {
        NoticeState::Due { until, .. } => Utc::now() + SOON < *until,
        NoticeState::Sending { .. } => false,
        NoticeState::Sent { .. }
        | NoticeState::Skipped(_)
        | NoticeState::Superseded
        | NoticeState::Held { .. }
        | NoticeState::Failed { .. } => true,
    }
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let kills: Vec<String> = counts.kills.iter().map(|(function, count)| format!("{function} {count}")).collect();
        writeln!(f, "Troubles")?;
        writeln!(
            f,
            "  {:>6}  function processes killed, {} of them in the middle of a call: {}",
            counts.killed(),
            counts.in_the_middle,
            kills.join(", ")
        )?;
        writeln!(f, "  {:>6}  answers of OpenSolar lost", counts.answers_lost)?;
        writeln!(f, "  {:>6}  seconds without OpenSolar", counts.opensolar_away.as_secs())?;
        writeln!(f, "  {:>6}  stop and start of the local AWS", counts.aws_restarts)?;
        writeln!(f, "  {:>6}  posts to the door that had to be made again", counts.door_failures)?;
        writeln!(f, "  {:>6}  calls above OpenSolar's published quotas, which the soak's own exceed", self.breaches)?;
        for (what, sums) in &self.lines {
            writeln!(f, "{}{}", what[..1].to_uppercase(), &what[1..])?;
            for (name, count) in sums {
                writeln!(f, "  {count:>6}  {name}")?;
            }
        }
        writeln!(f, "The end")?;
        for (name, found) in [("lost", &self.lost), ("duplicated", &self.duplicated)] {
            writeln!(f, "  {:>6}  {name}", found.len())?;
            for one in found.iter().take(NAMED) {
                writeln!(f, "            {one}")?;
            }
            if NAMED < found.len() {
                writeln!(f, "            and {} more", found.len() - NAMED)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_names_what_is_lost_and_what_is_there_twice() {
        let mut accounts = Accounts { lost: vec!["request 7: no record".to_owned()], ..Accounts::default() };
        accounts.line("requests", vec![("sent", 12)], Sums::new());
        let text = accounts.to_string();
        assert!(text.contains("Requests\n      12  sent\n"), "{text}");
        assert!(text.ends_with("       1  lost\n            request 7: no record\n       0  duplicated\n"), "{text}");
    }
}
