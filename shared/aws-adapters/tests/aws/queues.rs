//! What SQS is sent.

use aws_adapters::queues::{DeadLetters, SqsQueues};
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::Queue;
use sdk_http::Reach;
use serde_json::json;

use crate::stub::{StubAws, error};

fn client(stub: &StubAws) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(sdk_http::client(Reach::HttpOnLoopback))
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(&stub.endpoint);
    aws_sdk_sqs::Client::from_conf(config.build())
}

async fn taking() -> StubAws {
    StubAws::start(|_, _| (200, json!({"MessageId": "m-1"}))).await
}

fn message(queue: QueueName) -> QueueMessage {
    let (group, deduplication_id) = ("1042".to_owned(), "1234-1042-1".to_owned());
    QueueMessage { queue, group, deduplication_id, body: r#"{"name": "ö"}"#.to_owned() }
}

#[tokio::test]
async fn a_message_goes_to_its_queue_with_its_group_and_deduplication_id() {
    let stub = taking().await;
    let urls = [(QueueName::CrmUpdates, "http://queues/crm"), (QueueName::Webhooks, "http://queues/webhooks")];
    let queues = SqsQueues::new(client(&stub), urls.map(|(name, url)| (name, url.to_owned())));
    queues.send(&message(QueueName::CrmUpdates)).await.expect("it is taken");
    let [call] = &stub.calls()[..] else { panic!("one call was expected") };
    let expected = json!({
        "QueueUrl": "http://queues/crm",
        "MessageBody": r#"{"name": "ö"}"#,
        "MessageGroupId": "1042",
        "MessageDeduplicationId": "1234-1042-1",
    });
    assert_eq!((call.operation.as_str(), &call.parameters), ("SendMessage", &expected));
}

#[tokio::test]
async fn a_queue_that_was_not_wired_is_named() {
    let stub = taking().await;
    let queues = SqsQueues::new(client(&stub), [(QueueName::Webhooks, "http://queues/webhooks".to_owned())]);
    let error = queues.send(&message(QueueName::CrmUpdates)).await.expect_err("there is no such queue");
    assert_eq!(error.0.to_string(), "this function has no queue CrmUpdates");
    assert_eq!(stub.calls().len(), 0);
}

#[tokio::test]
async fn a_refused_message_is_an_error_without_its_body() {
    let stub = StubAws::start(|_, _| error("InvalidMessageContents")).await;
    let queues = SqsQueues::new(client(&stub), [(QueueName::CrmUpdates, "http://queues/crm".to_owned())]);
    let error = queues.send(&message(QueueName::CrmUpdates)).await.expect_err("it is refused");
    assert!(error.0.to_string().contains("InvalidMessageContents"), "{}", error.0);
    assert!(!format!("{error:?}").contains("name"));
}

#[tokio::test]
async fn an_unreadable_message_is_put_aside_as_it_is_with_its_reason() {
    let stub = taking().await;
    let letters = DeadLetters::new(client(&stub), "http://queues/dead");
    letters.move_aside("not json\n", "a group with spaces", "line 1 is \u{0}odd").await.expect("it is taken");
    let [call] = &stub.calls()[..] else { panic!("one call was expected") };
    assert_eq!(call.parameters["MessageBody"], "not json\n");
    assert_eq!(call.parameters["MessageGroupId"].as_str().map(str::len), Some(64));
    let reason = json!({"reason": {"DataType": "String", "StringValue": "line 1 is  odd"}});
    assert_eq!(call.parameters["MessageAttributes"], reason);
}

#[tokio::test]
async fn a_message_that_leaves_no_room_for_a_reason_goes_without() {
    let stub = taking().await;
    let letters = DeadLetters::new(client(&stub), "http://queues/dead");
    letters.move_aside(&"x".repeat(1_048_576), "1042", "too much").await.expect("it is taken");
    letters.move_aside(&"x".repeat(1_048_576 - 16), "1042", "too much").await.expect("it is taken");
    let calls = stub.calls();
    assert_eq!(calls[0].parameters["MessageAttributes"], json!(null));
    assert_eq!(calls[1].parameters["MessageAttributes"]["reason"]["StringValue"], "too ");
}

#[tokio::test]
async fn a_function_that_may_only_send_warms_up_all_the_same() {
    let stub = StubAws::start(|_, _| error("AccessDeniedException")).await;
    SqsQueues::new(client(&stub), [(QueueName::Webhooks, "http://queues/webhooks".to_owned())]).warm().await;
    assert_eq!(stub.calls().len(), 1);
}
