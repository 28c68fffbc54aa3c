use serde_json::{Value, json};
use testkit::fake_opensolar::{QuotaBreach, QuotaKind, Quotas, Work};
use testkit::{Calls, FakeOpenSolar, Fault, LateAnswer};

use crate::client::{Caller, fields, list};
use crate::hook;

fn with_token(fake: &FakeOpenSolar, token: &str) -> Caller {
    Caller::new(format!("{}/api/orgs/{}", fake.url(), fake.org_id()), Some(token))
}

fn stop(fake: &FakeOpenSolar, time: &str) {
    fake.stop_clock_at(format!("2026-11-20T{time}Z").parse().expect("a time"));
}

#[tokio::test]
async fn an_expired_token_is_401_until_there_is_a_new_one() {
    let fake = FakeOpenSolar::start().await;
    fake.expire_token();
    assert_eq!(Caller::of_opensolar(&fake).get("/projects/").await.status, 401);
    let token = fake.new_token();
    assert_eq!(with_token(&fake, &token).get("/projects/").await.status, 200);
    assert_eq!(with_token(&fake, fake.token()).get("/projects/").await.status, 401, "the old one stays dead");
}

#[tokio::test]
async fn a_login_gives_a_token_and_a_wrong_one_400() {
    let fake = FakeOpenSolar::start().await;
    fake.expire_token();
    let anybody = Caller::new(fake.url().to_owned(), None);
    let (username, password) = fake.login();
    let wrong = anybody.post("/api-token-auth/", json!({"username": username, "password": "guessed"})).await;
    assert_eq!((wrong.status, wrong.body["non_field_errors"].is_array()), (400, true));
    let body = json!({"username": username, "password": password, "token": "123456"});
    let right = anybody.post("/api-token-auth/", body).await;
    assert_eq!((right.status, &right.body["org_id"]), (200, &json!(fake.org_id())));
    assert!(right.body["user"]["id"].is_u64());
    let token = right.body["token"].as_str().expect("a token");
    assert_eq!(with_token(&fake, token).get("/projects/").await.status, 200);
    let machine = Caller::new(fake.url().to_owned(), Some(token));
    let user = format!("/auth/users/{}/", right.body["user"]["id"]);
    assert_eq!(machine.patch(&user, json!({"is_machine_user": true})).await.body["is_machine_user"], true);
}

#[tokio::test]
async fn a_valid_token_fetches_another() {
    let fake = FakeOpenSolar::start().await;
    let path = format!("/api/fetch_token/?org_id={}", fake.org_id());
    let fetched = Caller::new(fake.url().to_owned(), Some(fake.token())).get(&path).await;
    let token = fetched.body["token"].as_str().expect("a token");
    assert_eq!(with_token(&fake, token).get("/projects/").await.status, 200);
    fake.expire_token();
    assert_eq!(Caller::new(fake.url().to_owned(), Some(fake.token())).get(&path).await.status, 401);
}

#[tokio::test]
async fn a_project_out_of_reach_is_listed_but_403_and_its_webhooks_stop() {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({}))).expect("made");
    fake.send_proposal(project).expect("sent");
    fake.collect_webhooks(&[]);
    fake.put_out_of_reach(project);
    let caller = Caller::of_opensolar(&fake);
    let path = format!("/projects/{project}/");
    assert_eq!(list(&caller.get("/projects/").await.body).len(), 1);
    assert_eq!(caller.get(&path).await.status, 403);
    assert_eq!(caller.patch(&path, json!({"notes": "n"})).await.status, 403);
    assert_eq!(caller.delete(&path).await.status, 403);
    assert_eq!(caller.get(&format!("/events/{}/", fake.events()[0].id)).await.status, 403);
    fake.design(project, 6.6).expect("people still work on it");
    assert!(fake.deliveries().is_empty());
    fake.bring_within_reach(project);
    assert_eq!(caller.get(&path).await.status, 200);
    fake.work(project, Work::Redesign { kw: 8.0 }).expect("designed");
    assert_eq!(fake.deliveries().len(), 2);
}

#[tokio::test]
async fn eleven_creates_in_a_minute_are_a_breach_that_is_told_even_if_nothing_is_throttled() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    stop(&fake, "10:00:00");
    caller.post("/projects/", json!({})).await;
    stop(&fake, "10:00:30");
    for _ in 0..9 {
        caller.post("/projects/", json!({})).await;
    }
    stop(&fake, "10:00:59");
    assert!(fake.quota_breaches().is_empty());
    assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
    let at = |time: &str| format!("2026-11-20T{time}Z").parse().expect("a time");
    let breach = QuotaBreach { kind: QuotaKind::ProjectCreates, at: at("10:00:59"), free_at: at("10:01:00") };
    assert_eq!(fake.quota_breaches(), [breach]);
}

