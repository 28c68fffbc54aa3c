use chrono::TimeDelta;
use domain::authentication::Scheme;
use domain::jobs::{QueueMessage, QueueName, ReceivedDelivery, WebhookJob};
use lambda_http::http::{Method, header::CONTENT_TYPE};
use testkit::memory::{FixedCredential, MemoryQueue, TestAmbient};
use testkit::signing::sign;

use super::*;

mod refused;

const KEY: &str = "a key of sixteen bytes or more";

struct Doorstep {
    door: Door,
    queue: Arc<MemoryQueue>,
    keys: Arc<FixedCredential>,
    ambient: Arc<TestAmbient>,
}

fn doorstep() -> Doorstep {
    doorstep_with(&format!(r#"[{{"key": "{KEY}", "org_id": 1234}}]"#))
}

/// The door with these keys in its secret.
fn doorstep_with(keys: &str) -> Doorstep {
    let ambient = Arc::new(TestAmbient::default());
    let queue = Arc::new(MemoryQueue::new(ambient.clone()));
    let keys = Arc::new(FixedCredential::new(keys));
    let door = Door {
        keys: keys.clone(),
        queue: queue.clone(),
        ambient: ambient.clone(),
        header: HeaderName::from_static("x-webhook-token"),
    };
    Doorstep { door, queue, keys, ambient }
}

/// The door of an organisation whose deliveries are signed with [`KEY`].
fn signed_doorstep() -> Doorstep {
    doorstep_with(&format!(r#"[{{"key": "{KEY}", "org_id": 1234, "scheme": "hmac"}}]"#))
}

impl Doorstep {
    async fn knock(&self, keys: &[&str], body: &[u8]) -> u16 {
        self.knock_with(Some("application/json"), keys, body).await
    }

    async fn knock_with(&self, content_type: Option<&str>, keys: &[&str], body: &[u8]) -> u16 {
        let mut request =
            lambda_http::http::Request::builder().method(Method::POST).header("cookie", "not for the log");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        for key in keys {
            request = request.header("X-Webhook-Token", *key);
        }
        let request = request.body(Body::Binary(body.to_vec())).expect("a request");
        handle(&self.door, request).await.expect("an answer").status().as_u16()
    }

    /// A request with exactly these headers; the status and the body of its answer.
    async fn knock_by(&self, headers: &[(&str, &[u8])], body: &[u8]) -> (u16, Vec<u8>) {
        let mut request = lambda_http::http::Request::builder().method(Method::POST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::Binary(body.to_vec())).expect("a request");
        let answer = handle(&self.door, request).await.expect("an answer");
        (answer.status().as_u16(), answer.body().to_vec())
    }

    async fn knock_signed(&self, body: &[u8]) -> u16 {
        let signature = sign(KEY, body);
        self.knock_by(&[(SIGNATURE_HEADER, signature.as_bytes())], body).await.0
    }

    fn deliveries(&self) -> Vec<ReceivedDelivery> {
        let delivery = |message: &QueueMessage| match serde_json::from_str(&message.body).expect("a job") {
            WebhookJob::Delivery(delivery) => delivery,
            other => panic!("not a delivery: {other:?}"),
        };
        self.taken().iter().map(delivery).collect()
    }

    fn taken(&self) -> Vec<QueueMessage> {
        self.queue.waiting(QueueName::Webhooks)
    }
}

const DELIVERY: &[u8] = br#"{"model": "Project", "model_id": 9000001, "event": "UPDATE", "event_id": 1, "fields": {}}"#;

#[tokio::test]
async fn a_delivery_is_one_message_in_its_projects_group() {
    let doorstep = doorstep();
    assert_eq!(doorstep.knock(&[KEY], DELIVERY).await, 200);
    let taken = doorstep.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].queue, taken[0].group.as_str()), (QueueName::Webhooks, "9000001"));
    let WebhookJob::Delivery(delivery) = serde_json::from_str(&taken[0].body).expect("a job") else {
        panic!("not a delivery")
    };
    assert_eq!(delivery.org_id.0, 1234);
    assert_eq!(delivery.headers.keys().collect::<Vec<_>>(), ["content-type"]);
}

#[tokio::test]
async fn of_the_headers_those_on_the_list_are_kept_and_no_others() {
    let doorstep = doorstep();
    let long = "x".repeat(HEADER_LIMIT + 1);
    let headers: [(&str, &[u8]); 9] = [
        ("X-Webhook-Token", KEY.as_bytes()),
        ("Content-Type", b"application/json"),
        ("User-Agent", long.as_bytes()),
        ("X-Amzn-Trace-Id", b"Root=1-0"),
        ("Authorization", b"Bearer of something"),
        ("Cookie", b"of somebody"),
        ("X-Forwarded-For", b"203.0.113.7"),
        ("X-OpenSolar-Signature", b"00ff"),
        ("From", b"rudo@example.com"),
    ];
    assert_eq!(doorstep.knock_by(&headers, DELIVERY).await.0, 200);
    let [delivery] = &doorstep.deliveries()[..] else { panic!("one delivery") };
    assert_eq!(delivery.headers.keys().collect::<Vec<_>>(), KEPT_HEADERS);
    assert_eq!(delivery.headers["user-agent"].len(), HEADER_LIMIT);
}

#[tokio::test]
async fn a_delivery_is_taken_by_its_bytes_whatever_its_type_says() {
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/xml")] {
        let doorstep = doorstep();
        assert_eq!(doorstep.knock_with(content_type, &[KEY], DELIVERY).await, 200, "{content_type:?}");
        assert_eq!((doorstep.taken().len(), doorstep.taken()[0].group.as_str()), (1, "9000001"), "{content_type:?}");
    }
}

