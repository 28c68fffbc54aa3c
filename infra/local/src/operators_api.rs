//! The operators' API, asked from outside with the stack's own token.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;

/// The API of one stack.
#[derive(Clone)]
pub struct OperatorsApi {
    http: Client,
    base: String,
    token: String,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its `Content-Type`, empty without one.
    pub content_type: String,
    /// Its JSON; null where it has none.
    pub body: Value,
}

impl OperatorsApi {
    /// The API of a running stack; nothing is sent yet.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn of(endpoints: &Endpoints) -> Result<Self, LocalError> {
        let (base, token) = (endpoints.api_base_url.clone(), endpoints.operator_token.clone());
        Ok(Self { http: http::client()?, base, token })
    }

    /// The same API, asked with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Reads; the path begins below `/api/opensolar`.
    ///
    /// # Errors
    /// If nobody answers. A refusal is an answer.
    pub async fn get(&self, path: &str) -> Result<Answer, LocalError> {
        self.ask(Method::GET, &format!("/api/opensolar{path}"), String::new()).await
    }

    /// Asks for something to be done; the path begins below `/api/opensolar`.
    ///
    /// # Errors
    /// As [`OperatorsApi::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, LocalError> {
        self.ask(Method::POST, &format!("/api/opensolar{path}"), body.to_string()).await
    }

    /// Has something be as the body says; the path begins below `/api/opensolar`.
    ///
    /// # Errors
    /// As [`OperatorsApi::get`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, LocalError> {
        self.ask(Method::PUT, &format!("/api/opensolar{path}"), body.to_string()).await
    }

    /// Sends a request as it is, to a path from the API's root.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: String) -> Result<Answer, LocalError> {
        let operation = "asking the operators' API";
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.map_err(LocalError::call(operation))?;
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let (status, content_type) = (answer.status().as_u16(), content_type.unwrap_or_default().to_owned());
        let text = answer.text().await.map_err(LocalError::call(operation))?;
        Ok(Answer { status, content_type, body: serde_json::from_str(&text).unwrap_or_default() })
    }
}
