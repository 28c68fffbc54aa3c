//! A server on loopback that answers as it is told, for what no local AWS does by itself.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The operation, such as `TransactWriteItems`.
    pub(crate) operation: String,
    /// Its parameters.
    pub(crate) parameters: Value,
}

/// A status, and the JSON that goes with it.
pub(crate) type Answer = (u16, Value);

/// Success, with nothing to say.
pub(crate) fn done() -> Answer {
    (200, json!({}))
}

/// An error of this name.
pub(crate) fn error(name: &str) -> Answer {
    (400, json!({"__type": format!("com.example#{name}"), "message": "as told"}))
}

type Respond = dyn Fn(usize, &Call) -> Answer + Send + Sync;

struct Script {
    calls: Mutex<Vec<Call>>,
    answer: Box<Respond>,
}

/// The server; it ends when this is dropped.
pub(crate) struct StubAws {
    pub(crate) endpoint: String,
    script: Arc<Script>,
    server: JoinHandle<()>,
}

impl StubAws {
    /// Starts a server whose answer depends on how many calls there were before, and on the call.
    pub(crate) async fn start(answer: impl Fn(usize, &Call) -> Answer + Send + Sync + 'static) -> Self {
        let script = Arc::new(Script { calls: Mutex::default(), answer: Box::new(answer) });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("the port"));
        let router = axum::Router::new().fallback(respond).with_state(script.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { endpoint, script, server }
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.script.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for StubAws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn respond(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let call = Call { operation, parameters: serde_json::from_slice(&body).unwrap_or_default() };
    let mut calls = script.calls.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, answer) = (script.answer)(calls.len(), &call);
    calls.push(call);
    (StatusCode::from_u16(status).expect("a status"), answer.to_string()).into_response()
}
