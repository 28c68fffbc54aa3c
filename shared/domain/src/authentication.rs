//! Who may knock: the webhooks' keys and the operators' tokens, compared so that the duration tells nothing.

mod operator_tokens;
mod webhook_keys;

pub use operator_tokens::{Operator, OperatorTokens, SHORTEST_TOKEN, UnusableTokens};
pub use webhook_keys::{SHORTEST_KEY, UnusableKeys, WebhookKeys};
