use domain::jobs::{OutboxEntry, QueueMessage, QueueName};
use domain::ports::Change;

use super::{Bench, Case, case, id};
use crate::builders::{ORG, outbox_entry};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(what_was_left_comes_back_in_the_order_of_the_ids),
        case(what_was_sent_is_gone_and_may_be_gone_already),
        case(requests_have_outboxes_of_their_own),
    ]
}

async fn ids(bench: &Bench, request: &str) -> Vec<String> {
    let entries = bench.store.outbox(ORG, &id(request)).await.expect("the store answers");
    entries.into_iter().map(|entry| entry.id).collect()
}

async fn what_was_left_comes_back_in_the_order_of_the_ids(bench: Bench) {
    let queues = [QueueName::Webhooks, QueueName::SyncRequests, QueueName::Notifications, QueueName::CrmUpdates];
    let entries: Vec<_> = (1..)
        .zip(queues)
        .map(|(number, queue)| {
            let entry = outbox_entry(&id("1042"), &format!("{number:012}-00"));
            let message = QueueMessage { queue, ..entry.message.clone() };
            OutboxEntry { message, ..entry }
        })
        .collect();
    for entry in entries.iter().rev() {
        bench.commit([Change::Send(entry.clone())]).await;
    }
    assert_eq!(bench.store.outbox(ORG, &id("1042")).await.expect("the store answers"), entries);
}

async fn what_was_sent_is_gone_and_may_be_gone_already(bench: Bench) {
    let sent = || Change::Sent { org: ORG, request: id("1042"), id: "01A".to_owned() };
    bench.commit(["01A", "01B"].map(|entry| Change::Send(outbox_entry(&id("1042"), entry)))).await;
    bench.commit([sent()]).await;
    bench.commit([sent()]).await;
    assert_eq!(ids(&bench, "1042").await, ["01B"]);
}

async fn requests_have_outboxes_of_their_own(bench: Bench) {
    bench.commit(["104", "1042", "10"].map(|request| Change::Send(outbox_entry(&id(request), request)))).await;
    assert_eq!(ids(&bench, "104").await, ["104"]);
    assert_eq!(ids(&bench, "1").await, Vec::<String>::new());
}
