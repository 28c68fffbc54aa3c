//! What Meta's error codes mean for whoever sends.
//!
//! Codes, meanings and remedies: Meta, "Error codes", developers.facebook.com/documentation/business-messaging/whatsapp/
//! support/error-codes. Meta asks to go by `code`, not by titles or HTTP status; the status only decides where the code
//! says too little.

use std::time::Duration;

use domain::ports::NotifierError;
use outbound::Answer;
use serde_json::Value;

/// Throughput (130429) is counted by the second, the messages to one customer (131056) within minutes.
const SHORT_WAIT: Duration = Duration::from_secs(61);
/// Calls of an app (4) and of an account (80007) are counted by the hour.
const HOURLY_COUNT: Duration = Duration::from_secs(15 * 60);
/// Restricted because customers blocked or reported earlier messages (131048): pressing on makes it worse.
const SPAM_WAIT: Duration = Duration::from_secs(60 * 60);
/// Nobody is made to wait longer, whatever `Retry-After` says.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, thiserror::Error)]
#[error("the answer had status {status}, code {code:?}, and no message id")]
struct NoMessageId {
    status: u16,
    code: Option<i64>,
}

/// An answer that names no message; it may have been sent nevertheless.
pub(crate) fn in_doubt(answer: &Answer, body: &Value) -> NotifierError {
    NotifierError::InDoubt(NoMessageId { status: answer.status, code: error_code(body) }.into())
}

/// What an answer that is no success means. Meta's words are not kept: they may quote the message.
pub(crate) fn refusal(answer: &Answer, body: &Value) -> NotifierError {
    let status = answer.status;
    let known = error_code(body).and_then(|code| by_code(code, status, is_unknown_object(body), answer.retry_after));
    known.unwrap_or_else(|| match status {
        401 => NotifierError::Unauthorized,
        429 => NotifierError::RateLimited { wait: wait(SHORT_WAIT, answer.retry_after) },
        // A redirect to the result of a call that was served (302, 303), no answer to a write (304), and the words of
        // gateways that lost their caller or their patience (408, 460, 499) do not prove that nothing was sent.
        302..=304 | 408 | 460 | 499 => in_doubt(answer, body),
        300..=499 => NotifierError::Rejected { status, code: error_code(body) },
        _ => in_doubt(answer, body),
    })
}

/// What a code says by itself; nothing for one that is unknown, or that does not prove that nothing was sent.
fn by_code(code: i64, status: u16, is_unknown_object: bool, asked: Option<Duration>) -> Option<NotifierError> {
    let refused = (400..=499).contains(&status) && !matches!(status, 408 | 460 | 499);
    let throttled = |usual| NotifierError::RateLimited { wait: wait(usual, asked) };
    let blocked = |remedy| NotifierError::AccountBlocked { code, remedy };
    let unusable = |remedy| NotifierError::UnusableTemplate { code, remedy };
    let undeliverable = |why| NotifierError::Undeliverable { code, why };
    Some(match code {
        131_047 => NotifierError::OutsideWindow,

        130_429 | 131_056 => throttled(SHORT_WAIT),
        4 | 80_007 => throttled(HOURLY_COUNT),
        131_048 => throttled(SPAM_WAIT),

        // "AuthException" is also what a 0 that means nothing looks like.
        0 if refused => NotifierError::Unauthorized,
        3 | 10 | 190 | 200..=299 | 131_005 => NotifierError::Unauthorized,

        131_026 => undeliverable("the number has no whatsapp, has blocked us, or its app is too old"),
        131_021 => undeliverable("it is our own number"),
        131_050 => undeliverable("they opted out of marketing messages: have the template approved as utility"),
        // Meta counts repeats of these two against the account.
        130_472 | 131_049 => {
            undeliverable("whatsapp limits marketing messages to them: have the template approved as utility")
        }

        368 | 131_031 => blocked("the account broke a policy: see its quality page at meta and appeal"),
        130_497 => blocked("the account may not write to this country: see meta's messaging policy"),
        131_030 => blocked("the number is a test number with a list of recipients: use a real one"),
        131_037 => blocked("the number's display name is not approved: have it approved"),
        131_042 => blocked("meta was not paid: see the account's payment settings"),
        33 | 131_045 | 133_010 => blocked("the sending number is not registered: register it, or correct its id"),
        131_057 => blocked("the account is in maintenance: wait, or ask meta"),
        100 if is_unknown_object => blocked("meta knows no such sending number for this token: correct one of them"),

        132_000 | 132_012 | 132_018 => unusable("it wants other parameters: correct them in the configuration"),
        132_001 => {
            unusable("no such approved template in this language: have it approved, or correct the configuration")
        }
        132_005 => unusable("filled in, it is too long: have a shorter one approved"),
        132_007 => unusable("its text breaks a policy: have another one approved"),
        132_015 => unusable("it is paused for low quality: wait, or have another one approved"),
        132_016 => unusable("it is disabled for low quality: have another one approved"),
        132_068 | 132_069 => unusable("its flow is blocked or throttled: have one without a flow approved"),

        // Trouble of their own. Only a status of refusal says that it came before anything was sent.
        1 | 2 | 131_000 | 131_016 if refused => NotifierError::Unavailable { status, code },
        _ => return None,
    })
}

