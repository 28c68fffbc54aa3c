//! What an operator's client sees, over the ports in memory and the fake OpenSolar.

mod access;
mod connection;
mod customers;
mod decisions;
mod lists;
mod status;
mod syncs;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::ids::{ProjectId, RequestId, Revision};
use domain::ports::{Change, Pace, Store};
use domain::project::{Project, SyncState};
use domain::usecase::operate::activate_configuration;
use domain::webhook::sha256_hex;
use lambda_http::Service;
use opensolar::{AddressPolicy, OpenSolarClient};
use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::builders::{self, NOON, ORG};
use testkit::memory::{FixedCredential, MemoryQueue, MemoryStore, TestAmbient};

use super::*;

const TOKEN: &str = testkit::secrets::OPERATOR_TOKEN;

/// The name under which the API is asked.
const OWN_HOST: &str = "bridge.example.com";

/// The API, and what is behind it.
struct Desk {
    router: Router,
    core: Core,
    ambient: Arc<TestAmbient>,
    store: Arc<MemoryStore>,
    queue: Arc<MemoryQueue>,
    tokens: Arc<FixedCredential>,
    opensolar: FakeOpenSolar,
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Desk {
    /// An API whose organisation is configured, with the fake OpenSolar.
    async fn open() -> Self {
        let desk = Self::unconfigured().await;
        let mut document = builders::configuration_document();
        document.api_base_url = desk.opensolar.url().parse().expect("an address");
        activate_configuration(&desk.core, document, Revision::NONE).await.expect("activated");
        desk
    }

    async fn unconfigured() -> Self {
        let opensolar = FakeOpenSolar::start().await;
        let ambient = Arc::new(TestAmbient::default());
        let store = Arc::new(MemoryStore::new(ambient.clone()));
        let queue = Arc::new(MemoryQueue::new(ambient.clone()));
        let core = Core { store: store.clone(), queue: queue.clone(), ambient: ambient.clone() };
        let token = Arc::new(FixedCredential::new(opensolar.token()));
        let tokens = Arc::new(FixedCredential::new(&secret(&json!([entry(TOKEN)]))));
        let client = Arc::new(OpenSolarClient::new(token, AddressPolicy::HttpOnLoopback));
        let router = router(Ports {
            core: core.clone(),
            files: store.clone(),
            opensolar: client.clone(),
            registrations: client,
            webhook_header: "X-Webhook-Token".to_owned(),
            operator_tokens: tokens.clone(),
            pace: Pace::USUAL,
        });
        Self { router, core, ambient, store, queue, tokens, opensolar }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "").await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> Answer {
        self.ask_with(&[&format!("Bearer {TOKEN}")], method, path, body).await
    }

    async fn ask_with(&self, authorizations: &[&str], method: Method, path: &str, body: &str) -> Answer {
        let mut request = lambda_http::http::Request::builder().method(method).uri(format!("https://{OWN_HOST}{path}"));
        for value in authorizations {
            request = request.header(AUTHORIZATION, *value);
        }
        let request = request.body(lambda_http::Body::from(body.to_owned())).expect("a request");
        let response = self.router.clone().call(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        answer.is_as_every_answer();
        answer
    }

    /// A request's record is there, in this state.
    async fn has(&self, request: &str, sync: SyncState) {
        self.store.commit(vec![Change::CreateProject(record(request, sync))]).await.expect("stored");
    }

    /// A request's record is linked to this project of OpenSolar.
    async fn has_linked(&self, request: &str, project: &ProjectId) {
        let mut record = builders::complete_project(request);
        record.read = None;
        record.remote.as_mut().expect("linked").project = project.clone();
        self.store.commit(vec![Change::CreateProject(record)]).await.expect("stored");
    }

    async fn project(&self, request: &str) -> Project {
        let id: RequestId = request.parse().expect("an id");
        self.store.project(ORG, &id).await.expect("the store answers").expect("a record")
    }
}

impl Answer {
    /// Nobody keeps it, and what is refused is refused in one way.
    fn is_as_every_answer(&self) {
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.headers["x-content-type-options"], "nosniff");
        assert_eq!(self.headers["referrer-policy"], "no-referrer");
        assert!(self.headers.contains_key("content-security-policy"));
        assert!(self.headers.contains_key("strict-transport-security"));
        if 400 <= self.status && !self.body.is_null() && self.body.get("table").is_none() {
            assert_eq!(self.headers["content-type"], "application/problem+json");
            assert_eq!((&self.body["type"], &self.body["status"]), (&json!("about:blank"), &json!(self.status)));
            for text in ["title", "code", "detail"] {
                assert!(self.body[text].as_str().is_some_and(|text| !text.is_empty()), "{}", self.body);
            }
        }
    }

    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The fields that are wrong.
    fn wrong(&self) -> Vec<&str> {
        assert_eq!(self.code(), (400, "invalid_fields"), "{}", self.body);
        let errors = self.body["errors"].as_array().expect("errors");
        errors.iter().map(|error| error["field"].as_str().expect("a name")).collect()
    }
}

/// A record that is not linked, in this state.
fn record(request: &str, sync: SyncState) -> Project {
    Project { sync, ..builders::pending_project(request) }
}

fn entry(token: &str) -> Value {
    json!({"name": "Tendai", "sha256": sha256_hex(token.as_bytes())})
}

fn secret(entries: &Value) -> String {
    entries.to_string()
}
