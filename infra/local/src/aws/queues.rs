//! Queues, as whoever stands outside the stack uses them.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use super::Aws;
use crate::error::LocalError;

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Not taken by anybody.
    pub waiting: u32,
    /// Taken, and neither done nor given back.
    pub in_flight: u32,
}

/// A message that was taken off a queue for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its message group.
    pub group: String,
    /// As it was sent.
    pub body: String,
    /// Its own attributes that are text, such as a dead letter's `reason`.
    pub attributes: BTreeMap<String, String>,
}

impl Aws {
    /// Sends to a FIFO queue and gives the message's id. For five minutes the queue swallows the same deduplication id.
    ///
    /// # Errors
    /// If the queue does not take it.
    pub async fn send(
        &self,
        queue_url: &str,
        group: &str,
        deduplication: &str,
        body: &str,
    ) -> Result<String, LocalError> {
        let message = self.sqs.send_message().queue_url(queue_url).message_body(body);
        let sent = message.message_group_id(group).message_deduplication_id(deduplication).send().await;
        let sent = sent.map_err(LocalError::call("sending to the queue"))?;
        Ok(sent.message_id().unwrap_or_default().to_owned())
    }

    /// How many messages are in a queue.
    ///
    /// # Errors
    /// If there is no such queue.
    pub async fn depth(&self, queue_url: &str) -> Result<Depth, LocalError> {
        let (waiting, in_flight) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        let ask = self.sqs.get_queue_attributes().queue_url(queue_url);
        let answer = ask.attribute_names(waiting.clone()).attribute_names(in_flight.clone()).send().await;
        let answer = answer.map_err(LocalError::call("asking for a queue's depth"))?;
        let number = |name| {
            let value = answer.attributes().and_then(|attributes| attributes.get(name));
            value.and_then(|text| text.parse().ok()).unwrap_or_default()
        };
        Ok(Depth { waiting: number(&waiting), in_flight: number(&in_flight) })
    }

    /// Takes what a queue has now, at most ten messages, and deletes them. One that cannot be deleted is taken too, and
    /// comes again: at least once, as a queue promises it.
    ///
    /// # Errors
    /// If the queue does not answer.
    pub async fn take(&self, queue_url: &str) -> Result<Vec<Taken>, LocalError> {
        let ask = self.sqs.receive_message().queue_url(queue_url).max_number_of_messages(10);
        let ask = ask.message_system_attribute_names(MessageSystemAttributeName::All).message_attribute_names("All");
        let answer = ask.send().await.map_err(LocalError::call("reading the queue"))?;
        let mut taken = Vec::new();
        for message in answer.messages() {
            let delete = self.sqs.delete_message().queue_url(queue_url);
            let delete = delete.receipt_handle(message.receipt_handle().unwrap_or_default()).send().await;
            taken.push(Taken::from(message));
            if delete.is_err() {
                // The others of the answer come again too.
                break;
            }
        }
        Ok(taken)
    }
}

impl From<&Message> for Taken {
    fn from(message: &Message) -> Self {
        let group = message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
        let own = message.message_attributes().into_iter().flatten();
        let text = |(name, value): (&String, &aws_sdk_sqs::types::MessageAttributeValue)| {
            Some((name.clone(), value.string_value()?.to_owned()))
        };
        Self {
            group: group.cloned().unwrap_or_default(),
            body: message.body().unwrap_or_default().to_owned(),
            attributes: own.filter_map(text).collect(),
        }
    }
}
