//! Events of the contract `design` in whatever order and number they come.

use domain::jobs::crm_update::CrmState;
use domain::notification::Milestone;
use domain::project::{Observed, Project, Told};
use domain::request::CrmStatus;
use domain::webhook::{DeliveryStatus, IgnoredBecause};
use integration_tests::{World, day};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use testkit::builders::{MINUTE, NOON};

use crate::design_events::{event, stamped, world};

/// What events decide about a record, without when each of them happened to arrive.
#[derive(Debug, Clone, PartialEq)]
struct Essence {
    told: Told,
    observed: Option<Observed>,
    shown: Option<CrmStatus>,
    state: CrmState,
}

fn essence(project: &Project) -> Essence {
    Essence {
        told: project.told.clone(),
        observed: project.observed.clone().map(|seen| Observed { read_at: NOON, ..seen }),
        shown: project.shown_status,
        state: CrmState { last_synced_at: None, ..CrmState::of(project) },
    }
}

/// Some event of the last ten minutes.
fn any_event(project: u64) -> impl Strategy<Value = Value> {
    let status = select(vec!["lead", "design", "proposal", "contract", "installation", "complete", "odd", "Odd"]);
    let link = select(vec!["https://opensolar.example.com/p/1", "https://opensolar.example.com/p/2"]);
    let date = select(vec!["2026-12-04", "2026-12-05", "2026-12-05T22:30:00Z"]);
    let fact = prop_oneof![
        3 => status.prop_map(|word| ("project.status_changed", json!({"status": word}))),
        1 => Just(("project.design_complete", json!({}))),
        2 => link.prop_map(|link| ("project.proposal_sent", json!({"proposal_url": link}))),
        2 => Just(("project.contract_signed", json!({}))),
        3 => date.prop_map(|date| ("project.installation_scheduled", json!({"installation_date": date}))),
    ];
    (fact, 0..5_i64, option_id()).prop_map(move |((event_type, fields), minute, id)| {
        let at = (NOON - MINUTE * 10 + MINUTE * i32::try_from(minute).expect("small")).to_rfc3339();
        let mut body = stamped(event(event_type, project, &fields), &at);
        if let Some(id) = id {
            body["event_id"] = json!(id);
        }
        body
    })
}

fn option_id() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![Just(None), (1..100_u32).prop_map(Some)]
}

/// Events, and the order in which they come, some of them twice.
fn deliveries() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    // The first project of a world has this id.
    prop::collection::vec(any_event(FIRST), 1..8).prop_flat_map(|events| {
        let again = subsequence(events.clone(), 0..=events.len());
        let all = again.prop_map({
            let events = events.clone();
            move |again| [events.clone(), again].concat()
        });
        (Just(events), all.prop_shuffle())
    })
}

/// The id that the fake gives its first project.
const FIRST: u64 = 9_000_001;

async fn after(bodies: &[Value]) -> (World, Project) {
    let (mut world, project) = world().await;
    assert_eq!(project, FIRST);
    for body in bodies {
        world.advance(MINUTE / 10);
        world.hand_over_again(body.to_string().as_bytes()).await;
        world.run_until_quiet().await;
    }
    let project = world.project("1042").await;
    (world, project)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stamped_events_end_in_the_same_record_whatever_their_order_and_number((events, come) in deliveries()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_stack_size(8 << 20).enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async { tokio::spawn(both_ways(events, come)).await }).expect("both end in the same record");
    }
}

async fn both_ways(events: Vec<Value>, come: Vec<Value>) {
    let (_, once) = after(&events).await;
    let (world, mixed) = after(&come).await;
    assert_eq!(essence(&once), essence(&mixed));
    for milestone in [Milestone::DesignComplete, Milestone::ProposalSent, Milestone::ContractSigned] {
        let told = world.ledger("1042").into_iter().filter(|(of, ..)| *of == milestone).count();
        assert!(told <= 1, "{:?}", world.ledger("1042"));
    }
}

