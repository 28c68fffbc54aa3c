//! OpenSolar's wallet: each project is paid for when it is created.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Denied, LAST_TOLD, Limited};
use crate::retry::WALLET_PROBE;

/// So many requests have to be refused alike, one after the other, before the wallet is what is wrong: OpenSolar does
/// not say with which status it refuses a create that nobody pays for, and two requests may share a mistake.
const AGREEING: usize = 3;

/// The refusal that needs nobody's agreement: 402 says it.
const PAYMENT_REQUIRED: u16 = 402;

/// Whether creates are paid for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wallet {
    /// The last refusals, all with one status, of different requests.
    refusals: Vec<Refusal>,
    empty: Option<Empty>,
    /// Those who were told to wait wait until then at most.
    waiters_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    status: u16,
    /// The identifier of the project that was not made.
    project: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Empty {
    /// With which status creates are refused.
    status: u16,
    /// Then one create is let through to see.
    next_probe: DateTime<Utc>,
}

impl Wallet {
    /// Whether a create may be sent.
    ///
    /// # Errors
    /// [`Denied`] while the wallet is empty, but for the moments of its probes.
    pub fn look(&self, now: DateTime<Utc>) -> Result<(), Denied> {
        match self.empty {
            Some(Empty { next_probe, .. }) if now < next_probe => {
                Err(Denied { why: Limited::Wallet, until: next_probe })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Who is let through to an empty wallet is its probe: the next one is due an hour later, whatever becomes of this.
    pub fn elect(&mut self, now: DateTime<Utc>) {
        if let Some(empty) = &mut self.empty {
            empty.next_probe = now + WALLET_PROBE;
        }
    }

    /// A create was refused, definitely and with a status that may mean money; whether it does.
    pub fn refused(&mut self, status: u16, project: Uuid, now: DateTime<Utc>) -> bool {
        if let Some(empty) = self.empty {
            return status == empty.status || status == PAYMENT_REQUIRED;
        }
        self.refusals.retain(|earlier| earlier.status == status && earlier.project != project);
        self.refusals.push(Refusal { status, project });
        if status != PAYMENT_REQUIRED && self.refusals.len() < AGREEING {
            return false;
        }
        self.refusals.clear();
        self.empty = Some(Empty { status, next_probe: now + WALLET_PROBE });
        true
    }

    /// A create succeeded, or somebody says that the wallet is refilled.
    pub fn refilled(&mut self, now: DateTime<Utc>) {
        self.refusals.clear();
        if self.empty.take().is_some() {
            self.waiters_until = Some(now + WALLET_PROBE + LAST_TOLD);
        }
    }

    /// Whether a create that succeeds tells something new.
    pub fn is_doubted(&self) -> bool {
        self.empty.is_some() || !self.refusals.is_empty()
    }

    /// While it is empty: when one create is let through to see.
    pub fn next_probe(&self) -> Option<DateTime<Utc>> {
        self.empty.map(|empty| empty.next_probe)
    }

    /// Until when those may wait who were told to before it was refilled.
    pub fn waiters_until(&self) -> Option<DateTime<Utc>> {
        self.waiters_until
    }
}