fn wait(usual: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(usual, |asked| asked.clamp(usual, LONGEST_WAIT))
}

/// `{"error": {"code": 131047, ...}}`; one intermediary writes the code as text.
fn error_code(body: &Value) -> Option<i64> {
    let code = body.pointer("/error/code")?;
    code.as_i64().or_else(|| code.as_str()?.parse().ok())
}

/// Subcode 33 of code 100: the object in the path, our number, does not exist or is not shown to this token.
fn is_unknown_object(body: &Value) -> bool {
    body.pointer("/error/error_subcode").and_then(Value::as_i64) == Some(33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, code: i64) -> NotifierError {
        let body = json!({"error": {"message": "+263770000001 …", "type": "OAuthException", "code": code}});
        refusal(&answer(status), &body)
    }

    fn answer(status: u16) -> Answer {
        Answer { status, retry_after: None, body: Vec::new() }
    }

    fn class(error: &NotifierError) -> &'static str {
        match error {
            NotifierError::OutsideWindow => "window",
            NotifierError::Unauthorized => "token",
            NotifierError::RateLimited { .. } => "throttle",
            NotifierError::AccountBlocked { .. } => "account",
            NotifierError::UnusableTemplate { .. } => "template",
            NotifierError::Undeliverable { .. } => "customer",
            NotifierError::Unavailable { .. } => "later",
            NotifierError::Rejected { .. } => "rejected",
            NotifierError::NotSent(_) => "not sent",
            NotifierError::InDoubt(_) => "doubt",
        }
    }

    #[test]
    fn metas_codes_say_what_comes_next() {
        let classes: [(&str, u16, &[i64]); 9] = [
            ("window", 400, &[131_047]),
            ("token", 401, &[0, 190]),
            ("token", 403, &[10, 200, 294, 299, 131_005]),
            ("throttle", 400, &[4, 80_007, 130_429, 131_048, 131_056]),
            ("customer", 400, &[131_021, 131_026, 130_472, 131_049, 131_050]),
            ("account", 403, &[33, 368, 130_497, 131_030, 131_031, 131_037, 131_042, 131_045, 131_057, 133_010]),
            ("template", 404, &[132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016, 132_018, 132_068]),
            ("later", 400, &[1, 2, 131_000, 131_016]),
            ("rejected", 400, &[100, 131_008, 131_009, 131_051, 135_000, 999_999]),
        ];
        for (expected, status, codes) in classes {
            for code in codes {
                assert_eq!(class(&refused(status, *code)), expected, "{code}");
            }
        }
    }

    #[test]
    fn the_status_decides_only_where_the_code_says_too_little() {
        for (status, code) in [(500, 131_000), (503, 131_016), (503, 2), (500, 1), (500, 0), (500, 999_999), (408, 1)] {
            assert_eq!(class(&refused(status, code)), "doubt", "{status} {code}");
        }
        for (status, code, expected) in
            [(500, 3, "token"), (500, 131_045, "account"), (500, 131_057, "account"), (503, 130_429, "throttle")]
        {
            assert_eq!(class(&refused(status, code)), expected, "{status} {code}");
        }
    }

    #[test]
    fn without_a_code_the_status_decides() {
        let class_of = |status| class(&refusal(&answer(status), &json!("page")));
        for (status, expected) in [
            (301, "rejected"),
            (400, "rejected"),
            (403, "rejected"),
            (404, "rejected"),
            (401, "token"),
            (429, "throttle"),
            (302, "doubt"),
            (303, "doubt"),
            (304, "doubt"),
            (408, "doubt"),
            (460, "doubt"),
            (499, "doubt"),
            (500, "doubt"),
            (503, "doubt"),
        ] {
            assert_eq!(class_of(status), expected, "{status}");
        }
    }

    #[test]
    fn a_throttle_is_waited_out_as_long_as_it_counts_or_as_whatsapp_asks() {
        let waits = |code: i64, retry_after| {
            let answer = Answer { retry_after, ..answer(429) };
            match refusal(&answer, &json!({"error": {"code": code}})) {
                NotifierError::RateLimited { wait } => wait.as_secs(),
                error => panic!("{error:?}"),
            }
        };
        assert_eq!([130_429, 131_056, 4, 80_007, 131_048].map(|code| waits(code, None)), [61, 61, 900, 900, 3_600]);
        assert_eq!(waits(130_429, Some(Duration::from_secs(120))), 120);
        assert_eq!(waits(131_048, Some(Duration::from_secs(1))), 3_600);
        assert_eq!(waits(4, Some(Duration::MAX)), 86_400);
    }

    #[test]
    fn a_number_that_meta_does_not_know_is_the_accounts_trouble() {
        let error = refusal(&answer(400), &json!({"error": {"code": 100, "error_subcode": 33}}));
        assert_eq!(class(&error), "account");
    }

    #[test]
    fn a_code_in_text_counts_too() {
        assert_eq!(class(&refusal(&answer(400), &json!({"error": {"code": "131047"}}))), "window");
    }

    #[test]
    fn no_error_repeats_metas_words() {
        for (status, code) in [(400, 100), (500, 131_000), (400, 131_026), (404, 132_001)] {
            let error = refused(status, code);
            assert!(!format!("{error} {error:?}").contains("263770000001"), "{error:?}");
        }
    }
}
