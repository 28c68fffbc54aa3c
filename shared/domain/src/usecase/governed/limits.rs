//! The governor's state in the table: each limit one small item, written on condition that it is as it was read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::warn;

use crate::ids::{OrgId, Revision};
use crate::jobs::to_json;
use crate::ports::{Ambient, Change, Limit, LimitName, Store, StoreError};

/// So often a change is tried when others change the same limit. Who still has not come through is told to ask later.
const TRIES: usize = 5;

/// The limits, with what this process wrote of them last: who reads what its own write left learns nothing.
pub(super) struct Limits {
    store: Arc<dyn Store>,
    ambient: Arc<dyn Ambient>,
    remembered: Mutex<HashMap<(OrgId, LimitName), Limit>>,
}

/// Where a decision begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// With what was written here last: good enough for a change, whose condition tells if somebody wrote since.
    Remembered,
    /// With what the table has.
    Read,
}

impl Limits {
    pub(super) fn new(store: Arc<dyn Store>, ambient: Arc<dyn Ambient>) -> Self {
        Self { store, ambient, remembered: Mutex::default() }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.ambient.now().trunc_subsecs(3)
    }

    pub(super) async fn rest_until(&self, then: DateTime<Utc>) {
        self.ambient.rest((then - self.ambient.now()).to_std().unwrap_or_default()).await;
    }

    pub(super) fn random(&self) -> u128 {
        self.ambient.random()
    }

    /// How the limit stands in the table.
    pub(super) async fn read<S>(&self, org: OrgId, name: LimitName) -> Result<S, StoreError>
    where
        S: DeserializeOwned + Default,
    {
        let limit = self.store.limit(org, name).await?;
        Ok(limit.map(|limit| parsed(&limit)).unwrap_or_default())
    }

    /// Lets `decide` change the limit, and writes what it changed. What changes nothing, a denial say, is never decided
    /// on what was only remembered. Nothing if others were always faster.
    pub(super) async fn change<S, T>(
        &self,
        org: OrgId,
        name: LimitName,
        decide: impl Fn(&mut S, DateTime<Utc>) -> T + Send,
    ) -> Result<Option<T>, StoreError>
    where
        S: Serialize + DeserializeOwned + Default + Clone + PartialEq + Send,
        T: Send,
    {
        for _ in 0..TRIES {
            let remembered = self.remembered().remove(&(org, name));
            let (limit, known) = match remembered {
                Some(limit) => (limit, Known::Remembered),
                None => {
                    let nothing = Limit { name, revision: Revision::NONE, state: String::new() };
                    (self.store.limit(org, name).await?.unwrap_or(nothing), Known::Read)
                }
            };
            let before: S = parsed(&limit);
            let mut state = before.clone();
            let outcome = decide(&mut state, self.now());
            if state == before {
                match known {
                    Known::Read => return Ok(Some(outcome)),
                    Known::Remembered => continue,
                }
            }
            let limit = Limit { state: to_json(&state), ..limit };
            match self.store.commit(vec![Change::SaveLimit { org, limit: limit.clone() }]).await {
                Ok(()) => {
                    let written = Limit { revision: limit.revision.next(), ..limit };
                    self.remembered().insert((org, name), written);
                    return Ok(Some(outcome));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<(OrgId, LimitName), Limit>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What another version of the program wrote is as good as nothing: a limit forgotten costs a refusal, one that nobody
/// can read would stop everything for ever.
fn parsed<S: DeserializeOwned + Default>(limit: &Limit) -> S {
    if limit.state.is_empty() {
        return S::default();
    }
    serde_json::from_str(&limit.state).unwrap_or_else(|error| {
        warn!(%error, limit = limit.name.as_str(), "a limit cannot be read: it begins anew");
        S::default()
    })
}
