//! Connections that break off, at each place where they can.

use outbound::scripted_server::{End, Reply};

use crate::plays::{Fault, GOOD, cut, play};

/// A whole answer, and each part of it.
fn answer(part: &str) -> String {
    let head = format!("HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", GOOD.len());
    match part {
        "nothing" => String::new(),
        "half of the status line" => "HTTP/1.1 20".to_owned(),
        "the status line" => "HTTP/1.1 201 Created\r\n".to_owned(),
        "half of the headers" => "HTTP/1.1 201 Created\r\ncontent-ty".to_owned(),
        "all headers but the empty line" => head,
        "the headers" => format!("{head}\r\n"),
        "half of the body" => format!("{head}\r\n{}", &GOOD[..7]),
        "all but one byte" => format!("{head}\r\n{}", &GOOD[..GOOD.len() - 1]),
        other => panic!("no part of an answer: {other}"),
    }
}

#[tokio::test]
async fn a_connection_that_ends_within_the_answer_leaves_doubt_wherever_that_is() {
    let parts = [
        "nothing",
        "half of the status line",
        "the status line",
        "half of the headers",
        "all headers but the empty line",
        "the headers",
        "half of the body",
        "all but one byte",
    ];
    let faults = parts.into_iter().flat_map(|part| {
        [End::Close, End::Reset].map(|end| Fault::doubt(&format!("{part}, then {end:?}"), cut(answer(part), end)))
    });
    play(faults.collect()).await;
}

#[tokio::test]
async fn a_connection_that_ends_within_the_request_leaves_doubt_since_bytes_of_it_were_on_their_way() {
    let faults = [0, 1, 40, 150].into_iter().flat_map(|heard| {
        [End::Close, End::Reset].map(|end| {
            let told = format!("{heard} bytes read, then {end:?}");
            Fault::doubt(&told, Reply::Early(heard, Vec::new(), end))
        })
    });
    play(faults.collect()).await;
}

#[tokio::test]
async fn what_happens_to_a_connection_after_the_whole_answer_does_not_matter() {
    let whole = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len());
    let faults = [End::Close, End::Reset, End::Silence];
    play(faults.map(|end| Fault::none(&format!("a whole answer, then {end:?}"), cut(&whole, end))).into()).await;
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_a_refusal_once_its_headers_are_there() {
    let head = "HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n";
    for end in [End::Close, End::Reset] {
        play(vec![
            Fault::refusal(&format!("the headers, then {end:?}"), 400, cut(head, end)),
            Fault::refusal(&format!("half a body, then {end:?}"), 400, cut(format!("{head}{{\"add"), end)),
            Fault::doubt(&format!("half the headers, then {end:?}"), cut(&head[..40], end)),
        ])
        .await;
    }
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_was_read_is_its_answer_only_if_it_refuses_or_names_the_project() {
    let refusal = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n".to_vec();
    let broken = b"HTTP/1.1 201 Created\r\ncontent-length: 90\r\n\r\n".to_vec();
    play(vec![
        Fault::refusal("a refusal at the first byte", 413, Reply::Early(1, refusal, End::Silence)),
        Fault::doubt("half a success at the first byte", Reply::Early(1, broken, End::Close)),
    ])
    .await;
}