#[tokio::test]
async fn without_a_valid_credential_nothing_is_taken_whatever_else_is_wrong() {
    let doorstep = doorstep();
    let keys: [&[&str]; 4] = [&[], &[""], &["another key of some length"], &[KEY, KEY]];
    for keys in keys {
        for body in [DELIVERY, b"not json", b""] {
            assert_eq!(doorstep.knock(keys, body).await, 401, "{keys:?}");
        }
    }
    assert!(doorstep.taken().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_taken_and_answered_400() {
    let doorstep = doorstep();
    for body in [&b"not json"[..], b"[]", br#"{"model": "Project", "model_id": {}}"#] {
        assert_eq!(doorstep.knock(&[KEY], body).await, 400);
    }
    assert_eq!(doorstep.taken().len(), 3);
}

#[tokio::test]
async fn an_object_without_model_or_id_is_accepted() {
    let doorstep = doorstep();
    assert_eq!(doorstep.knock(&[KEY], b"{}").await, 200);
    assert_eq!(doorstep.taken().len(), 1);
}

#[tokio::test]
async fn of_a_body_too_large_the_envelope_is_kept() {
    let doorstep = doorstep();
    let blob = "x".repeat(300 * 1024);
    let body =
        format!(r#"{{"model": "Project", "model_id": 9000001, "event": "UPDATE", "fields": {{"design": "{blob}"}}}}"#);
    assert_eq!(doorstep.knock(&[KEY], body.as_bytes()).await, 200);
    let taken = doorstep.taken();
    assert_eq!(taken[0].group, "9000001");
    assert!(taken[0].body.len() < 2_000);
}

#[tokio::test]
async fn without_keys_or_without_a_queue_the_sender_is_asked_to_try_again() {
    let mut doorstep = doorstep();
    doorstep.queue.fail_next(1);
    assert_eq!(doorstep.knock(&[KEY], DELIVERY).await, 503);
    doorstep.door.keys = Arc::new(FixedCredential::missing());
    assert_eq!(doorstep.knock(&[KEY], DELIVERY).await, 503);
}

const EVENT: &[u8] =
    br#"{"event_type": "project.contract_signed", "event_id": 1, "project": {"id": 9000001, "status": "contract"}}"#;

#[tokio::test]
async fn a_signed_event_is_one_message_in_its_projects_group_that_says_that_it_was_signed() {
    let doorstep = signed_doorstep();
    assert_eq!(doorstep.knock_signed(EVENT).await, 200);
    let upper = format!("sha256={}", sign(KEY, DELIVERY).to_uppercase());
    assert_eq!(doorstep.knock_by(&[("X-OpenSolar-Signature", upper.as_bytes())], DELIVERY).await.0, 200);
    assert!(doorstep.taken().iter().all(|message| message.group == "9000001"));
    assert!(doorstep.deliveries().iter().all(|delivery| delivery.scheme == Scheme::Hmac));

    let doorstep = self::doorstep();
    assert_eq!(doorstep.knock(&[KEY], EVENT).await, 200);
    assert_eq!(doorstep.deliveries()[0].scheme, Scheme::Header);
}

#[tokio::test]
async fn an_event_that_is_too_large_is_taken_by_its_envelope_and_refused() {
    let doorstep = signed_doorstep();
    let notes = "x".repeat(300 * 1024);
    let body = format!(
        r#"{{"event_type": "project.contract_signed", "timestamp": "2026-11-20T12:00:00Z",
            "project": {{"id": 9000001, "notes": "{notes}"}}}}"#
    );
    assert_eq!(doorstep.knock_signed(body.as_bytes()).await, 413);
    let taken = doorstep.taken();
    assert_eq!((taken.len(), taken[0].group.as_str()), (1, "9000001"));
    assert!(taken[0].body.len() < 2_000);
    assert_eq!(doorstep.deliveries()[0].cut_from, Some(body.len()));
}

#[tokio::test]
async fn of_a_body_that_is_too_large_and_no_json_the_beginning_is_kept_and_said_to_be_cut() {
    let doorstep = signed_doorstep();
    let body = [EVENT, " ".repeat(300 * 1024).as_bytes(), b"x"].concat();
    assert_eq!(doorstep.knock_signed(&body).await, 400);
    assert_eq!(doorstep.deliveries()[0].cut_from, Some(body.len()), "by itself the beginning would be an event");
}

#[tokio::test]
async fn an_event_without_id_and_time_is_known_by_its_arrival_and_others_by_their_bodies() {
    let bare = br#"{"event_type": "project.contract_signed", "project": {"id": 9000001}}"#;
    for (body, messages) in [(&bare[..], 2), (EVENT, 1)] {
        let doorstep = signed_doorstep();
        for _ in 0..2 {
            assert_eq!(doorstep.knock_signed(body).await, 200);
            doorstep.ambient.advance(TimeDelta::seconds(1));
        }
        assert_eq!(doorstep.taken().len(), messages);
    }
}

#[tokio::test]
async fn what_does_not_fit_and_cannot_be_looked_at_again_so_soon_is_asked_to_try_again() {
    let doorstep = doorstep();
    doorstep.keys.was_just_read_again();
    assert_eq!(doorstep.knock(&["a key that was put a moment ago"], DELIVERY).await, 503);
    assert_eq!(doorstep.knock(&[KEY], DELIVERY).await, 200);
    for keys in [&[][..], &[""], &["too short"], &[KEY, KEY]] {
        assert_eq!(doorstep.knock(keys, DELIVERY).await, 401, "no key can fit that: {keys:?}");
    }
    doorstep.keys.may_be_read_again();
    assert_eq!(doorstep.knock(&["a key that was put a moment ago"], DELIVERY).await, 401);
}
