//! What was expected of the story, and what was seen.

use std::fmt;
use std::time::Duration;

/// So much of what was seen fits into a line.
pub(super) const WIDTH: usize = 56;

/// Everything that the story looked at, in order.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<Fact>);

#[derive(Debug)]
struct Fact {
    expected: &'static str,
    sight: Sight,
    took: Duration,
}

/// What a look shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is as expected: this is there.
    Holds(String),
    /// It is not as expected, or not yet: this is there instead.
    Not(String),
}

impl Facts {
    /// Notes what came of an expectation, so long after what it follows from.
    pub(super) fn note(&mut self, expected: &'static str, sight: Sight, took: Duration) {
        self.0.push(Fact { expected, sight, took });
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The expectations that do not hold.
    pub(super) fn broken(&self) -> Vec<&'static str> {
        let broken = self.0.iter().filter(|fact| matches!(fact.sight, Sight::Not(_)));
        broken.map(|fact| fact.expected).collect()
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|fact| fact.expected.chars().count()).max().unwrap_or_default();
        writeln!(f, "       after  {:<width$}  seen", "expected")?;
        for Fact { expected, sight, took } in &self.0 {
            let (mark, seen) = match sight {
                Sight::Holds(seen) => ('✓', seen),
                Sight::Not(seen) => ('✗', seen),
            };
            let seen = shortened(seen, WIDTH);
            writeln!(f, "  {mark} {:>6.1} s  {expected:<width$}  {seen}", took.as_secs_f64())?;
        }
        Ok(())
    }
}

/// The beginning of a text, on one line.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let line = text.replace('\n', " ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_what_was_seen_and_marks_what_does_not_hold() {
        let mut facts = Facts::default();
        facts.note("one project", Sight::Holds("project 1".to_owned()), Duration::from_millis(1234));
        facts.note("no second contact", Sight::Not("contacts 1 and 2".to_owned()), Duration::ZERO);
        assert_eq!(
            facts.to_string(),
            "       after  expected           seen\n  \
               ✓    1.2 s  one project        project 1\n  \
               ✗    0.0 s  no second contact  contacts 1 and 2\n"
        );
        assert_eq!((facts.count(), facts.broken()), (2, vec!["no second contact"]));
    }
}
