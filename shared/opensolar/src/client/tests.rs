mod creates;
mod lists;
mod reads;
mod updates;

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ports::{CredentialError, OpenSolar, SecretText};
use domain::remote::{CreatedProject, ProjectPage, RemoteProject};
use outbound::scripted_server::{Reply, ScriptedServer};
use serde_json::{Value, json};

use super::*;
use crate::live::tests::{account, new_project};

/// Hands out its tokens one by one, the next at each refresh, and keeps the last.
struct Tokens(Mutex<Vec<&'static str>>);

#[async_trait]
impl Credential for Tokens {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        let tokens = self.0.lock().expect("no test panics with it");
        tokens.last().map(|token| SecretText::new(token)).ok_or(CredentialError::Missing { name: "token".to_owned() })
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        {
            let mut tokens = self.0.lock().expect("no test panics with it");
            if 1 < tokens.len() {
                tokens.pop();
            }
        }
        self.current().await
    }
}

/// The client and an account on a server that plays these replies.
struct Scene {
    server: ScriptedServer,
    client: OpenSolarClient,
    account: Account,
}

impl Scene {
    async fn with(replies: Vec<Reply>) -> Self {
        Self::with_tokens(&["first"], replies).await
    }

    async fn with_tokens(tokens: &[&'static str], replies: Vec<Reply>) -> Self {
        let server = ScriptedServer::start(replies).await;
        let tokens = Tokens(Mutex::new(tokens.iter().rev().copied().collect()));
        let mut client = OpenSolarClient::new(Arc::new(tokens), AddressPolicy::HttpOnLoopback);
        client.back_off = BackOff { first: Duration::ZERO, longest: Duration::ZERO };
        let account = Account { api_base_url: server.url.clone(), ..account() };
        Self { server, client, account }
    }

    async fn create(&self) -> Result<CreatedProject, OpenSolarError> {
        self.client.create_project(&self.account, &new_project()).await
    }

    async fn read(&self) -> Result<RemoteProject, OpenSolarError> {
        self.client.project(&self.account, &9_000_001.into()).await
    }

    fn lines(&self) -> Vec<String> {
        self.server.seen().into_iter().map(|seen| seen.line).collect()
    }
}

fn project() -> Value {
    json!({"id": 9000001, "title": "12 Example Street"})
}
