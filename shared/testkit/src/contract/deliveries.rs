use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::ports::Change;
use domain::webhook::{DeliveryLog, DeliveryStatus, IgnoredBecause, unreadable_key};

use super::{Bench, Case, case, id};
use crate::builders::{
    MINUTE, NOON, ORG, delivery_key, delivery_log, event_log, every_delivery_status, every_fact, payload,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_delivery_comes_back_with_each_status),
        case(an_event_comes_back_with_what_it_tells),
        case(an_unreadable_delivery_has_no_envelope_and_counts_its_repeats),
        case(a_delivery_is_recorded_once),
        case(a_delivery_moves_to_each_status),
        case(a_moved_delivery_keeps_its_request_until_another_is_named),
        case(what_is_not_there_is_neither_moved_nor_counted),
        case(an_expired_delivery_is_not_there),
        case(held_deliveries_come_in_the_order_of_their_ids),
        case(a_linked_projects_delivery_is_not_held),
        case(a_held_delivery_is_dropped_by_its_key),
    ]
}

fn record(log: DeliveryLog) -> Change {
    Change::RecordDelivery { log, payload: payload(1) }
}

fn moved(number: u32, status: DeliveryStatus, request: Option<RequestId>, at: DateTime<Utc>) -> Change {
    Change::MoveDelivery { org: ORG, key: delivery_key(number), status, request, at }
}

async fn delivery(bench: &Bench, key: &DeliveryKey) -> Option<DeliveryLog> {
    bench.store.delivery(ORG, key).await.expect("the store answers")
}

async fn a_delivery_comes_back_with_each_status(bench: Bench) {
    assert_eq!(delivery(&bench, &delivery_key(1)).await, None);
    for (number, status) in (1..).zip(every_delivery_status()) {
        let log = DeliveryLog { status, request: Some(id("1042")), repeats: number, ..delivery_log(number) };
        bench.commit([record(log.clone())]).await;
        assert_eq!(delivery(&bench, &log.key).await, Some(log));
    }
}

async fn an_event_comes_back_with_what_it_tells(bench: Bench) {
    for (number, fact) in (1..).zip(every_fact()) {
        let log = DeliveryLog { key: delivery_key(number), ..event_log(fact) };
        bench.commit([record(log.clone())]).await;
        assert_eq!(delivery(&bench, &log.key).await, Some(log));
    }
}

async fn an_unreadable_delivery_has_no_envelope_and_counts_its_repeats(bench: Bench) {
    let status = DeliveryStatus::Failed { reason: "the body is not JSON".to_owned() };
    let log = DeliveryLog { key: unreadable_key("00ff"), envelope: None, status, ..delivery_log(1) };
    bench.commit([record(log.clone())]).await;
    for repeats in 1..=3 {
        bench.commit([Change::CountRepeat { org: ORG, key: log.key.clone() }]).await;
        assert_eq!(delivery(&bench, &log.key).await, Some(DeliveryLog { repeats, ..log.clone() }));
    }
}

async fn a_delivery_is_recorded_once(bench: Bench) {
    bench.commit([record(delivery_log(1))]).await;
    bench.refuses([record(DeliveryLog { status: DeliveryStatus::Processed, ..delivery_log(1) })]).await;
    assert_eq!(delivery(&bench, &delivery_key(1)).await, Some(delivery_log(1)));
    let elsewhere = bench.store.delivery(OrgId(5678), &delivery_key(1)).await.expect("the store answers");
    assert_eq!(elsewhere, None);
}

async fn a_delivery_moves_to_each_status(bench: Bench) {
    bench.commit([record(delivery_log(1))]).await;
    for (minutes, status) in (1..).zip(every_delivery_status()) {
        let at = NOON + MINUTE * minutes;
        bench.commit([moved(1, status.clone(), None, at)]).await;
        let expected = DeliveryLog { status, updated_at: at, ..delivery_log(1) };
        assert_eq!(delivery(&bench, &delivery_key(1)).await, Some(expected));
    }
}

