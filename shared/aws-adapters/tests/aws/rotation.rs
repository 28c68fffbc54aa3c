//! A webhook key is replaced while deliveries come in: by the book and in a hurry, no delivery is lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use aws_adapters::secrets::SecretsManagerCredential;
use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::QueueName;
use domain::ports::Ambient;
use domain::usecase::ingest_webhook::{Answer, Knock, ingest_webhook};
use serde_json::json;
use testkit::memory::{MemoryQueue, TestAmbient};
use testkit::signing::sign;

use crate::secrets::credential;
use crate::stub::{StubAws, error};

const OLD: &str = "the invented key that is replaced";
const NEW: &str = "the invented key that replaces it";
const FOREIGN: &str = "a key that nobody here has ever seen";

/// So many instances of the function answer in turn, each with what it remembers of the secret.
const DOORS: usize = 3;

/// A sender that was told to try again does so after this long.
const TRIES_AGAIN: TimeDelta = TimeDelta::seconds(17);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Header,
    Hmac,
}

impl Scheme {
    fn secret(self, keys: &[&str]) -> String {
        let scheme = match self {
            Self::Header => "header",
            Self::Hmac => "hmac",
        };
        let key = |key: &&str| json!({"key": key, "org_id": 1234, "scheme": scheme});
        json!(keys.iter().map(key).collect::<Vec<_>>()).to_string()
    }
}

/// A delivery that is not taken yet: its body, the key that it was made with, and when it is sent next.
struct Outgoing {
    body: String,
    key: &'static str,
    at: DateTime<Utc>,
}

struct Rotation {
    scheme: Scheme,
    secret: Arc<Mutex<String>>,
    doors: Vec<SecretsManagerCredential>,
    ambient: Arc<TestAmbient>,
    queue: MemoryQueue,
    outgoing: VecDeque<Outgoing>,
    sent: usize,
    /// How often each answer was given, to our own sender and to the stranger.
    answers: BTreeMap<&'static str, usize>,
    first_use_of_new: Option<DateTime<Utc>>,
    _stub: StubAws,
}

impl Rotation {
    async fn start(scheme: Scheme) -> Self {
        let secret = Arc::new(Mutex::new(scheme.secret(&[OLD])));
        let shown = secret.clone();
        let stub = StubAws::start(move |earlier, _| {
            let text = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // Now and then Secrets Manager does not answer.
            if earlier % 7 == 6 { error("InternalServiceError") } else { (200, json!({ "SecretString": text })) }
        })
        .await;
        let ambient = Arc::new(TestAmbient::default());
        let doors = (0..DOORS).map(|_| credential(&stub, &ambient)).collect();
        let queue = MemoryQueue::new(ambient.clone());
        let (outgoing, answers) = (VecDeque::new(), BTreeMap::new());
        Self { scheme, secret, doors, ambient, queue, outgoing, sent: 0, answers, first_use_of_new: None, _stub: stub }
    }

    fn put(&self, keys: &[&str]) {
        *self.secret.lock().unwrap_or_else(PoisonError::into_inner) = self.scheme.secret(keys);
    }

    /// Time goes by, with a delivery each second and a stranger every three.
    async fn run(&mut self, seconds: usize, key: &'static str) {
        for second in 0..seconds {
            let now = self.ambient.advance(TimeDelta::seconds(1));
            self.sent += 1;
            let number = self.sent;
            let body = json!({"model": "Project", "model_id": number, "event": "UPDATE", "event_id": number});
            self.outgoing.push_back(Outgoing { body: body.to_string(), key, at: now });
            self.send_what_is_due().await;
            if second % 3 == 0 {
                let answer = self.knock(second / 3, FOREIGN, r#"{"model": "Project", "model_id": 1}"#).await;
                assert!(matches!(answer, Answer::Refused | Answer::TryAgain), "a stranger was answered {answer:?}");
            }
        }
    }

    async fn send_what_is_due(&mut self) {
        let now = self.ambient.now();
        for _ in 0..self.outgoing.len() {
            let Some(delivery) = self.outgoing.pop_front() else { return };
            if now < delivery.at {
                self.outgoing.push_back(delivery);
                continue;
            }
            match self.knock(self.sent, delivery.key, &delivery.body).await {
                Answer::Accepted => {
                    *self.answers.entry("accepted").or_default() += 1;
                    if delivery.key == NEW {
                        self.first_use_of_new.get_or_insert(now);
                    }
                }
                Answer::TryAgain => {
                    *self.answers.entry("try again").or_default() += 1;
                    self.outgoing.push_back(Outgoing { at: now + TRIES_AGAIN, ..delivery });
                }
                answer => panic!("a delivery of {} is lost at {now}: {answer:?}", delivery.key),
            }
        }
    }

    async fn knock(&self, door: usize, key: &str, body: &str) -> Answer {
        let signature = sign(key, body.as_bytes());
        let (credential, signature) = match self.scheme {
            Scheme::Header => (Some(key.as_bytes()), None),
            Scheme::Hmac => (None, Some(signature.as_bytes())),
        };
        let knock = Knock { credential, signature, headers: BTreeMap::new(), body: body.as_bytes() };
        ingest_webhook(&self.doors[door % DOORS], &self.queue, &*self.ambient, knock).await
    }

    /// Everything that was sent is on the queue, once.
    fn has_lost_nothing(&self) {
        assert!(self.outgoing.is_empty(), "{} are still on their way", self.outgoing.len());
        assert_eq!(self.queue.waiting(QueueName::Webhooks).len(), self.sent, "{:?}", self.answers);
        assert!(self.first_use_of_new.is_some());
    }
}

#[tokio::test]
async fn by_the_book_no_delivery_is_lost() {
    for scheme in [Scheme::Header, Scheme::Hmac] {
        let mut rotation = Rotation::start(scheme).await;
        rotation.run(90, OLD).await;
        rotation.put(&[OLD, NEW]);
        rotation.run(61, OLD).await;
        rotation.run(40, NEW).await;
        assert!(rotation.first_use_of_new.is_some(), "its first use is seen before the old one goes");
        rotation.put(&[NEW]);
        rotation.run(120, NEW).await;
        rotation.has_lost_nothing();
    }
}

#[tokio::test]
async fn in_a_hurry_some_are_asked_to_come_again_and_none_is_lost() {
    for scheme in [Scheme::Header, Scheme::Hmac] {
        for change_at in [90, 93, 97] {
            let mut rotation = Rotation::start(scheme).await;
            rotation.run(change_at, OLD).await;
            rotation.put(&[OLD, NEW]);
            // The sender has the new key at the same moment, and nobody waits for what the doors remember.
            rotation.run(200, NEW).await;
            rotation.put(&[NEW]);
            // What is still to be sent again gets through, whenever its turn is.
            rotation.run(1, NEW).await;
            for _ in 0..10 {
                rotation.ambient.advance(TRIES_AGAIN);
                rotation.send_what_is_due().await;
            }
            rotation.has_lost_nothing();
            assert!(rotation.answers.contains_key("try again"), "{scheme:?}: {:?}", rotation.answers);
        }
    }
}
