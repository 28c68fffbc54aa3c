//! One schedule: what strikes where. Its text replays it.

use std::fmt;

use crate::boundary::Fault;
use crate::sim::opensolar::Target;
use crate::sim::outcome::Outcome;
use crate::sim::sqs::Mischief;

/// What becomes of OpenSolar's webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Post {
    /// Each arrives once, in order.
    #[default]
    Prompt,
    /// None arrives.
    Lost,
    /// Each arrives, and again after a while.
    Twice,
    /// Those of one moment arrive in the opposite order.
    Reversed,
    /// They arrive a quarter of an hour late.
    Late,
}

impl Post {
    const NAMES: [(&str, Self); 5] = [
        ("prompt", Self::Prompt),
        ("lost", Self::Lost),
        ("twice", Self::Twice),
        ("reversed", Self::Reversed),
        ("late", Self::Late),
    ];

    pub(crate) const OTHERS: [Self; 4] = [Self::Lost, Self::Twice, Self::Reversed, Self::Late];
}

/// Whose turn it is: runs of calls, of one worker and the other by turns; then both go on to their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turns {
    /// Which of the story's meetings.
    pub(crate) meeting: usize,
    pub(crate) starts: Starts,
    pub(crate) lengths: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Starts {
    First,
    Second,
}

/// A schedule.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) remote: Vec<(Target, u32, Outcome)>,
    pub(crate) faults: Vec<(u32, Fault)>,
    pub(crate) post: Post,
    pub(crate) mischief: Option<Mischief>,
    pub(crate) blind_lists: u32,
    pub(crate) turns: Option<Turns>,
}

impl Plan {
    /// With this outcome of the first call of that kind.
    pub(crate) fn with_outcome(mut self, target: Target, outcome: Outcome) -> Self {
        self.remote.push((target, 1, outcome));
        self
    }

    /// With a fault at a boundary.
    pub(crate) fn with_fault(mut self, at: u32, fault: Fault) -> Self {
        self.faults.push((at, fault));
        self
    }

    /// Reads what a failing run printed, behind the scenario's name.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut plan = Self::default();
        for word in words {
            plan.read(word).ok_or_else(|| format!("a replay has no {word:?}"))?;
        }
        Ok(plan)
    }

    fn read(&mut self, word: &str) -> Option<()> {
        let (name, value) = word.split_once('=')?;
        match name {
            "post" => self.post = Post::NAMES.iter().find(|(name, _)| *name == value)?.1,
            "blind" => self.blind_lists = value.parse().ok()?,
            "twice" => self.mischief = Some(Mischief::Twice(value.parse().ok()?)),
            "again" => self.mischief = Some(Mischief::Again(value.parse().ok()?)),
            "first" => self.mischief = Some(Mischief::First(value.parse().ok()?)),
            "turns" => {
                let (meeting, rest) = value.split_at_checked(1)?;
                let starts = if rest.starts_with('b') { Starts::Second } else { Starts::First };
                let lengths = rest.get(1..)?.split(',').filter(|part| !part.is_empty()).map(str::parse);
                let lengths = lengths.collect::<Result<_, _>>().ok()?;
                self.turns = Some(Turns { meeting: meeting.parse().ok()?, starts, lengths });
            }
            at if at.starts_with("at") => self.faults.push((at.get(2..)?.parse().ok()?, Fault::parse(value)?)),
            call => {
                let (target, _) = TARGETS.iter().find(|(_, name)| call.starts_with(name))?;
                let number = call.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()?;
                self.remote.push((*target, number, value.parse().ok()?));
            }
        }
        Some(())
    }
}

const TARGETS: [(Target, &str); 3] = [(Target::Write, "write"), (Target::Read, "read"), (Target::Message, "message")];

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        for (target, number, outcome) in &self.remote {
            let name = TARGETS.iter().find(|(other, _)| other == target).map_or("?", |(_, name)| name);
            words.push(format!("{name}{number}={outcome}"));
        }
        words.extend(self.faults.iter().map(|(at, fault)| format!("at{at}={}", fault.as_str())));
        if self.post != Post::Prompt {
            let name = Post::NAMES.iter().find(|(_, post)| *post == self.post).map_or("?", |(name, _)| name);
            words.push(format!("post={name}"));
        }
        words.extend(self.mischief.map(|mischief| match mischief {
            Mischief::Twice(of) => format!("twice={of}"),
            Mischief::Again(of) => format!("again={of}"),
            Mischief::First(of) => format!("first={of}"),
        }));
        if 0 < self.blind_lists {
            words.push(format!("blind={}", self.blind_lists));
        }
        if let Some(turns) = &self.turns {
            let starts = if turns.starts == Starts::Second { "b" } else { "a" };
            let lengths: Vec<String> = turns.lengths.iter().map(ToString::to_string).collect();
            words.push(format!("turns={}{starts}{}", turns.meeting, lengths.join(",")));
        }
        f.write_str(&words.join(" "))
    }
}
