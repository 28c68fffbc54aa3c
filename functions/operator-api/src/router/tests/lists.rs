//! What is recorded.

use chrono::TimeDelta;
use domain::request::SkipReason;

use super::*;

/// Sixty records: three of each moment, every third skipped.
async fn sixty() -> Desk {
    let desk = Desk::open().await;
    for number in 0..60_i32 {
        let sync = match number % 3 {
            0 => SyncState::Skipped(SkipReason::InstallationType("starlink".to_owned())),
            1 => SyncState::InStep,
            _ => SyncState::Parked { reason: "look there".to_owned(), in_doubt: None },
        };
        let mut record = record(&format!("{}", 2000 + number), sync);
        record.created_at = builders::NOON + TimeDelta::seconds((number / 3).into());
        desk.store.commit(vec![Change::CreateProject(record)]).await.expect("stored");
    }
    desk
}

/// Every row of a list, page by page, and how long each page was.
async fn walk(desk: &Desk, query: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut rows, mut pages, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let answer = desk.get(&format!("/api/opensolar/projects/?{query}{cursor}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().expect("results").clone();
        pages.push(results.len());
        rows.extend(results);
        match answer.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert!(answer.body["next"].is_null());
                return (rows, pages);
            }
        }
    }
}

#[tokio::test]
async fn a_walk_meets_every_record_once_the_newest_first() {
    let desk = sixty().await;
    for (query, pages) in
        [("", vec![25, 25, 10]), ("limit=1", vec![1; 60]), ("limit=20", vec![20; 3]), ("limit=100", vec![60])]
    {
        let (rows, seen) = walk(&desk, query).await;
        assert_eq!(seen, pages, "{query}");
        let created: Vec<&str> = rows.iter().filter_map(|row| row["created_at"].as_str()).collect();
        assert!(created.is_sorted_by(|earlier, later| later <= earlier), "{created:?}");
        let mut ids: Vec<&str> = rows.iter().filter_map(|row| row["installation_request_id"].as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 60, "{query}");
    }
}

#[tokio::test]
async fn a_list_is_narrowed_to_one_sync_status() {
    let desk = sixty().await;
    for (status, count) in [("skipped", 20), ("synced", 20), ("sync_failed", 20), ("pending", 0), ("updated", 0)] {
        let (rows, _) = walk(&desk, &format!("limit=7&sync_status={status}")).await;
        assert_eq!(rows.len(), count, "{status}");
        assert!(rows.iter().all(|row| row["sync_status"] == status), "{status}");
    }
}

#[tokio::test]
async fn a_record_that_comes_while_somebody_turns_pages_shifts_none() {
    let desk = sixty().await;
    let first = desk.get("/api/opensolar/projects/?limit=30").await;
    let mut newcomer = record("3000", SyncState::InStep);
    newcomer.created_at = builders::NOON + TimeDelta::hours(1);
    desk.store.commit(vec![Change::CreateProject(newcomer)]).await.expect("stored");
    let cursor = first.body["next"].as_str().expect("there is more");
    let (rows, _) = walk(&desk, &format!("limit=30&cursor={cursor}")).await;
    let seen: Vec<&Value> = first.body["results"].as_array().expect("rows").iter().chain(&rows).collect();
    assert_eq!(seen.len(), 60);
    assert!(seen.iter().all(|row| row["installation_request_id"] != "3000"));
}

#[tokio::test]
async fn a_row_says_nothing_of_the_customer() {
    let desk = Desk::open().await;
    desk.has_linked("1042", &9_000_001.into()).await;
    let answer = desk.get("/api/opensolar/projects").await;
    let expected = json!({
        "installation_request_id": "1042",
        "order_number": "HAN-77",
        "opensolar_project_id": "9000001",
        "sync_status": "updated",
        "created_at": "2026-11-17T12:00:00Z",
        "updated_at": "2026-11-20T12:00:00Z",
    });
    assert_eq!(answer.body, json!({"results": [expected], "next": null}));
}

