//! Connections that are not there, and those that were.

use std::net::TcpListener;

use outbound::scripted_server::{End, Reply, ScriptedServer};
use url::Url;

use crate::plays::{GOOD, cut};
use crate::{Call, LONG, SHORT, Verdict, account, client, make};

/// A whole answer after which the server stops listening to this connection.
fn good_then(end: End) -> Reply {
    cut(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{GOOD}", GOOD.len()), end)
}

fn at(listener: &TcpListener, scheme: &str) -> Url {
    let address = listener.local_addr().expect("a bound address");
    Url::parse(&format!("{scheme}://{address}")).expect("an address")
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

#[tokio::test]
async fn each_write_has_a_connection_of_its_own_whatever_became_of_the_one_before() {
    for end in [End::Close, End::Reset, End::Silence] {
        let server = ScriptedServer::start(vec![good_then(end); 9]).await;
        let (client, account) = (client(), account(&server.url, LONG));
        for (number, call) in (1..).zip([Call::WRITES, Call::WRITES].concat()) {
            assert_eq!(make(call, &client, &account).await, Verdict::Done, "{call:?} after {end:?}");
            assert_eq!((server.seen().len(), server.connections()), (number, number), "{call:?} after {end:?}");
        }
    }
}

#[tokio::test]
async fn a_write_does_not_take_the_connection_that_a_read_has_kept() {
    let server = ScriptedServer::start(vec![Reply::text(200, GOOD); 9]).await;
    let (client, account) = (client(), account(&server.url, LONG));
    for call in [Call::Read, Call::Create, Call::Read, Call::ChangeProject, Call::Read, Call::ChangeContact] {
        assert_eq!(make(call, &client, &account).await, Verdict::Done, "{call:?}");
    }
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 2, 1, 3, 1, 4]);
}

#[tokio::test]
async fn a_read_on_a_connection_that_was_closed_meanwhile_is_answered_on_another() {
    for end in [End::Close, End::Reset] {
        let server = ScriptedServer::start(vec![good_then(end); 9]).await;
        let (client, account) = (client(), account(&server.url, LONG));
        for number in 1..=4 {
            assert_eq!(make(Call::Read, &client, &account).await, Verdict::Done, "{end:?}");
            assert_eq!((server.seen().len(), server.connections()), (number, number), "{end:?}");
        }
    }
}

/// What follows an answer on its connection belongs to nobody: a read must not take it for its own.
#[tokio::test]
async fn a_second_answer_to_one_request_is_nobodys() {
    let answer = |id: u32| format!("HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{{\"id\":{id}}}");
    let twice = answer(9_000_001) + &answer(9_000_002);
    let server = ScriptedServer::start(vec![cut(twice, End::Silence); 9]).await;
    let (client, account) = (client(), account(&server.url, LONG));
    for call in [Call::Read, Call::Read, Call::ChangeProject, Call::Read] {
        assert_eq!(make(call, &client, &account).await, Verdict::Done, "{call:?}");
    }
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    // Given up again, so that it is most likely nobody's.
    let base = at(&listener(), "http");
    let client = client();
    for call in Call::ALL {
        assert_eq!(make(call, &client, &account(&base, LONG)).await, Verdict::NotSent, "{call:?}");
    }
}

#[tokio::test]
async fn who_takes_the_connection_and_never_answers_leaves_doubt_even_if_nobody_reads() {
    // The system takes connections and bytes for a listener; nobody ever accepts them.
    let listener = listener();
    let client = client();
    for call in Call::ALL {
        let verdict = make(call, &client, &account(&at(&listener, "http"), SHORT)).await;
        assert_eq!(verdict, Verdict::Doubt, "{call:?}");
    }
}

#[tokio::test]
async fn where_tls_is_expected_and_not_spoken_nothing_is_sent() {
    let client = client();
    for words in [&b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"[..], b"SSH-2.0-example\r\n", b""] {
        for end in [End::Close, End::Reset] {
            for call in Call::ALL {
                let server = ScriptedServer::start(vec![Reply::Early(1, words.to_vec(), end); 9]).await;
                let base = Url::parse(&server.url.as_str().replace("http:", "https:")).expect("an address");
                let verdict = make(call, &client, &account(&base, LONG)).await;
                assert_eq!((verdict, server.seen().len()), (Verdict::NotSent, 0), "{call:?}: {words:?}, {end:?}");
            }
        }
    }
}

/// Nothing of the call was sent either, but when the time is up nobody can tell: doubt is the safe answer.
#[tokio::test]
async fn a_handshake_that_does_not_end_in_time_leaves_doubt() {
    let listener = listener();
    let client = client();
    for call in Call::ALL {
        let verdict = make(call, &client, &account(&at(&listener, "https"), SHORT)).await;
        assert_eq!(verdict, Verdict::Doubt, "{call:?}");
    }
}
