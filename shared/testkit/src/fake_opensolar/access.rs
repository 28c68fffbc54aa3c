//! Who is let in, to what, and whether it is paid for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TOKEN;
use super::model::Organisation;
use super::quirks::EmptyWallet;
use crate::fake_http::Answer;

/// The machine user's login. Both are invented.
pub(super) const USERNAME: &str = "bridge@example.com";
pub(super) const PASSWORD: &str = "an invented password";
/// The machine user's id.
pub(super) const USER_ID: u64 = 4321;

/// Whether creates are paid for. OpenSolar bills each project that is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wallet {
    #[default]
    Filled,
    Empty,
}

/// Tokens, the wallet, and the projects that the plan does not cover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Access {
    /// The newest last.
    tokens: Vec<String>,
    issued: u64,
    pub(super) wallet: Wallet,
    pub(super) out_of_reach: BTreeSet<u64>,
}

impl Default for Access {
    fn default() -> Self {
        Self { tokens: vec![TOKEN.to_owned()], issued: 1, wallet: Wallet::Filled, out_of_reach: BTreeSet::new() }
    }
}

impl Access {
    pub(super) fn lets_in(&self, token: &str) -> bool {
        self.tokens.iter().any(|valid| valid == token)
    }

    /// The token to use, if any is valid.
    pub(super) fn token(&self) -> Option<&str> {
        self.tokens.last().map(String::as_str)
    }

    pub(super) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// One more token; those before stay valid.
    pub(super) fn issue_token(&mut self) -> String {
        self.issued += 1;
        let token = format!("{TOKEN}-{}", self.issued);
        self.tokens.push(token.clone());
        token
    }
}

impl Organisation {
    /// What a create is refused with while the wallet is empty.
    pub(super) fn wallet_refusal(&self) -> Option<Answer> {
        if self.access.wallet == Wallet::Filled {
            return None;
        }
        let status = match self.quirks.answers.empty_wallet {
            EmptyWallet::PaymentRequired => 402,
            EmptyWallet::Forbidden => 403,
            EmptyWallet::BadRequest => 400,
        };
        Some(Answer::json(status, json!({"detail": "Your wallet balance is too low to create projects."})))
    }

    /// The answer of a login: more than a caller needs, as there.
    pub(super) fn login_answer(&mut self) -> Value {
        let token = match self.access.token() {
            Some(token) => token.to_owned(),
            None => self.access.issue_token(),
        };
        json!({"token": token, "user": {"id": USER_ID, "email": USERNAME}, "org_id": self.id})
    }
}
