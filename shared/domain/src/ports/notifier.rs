//! WhatsApp.

use std::time::Duration;

use async_trait::async_trait;

use super::Cause;
use crate::configuration::{TemplateName, WhatsAppSender};
use crate::phone::PhoneNumber;

/// WhatsApp. A send is never repeated within a call.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends one message; WhatsApp's id of it.
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError>;
}

/// A message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// To whom.
    pub to: PhoneNumber,
    /// What.
    pub content: MessageContent,
}

/// Free text, or an approved template with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageContent {
    /// Free text.
    Text(String),
    /// A template.
    Template {
        /// Which.
        template: TemplateName,
        /// Its body's parameters, in order.
        parameters: Vec<String>,
    },
}

/// How a send failed, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// Free text outside the 24-hour window. Nothing was sent; a template may be.
    #[error("whatsapp takes no free text outside the 24-hour window")]
    OutsideWindow,
    /// The token, or what it permits, is refused: only another one helps. Nothing was sent.
    #[error("whatsapp refused the token")]
    Unauthorized,
    /// Too many messages. Nothing was sent.
    #[error("whatsapp rate limited the message")]
    RateLimited {
        /// How long to leave it alone.
        wait: Duration,
    },
    /// The account, or its number, may not send at all: only an operator helps. Nothing was sent.
    #[error("whatsapp does not let us send (code {code}): {remedy}")]
    AccountBlocked {
        /// Meta's code.
        code: i64,
        /// For the operator: what to do.
        remedy: &'static str,
    },
    /// The template cannot be used, or not like this: only an operator helps. Nothing was sent.
    #[error("whatsapp does not take the template (code {code}): {remedy}")]
    UnusableTemplate {
        /// Meta's code.
        code: i64,
        /// For the operator: what to do.
        remedy: &'static str,
    },
    /// This customer cannot, does not want to, or is not to get it. Nothing was sent.
    #[error("whatsapp does not deliver it to this customer (code {code}): {why}")]
    Undeliverable {
        /// Meta's code.
        code: i64,
        /// For staff.
        why: &'static str,
    },
    /// It refuses for now, for a reason of its own. Nothing was sent.
    #[error("whatsapp cannot send it at the moment (status {status}, code {code})")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Meta's code.
        code: i64,
    },
    /// Any other definite refusal. Nothing was sent.
    #[error("whatsapp rejected the message with status {status}, code {code:?}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Meta's code.
        code: Option<i64>,
    },
    /// Nothing was sent: no token, no name, no connection, no TLS.
    #[error("whatsapp was not reached, nothing was sent")]
    NotSent(#[source] Cause),
    /// The message may be with the customer.
    #[error("whatsapp's answer is unknown")]
    InDoubt(#[source] Cause),
}
