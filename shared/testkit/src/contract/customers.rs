use domain::ids::{DeliveryKey, OrgId, RequestId};
use domain::notification::News;
use domain::ports::{Change, ContactEntry};
use domain::webhook::{DeliveryLog, Fact, Payload};

use super::{Bench, Case, case, id};
use crate::builders::{
    ORG, decision, delivery_key, delivery_log, event_log, every_fact, notice, payload, phone, sync_log,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_request_is_found_by_every_number_that_it_named),
        case(a_number_that_was_erased_leads_to_nobody),
        case(a_contact_is_forgotten_unless_somebody_is_creating_it),
        case(a_requests_rows_are_its_own),
        case(deliveries_are_found_by_what_they_are_about),
        case(an_erased_delivery_keeps_its_row),
    ]
}

fn noted(number: u32, request: &str) -> Change {
    Change::NoteNumber { org: ORG, phone: phone(number), request: id(request) }
}

async fn requests(bench: &Bench, number: u32) -> Vec<RequestId> {
    bench.store.requests_of(ORG, &phone(number)).await.expect("the store answers")
}

async fn a_request_is_found_by_every_number_that_it_named(bench: Bench) {
    assert_eq!(requests(&bench, 1).await, []);
    bench.commit([noted(1, "1042"), noted(2, "1042")]).await;
    bench.commit([noted(1, "1042")]).await;
    bench.commit([noted(1, "1043"), Change::ClaimContact { org: ORG, phone: phone(1), request: id("1042") }]).await;
    assert_eq!(requests(&bench, 1).await, [id("1042"), id("1043")]);
    assert_eq!(requests(&bench, 2).await, [id("1042")]);
    let rows = bench.store.rows(ORG, &id("1042")).await.expect("the store answers");
    assert_eq!(rows.numbers, [phone(1), phone(2)]);
    let elsewhere = bench.store.requests_of(OrgId(5678), &phone(1)).await.expect("the store answers");
    assert_eq!(elsewhere, []);
}

async fn a_number_that_was_erased_leads_to_nobody(bench: Bench) {
    bench.commit([noted(1, "1042"), noted(1, "1043")]).await;
    for _ in 0..2 {
        bench.commit([Change::EraseNumber { org: ORG, phone: phone(1), request: id("1042") }]).await;
        assert_eq!(requests(&bench, 1).await, [id("1043")]);
    }
    let rows = bench.store.rows(ORG, &id("1042")).await.expect("the store answers");
    assert_eq!(rows.numbers, []);
}

async fn a_contact_is_forgotten_unless_somebody_is_creating_it(bench: Bench) {
    let contact = || async { bench.store.contact(ORG, &phone(1)).await.expect("the store answers") };
    let erase = || [Change::EraseContact { org: ORG, phone: phone(1) }];
    bench.commit(erase()).await;
    let (org, request) = (ORG, id("1042"));
    bench.commit([Change::ClaimContact { org, phone: phone(1), request: request.clone() }]).await;
    bench.refuses(erase()).await;
    assert_eq!(contact().await, Some(ContactEntry::Claimed { by: request.clone() }));
    let kept = Change::KeepContact { org, phone: phone(1), contact: 7_000_001.into(), request };
    bench.commit([kept]).await;
    bench.commit(erase()).await;
    assert_eq!(contact().await, None);
}

async fn a_requests_rows_are_its_own(bench: Bench) {
    let (request, other) = (id("1042"), id("104"));
    let told = notice(&request, News::ContractSigned, 1);
    bench
        .commit([
            Change::LogSync(sync_log(&request, "01A")),
            Change::LogDecision(decision(&request, "01B")),
            Change::CreateNotice(told.clone()),
            Change::LogDecision(decision(&other, "01C")),
        ])
        .await;
    let rows = bench.store.rows(ORG, &request).await.expect("the store answers");
    assert_eq!(rows.sync_log, [sync_log(&request, "01A")]);
    assert_eq!(rows.decisions, [decision(&request, "01B")]);
    assert_eq!(rows.notices.iter().map(|notice| &notice.news).collect::<Vec<_>>(), [&told.news]);
    let rows = bench.store.rows(ORG, &other).await.expect("the store answers");
    assert_eq!((rows.sync_log.len(), rows.decisions.len(), rows.notices.len()), (0, 1, 0));
}

async fn about(bench: &Bench, group: &str) -> Vec<DeliveryKey> {
    bench.store.deliveries_about(ORG, group).await.expect("the store answers")
}

async fn deliveries_are_found_by_what_they_are_about(bench: Bench) {
    for number in 1..=2 {
        bench.commit([Change::RecordDelivery { log: delivery_log(number), payload: payload(number) }]).await;
    }
    let group = delivery_log(1).envelope.expect("it is readable").group();
    let mut keys = [1, 2].map(delivery_key);
    keys.sort();
    assert_eq!(about(&bench, &group).await, keys);
    assert_eq!(about(&bench, &group[..group.len() - 1]).await, []);
}

async fn stored(bench: &Bench, log: &DeliveryLog) -> (Option<DeliveryLog>, Option<Payload>) {
    let row = bench.store.delivery(ORG, &log.key).await.expect("the store answers");
    (row, bench.store.payload(ORG, &log.key).await.expect("the store answers"))
}

async fn an_erased_delivery_keeps_its_row(bench: Bench) {
    let erase = |key: &DeliveryKey| Change::EraseDelivery { org: ORG, key: key.clone() };
    bench.refuses([erase(&delivery_key(1))]).await;
    let fact = every_fact().into_iter().find(|fact| matches!(fact, Fact::ProposalSent(_))).expect("there is one");
    let log = event_log(fact);
    bench.commit([Change::RecordDelivery { log: log.clone(), payload: payload(1) }]).await;
    assert_eq!(stored(&bench, &log).await, (Some(log.clone()), Some(payload(1))));
    for _ in 0..2 {
        bench.commit([erase(&log.key)]).await;
        let row = DeliveryLog { tells: None, ..log.clone() };
        assert_eq!(stored(&bench, &log).await, (Some(row), None));
    }
}
