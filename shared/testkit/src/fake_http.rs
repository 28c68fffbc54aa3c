//! What both fakes share: a server on loopback, a log of the calls, faults that wait for a call, a clock.
//!
//! A fake implements [`Api`]: one synchronous answer to one call, so that a call is applied wholly or not at all.
//! Faults act around it, which is why an API never needs to know of them.

mod answer;
mod backstage;
mod calls;
mod clock;
mod control;
mod courier;
mod faults;
mod late;
mod line;
mod request;
mod server;

pub(crate) use answer::Answer;
pub(crate) use backstage::{Api, Backstage};
pub(crate) use courier::{Courier, Parcel};
pub(crate) use request::Request;
pub(crate) use server::{Bound, Server};

pub use calls::Call;
pub use faults::{Calls, Fault, LateAnswer, Spoil};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic elsewhere: a failed assertion in one task should not hide behind a second panic here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