async fn a_moved_delivery_keeps_its_request_until_another_is_named(bench: Bench) {
    bench.commit([record(delivery_log(1))]).await;
    for (named, expected) in [(None, None), (Some("1042"), Some("1042")), (None, Some("1042"))] {
        bench.commit([moved(1, DeliveryStatus::Received, named.map(id), NOON)]).await;
        let stored = delivery(&bench, &delivery_key(1)).await.expect("it is there");
        assert_eq!(stored.request, expected.map(id));
    }
}

async fn what_is_not_there_is_neither_moved_nor_counted(bench: Bench) {
    bench.refuses([moved(1, DeliveryStatus::Processed, None, NOON)]).await;
    bench.refuses([Change::CountRepeat { org: ORG, key: delivery_key(1) }]).await;
    assert_eq!(delivery(&bench, &delivery_key(1)).await, None);
}

async fn an_expired_delivery_is_not_there(bench: Bench) {
    bench.commit([record(delivery_log(1))]).await;
    bench.ambient.set(NOON + TimeDelta::days(90) - TimeDelta::seconds(1));
    assert_eq!(delivery(&bench, &delivery_key(1)).await, Some(delivery_log(1)));
    let later = bench.ambient.advance(TimeDelta::seconds(1));
    assert_eq!(delivery(&bench, &delivery_key(1)).await, None);
    bench.refuses([moved(1, DeliveryStatus::Processed, None, later)]).await;
    bench.refuses([Change::CountRepeat { org: ORG, key: delivery_key(1) }]).await;
    let again = DeliveryLog { received_at: later, updated_at: later, ..delivery_log(1) };
    bench.commit([record(again.clone())]).await;
    assert_eq!(delivery(&bench, &delivery_key(1)).await, Some(again));
}

fn hold(project: &ProjectId, number: u32, id: &str) -> Change {
    Change::HoldDelivery { org: ORG, project: project.clone(), key: delivery_key(number), id: id.to_owned() }
}

async fn held(bench: &Bench, project: &ProjectId) -> Vec<DeliveryKey> {
    bench.store.held(ORG, project).await.expect("the store answers")
}

async fn held_deliveries_come_in_the_order_of_their_ids(bench: Bench) {
    let (project, other) = (ProjectId::from(9_000_001), ProjectId::from(9_000_002));
    assert_eq!(held(&bench, &project).await, []);
    let status = DeliveryStatus::Held { until: NOON + TimeDelta::days(7) };
    let second = DeliveryLog { status, ..delivery_log(2) };
    bench.commit([record(second), hold(&project, 2, "01B")]).await;
    bench.commit([hold(&project, 3, "01C")]).await;
    bench.commit([hold(&project, 1, "01A")]).await;
    bench.commit([hold(&other, 4, "01A")]).await;
    assert_eq!(held(&bench, &project).await, [1, 2, 3].map(delivery_key));
    assert_eq!(held(&bench, &other).await, [delivery_key(4)]);
}

async fn a_linked_projects_delivery_is_not_held(bench: Bench) {
    let project = ProjectId::from(9_000_001);
    bench.commit([Change::LinkProject { org: ORG, project: project.clone(), request: id("1042") }]).await;
    bench.refuses([record(delivery_log(1)), hold(&project, 1, "01A")]).await;
    assert_eq!(held(&bench, &project).await, []);
    assert_eq!(delivery(&bench, &delivery_key(1)).await, None);
}

async fn a_held_delivery_is_dropped_by_its_key(bench: Bench) {
    let project = ProjectId::from(9_000_001);
    let drop = |number| Change::DropHeld { org: ORG, project: project.clone(), key: delivery_key(number) };
    bench.commit([record(delivery_log(1)), hold(&project, 1, "01A")]).await;
    bench.commit([record(delivery_log(2)), hold(&project, 2, "01B")]).await;
    let ignored = DeliveryStatus::Ignored(IgnoredBecause::Unlinked);
    bench.commit([moved(1, ignored, None, NOON), drop(1)]).await;
    assert_eq!(held(&bench, &project).await, [delivery_key(2)]);
    bench.commit([drop(1)]).await;
    bench.commit([moved(1, DeliveryStatus::Processed, None, NOON), drop(1), drop(2)]).await;
    assert_eq!(held(&bench, &project).await, []);
}
