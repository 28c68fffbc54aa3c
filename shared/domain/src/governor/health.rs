//! Whether OpenSolar takes our token, and whether it answers at all.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Denied, LAST_TOLD, Limited};
use crate::ports::SecretText;
use crate::retry::TOKEN_PROBE;

/// So many calls in a row bring no answer before OpenSolar is left alone. A read has been repeated several times by
/// then, and one request's misfortune is three calls: a lookup, its create and a read-back.
const FAILURES: u32 = 5;

/// A call that failed longer ago is in no row with the next one: a single project that cannot be read, tried again
/// and again while nothing else happens, is no outage.
const IN_A_ROW: TimeDelta = TimeDelta::minutes(2);

/// While OpenSolar does not answer, one call so often is let through to see. As a lease it outlives the longest call.
pub const OUTAGE_PROBE: TimeDelta = TimeDelta::minutes(1);

/// Which token it was: the first 8 bytes of its SHA-256, in hex. A token has far more chance in it than that tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The token's.
    pub fn of(token: &SecretText) -> Self {
        let hash = Sha256::digest(token.expose().as_bytes());
        Self(hash.iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }
}

/// What is wrong between OpenSolar and us. While nothing is, nobody writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Calls in a row without an answer.
    failures: u32,
    failed_at: Option<DateTime<Utc>>,
    /// While OpenSolar does not answer: when one call is let through.
    outage: Option<DateTime<Utc>>,
    refused: Option<RefusedToken>,
    /// Those who were told to wait wait until then at most.
    waiters_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RefusedToken {
    fingerprint: Fingerprint,
    next_probe: DateTime<Utc>,
}

/// How a call is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Like any other.
    Free,
    /// To see whether OpenSolar is there again: the only one for a while, and a read.
    Probe,
}

impl Health {
    /// Whether nothing was recorded that an answer would change.
    pub fn is_spotless(&self) -> bool {
        self.failures == 0 && !self.is_parked()
    }

    /// Whether calls are kept back, but for probes.
    pub fn is_parked(&self) -> bool {
        self.outage.is_some() || self.refused.is_some()
    }

    /// While calls are kept back: when one is let through to see, and for which reason they are.
    pub fn next_probe(&self) -> Option<(Limited, DateTime<Utc>)> {
        let refused = self.refused.as_ref().map(|refused| (Limited::Token, refused.next_probe));
        refused.or(self.outage.map(|next_probe| (Limited::Outage, next_probe)))
    }

    /// Whether it is this token that is refused.
    pub fn refuses(&self, token: &Fingerprint) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.fingerprint == *token)
    }

    /// Whether a call with this token may be made now, or may be the probe; nothing changes.
    ///
    /// # Errors
    /// [`Denied`] until the next probe. A token other than the refused one is kept back by nothing.
    pub fn look(&self, token: Option<&Fingerprint>, now: DateTime<Utc>) -> Result<Leave, Denied> {
        let refused = self.refused.as_ref().filter(|refused| token.is_none_or(|token| *token == refused.fingerprint));
        let parks = [
            refused.map(|refused| (Limited::Token, refused.next_probe)),
            self.outage.map(|next_probe| (Limited::Outage, next_probe)),
        ];
        let mut leave = Leave::Free;
        for (why, until) in parks.into_iter().flatten() {
            if now < until {
                return Err(Denied { why, until });
            }
            leave = Leave::Probe;
        }
        Ok(leave)
    }

    /// The same, and who may be the probe is it: the next one is due a while later, whatever becomes of this one.
    ///
    /// # Errors
    /// [`Denied`] until the next probe.
    pub fn elect(&mut self, token: Option<&Fingerprint>, now: DateTime<Utc>) -> Result<Leave, Denied> {
        let leave = self.look(token, now)?;
        if leave == Leave::Probe {
            if let Some(next_probe) = &mut self.outage {
                *next_probe = now + OUTAGE_PROBE;
            }
            if let Some(refused) = self.refused.as_mut().filter(|refused| refused.next_probe <= now) {
                refused.next_probe = now + TOKEN_PROBE;
            }
        }
        Ok(leave)
    }

    /// A call brought no answer: not reached, too late, or a 5xx.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        if self.outage.is_some() {
            return;
        }
        let is_in_a_row = self.failed_at.is_some_and(|before| now < before + IN_A_ROW);
        self.failures = if is_in_a_row { self.failures + 1 } else { 1 };
        self.failed_at = Some(now);
        if FAILURES <= self.failures {
            self.outage = Some(now + OUTAGE_PROBE);
        }
    }

    /// A call was answered, if only by a refusal: there is no outage, and the token was taken.
    pub fn answered(&mut self, now: DateTime<Utc>) {
        self.reached(now);
        if self.refused.take().is_some() {
            self.waiters_until = Some(now + TOKEN_PROBE + LAST_TOLD);
        }
    }

    /// A call was answered 401: there is no outage, and this token is not taken.
    pub fn refused_token(&mut self, fingerprint: Fingerprint, now: DateTime<Utc>) {
        self.reached(now);
        if self.refused.as_ref().is_none_or(|refused| refused.fingerprint != fingerprint) {
            self.refused = Some(RefusedToken { fingerprint, next_probe: now + TOKEN_PROBE });
        }
    }

    fn reached(&mut self, now: DateTime<Utc>) {
        (self.failures, self.failed_at) = (0, None);
        if self.outage.take().is_some() {
            self.waiters_until = self.waiters_until.max(Some(now + OUTAGE_PROBE + LAST_TOLD));
        }
    }

    /// Until when those may wait who were told to before it was over.
    pub fn waiters_until(&self) -> Option<DateTime<Utc>> {
        self.waiters_until.filter(|_| !self.is_parked())
    }
}