#[tokio::test]
async fn what_a_query_has_wrong_is_named() {
    let desk = sixty().await;
    let cases: [(&str, &[&str]); 12] = [
        ("limit=0", &["limit"]),
        ("limit=101", &["limit"]),
        ("limit=-1", &["limit"]),
        ("limit=ten", &["limit"]),
        ("limit=", &["limit"]),
        ("sync_status=lost", &["sync_status"]),
        ("sync_status=", &["sync_status"]),
        ("cursor=", &["cursor"]),
        ("cursor=made-up", &["cursor"]),
        ("page=2", &["page"]),
        ("limit=5&limit=6", &["limit"]),
        ("limit=0&sync_status=lost&colour=blue", &["limit", "sync_status", "colour"]),
    ];
    for (query, fields) in cases {
        assert_eq!(desk.get(&format!("/api/opensolar/projects/?{query}")).await.wrong(), fields, "{query}");
    }
    let next = desk.get("/api/opensolar/projects/?limit=5&sync_status=skipped").await.body["next"].clone();
    let other = format!("/api/opensolar/projects/?limit=5&cursor={}", next.as_str().expect("there is more"));
    assert_eq!(desk.get(&other).await.wrong(), ["cursor"], "a cursor is its own list's");
}

#[tokio::test]
async fn a_record_is_shown_by_the_names_that_the_crm_knows() {
    let desk = Desk::open().await;
    desk.has_linked("1042", &9_000_001.into()).await;
    let answer = desk.get("/api/opensolar/projects/1042/").await;
    assert_eq!(answer.status, 200);
    for (field, expected) in [
        ("installation_request_id", json!("1042")),
        ("order_number", json!("HAN-77")),
        ("installation_type", json!("solar")),
        ("revision", json!(1)),
        ("opensolar_project_id", json!("9000001")),
        ("opensolar_contact_id", json!("700001")),
        ("system_size_kw", json!("6.60")),
        ("sync_status", json!("updated")),
        ("sync_reason", json!(null)),
        ("sync_retry_count", json!(0)),
        ("next_attempt_at", json!(null)),
        ("created_at", json!("2026-11-17T12:00:00Z")),
        ("updated_at", json!("2026-11-20T12:00:00Z")),
        ("last_synced_at", json!("2026-11-20T12:00:00Z")),
    ] {
        assert_eq!(answer.body[field], expected, "{field}");
    }
    let fields = answer.body.as_object().expect("an object");
    let names = [
        "status",
        "project_name",
        "project_status",
        "proposal_url",
        "proposal_sent_at",
        "contract_signed_at",
        "installation_scheduled_date",
        "sync_error_message",
    ];
    assert!(names.iter().all(|name| fields.contains_key(*name)), "{fields:?}");
    for personal in ["tariro@example.com", "+26377", "Borrowdale", "Tile roof", "-17.8"] {
        assert!(!answer.body.to_string().contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_waiting_record_says_why_and_until_when() {
    let desk = Desk::open().await;
    let until = builders::NOON + TimeDelta::minutes(5);
    let reason = domain::project::WaitReason::BackOff("opensolar rejected the create with status 500".to_owned());
    desk.has("1042", SyncState::Waiting { reason, failures: 2, until }).await;
    desk.has("1043", SyncState::Skipped(SkipReason::AutoSyncDisabled)).await;
    let waiting = desk.get("/api/opensolar/projects/1042").await.body;
    assert_eq!((&waiting["sync_status"], &waiting["sync_reason"]), (&json!("pending"), &json!("backoff")));
    assert_eq!(
        (&waiting["next_attempt_at"], &waiting["sync_retry_count"]),
        (&json!("2026-11-20T12:05:00Z"), &json!(2))
    );
    let skipped = desk.get("/api/opensolar/projects/1043").await.body;
    assert_eq!((&skipped["sync_status"], &skipped["next_attempt_at"]), (&json!("skipped"), &json!(null)));
    assert_eq!(skipped["sync_error_message"], "automatic sync is switched off");
}
