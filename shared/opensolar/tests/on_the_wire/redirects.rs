//! Answers that send us somewhere else: nobody goes there, and the token stays where it is.

use outbound::scripted_server::{Reply, ScriptedServer};

use crate::{Call, LONG, Verdict, account, client, make};

/// Where to, from a server to another.
fn destinations(here: &str, other: &str) -> Vec<String> {
    vec![
        "/api/orgs/1234/projects/".to_owned(),
        "?page=1".to_owned(),
        format!("{here}api/orgs/1234/projects/"),
        // As who calls without a slash at the end is sent to the same with one, round and round.
        format!("{here}api/orgs/1234/projects/9000001/"),
        format!("{other}api/orgs/1234/projects/"),
        format!("//{}", other.trim_start_matches("http://")),
        other.replace("http:", "https:"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "file:///etc/hostname".to_owned(),
        String::new(),
    ]
}

/// What follows from a redirect of a write. 301, 307 and 308 ask that the same be sent elsewhere, so it was not done
/// here; 303 is the answer of what was done, and 302 is used as if it were (RFC 9110, 15.4.3 and 15.4.4). 304 answers
/// no write at all.
fn of_a_write(status: u16) -> Verdict {
    match status {
        302..=304 => Verdict::Doubt,
        _ => Verdict::Refused(status),
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed_and_refuses_unless_it_may_be_the_answer_of_what_was_done() {
    let client = client();
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for call in Call::ALL {
            let other = ScriptedServer::start(vec![]).await;
            let here = ScriptedServer::start(vec![]).await;
            for (number, location) in (1..).zip(destinations(here.url.as_str(), other.url.as_str())) {
                here.plays_next(Reply::header(status, "location", &location));
                let verdict = make(call, &client, &account(&here.url, LONG)).await;
                let expected = if call == Call::Read { Verdict::Refused(status) } else { of_a_write(status) };
                assert_eq!(verdict, expected, "{call:?} is sent to {location:?} with {status}");
                assert_eq!((here.seen().len(), other.connections()), (number, 0), "{call:?}, {status}: {location:?}");
            }
        }
    }
}

#[tokio::test]
async fn where_a_write_is_sent_to_is_in_no_error_and_one_without_a_direction_is_no_different() {
    let client = client();
    for call in Call::WRITES {
        for (status, expected) in [(301, Verdict::Refused(301)), (303, Verdict::Doubt)] {
            let told = Reply::header(status, "location", "https://example.com/a-word-of-the-answer/");
            for reply in [told, Reply::text(status, "")] {
                let server = ScriptedServer::start(vec![reply]).await;
                assert_eq!(make(call, &client, &account(&server.url, LONG)).await, expected, "{call:?} {status}");
                assert_eq!(server.seen().len(), 1);
            }
        }
    }
}
