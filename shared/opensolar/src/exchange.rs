//! A call as a contract words it, and how that contract reads the answer.

use outbound::Method;
use serde_json::Value;

/// One call of a contract. It is plain data: the engine sends it.
#[derive(Debug)]
pub(crate) struct Exchange<T> {
    /// Its name in errors and logs.
    pub(crate) operation: &'static str,
    /// The verb.
    pub(crate) method: Method,
    /// The absolute path, with the slash at its end that OpenSolar insists on.
    pub(crate) path: String,
    /// The query's parameters.
    pub(crate) query: Vec<(&'static str, String)>,
    /// Sent as JSON.
    pub(crate) body: Option<Value>,
    /// What a 2xx answer says; nothing if it is not an answer of this contract.
    pub(crate) read: fn(&Value) -> Option<T>,
    /// What a 2xx answer without a body says: set where the status alone is an answer.
    pub(crate) empty: Option<fn() -> T>,
    /// Whether a refusal says that another contact has the e-mail address: set for writes that carry one.
    pub(crate) says_email_in_use: Option<fn(&Value) -> bool>,
    /// What it means that there is nothing here: set for pages that may be past the end, where OpenSolar answers 404 or
    /// 500 (developers.opensolar.com, webhooks-logs; seen on projects by other clients).
    pub(crate) past_the_end: Option<fn(End) -> T>,
}

impl<T> Exchange<T> {
    /// A read.
    pub(crate) fn get(
        operation: &'static str,
        path: String,
        query: Vec<(&'static str, String)>,
        read: fn(&Value) -> Option<T>,
    ) -> Self {
        let (method, body, empty) = (Method::GET, None, None);
        Self { operation, method, path, query, body, read, empty, says_email_in_use: None, past_the_end: None }
    }

    /// A write.
    pub(crate) fn write(
        operation: &'static str,
        method: Method,
        path: String,
        body: Value,
        read: fn(&Value) -> Option<T>,
    ) -> Self {
        let (query, body, empty) = (Vec::new(), Some(body), None);
        Self { operation, method, path, query, body, read, empty, says_email_in_use: None, past_the_end: None }
    }
}

impl Exchange<()> {
    /// A write whose answer's status says it all: whatever the API answers, or nothing at all.
    pub(crate) fn settled(operation: &'static str, method: Method, path: String, body: Option<Value>) -> Self {
        let read = |body: &Value| matches!(body, Value::Object(_) | Value::Null).then_some(());
        Self { body, empty: Some(|| ()), ..Self::write(operation, method, path, Value::Null, read) }
    }
}

/// How it is known that a list has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It was shown.
    Shown,
    /// By an error that an outage would give, too, or by a page that shows nothing where one was announced.
    Presumed,
}

/// A page of a list.
#[derive(Debug, PartialEq)]
pub(crate) struct Page<T> {
    /// The rows that could be read.
    pub(crate) rows: Vec<T>,
    /// Whether nothing follows.
    pub(crate) is_last: bool,
    /// How that is known.
    pub(crate) end: End,
    /// How many rows the whole list has, where it says so.
    pub(crate) total: Option<u64>,
}

impl<T> Page<T> {
    /// What is past the end of a list.
    pub(crate) fn past_the_end(end: End) -> Self {
        Self { rows: Vec::new(), is_last: true, end, total: None }
    }

    /// The same where only a page follows that was announced: there it has to be.
    pub(crate) fn missing(_: End) -> Self {
        Self::past_the_end(End::Presumed)
    }

    /// What a page after the first may be; the first one is never past the end: what it answers is meant.
    pub(crate) fn perhaps_past_the_end(page: u32) -> Option<fn(End) -> Self> {
        (1 < page).then_some(Self::past_the_end)
    }
}

/// The rows of a list: a bare array, or `{"results": []}`.
pub(crate) fn rows(body: &Value) -> Option<&Vec<Value>> {
    body.as_array().or_else(|| body.get("results")?.as_array())
}
