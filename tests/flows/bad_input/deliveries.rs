//! What is handed in at the door and is no use, or says what is not so.
//!
//! Live alone: these are its bodies. Those of `design` are in `design_refusals.rs`.

use std::collections::BTreeSet;

use domain::jobs::QueueName;
use domain::usecase::ingest_webhook::Answer;
use domain::usecase::status_sweep::Run;
use domain::webhook::{BODY_LIMIT, DeliveryStatus, UnreadableBody};
use integration_tests::{Delivery, World};
use serde_json::{Value, json};
use testkit::builders::{MINUTE, ORG};

/// The deliveries that a finished design causes; they are the caller's.
async fn of_a_design(world: &mut World, project: u64) -> Vec<Delivery> {
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.webhooks_on_their_way().await
}

#[tokio::test]
async fn whatever_cannot_be_read_is_recorded_as_failed_and_counted_and_keeps_nothing_back() {
    let too_large = [&b"["[..], &b" ".repeat(BODY_LIMIT)].concat();
    let cases: [(&[u8], UnreadableBody); 8] = [
        (b"", UnreadableBody::NotJson),
        (b"\xff\xfe{}", UnreadableBody::NotJson),
        (br#"{"model": "Project", "model_id": 900"#, UnreadableBody::NotJson),
        (b"[]", UnreadableBody::NotAnObject),
        (b"null", UnreadableBody::NotAnObject),
        (br#"{"model": "Project", "model_id": {"id": 1}}"#, UnreadableBody::WrongIdKind),
        (br#"{"model": "Project", "model_id": "../1"}"#, UnreadableBody::WrongIdKind),
        (&too_large, UnreadableBody::NotJson),
    ];
    for (body, why) in cases {
        let (mut world, project) = World::with_project().await;
        let (reads, told) = (world.reads(), world.crm_updates());
        for _ in 0..2 {
            assert_eq!(world.hand_over_again(body).await, Answer::Unreadable(why));
            world.run_until_quiet().await;
        }
        let failed: Vec<_> = world.store.deliveries().into_iter().filter(|row| row.envelope.is_none()).collect();
        assert_eq!((failed.len(), failed[0].repeats), (1, 1), "one row, and a count");
        assert_eq!(failed[0].status, DeliveryStatus::Failed { reason: why.to_string() });
        let kept = world.store.payload(ORG, &failed[0].key).expect("kept").body;
        assert_eq!(kept, body[..body.len().min(BODY_LIMIT)]);
        assert_eq!((world.reads(), world.crm_updates()), (reads, told));

        world.opensolar.design(project, 6.6).expect("designed");
        world.run_until_quiet().await;
        assert_eq!((world.messages().len(), world.dead_letters.len()), (1, 0));
    }
}

#[tokio::test]
async fn what_a_delivery_says_of_its_project_is_believed_by_nobody() {
    let fields = [
        json!({"sold_date": "2026-11-20", "system_sold": 1, "installation_date": "2026-12-04", "stage": 3}),
        json!({"sold_date": "yesterday", "installation_date": 17, "share_link": "javascript:alert(1)"}),
        json!({"systems": [{"kw_stc": "plenty"}], "workflow": "done", "events_data": {"0": 0}}),
        json!([1, 2, 3]),
        json!("nothing"),
    ];
    for fields in fields {
        let (mut world, project) = World::with_project().await;
        let (before, reads) = (world.crm_updates(), world.reads());
        world.advance(MINUTE);
        let forged = json!({"timestamp": "-", "model": "Project", "model_id": project, "event": "UPDATE",
            "event_id": [], "identifier": 17, "fields": fields});
        world.webhook_arrives(&forged).await;
        assert_eq!(world.reads(), reads + 1, "it is a hint: the truth is read");
        assert_eq!((world.crm_updates(), world.messages()), (before, Vec::new()), "{fields}");
        assert!(world.store.deliveries().iter().all(|row| row.status.as_str() != "failed"));
    }
}

#[tokio::test]
async fn while_webhooks_are_switched_off_they_are_kept_whole_and_what_they_hinted_at_is_seen_later() {
    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.webhook_enabled = false).await;
    let reads = world.reads();
    let deliveries = of_a_design(&mut world, project).await;
    for delivery in &deliveries {
        assert_eq!(world.hand_over(delivery.body.as_bytes()).await, Answer::Accepted);
    }
    world.run_until_quiet().await;
    assert_eq!((world.reads(), world.messages().len()), (reads, 0));
    let bodies: BTreeSet<Vec<u8>> = world
        .store
        .deliveries()
        .iter()
        .filter(|row| row.status.as_str() == "ignored")
        .filter_map(|row| world.store.payload(ORG, &row.key).map(|payload| payload.body))
        .collect();
    assert!(deliveries.iter().all(|delivery| bodies.contains(delivery.body.as_bytes())), "each could be replayed");

    world.configure(|document| document.webhook_enabled = true).await;
    world.status_sweep(Run::Now).await;
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_delivery_that_our_side_could_not_take_comes_again_and_counts_once() {
    // OpenSolar may try again with the same ids and time or with others: unknown, so all of it.
    let retries: [fn(&mut Value); 4] = [
        |_| {},
        |body| body["event_id"] = json!(990_001),
        |body| body["timestamp"] = json!("1795179999"),
        |body| {
            body["event_id"] = json!(990_001);
            body["timestamp"] = json!("1795179999");
        },
    ];
    for retried in retries {
        for first_was_taken in ["by nobody", "by us"] {
            let (mut world, project) = World::with_project().await;
            let reads = world.reads();
            for delivery in of_a_design(&mut world, project).await {
                if first_was_taken == "by nobody" {
                    world.queue.fail_next(1);
                    assert_eq!(world.hand_over(delivery.body.as_bytes()).await, Answer::TryAgain);
                    assert!(world.queue.waiting(QueueName::Webhooks).is_empty());
                } else {
                    // Taken, and the answer never reached OpenSolar.
                    assert_eq!(world.hand_over(delivery.body.as_bytes()).await, Answer::Accepted);
                }
                let mut body: Value = serde_json::from_str(&delivery.body).expect("JSON");
                retried(&mut body);
                assert_eq!(world.hand_over_again(body.to_string().as_bytes()).await, Answer::Accepted);
                world.run_until_quiet().await;
            }
            assert_eq!(world.messages().len(), 1, "first taken {first_was_taken}");
            assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"));
            assert!(world.reads() - reads <= 6, "at most a read for each");
            assert_eq!(world.delivery_counts().get("failed"), None);
        }
    }
}
