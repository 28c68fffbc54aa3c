//! What an answer, or the lack of one, means for the caller.

use std::time::Duration;

use domain::ports::{Cause, OpenSolarError};
use outbound::{Answer, Failure, Method};

use crate::exchange::{End, Exchange};
use crate::refusal::field_names;

/// A call that brought nothing, by whether a read that is made again might.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The next answer would be the same.
    ForGood(OpenSolarError),
    /// It may have been a moment's trouble.
    Passing {
        /// What it was.
        error: OpenSolarError,
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
    },
    /// A page was answered 500: it is past the end of its list, or it is a moment's trouble.
    PerhapsTheEnd(OpenSolarError),
}

impl Failed {
    /// The error, for who does not repeat.
    pub(crate) fn into_error(self) -> OpenSolarError {
        match self {
            Self::ForGood(error) | Self::Passing { error, .. } | Self::PerhapsTheEnd(error) => error,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum NoUse {
    #[error("the answer had status {0}")]
    Status(u16),
    #[error("the answer with status {0} could not be read")]
    Unreadable(u16),
}

/// Reads the outcome of a call.
pub(crate) fn understand<T>(exchange: &Exchange<T>, outcome: Result<Answer, Failure>) -> Result<T, Failed> {
    let operation = exchange.operation;
    let in_doubt = |source: Cause| OpenSolarError::InDoubt { operation, source };
    let not_sent = |source: Cause| OpenSolarError::NotSent { operation, source };
    let passing = |error| Failed::Passing { error, retry_after: None };
    let answer = match outcome {
        Ok(answer) => answer,
        Err(failure @ Failure::NotPossible(_)) => return Err(Failed::ForGood(not_sent(failure.into()))),
        Err(failure @ Failure::NotReached(_)) => return Err(passing(not_sent(failure.into()))),
        Err(failure @ Failure::NoAnswer(_)) => return Err(passing(in_doubt(failure.into()))),
        Err(failure @ Failure::TooLarge) => return Err(Failed::ForGood(in_doubt(failure.into()))),
    };
    if answer.is_success() {
        let read = match exchange.empty {
            Some(empty) if answer.body.trim_ascii().is_empty() => Some(empty()),
            Some(_) | None => answer.json().as_ref().and_then(exchange.read),
        };
        return read.ok_or_else(|| passing(in_doubt(NoUse::Unreadable(answer.status).into())));
    }
    match (answer.status, exchange.past_the_end) {
        (404, Some(nothing)) => Ok(nothing(End::Shown)),
        (status @ 500, Some(_)) => Err(Failed::PerhapsTheEnd(in_doubt(NoUse::Status(status).into()))),
        (status, _) if is_refusal(&exchange.method, status) => Err(Failed::ForGood(refused(exchange, &answer))),
        (status, _) => {
            let error = in_doubt(NoUse::Status(status).into());
            Err(Failed::Passing { error, retry_after: answer.retry_after })
        }
    }
}

/// Whether the status proves that nothing was done.
fn is_refusal(method: &Method, status: u16) -> bool {
    match status {
        // A 303 is how the result of a served call is shown, and a 302 is used as one (RFC 9110, 15.4.3 and 15.4.4); a
        // 304 is no answer to a write.
        302..=304 => method == Method::GET,
        // A gateway's words as often as the server's: who waited too long for the call's other end (408), or whose
        // caller had left (460, 499), does not know what became of it.
        408 | 460 | 499 => false,
        300..=499 => true,
        _ => false,
    }
}

fn refused<T>(exchange: &Exchange<T>, answer: &Answer) -> OpenSolarError {
    let operation = exchange.operation;
    match answer.status {
        401 => OpenSolarError::Unauthorized { operation },
        402 => OpenSolarError::PaymentRequired { operation },
        429 => OpenSolarError::RateLimited { operation, retry_after: answer.retry_after },
        status => {
            let body = answer.json();
            let is_email_in_use = exchange.says_email_in_use.zip(body.as_ref()).is_some_and(|(says, body)| says(body));
            match is_email_in_use {
                true => OpenSolarError::EmailInUse { operation },
                false => OpenSolarError::Rejected { operation, status, fields: field_names(body.as_ref()) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn exchange(past_the_end: Option<fn(End) -> u64>) -> Exchange<u64> {
        Exchange {
            operation: "create",
            method: Method::POST,
            path: "/api/".to_owned(),
            query: Vec::new(),
            body: None,
            read: |answer| answer.get("id").and_then(Value::as_u64),
            empty: None,
            says_email_in_use: Some(|refusal| refusal.get("taken").is_some()),
            past_the_end,
        }
    }

    fn answered(status: u16, body: &Value) -> Result<u64, Failed> {
        let answer = Answer { status, retry_after: None, body: body.to_string().into_bytes() };
        understand(&exchange(None), Ok(answer))
    }

    #[test]
    fn each_status_says_what_the_caller_does_next() {
        assert!(matches!(answered(201, &json!({"id": 7})), Ok(7)));
        for status in [200, 201, 204] {
            let unreadable = answered(status, &json!({"title": "no id"}));
            assert!(
                matches!(unreadable, Err(Failed::Passing { error: OpenSolarError::InDoubt { .. }, .. })),
                "{unreadable:?}"
            );
        }
        for status in [301, 307, 308, 400, 403, 404, 405, 409, 410, 422] {
            let refused = answered(status, &json!({"address": ["This field may not be blank."]}));
            let Err(Failed::ForGood(OpenSolarError::Rejected { status: told, fields, .. })) = refused else {
                panic!("{status}: {refused:?}");
            };
            assert_eq!((told, fields), (status, vec!["address".to_owned()]));
        }
        let taken = answered(400, &json!({"taken": true}));
        assert!(matches!(taken, Err(Failed::ForGood(OpenSolarError::EmailInUse { .. }))), "{taken:?}");
        assert!(matches!(answered(401, &json!({})), Err(Failed::ForGood(OpenSolarError::Unauthorized { .. }))));
        assert!(matches!(answered(402, &json!({})), Err(Failed::ForGood(OpenSolarError::PaymentRequired { .. }))));
        assert!(matches!(answered(429, &json!({})), Err(Failed::ForGood(OpenSolarError::RateLimited { .. }))));
        for status in [100, 302, 303, 304, 408, 460, 499, 500, 502, 503, 504, 599] {
            let doubt = answered(status, &json!({"id": 7}));
            assert!(
                matches!(doubt, Err(Failed::Passing { error: OpenSolarError::InDoubt { .. }, .. })),
                "{status}: {doubt:?}"
            );
        }
    }

    #[test]
    fn a_page_past_the_end_is_empty_and_an_outage_there_is_one() {
        let status = |status| {
            let answer = Answer { status, retry_after: None, body: Vec::new() };
            understand(&exchange(Some(|_| 0)), Ok(answer))
        };
        assert!(matches!(status(404), Ok(0)));
        assert!(matches!(status(500), Err(Failed::PerhapsTheEnd(OpenSolarError::InDoubt { .. }))));
        assert!(matches!(status(503), Err(Failed::Passing { error: OpenSolarError::InDoubt { .. }, .. })));
        assert!(matches!(status(403), Err(Failed::ForGood(OpenSolarError::Rejected { status: 403, .. }))));
    }

    #[test]
    fn an_answer_without_a_body_is_one_only_where_the_status_is() {
        let understood = |empty: Option<fn() -> u64>, body: &str| {
            let answer = Answer { status: 204, retry_after: None, body: body.as_bytes().to_vec() };
            understand(&Exchange { empty, ..exchange(None) }, Ok(answer))
        };
        assert!(matches!(understood(Some(|| 0), " \n"), Ok(0)));
        assert!(matches!(understood(Some(|| 0), r#"{"id": 7}"#), Ok(7)));
        for (empty, body) in [(None, ""), (Some((|| 0) as fn() -> u64), "<html>"), (Some(|| 0), r#"{"id": "#)] {
            let doubt = understood(empty, body);
            assert!(matches!(doubt, Err(Failed::Passing { .. })), "{body}: {doubt:?}");
        }
    }

    #[test]
    fn what_was_surely_not_sent_is_told_apart_from_doubt() {
        let understood = |failure| understand(&exchange(None), Err(failure)).expect_err("a failure");
        let cause = || Cause::from("somewhere");
        let not_possible = understood(Failure::NotPossible(cause()));
        assert!(matches!(not_possible, Failed::ForGood(OpenSolarError::NotSent { .. })));
        assert!(matches!(
            understood(Failure::NotReached(cause())),
            Failed::Passing { error: OpenSolarError::NotSent { .. }, .. }
        ));
        assert!(matches!(
            understood(Failure::NoAnswer(cause())),
            Failed::Passing { error: OpenSolarError::InDoubt { .. }, .. }
        ));
        assert!(matches!(understood(Failure::TooLarge), Failed::ForGood(OpenSolarError::InDoubt { .. })));
    }
}