/// What each delivery came to, in the order of arrival.
fn outcomes(world: &World) -> Vec<DeliveryStatus> {
    let mut rows: Vec<_> = world.store.deliveries().into_iter().filter(|row| row.tells.is_some()).collect();
    rows.sort_by_key(|row| row.received_at);
    rows.into_iter().map(|row| row.status).collect()
}

#[tokio::test]
async fn events_without_a_time_go_by_their_arrival() {
    let (mut world, project) = world().await;
    for date in ["2026-12-05", "2026-12-04", "2026-12-05"] {
        world.advance(MINUTE);
        let body = event("project.installation_scheduled", project, &json!({"installation_date": date}));
        world.webhook_arrives(&body).await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day(date)));
    }
    assert_eq!(outcomes(&world), [DeliveryStatus::Processed, DeliveryStatus::Processed, DeliveryStatus::Processed]);
    assert_eq!(world.messages().len(), 3, "each time it was moved");
}

#[tokio::test]
async fn an_event_that_comes_late_takes_nothing_back() {
    let (mut world, project) = world().await;
    let planned = |date: &str, at| {
        stamped(event("project.installation_scheduled", project, &json!({"installation_date": date})), at)
    };
    let status = |word: &str, at| stamped(event("project.status_changed", project, &json!({"status": word})), at);
    for body in [
        planned("2026-12-05", "2026-11-20T11:50:00Z"),
        planned("2026-12-04", "2026-11-20T11:40:00Z"),
        status("contract", "2026-11-20T11:50:00Z"),
        status("installation", "2026-11-20T11:40:00Z"),
    ] {
        world.webhook_arrives(&body).await;
    }
    let told = world.crm_state("1042");
    assert_eq!(told.installation_scheduled_date, Some(day("2026-12-05")));
    assert_eq!(told.project_status.as_deref(), Some("contract"));
    assert_eq!(told.status.as_deref(), Some("in_progress"), "it was true at its time, and a status never moves back");
    assert_eq!(world.messages().len(), 1);
    assert!(world.decisions("1042").iter().any(|row| row.ends_with("a later one is known")));
}

#[tokio::test]
async fn without_an_id_the_same_body_as_the_last_is_a_repeat_and_after_another_it_is_news() {
    let (mut world, project) = world().await;
    let planned = |date: &str| event("project.installation_scheduled", project, &json!({"installation_date": date}));
    for date in ["2026-12-04", "2026-12-04", "2026-12-05", "2026-12-04"] {
        world.advance(MINUTE);
        world.webhook_arrives(&planned(date)).await;
    }
    let repeat = DeliveryStatus::Ignored(IgnoredBecause::Repeat);
    let done = DeliveryStatus::Processed;
    assert_eq!(outcomes(&world), [done.clone(), repeat, done.clone(), done]);
    assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-04")));
}

#[tokio::test]
async fn with_an_id_or_a_time_the_same_body_is_one_delivery() {
    let (mut world, project) = world().await;
    let signed = event("project.contract_signed", project, &json!({}));
    let mut named = signed.clone();
    named["event_id"] = json!("e-1");
    for body in [named, stamped(signed, "2026-11-20T11:30:00Z")] {
        for _ in 0..3 {
            world.advance(MINUTE * 6);
            world.hand_over_again(body.to_string().as_bytes()).await;
            world.run_until_quiet().await;
        }
    }
    assert_eq!(outcomes(&world), [DeliveryStatus::Processed, DeliveryStatus::Processed]);
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn the_same_arrival_twice_on_the_queue_is_one_delivery() {
    let (mut world, project) = world().await;
    let body = event("project.contract_signed", project, &json!({})).to_string();
    for _ in 0..2 {
        // The clock stands, as it does for a message that the queue hands out again.
        world.hand_over_again(body.as_bytes()).await;
        world.run_until_quiet().await;
    }
    assert_eq!(outcomes(&world), [DeliveryStatus::Processed]);
}
