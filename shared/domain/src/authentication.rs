//! Who may knock: the webhooks' keys and the operators' tokens, compared so that the duration tells nothing.

mod hex;
mod operator_tokens;
mod signature;
mod webhook_keys;

pub use operator_tokens::{Operator, OperatorTokens, SHORTEST_TOKEN, UnusableTokens};
pub use signature::{Signature, SigningKey};
pub use webhook_keys::{Admitted, Proofs, SHORTEST_KEY, Scheme, UnusableKeys, WebhookKeys};
