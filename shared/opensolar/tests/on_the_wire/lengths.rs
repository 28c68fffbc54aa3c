//! Bodies whose length is not what was said.

use outbound::scripted_server::End;

use crate::Verdict;
use crate::plays::{Fault, GOOD, cut, play};

fn with(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 201 Created\r\n{headers}\r\n{body}")
}

fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

#[tokio::test]
async fn a_content_length_that_is_not_true_or_not_one_leaves_doubt() {
    let lengths = [
        ("shorter than the body", "content-length: 5\r\n"),
        ("longer than the body", "content-length: 4000\r\n"),
        ("two that differ", "content-length: 15\r\ncontent-length: 16\r\n"),
        ("two in one that differ", "content-length: 15, 16\r\n"),
        ("negative", "content-length: -15\r\n"),
        ("with a sign", "content-length: +15\r\n"),
        ("no number", "content-length: fifteen\r\n"),
        ("more than any number", "content-length: 99999999999999999999999\r\n"),
    ];
    let faults = lengths.iter().flat_map(|(name, headers)| {
        [End::Close, End::Reset].map(|end| Fault::doubt(&format!("{name}, {end:?}"), cut(with(headers, GOOD), end)))
    });
    play(faults.collect()).await;
}

#[tokio::test]
async fn a_body_that_is_said_to_be_none_is_none() {
    let none = cut(with("content-length: 0\r\n", GOOD), End::Close);
    // To a change the status is the answer.
    play(vec![Fault::doubt("a length of nothing", none).changes_are(Verdict::Done)]).await;
}

#[tokio::test]
async fn one_content_length_said_twice_is_one() {
    let length = format!("content-length: {0}\r\ncontent-length: {0}\r\n", GOOD.len());
    play(vec![Fault::none("twice the same", cut(with(&length, GOOD), End::Close))]).await;
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection_and_has_to_be_whole() {
    play(vec![
        Fault::none("whole", cut(with("", GOOD), End::Close)),
        Fault::doubt("half of it", cut(with("", &GOOD[..8]), End::Close)),
        Fault::doubt("all of it, but broken off", cut(with("", GOOD), End::Reset)),
    ])
    .await;
}

#[tokio::test]
async fn chunks_that_break_off_or_lie_leave_doubt() {
    let (one, two) = GOOD.split_at(6);
    let bodies = [
        ("no chunk", String::new()),
        ("half of a size", "1".to_owned()),
        ("a size", "f\r\n".to_owned()),
        ("half of a chunk", format!("f\r\n{one}")),
        ("one chunk of two", chunk(one)),
        ("all but the last, empty one", chunk(GOOD)),
        ("half of the last one", format!("{}0\r\n", chunk(GOOD))),
        ("a size that is too small", format!("4\r\n{GOOD}\r\n0\r\n\r\n")),
        ("a size that is too large", format!("ff\r\n{GOOD}\r\n0\r\n\r\n")),
        ("no size", format!("xyz\r\n{GOOD}\r\n0\r\n\r\n")),
        ("a negative size", format!("-f\r\n{GOOD}\r\n0\r\n\r\n")),
        ("a size beyond all numbers", format!("fffffffffffffffffff\r\n{GOOD}\r\n0\r\n\r\n")),
    ];
    let faults = bodies.iter().flat_map(|(name, body)| {
        let bytes = with("transfer-encoding: chunked\r\n", body);
        [End::Close, End::Reset].map(|end| Fault::doubt(&format!("{name}, {end:?}"), cut(&bytes, end)))
    });
    play(faults.collect()).await;

    let body = format!("{}{}0\r\n\r\n", chunk(one), chunk(two));
    let overruled = "content-length: 3\r\ntransfer-encoding: chunked\r\n";
    play(vec![
        Fault::none("whole", cut(with("transfer-encoding: chunked\r\n", &body), End::Close)),
        Fault::none("whole, with a length that chunks overrule", cut(with(overruled, &body), End::Close)),
    ])
    .await;
}
