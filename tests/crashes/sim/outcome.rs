//! What may come of a call, as it really is and as the caller sees it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use domain::ports::{NotifierError, OpenSolarError};

/// What comes of a call to OpenSolar or WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 200.
    Answered,
    /// Done, and the connection breaks before the answer.
    AnswerLost,
    /// Done, and the answer takes longer than we wait.
    TimedOut,
    /// Nothing is heard for as long as we wait, and it is done so many minutes later.
    Late(u16),
    /// Nothing is heard and nothing is ever done.
    NotDone,
    /// Nobody listens.
    ConnectRefused,
    /// A definite refusal with this status.
    Refused(u16),
    /// 429, with what `Retry-After` says.
    Throttled(Option<u16>),
    /// 500, and yet it was done.
    ErrorDone,
    /// 503, nothing was done.
    Unavailable,
    /// 504 of a gateway that did not wait for the end: it was done.
    GatewayTimeout,
    /// 200 with something that nobody can read.
    Garbage,
    /// 200 that ends in the middle.
    Truncated,
}

impl Outcome {
    /// Everything that may come of a write.
    pub(crate) const ALL: [Self; 20] = [
        Self::Answered,
        Self::AnswerLost,
        Self::TimedOut,
        Self::Late(4),
        Self::Late(15),
        Self::Late(45),
        Self::NotDone,
        Self::ConnectRefused,
        Self::Refused(400),
        Self::Refused(401),
        Self::Refused(402),
        Self::Refused(403),
        Self::Refused(404),
        Self::Throttled(None),
        Self::Throttled(Some(120)),
        Self::ErrorDone,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::Garbage,
        Self::Truncated,
    ];

    /// Those that leave doubt, each once by what really happened: the others differ only in their words.
    pub(crate) const IN_DOUBT: [Self; 5] =
        [Self::AnswerLost, Self::TimedOut, Self::Late(4), Self::Late(15), Self::NotDone];

    /// When its effect lands: at once, so much later, or never.
    pub(crate) fn effect(self) -> Option<TimeDelta> {
        match self {
            Self::Answered
            | Self::AnswerLost
            | Self::TimedOut
            | Self::ErrorDone
            | Self::GatewayTimeout
            | Self::Garbage
            | Self::Truncated => Some(TimeDelta::zero()),
            Self::Late(minutes) => Some(TimeDelta::minutes(minutes.into())),
            Self::NotDone | Self::ConnectRefused | Self::Refused(_) | Self::Throttled(_) | Self::Unavailable => None,
        }
    }

    /// Whether the caller waits in vain until its own time is up.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::TimedOut | Self::Late(_) | Self::NotDone)
    }

    /// What OpenSolar's caller is told, if not what was asked for.
    pub(crate) fn opensolar(self, operation: &'static str) -> Result<(), OpenSolarError> {
        let in_doubt = |what: &'static str| Err(OpenSolarError::InDoubt { operation, source: what.into() });
        match self {
            Self::Answered => Ok(()),
            Self::AnswerLost => in_doubt("the connection was reset"),
            Self::TimedOut | Self::Late(_) | Self::NotDone => in_doubt("no answer in time"),
            Self::ConnectRefused => Err(OpenSolarError::NotSent { operation, source: "connection refused".into() }),
            Self::Refused(401) => Err(OpenSolarError::Unauthorized { operation }),
            Self::Refused(402) => Err(OpenSolarError::PaymentRequired { operation }),
            Self::Refused(status) => Err(OpenSolarError::Rejected { operation, status, fields: Vec::new() }),
            Self::Throttled(after) => {
                let retry_after = after.map(|seconds| Duration::from_secs(seconds.into()));
                Err(OpenSolarError::RateLimited { operation, retry_after })
            }
            Self::ErrorDone => in_doubt("status 500"),
            Self::Unavailable => in_doubt("status 503"),
            Self::GatewayTimeout => in_doubt("status 504"),
            Self::Garbage => in_doubt("unreadable"),
            Self::Truncated => in_doubt("cut off"),
        }
    }

    /// What WhatsApp's caller is told.
    pub(crate) fn whatsapp(self) -> Result<(), NotifierError> {
        match self {
            Self::Answered => Ok(()),
            Self::ConnectRefused => Err(NotifierError::NotSent("connection refused".into())),
            Self::Refused(400) => Err(NotifierError::Rejected { status: 400, code: Some(100) }),
            Self::Refused(401) => Err(NotifierError::Unauthorized),
            Self::Refused(402) => Err(NotifierError::AccountBlocked { code: 131_042, remedy: "pay" }),
            Self::Refused(403) => Err(NotifierError::Undeliverable { code: 131_050, why: "they do not want it" }),
            Self::Refused(404) => Err(NotifierError::UnusableTemplate { code: 132_001, remedy: "have it approved" }),
            // Outside the 24-hour window: the one refusal with a second way.
            Self::Refused(_) => Err(NotifierError::OutsideWindow),
            Self::Throttled(after) => {
                Err(NotifierError::RateLimited { wait: Duration::from_secs(after.unwrap_or(61).into()) })
            }
            Self::Unavailable => Err(NotifierError::Unavailable { status: 503, code: 131_016 }),
            Self::AnswerLost
            | Self::TimedOut
            | Self::Late(_)
            | Self::NotDone
            | Self::ErrorDone
            | Self::GatewayTimeout
            | Self::Garbage
            | Self::Truncated => Err(NotifierError::InDoubt("no answer".into())),
        }
    }
}

const NAMES: [(&str, Outcome); 11] = [
    ("answered", Outcome::Answered),
    ("answer-lost", Outcome::AnswerLost),
    ("timed-out", Outcome::TimedOut),
    ("not-done", Outcome::NotDone),
    ("connect-refused", Outcome::ConnectRefused),
    ("throttled", Outcome::Throttled(None)),
    ("500-done", Outcome::ErrorDone),
    ("503", Outcome::Unavailable),
    ("504", Outcome::GatewayTimeout),
    ("garbage", Outcome::Garbage),
    ("truncated", Outcome::Truncated),
];

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(minutes) => write!(f, "late-{minutes}"),
            Self::Refused(status) => write!(f, "refused-{status}"),
            Self::Throttled(Some(seconds)) => write!(f, "throttled-{seconds}"),
            other => f.write_str(NAMES.iter().find(|(_, outcome)| outcome == other).map_or("?", |(name, _)| name)),
        }
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        if let Some((_, outcome)) = NAMES.iter().find(|(name, _)| *name == raw) {
            return Ok(*outcome);
        }
        let number = |prefix: &str| raw.strip_prefix(prefix).and_then(|rest| rest.parse::<u16>().ok());
        number("late-")
            .map(Self::Late)
            .or(number("refused-").map(Self::Refused))
            .or(number("throttled-").map(|seconds| Self::Throttled(Some(seconds))))
            .ok_or_else(|| format!("no outcome: {raw}"))
    }
}
