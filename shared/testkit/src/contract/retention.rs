//! What expires is invisible from that second on, whether it was deleted or not.

use chrono::TimeDelta;
use domain::ports::Change;
use domain::webhook::{DeliveryLog, DeliveryStatus, HELD_LIMIT};

use super::{Bench, Case, case, id};
use crate::builders::{NOON, ORG, decision, delivery_key, delivery_log, payload, pending_project, phone, sync_log};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(rows_of_logs_are_not_there_after_ninety_days),
        case(a_payload_is_not_there_after_thirty_days_and_its_row_is),
        case(an_expired_delivery_is_in_no_list),
        case(what_is_no_log_stays),
    ]
}

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// What of the logs is seen: sync log, decisions, deliveries.
async fn seen(bench: &Bench) -> (usize, usize, usize) {
    let rows = bench.store.rows(ORG, &id("1042")).await.expect("the store answers");
    let group = delivery_log(1).envelope.expect("it is readable").group();
    let about = bench.store.deliveries_about(ORG, &group).await.expect("the store answers");
    (rows.sync_log.len(), rows.decisions.len(), about.len())
}

async fn rows_of_logs_are_not_there_after_ninety_days(bench: Bench) {
    let request = id("1042");
    bench
        .commit([
            Change::LogSync(sync_log(&request, "01A")),
            Change::LogDecision(decision(&request, "01B")),
            Change::RecordDelivery { log: delivery_log(1), payload: payload(1) },
        ])
        .await;
    bench.ambient.set(NOON + TimeDelta::days(90) - SECOND);
    assert_eq!(seen(&bench).await, (1, 1, 1));
    bench.ambient.advance(SECOND);
    assert_eq!(seen(&bench).await, (0, 0, 0));
}

async fn a_payload_is_not_there_after_thirty_days_and_its_row_is(bench: Bench) {
    bench.commit([Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await;
    let kept = || async { bench.store.payload(ORG, &delivery_key(1)).await.expect("the store answers") };
    bench.ambient.set(NOON + TimeDelta::days(30) - SECOND);
    assert_eq!(kept().await, Some(payload(1)));
    bench.ambient.advance(SECOND);
    assert_eq!(kept().await, None);
    let row = bench.store.delivery(ORG, &delivery_key(1)).await.expect("the store answers");
    assert_eq!(row, Some(delivery_log(1)));
}

async fn an_expired_delivery_is_in_no_list(bench: Bench) {
    let status = DeliveryStatus::Held { until: NOON + HELD_LIMIT };
    let log = DeliveryLog { status, ..delivery_log(1) };
    bench.commit([Change::RecordDelivery { log, payload: payload(1) }]).await;
    let (from, by) = (NOON - SECOND, NOON + SECOND);
    let end = NOON + TimeDelta::days(90);
    for (now, expected) in [(end - SECOND, 1), (end, 0)] {
        bench.ambient.set(now);
        assert_eq!(bench.due(end, 10).await.len(), expected, "due at {now}");
        let arrived = bench.store.arrivals(ORG, from, by).await.expect("the store answers");
        assert_eq!(arrived.len(), expected, "arrived, at {now}");
    }
}

async fn what_is_no_log_stays(bench: Bench) {
    let request = id("1042");
    bench
        .commit([
            Change::CreateProject(pending_project("1042")),
            Change::NoteNumber { org: ORG, phone: phone(1), request: request.clone() },
        ])
        .await;
    bench.ambient.set(NOON + TimeDelta::days(3_650));
    assert!(bench.project("1042").await.is_some());
    assert_eq!(bench.store.requests_of(ORG, &phone(1)).await.expect("the store answers"), [request]);
}
