//! Statuses and heads that no well-behaved server sends, or seldom.

use outbound::scripted_server::{End, Reply};

use crate::Verdict;
use crate::plays::{Fault, GOOD, cut, play};

fn good(before: &str) -> String {
    format!("{before}content-length: {}\r\n\r\n{GOOD}", GOOD.len())
}

#[tokio::test]
async fn what_is_said_before_the_answer_is_passed_over_and_is_no_answer_by_itself() {
    let before = [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n",
    ];
    for hint in before {
        let again = hint.repeat(20);
        play(vec![
            Fault::none(
                &format!("{hint:?}, then an answer"),
                cut(again + &good("HTTP/1.1 201 Created\r\n"), End::Close),
            ),
            Fault::doubt(&format!("{hint:?}, then the end"), cut(hint, End::Close)),
            Fault::doubt(&format!("{hint:?}, then a reset"), cut(hint, End::Reset)),
        ])
        .await;
    }
    let switched = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    play(vec![Fault::doubt("another protocol", cut(switched, End::Close))]).await;
}

#[tokio::test]
async fn a_success_that_has_no_body_by_its_nature_is_enough_for_a_change_and_for_nothing_else() {
    let bare = |status: &str| cut(format!("HTTP/1.1 {status}\r\n\r\n"), End::Close);
    let kept = |status: u16| Reply::text(status, "");
    let faults = [
        ("204", kept(204)),
        ("205", kept(205)),
        ("204 without a length", bare("204 No Content")),
        ("205 without a length", bare("205 Reset Content")),
        ("204 with a body that cannot be", cut(good("HTTP/1.1 204 No Content\r\n"), End::Close)),
    ];
    play(faults.map(|(name, reply)| Fault::doubt(name, reply).changes_are(Verdict::Done)).into()).await;
}

#[tokio::test]
async fn an_older_version_of_http_and_a_head_of_few_words_are_good_enough() {
    let heads = [
        ("HTTP/1.0", "HTTP/1.0 201 Created\r\n"),
        ("HTTP/1.0 that would stay", "HTTP/1.0 201 Created\r\nconnection: keep-alive\r\n"),
        ("no reason", "HTTP/1.1 201 \r\n"),
        ("not even a space for it", "HTTP/1.1 201\r\n"),
        ("close", "HTTP/1.1 201 Created\r\nconnection: close\r\n"),
    ];
    play(heads.map(|(name, head)| Fault::none(name, cut(good(head), End::Close))).into()).await;
    let unsized_body = format!("HTTP/1.0 201 Created\r\n\r\n{GOOD}");
    play(vec![
        Fault::none("HTTP/1.0 without a length", cut(unsized_body, End::Close)),
        Fault::doubt("half of that", cut("HTTP/1.0 201 Created\r\n\r\n{\"id\": 90", End::Close)),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_http_leaves_doubt() {
    let many_headers: String = (0..200).map(|number| format!("x-{number}: a-word-of-the-answer\r\n")).collect();
    let heads = [
        ("HTTP/0.9", GOOD.to_owned()),
        ("HTTP/2.0", good("HTTP/2.0 201 Created\r\n")),
        ("HTTP/9.9", good("HTTP/9.9 201 Created\r\n")),
        ("no status", good("HTTP/1.1 Created\r\n")),
        ("a status of two digits", good("HTTP/1.1 20 Created\r\n")),
        ("a status of four digits", good("HTTP/1.1 2010 Created\r\n")),
        ("status 000", good("HTTP/1.1 000 Nothing\r\n")),
        ("a header without a name", good("HTTP/1.1 201 Created\r\n: a-word-of-the-answer\r\n")),
        ("a header without a colon", good("HTTP/1.1 201 Created\r\na-word-of-the-answer\r\n")),
        ("a zero byte in a header", good("HTTP/1.1 201 Created\r\nx: a-word\0-of-the-answer\r\n")),
        ("very many headers", good(&format!("HTTP/1.1 201 Created\r\n{many_headers}"))),
        ("a very long header", good(&format!("HTTP/1.1 201 Created\r\nx: {}\r\n", "x".repeat(1_000_000)))),
        ("another protocol", "SSH-2.0-a-word-of-the-answer\r\n".to_owned()),
        ("noise", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned()),
    ];
    play(heads.map(|(name, head)| Fault::doubt(name, cut(head, End::Close))).into()).await;
}

/// 408 is a gateway's word as often as the server's, and so are 460 and 499, which speak of a caller who left: what it
/// asked for may be done all the same.
#[tokio::test]
async fn a_status_that_does_not_say_that_nothing_was_done_leaves_doubt() {
    let statuses = [408, 460, 499, 500, 501, 502, 503, 504, 507, 520, 522, 524, 599, 600, 799, 999];
    play(statuses.map(|status| Fault::doubt(&status.to_string(), Reply::text(status, GOOD))).into()).await;
}
