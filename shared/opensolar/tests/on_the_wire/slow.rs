//! Servers that take their time, and those that take all of it.

use outbound::scripted_server::{End, Reply};

use crate::plays::{Fault, GOOD, cut, play, play_until_time_is_up};

fn good() -> Vec<u8> {
    format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len()).into_bytes()
}

#[tokio::test]
async fn an_answer_byte_by_byte_is_an_answer_and_half_of_one_is_none() {
    let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 4\r\n\r\nnull".to_vec();
    let chunks =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"id\r\nb\r\n\": 9000001}\r\n0\r\n\r\n".to_vec();
    play(vec![
        Fault::none("a whole answer", Reply::Drip(good(), End::Close)),
        Fault::none("chunks", Reply::Drip(chunks.clone(), End::Close)),
        Fault::doubt("half of the answer", Reply::Drip(good()[..50].to_vec(), End::Close)),
        Fault::doubt("half of the chunks", Reply::Drip(chunks[..60].to_vec(), End::Reset)),
        Fault::refusal("a refusal", 400, Reply::Drip(refusal, End::Close)),
    ])
    .await;
}

#[tokio::test]
async fn who_does_not_come_to_an_end_leaves_doubt_when_the_time_is_up() {
    let good = good();
    let parts = [0, 5, 12, 30, good.len() - GOOD.len(), good.len() - 1];
    let stop = parts.map(|length| Fault::doubt(&format!("{length} bytes"), cut(&good[..length], End::Silence)));
    let drip = parts.map(|length| {
        Fault::doubt(&format!("{length} bytes, one by one"), Reply::Drip(good[..length].to_vec(), End::Silence))
    });
    let before = [0, 1, 40]
        .map(|heard| Fault::doubt(&format!("{heard} bytes heard"), Reply::Early(heard, Vec::new(), End::Silence)));
    play_until_time_is_up(stop.into_iter().chain(drip).chain(before).collect()).await;
}

#[tokio::test]
async fn a_body_that_does_not_end_takes_no_more_than_the_time_and_its_refusal_is_still_one() {
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"i\r\n";
    let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 50\r\n\r\n{\"detail";
    let unsized_body = format!("HTTP/1.1 201 Created\r\n\r\n{GOOD}");
    play_until_time_is_up(vec![
        Fault::doubt("chunks", cut(chunks, End::Silence)),
        Fault::doubt("a body that only its end would end", cut(unsized_body, End::Silence)),
        Fault::refusal("a refusal", 403, cut(refusal, End::Silence)),
    ])
    .await;
}
