use chrono::TimeDelta;
use domain::ids::{DeliveryKey, OrgId};
use domain::ports::Change;
use domain::webhook::{DeliveryLog, DeliveryStatus, IgnoredBecause};

use super::{Bench, Case, case};
use crate::builders::{MINUTE, NOON, ORG, delivery_log, payload};

pub(super) fn cases() -> Vec<Case> {
    vec![case(deliveries_are_found_by_when_they_came_however_they_stand), case(a_time_that_spans_months_shows_both)]
}

async fn came(bench: &Bench, number: u32, after: TimeDelta, status: DeliveryStatus) -> DeliveryKey {
    let log = DeliveryLog { received_at: NOON + after, status, ..delivery_log(number) };
    let key = log.key.clone();
    bench.commit([Change::RecordDelivery { log, payload: payload(1) }]).await;
    key
}

async fn deliveries_are_found_by_when_they_came_however_they_stand(bench: Bench) {
    let failed = DeliveryStatus::Failed { reason: "unreadable".to_owned() };
    let ignored = DeliveryStatus::Ignored(IgnoredBecause::NoProject);
    let first = came(&bench, 1, TimeDelta::zero(), DeliveryStatus::Received).await;
    let second = came(&bench, 2, MINUTE, ignored).await;
    let third = came(&bench, 3, MINUTE * 2, failed).await;
    came(&bench, 4, MINUTE * 3, DeliveryStatus::Processed).await;
    let moved = Change::MoveDelivery {
        org: ORG,
        key: first.clone(),
        status: DeliveryStatus::Processed,
        request: None,
        at: NOON + MINUTE * 9,
    };
    bench.commit([moved]).await;
    let mut found = bench.store.arrivals(ORG, NOON, NOON + MINUTE * 3).await.expect("the store answers");
    found.sort_by_key(|(_, at)| *at);
    assert_eq!(found, [(first, NOON), (second, NOON + MINUTE), (third, NOON + MINUTE * 2)]);
    assert_eq!(bench.store.arrivals(OrgId(1), NOON, NOON + MINUTE).await.expect("the store answers"), []);
}

async fn a_time_that_spans_months_shows_both(bench: Bench) {
    let before = came(&bench, 1, TimeDelta::zero(), DeliveryStatus::Processed).await;
    let after = came(&bench, 2, TimeDelta::days(20), DeliveryStatus::Processed).await;
    let mut found =
        bench.store.arrivals(ORG, NOON - MINUTE, NOON + TimeDelta::days(21)).await.expect("the store answers");
    found.sort_by_key(|(_, at)| *at);
    assert_eq!(found, [(before, NOON), (after, NOON + TimeDelta::days(20))]);
}
