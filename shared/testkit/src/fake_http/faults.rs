//! What goes wrong with a call, said beforehand.
//!
//! A further way to fail is a variant of [`Fault`] and its arm in `backstage.rs`.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Request, lock};

/// The calls that a fault waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// In capitals; without it, any method.
    #[serde(default)]
    method: Option<String>,
    /// Text that the path contains; without it, any path.
    #[serde(default)]
    path: Option<String>,
    /// Text that the path ends with; without it, any path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_end: Option<String>,
}

impl Calls {
    /// Every call.
    pub fn any() -> Self {
        Self::default()
    }

    /// Calls with this method whose path contains `path`, such as `Calls::to("POST", "/projects/")`.
    pub fn to(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), path_end: None }
    }

    /// Calls with this method whose path ends with `path_end`: `Calls::ending("GET", "/projects/")` is the list and
    /// no project.
    pub fn ending(method: &str, path_end: &str) -> Self {
        Self { method: Some(method.to_owned()), path: None, path_end: Some(path_end.to_owned()) }
    }

    fn match_call(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|path| request.path.contains(path.as_str()))
            && self.path_end.as_ref().is_none_or(|end| request.path.ends_with(end.as_str()))
    }
}

/// What happens to one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Nothing is applied; this is the answer. A text as `body` is sent as a page, all else as JSON.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The body; null for `{"detail": "..."}`.
        #[serde(default)]
        body: Value,
        /// The header `Retry-After`, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Nothing is applied, and the connection ends without an answer.
    DropBeforeApplying,
    /// The call is applied, and the connection ends without an answer.
    ApplyThenDrop,
    /// The call is applied; the answer has the right status and a body that ends in the middle.
    ApplyThenGarble,
    /// The call is applied; the answer has the right status and this instead of its body.
    ApplyThenSpoil {
        /// What it has.
        spoil: Spoil,
    },
    /// The call is applied; the answer is an error, as of a proxy that lost patience.
    ApplyThenFail {
        /// The HTTP status.
        status: u16,
    },
    /// The caller gets an error or nothing at once, and the call is applied when the fake's clock is so much later.
    ApplyLate {
        /// How much later.
        seconds: u32,
        /// What the caller gets.
        answer: LateAnswer,
    },
    /// Nothing happens for a while; then the call is applied and answered as usual.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// The call is applied, and answered as usual but late.
    ApplyThenDelay {
        /// How late.
        milliseconds: u64,
    },
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoil {
    /// It ends in the middle.
    Truncated,
    /// It was never JSON, though it says so.
    Garbage,
    /// It is an HTML page.
    Html,
    /// There is none.
    Empty,
    /// It is JSON of another kind.
    OtherJson,
}

/// What the caller of a call gets that is applied late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateAnswer {
    /// The connection ends.
    Drop,
    /// This status.
    Status(u16),
}

/// A fault and the calls it waits for: one entry of the queue, and the body of `POST /_fake/faults`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WaitingFault {
    #[serde(flatten)]
    pub(crate) calls: Calls,
    pub(crate) fault: Fault,
}

/// Each fault strikes once, the oldest that matches first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<VecDeque<WaitingFault>>);

impl Faults {
    pub(crate) fn add(&self, waiting: WaitingFault) {
        lock(&self.0).push_back(waiting);
    }

    pub(super) fn take(&self, request: &Request) -> Option<Fault> {
        let mut queue = lock(&self.0);
        let position = queue.iter().position(|waiting| waiting.calls.match_call(request))?;
        queue.remove(position).map(|waiting| waiting.fault)
    }

    pub(super) fn waiting(&self) -> Vec<WaitingFault> {
        lock(&self.0).iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}
