//! SQS: our FIFO queues, and the dead letters that a worker puts aside itself.

mod text;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::{Queue, QueueError};
use domain::webhook::sha256_hex;
use tracing::warn;

use crate::connect::warmed;
use crate::failure;

/// What one message may have, body and attributes together (SQS quotas, "message size").
const MESSAGE_LIMIT: usize = 1_048_576;

/// A reason is cut after so many bytes.
const REASON_LIMIT: usize = 1_000;

/// The queues that a function sends to.
pub struct SqsQueues {
    client: Client,
    urls: BTreeMap<QueueName, String>,
}

/// A function was to send to a queue that it was not given: its wiring is wrong.
#[derive(Debug, thiserror::Error)]
#[error("this function has no queue {0:?}")]
struct NotWired(QueueName);

impl SqsQueues {
    /// The queues at these URLs; a message for any other is an error that names it.
    pub fn new(client: Client, urls: impl Into<BTreeMap<QueueName, String>>) -> Self {
        Self { client, urls: urls.into() }
    }

    /// Opens the connection, so that the first message does not wait for it. Failure is only logged.
    pub async fn warm(&self) {
        let Some(url) = self.urls.values().next() else { return };
        let question = self.client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
        let first_call = async {
            match question.send().await {
                // A function that may only send is refused, over a connection that is open now.
                Ok(_) | Err(SdkError::ServiceError(_)) => {}
                Err(error) => warn!(error = &*failure::cause(&error), "sqs was not reached ahead of the first message"),
            }
        };
        warmed("sqs", first_call).await;
    }
}

#[async_trait]
impl Queue for SqsQueues {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let url = self.urls.get(&message.queue).ok_or_else(|| QueueError(Box::new(NotWired(message.queue))))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_group_id(text::fifo_id(&message.group))
            .message_deduplication_id(text::fifo_id(&message.deduplication_id))
            .message_body(text::json_body(&message.body))
            .send()
            .await
            .map_err(|error| QueueError(failure::cause(&error)))?;
        Ok(())
    }
}

/// A dead-letter queue, for messages that can never be read: left on their queue, they would take the innocent
/// messages behind them along.
pub struct DeadLetters {
    client: Client,
    url: String,
}

impl DeadLetters {
    /// The dead-letter queue at this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Puts a message there as it is, with `reason` as its attribute `reason`. Once answered, it is safe there.
    ///
    /// Moved twice within five minutes, it is there once.
    pub async fn move_aside(&self, body: &str, group: &str, reason: &str) -> Result<(), QueueError> {
        let room = MESSAGE_LIMIT.saturating_sub(body.len() + "reason".len() + "String".len());
        let reason = text::attribute(reason, room.min(REASON_LIMIT));
        let mut message = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(text::fifo_id(group))
            .message_deduplication_id(sha256_hex(body.as_bytes()))
            .message_body(body);
        // An attribute cannot be empty; a body that leaves no room for one goes without.
        if !reason.is_empty() {
            let value = MessageAttributeValue::builder().data_type("String").string_value(reason).build();
            message = message.message_attributes("reason", value.map_err(|error| QueueError(Box::new(error)))?);
        }
        message.send().await.map_err(|error| QueueError(failure::cause(&error)))?;
        Ok(())
    }
}
