use domain::jobs::{QueueName, WebhookJob};
use lambda_http::http::{Method, header::CONTENT_TYPE};
use testkit::memory::{FixedCredential, MemoryQueue, TestAmbient};

use super::*;

const KEY: &str = "a key of sixteen bytes or more";

struct Doorstep {
    door: Door,
    queue: Arc<MemoryQueue>,
}

fn doorstep() -> Doorstep {
    let ambient = Arc::new(TestAmbient::default());
    let queue = Arc::new(MemoryQueue::new(ambient.clone()));
    let keys = format!(r#"[{{"key": "{KEY}", "org_id": 1234}}]"#);
    let door = Door {
        keys: Arc::new(FixedCredential::new(&keys)),
        queue: queue.clone(),
        ambient,
        header: HeaderName::from_static("x-webhook-token"),
    };
    Doorstep { door, queue }
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

    fn taken(&self) -> Vec<domain::jobs::QueueMessage> {
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
