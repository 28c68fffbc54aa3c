//! A plain HTTP client for either fake.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::{Map, Value};
use testkit::{FakeOpenSolar, FakeWhatsApp};

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Null if the body is no JSON.
    pub(crate) body: Value,
    pub(crate) response_headers: reqwest::header::HeaderMap,
}

pub(crate) struct Caller {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Caller {
    /// Calls below the fake's organisation, with its token.
    pub(crate) fn of_opensolar(fake: &FakeOpenSolar) -> Self {
        Self::new(format!("{}/api/orgs/{}", fake.url(), fake.org_id()), Some(fake.token()))
    }

    pub(crate) fn of_whatsapp(fake: &FakeWhatsApp) -> Self {
        Self::new(format!("{}/v23.0/{}", fake.url(), fake.phone_number_id()), Some(fake.token()))
    }

    pub(crate) fn new(base: String, token: Option<&str>) -> Self {
        // For the whole process; that somebody did it before is all right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]).build();
        Self { client: client.expect("a client"), base, token: token.map(str::to_owned) }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let response = self.try_call(method, path, body).await.expect("an answer");
        let status = response.status().as_u16();
        let response_headers = response.headers().clone();
        let text = response.text().await.expect("a whole body");
        Reply { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), response_headers }
    }

    pub(crate) async fn try_call(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }
}

/// The fields of a JSON object.
pub(crate) fn fields(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

/// The members of a JSON list.
pub(crate) fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a bare array")
}