#[tokio::test]
async fn an_enforced_quota_is_an_exact_sliding_window_that_throttled_calls_do_not_count_in() {
    let fake = FakeOpenSolar::start().await;
    fake.enforce_quotas(Quotas::Enforced);
    let caller = Caller::of_opensolar(&fake);
    stop(&fake, "10:00:30");
    for _ in 0..10 {
        assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
    }
    stop(&fake, "10:01:29.5");
    let throttled = caller.post("/projects/", json!({})).await;
    assert_eq!((throttled.status, throttled.response_headers["retry-after"].as_bytes()), (429, &b"1"[..]));
    stop(&fake, "10:01:30");
    for _ in 0..10 {
        assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
    }
    assert_eq!((fake.projects().len(), fake.quota_breaches().len()), (20, 1));
}

#[tokio::test]
async fn each_kind_of_call_has_a_quota_of_its_own() {
    let fake = FakeOpenSolar::start().await;
    fake.enforce_quotas(Quotas::Enforced);
    stop(&fake, "10:00:00");
    let caller = Caller::of_opensolar(&fake);
    let project = fake.add_project(fields(json!({}))).expect("people have no quota");
    let path = format!("/projects/{project}/");
    let mut passed = [0; 5];
    for _ in 0..110 {
        let answers = [
            caller.post("/projects/", json!({})).await,
            caller.patch(&path, json!({})).await,
            caller.get(&path).await,
            caller.get(&format!("{path}systems/details/")).await,
            caller.get("/contacts/").await,
        ];
        answers.iter().zip(&mut passed).for_each(|(answer, passed)| *passed += usize::from(answer.status != 429));
    }
    assert_eq!(passed, [10, 10, 100, 60, 30]);
}

#[tokio::test]
async fn a_create_can_be_refused_to_its_caller_and_applied_minutes_later() {
    for answer in [LateAnswer::Drop, LateAnswer::Status(504)] {
        let fake = FakeOpenSolar::start().await;
        fake.collect_webhooks(&[]);
        let caller = Caller::of_opensolar(&fake);
        stop(&fake, "10:00:00");
        fake.fail_next(Calls::ending("POST", "/projects/"), Fault::ApplyLate { seconds: 600, answer });
        let body = json!({"identifier": "request-1042", "contacts_new": [{"first_name": "Ana"}]});
        let got = caller.try_call(reqwest::Method::POST, "/projects/", Some(body)).await;
        match answer {
            LateAnswer::Drop => assert!(got.is_err()),
            LateAnswer::Status(status) => assert_eq!(got.expect("an answer").status().as_u16(), status),
        }
        stop(&fake, "10:09:59");
        assert_eq!(caller.get("/projects/").await.body, json!([]));
        assert!(fake.deliveries().is_empty() && fake.projects().is_empty());
        stop(&fake, "10:10:00");
        let row = caller.get("/projects/").await.body[0].clone();
        assert!(row["created_date"].as_str().is_some_and(|date| date.starts_with("2026-11-20T10:10:00")), "{row}");
        assert_eq!(fake.projects()[0].identifier, "request-1042");
        assert_eq!(fake.deliveries().len(), 2, "the webhooks come then too");
    }
}

#[tokio::test]
async fn a_late_create_counts_in_the_quota_when_it_came_and_needs_a_token() {
    let fake = FakeOpenSolar::start().await;
    stop(&fake, "10:00:00");
    let late = Fault::ApplyLate { seconds: 60, answer: LateAnswer::Status(504) };
    for _ in 0..2 {
        fake.fail_next(Calls::ending("POST", "/projects/"), late.clone());
    }
    assert_eq!(with_token(&fake, "guessed").post("/projects/", json!({})).await.status, 401);
    assert_eq!(Caller::of_opensolar(&fake).post("/projects/", json!({})).await.status, 504);
    stop(&fake, "10:01:00");
    assert_eq!(fake.projects().len(), 1);
}

#[tokio::test]
async fn a_late_create_comes_also_while_the_clock_runs() {
    let fake = FakeOpenSolar::start().await;
    let (endpoint, mut received) = hook::listen().await;
    fake.register_webhook(&endpoint, &[]);
    let late = Fault::ApplyLate { seconds: 1, answer: LateAnswer::Status(504) };
    fake.fail_next(Calls::any(), late);
    assert_eq!(Caller::of_opensolar(&fake).post("/projects/", json!({})).await.status, 504);
    assert!(received.recv().await.is_some(), "nobody looked at the fake, and still it told of the project");
    assert_eq!(fake.projects().len(), 1);
}

#[tokio::test]
async fn roles_are_listed_with_secrets_in_them() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let rows = caller.get("/roles/").await.body;
    assert_eq!(list(&rows).len(), 2);
    assert!(rows[0]["api_key_chat"].is_string());
    let integration = rows[0]["integration_json"].as_str().expect("a text");
    assert!(serde_json::from_str::<Value>(integration).is_err(), "it is no JSON, in spite of its name");
    assert_eq!(caller.get(&format!("/roles/{}/", rows[1]["id"])).await.body, rows[1]);
    assert_eq!(caller.post("/roles/", json!({})).await.status, 405);
}
