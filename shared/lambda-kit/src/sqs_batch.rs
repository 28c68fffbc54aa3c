//! A batch of SQS messages, one by one, with the ids of those that have to come again.

use std::collections::BTreeSet;
use std::error::Error;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tracing::{error, warn};

use crate::telemetry::chain;

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done with: the queue deletes it.
    Done,
    /// Our own infrastructure failed: the queue gives it again.
    Retry,
    /// Nobody can ever read it: it is moved aside, so that those behind it are not held up.
    Unreadable {
        /// Why, without anything of what it says.
        reason: String,
    },
}

impl Outcome {
    /// The outcome of a piece of work; `unreadable` tells of an error whether, and why, the message can never be read.
    /// Any other error is of our own making or of our infrastructure's, and logged.
    pub fn of<E: Error>(worked: Result<(), E>, unreadable: impl FnOnce(&E) -> Option<&str>) -> Self {
        let Err(error) = worked else { return Self::Done };
        if let Some(reason) = unreadable(&error) {
            return Self::Unreadable { reason: reason.to_owned() };
        }
        error!(error = chain(&error), "a message was not done with and comes again");
        Self::Retry
    }
}

/// A message that is to be moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// As it came.
    pub body: String,
    /// Its message group; empty on a queue that is not FIFO.
    pub group: String,
    /// Why nobody can read it.
    pub reason: String,
}

/// Runs each message in order and answers which of them have to come again.
///
/// After a message that has to come again, the later ones of its group (FIFO's `MessageGroupId`) are not run and come
/// again too, so that the order within the group holds; other groups go on. An unreadable message is given to `aside`
/// with its reason, and is done with once that succeeds. The event source needs `ReportBatchItemFailures`. A message
/// without an id, which SQS does not send, is reported with an empty one: Lambda then takes the whole batch as failed.
/// A panic in `run` passes through: the runtime reports it, and the whole batch comes again.
pub async fn each_message<Failure>(
    event: SqsEvent,
    run: impl AsyncFn(SqsMessage) -> Outcome,
    aside: impl AsyncFn(Unreadable) -> Result<(), Failure>,
) -> SqsBatchResponse
where
    Failure: Into<Box<dyn Error + Send + Sync>>,
{
    let mut response = SqsBatchResponse::default();
    let mut stopped = BTreeSet::new();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        let group = message.attributes.get("MessageGroupId").cloned();
        let is_stopped = group.as_ref().is_some_and(|group| stopped.contains(group));
        if is_stopped || !is_done(&id, message, &run, &aside).await {
            stopped.extend(group);
            response.add_failure(id);
        }
    }
    response
}

async fn is_done<Failure>(
    id: &str,
    message: SqsMessage,
    run: &impl AsyncFn(SqsMessage) -> Outcome,
    aside: &impl AsyncFn(Unreadable) -> Result<(), Failure>,
) -> bool
where
    Failure: Into<Box<dyn Error + Send + Sync>>,
{
    match run(message.clone()).await {
        Outcome::Done => true,
        Outcome::Retry => false,
        Outcome::Unreadable { reason } => {
            warn!(message.id = id, reason, "message {id} cannot be read and is moved aside");
            let group = message.attributes.get("MessageGroupId").cloned().unwrap_or_default();
            let unreadable = Unreadable { body: message.body.unwrap_or_default(), group, reason };
            let moved = aside(unreadable).await.map_err(Into::into);
            if let Err(failure) = &moved {
                error!(message.id = id, error = chain(failure.as_ref()), "message {id} could not be moved aside");
            }
            moved.is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A message whose body says what becomes of it.
    fn message(id: &str, group: Option<&str>, body: &str) -> SqsMessage {
        let mut message = SqsMessage::default();
        message.message_id = Some(id.to_owned());
        message.body = Some(body.to_owned());
        message.attributes.extend(group.map(|group| ("MessageGroupId".to_owned(), group.to_owned())));
        message
    }

    #[derive(Default)]
    struct Worker {
        ran: RefCell<Vec<String>>,
        moved: RefCell<Vec<String>>,
    }

    impl Worker {
        async fn run(&self, message: SqsMessage) -> Outcome {
            self.ran.borrow_mut().push(message.message_id.unwrap_or_default());
            match message.body.as_deref() {
                Some("done") => Outcome::Done,
                Some("retry") => Outcome::Retry,
                other => Outcome::Unreadable { reason: other.unwrap_or("no body").to_owned() },
            }
        }

        async fn aside(&self, unreadable: Unreadable) -> Result<(), &'static str> {
            if unreadable.reason == "stuck" {
                return Err("the queue did not take it");
            }
            self.moved.borrow_mut().push(format!("{} of {}: {}", unreadable.body, unreadable.group, unreadable.reason));
            Ok(())
        }

        /// The ids that come again.
        async fn work(&self, messages: Vec<SqsMessage>) -> Vec<String> {
            let mut event = SqsEvent::default();
            event.records = messages;
            let run = async |message| self.run(message).await;
            let response = each_message(event, run, async |unreadable| self.aside(unreadable).await).await;
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
        }
    }

    #[tokio::test]
    async fn messages_run_in_order_and_none_comes_again_if_all_are_done() {
        let worker = Worker::default();
        let messages = ["1", "2", "3"].map(|id| message(id, Some("a"), "done")).to_vec();
        assert!(worker.work(messages).await.is_empty());
        assert_eq!(*worker.ran.borrow(), ["1", "2", "3"]);
        assert!(worker.work(Vec::new()).await.is_empty());
    }

    #[tokio::test]
    async fn what_follows_a_failure_in_its_group_is_not_run_and_comes_again() {
        let worker = Worker::default();
        let messages = vec![
            message("a1", Some("a"), "done"),
            message("a2", Some("a"), "retry"),
            message("b1", Some("b"), "done"),
            message("a3", Some("a"), "done"),
            message("b2", Some("b"), "done"),
            message("a4", Some("a"), "unreadable"),
        ];
        assert_eq!(worker.work(messages).await, ["a2", "a3", "a4"]);
        assert_eq!(*worker.ran.borrow(), ["a1", "a2", "b1", "b2"]);
        assert!(worker.moved.borrow().is_empty());
    }

    #[tokio::test]
    async fn without_groups_each_message_stands_alone() {
        let worker = Worker::default();
        let messages = vec![message("1", None, "retry"), message("2", None, "done"), message("3", None, "retry")];
        assert_eq!(worker.work(messages).await, ["1", "3"]);
    }

    #[tokio::test]
    async fn an_unreadable_message_is_moved_aside_and_holds_up_nobody() {
        let worker = Worker::default();
        let messages = vec![message("1", Some("a"), "not JSON"), message("2", Some("a"), "done")];
        assert!(worker.work(messages).await.is_empty());
        assert_eq!(*worker.moved.borrow(), ["not JSON of a: not JSON"]);
        assert_eq!(*worker.ran.borrow(), ["1", "2"]);
    }

    #[tokio::test]
    async fn one_that_cannot_be_moved_comes_again_with_its_group() {
        let worker = Worker::default();
        let messages =
            vec![message("1", Some("a"), "stuck"), message("2", Some("a"), "done"), message("3", None, "done")];
        assert_eq!(worker.work(messages).await, ["1", "2"]);
        assert_eq!(*worker.ran.borrow(), ["1", "3"]);
    }

    #[tokio::test]
    async fn a_message_without_an_id_fails_the_batch() {
        let worker = Worker::default();
        let mut nameless = message("", Some("a"), "retry");
        nameless.message_id = None;
        assert_eq!(worker.work(vec![nameless]).await, [""]);
    }
}
