//! Whole answers that are not what they should be.

use outbound::scripted_server::Reply;

use crate::plays::{Fault, GOOD, play};
use crate::{PRIVATE, Verdict};

/// What is packed begins so (RFC 1952, 2.3); nobody here ever unpacks it.
const GZIP: [u8; 12] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56];

fn typed(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Reply {
    let headers = vec![("content-type", kind.to_owned()), ("x-served-by", PRIVATE.to_owned())];
    Reply::Answer { status, headers, body: body.as_ref().to_vec() }
}

fn json(status: u16, body: &str) -> Reply {
    typed(status, "application/json", body)
}

#[tokio::test]
async fn a_success_that_is_not_readable_leaves_doubt() {
    let page = format!("<!doctype html><title>{PRIVATE}</title>");
    let packed = Reply::Answer {
        status: 201,
        headers: vec![("content-encoding", "gzip".to_owned()), ("content-type", "application/json".to_owned())],
        body: GZIP.to_vec(),
    };
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let unpaired = br#"{"id": 9000001, "title": "\ud800"}"#;
    let mut faults = vec![
        Fault::doubt("gzip, announced", packed),
        Fault::doubt("gzip, not announced", typed(201, "application/json", GZIP)),
        Fault::doubt("no UTF-8", typed(201, "application/json", b"{\"id\": 9000001, \"title\": \"\xff\xfe\"}")),
        Fault::doubt("UTF-16", typed(201, "application/json; charset=utf-16", b"\xff\xfe{\0}\0")),
        Fault::doubt("half a character", typed(201, "application/json", unpaired)),
        Fault::doubt("brackets without end", json(201, &deep)),
        Fault::doubt("two answers", json(201, &format!("{GOOD}{GOOD}"))),
        Fault::doubt("half an answer", json(201, &GOOD[..9])),
        Fault::doubt("a list", json(201, &format!("[{GOOD}]"))),
        Fault::doubt("a word", json(201, &format!("\"{PRIVATE}\""))),
        Fault::doubt("a number", json(200, "9000001")),
        Fault::doubt("a flag", json(200, "true")),
    ];
    for status in [200, 201, 202] {
        faults.push(Fault::doubt(&format!("a page with {status}"), typed(status, "text/html", &page)));
        faults.push(Fault::doubt(&format!("a page said to be JSON, with {status}"), json(status, &page)));
    }
    play(faults).await;
}

#[tokio::test]
async fn an_answer_without_an_id_or_a_body_is_enough_for_a_change_and_for_nothing_else() {
    let bodies = ["", " \r\n", "null", "{}", r#"{"id": null}"#, r#"{"id": -1}"#, r#"{"id": 1.5}"#, r#"{"id": [1]}"#];
    let faults = bodies.into_iter().flat_map(|body| {
        [200, 201]
            .map(|status| Fault::doubt(&format!("{status} {body:?}"), json(status, body)).changes_are(Verdict::Done))
    });
    play(faults.collect()).await;
}

#[tokio::test]
async fn an_answer_about_another_record_leaves_doubt_about_this_one() {
    let other = json(200, r#"{"id": 9000002}"#);
    // OpenSolar chooses a new project's number: any is good. A read of the right number would not be made again.
    play(vec![Fault::doubt("another id", other).creates_are(Verdict::Done).for_good()]).await;
}

#[tokio::test]
async fn what_the_type_says_does_not_matter_if_the_answer_is_readable() {
    let kinds = ["text/html", "text/plain; charset=utf-8", "application/octet-stream", "", "?"];
    play(kinds.map(|kind| Fault::none(&format!("{kind:?}"), typed(201, kind, GOOD))).into()).await;
    // A mark at the head is no part of the answer, and may be passed over (RFC 8259, 8.1).
    play(vec![Fault::none("a byte order mark", json(201, &format!("\u{feff}{GOOD}")))]).await;
}

#[tokio::test]
async fn a_refusal_is_one_whatever_its_body_is() {
    let bodies: [(&str, &[u8]); 6] = [
        ("none", b""),
        ("a page", b"<html>a-word-of-the-answer</html>"),
        ("gzip", &GZIP),
        ("words", br#"{"detail": "a-word-of-the-answer +263770000001"}"#),
        ("words as names", br#"{"Rudo": ["Rudo"], "+263770000001": 1, "12 Example Street": {}}"#),
        ("no UTF-8", b"\xff\xfe"),
    ];
    let statuses = [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 429, 451];
    let faults = statuses.into_iter().flat_map(|status| {
        bodies.iter().map(move |(name, body)| {
            Fault::refusal(&format!("{status} with {name}"), status, typed(status, "application/json", body))
        })
    });
    play(faults.collect()).await;
}
