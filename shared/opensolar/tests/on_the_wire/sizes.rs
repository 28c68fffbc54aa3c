//! Bodies larger than is read.

use std::time::Instant;

use outbound::BODY_LIMIT;
use outbound::scripted_server::{End, ScriptedServer};

use crate::plays::{Fault, GOOD, cut, play};
use crate::{Call, LONG, Verdict, account, client, make};

/// A good answer of this size: blanks are no part of it.
fn of_size(size: usize) -> String {
    format!("{GOOD}{}", " ".repeat(size - GOOD.len()))
}

fn announced(body: &str) -> String {
    format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn chunked(body: &str) -> String {
    format!("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

fn until_the_end(body: &str) -> String {
    format!("HTTP/1.1 201 Created\r\n\r\n{body}")
}

#[tokio::test]
async fn an_answer_as_large_as_is_read_is_one_and_a_larger_one_is_doubt_and_not_asked_for_again() {
    for (name, answer) in
        [("announced", announced as fn(&str) -> String), ("in chunks", chunked), ("until the end", until_the_end)]
    {
        play(vec![
            Fault::none(&format!("just so large, {name}"), cut(answer(&of_size(BODY_LIMIT)), End::Close)),
            Fault::doubt(&format!("too large, {name}"), cut(answer(&of_size(BODY_LIMIT + 1)), End::Close)).for_good(),
        ])
        .await;
    }
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_large_is_not_waited_for() {
    let client = client();
    for length in [BODY_LIMIT as u64 + 1, 1 << 40, u64::MAX >> 1] {
        for call in Call::ALL {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let server = ScriptedServer::start(vec![cut(head, End::Silence); 9]).await;
            let begun = Instant::now();
            let verdict = make(call, &client, &account(&server.url, LONG)).await;
            assert_eq!((verdict, server.seen().len()), (Verdict::Doubt, 1), "{call:?}: {length}");
            assert!(begun.elapsed() < LONG / 2, "{call:?}: {length}");
        }
    }
}

#[tokio::test]
async fn a_refusal_of_any_size_is_one() {
    let head = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n", BODY_LIMIT + 1);
    let large = format!("{head}{}", "x".repeat(BODY_LIMIT + 1));
    play(vec![
        Fault::refusal("a large refusal", 400, cut(large, End::Close)),
        Fault::refusal("a refusal that breaks off", 400, cut(format!("{head}{}", "x".repeat(30_000)), End::Reset)),
        Fault::refusal("a refusal that never ends", 400, cut(format!("{head}{}", "x".repeat(30_000)), End::Silence)),
    ])
    .await;
}
