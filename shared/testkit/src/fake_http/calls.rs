//! The log of the calls that reached a fake's API.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Request, lock};

/// One call of a fake's API, in the order of arrival. Calls of `/_fake/` are not logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// In capitals, as in HTTP.
    pub method: String,
    /// As sent, without the query.
    pub path: String,
    /// As sent, without the question mark; empty if there was none.
    pub query: String,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// What the caller was answered. None while the call runs, and for ever if the caller got no answer.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct CallLog(Mutex<Vec<Call>>);

impl CallLog {
    /// Logs a call that has arrived; the number is for [`CallLog::answered`].
    pub(super) fn arrived(&self, request: &Request) -> usize {
        let mut calls = lock(&self.0);
        calls.push(Call {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            body: request.json(),
            status: None,
        });
        calls.len() - 1
    }

    pub(super) fn answered(&self, number: usize, status: u16) {
        if let Some(call) = lock(&self.0).get_mut(number) {
            call.status = Some(status);
        }
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.0).len()
    }

    pub(super) fn all(&self) -> Vec<Call> {
        lock(&self.0).clone()
    }
}
