//! What OpenSolar shows now.

use domain::jobs::{QueueName, SyncJob};
use testkit::builders::{configuration_document, new_project};
use testkit::{Calls, Fault};

use super::*;

impl Desk {
    /// A project of OpenSolar, linked to a request.
    async fn with_project(request: &str) -> (Self, u64) {
        let desk = Self::open().await;
        let config = desk.core.active_configuration().await.expect("configured");
        let token = Arc::new(FixedCredential::new(desk.opensolar.token()));
        let client = OpenSolarClient::new(token, AddressPolicy::HttpOnLoopback);
        let new = new_project(domain::project::identifier(config.namespace, ORG, &request.parse().expect("an id"), 1));
        let made = client.create_project(&config.account, &new).await.expect("made");
        desk.has_linked(request, &made.id).await;
        let id = desk.opensolar.projects()[0].id;
        (desk, id)
    }
}

#[tokio::test]
async fn a_status_is_read_now_and_stored() {
    let (desk, project) = Desk::with_project("1042").await;
    desk.opensolar.design(project, 9.9).expect("a design");
    let before = desk.opensolar.calls().len();
    let answer = desk.get("/api/opensolar/projects/1042/status/").await;
    assert_eq!((answer.status, &answer.body["system_size_kw"]), (200, &json!("9.90")), "{}", answer.body);
    assert_eq!(answer.body["installation_request_id"], "1042");
    assert_eq!(desk.get("/api/opensolar/projects/1042").await.body["system_size_kw"], "9.90");
    let reads = desk.opensolar.calls()[before..].iter().filter(|call| call.path.contains("/projects/")).count();
    assert_eq!(reads, 1);
}

#[tokio::test]
async fn what_cannot_be_had_now_is_asked_for_later_and_the_last_known_is_shown() {
    let (desk, _) = Desk::with_project("1042").await;
    let before = desk.opensolar.calls().len();
    desk.opensolar
        .fail_next(Calls::to("GET", "/projects/"), Fault::Refuse { status: 500, body: Value::Null, retry_after: None });
    let answer = desk.get("/api/opensolar/projects/1042/status").await;
    assert_eq!((answer.status, &answer.body["queued"]), (202, &json!("fetch_status")));
    assert_eq!(answer.body["project"]["system_size_kw"], "6.60");
    assert_eq!(desk.opensolar.calls().len() - before, 1, "there is one try");
    let waiting = desk.queue.waiting(QueueName::SyncRequests);
    let job: SyncJob = serde_json::from_str(&waiting[0].body).expect("a job");
    assert_eq!(job, SyncJob::FetchStatus { org_id: ORG, request_id: "1042".parse().expect("an id") });
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_asked_later() {
    let (desk, _) = Desk::with_project("1042").await;
    let mut document = configuration_document();
    document.api_base_url = desk.opensolar.url().parse().expect("an address");
    document.api_timeout = 1;
    activate_configuration(&desk.core, document, Revision(1)).await.expect("activated");
    desk.opensolar.fail_next(Calls::to("GET", "/projects/"), Fault::Delay { milliseconds: 5_000 });
    assert_eq!(desk.get("/api/opensolar/projects/1042/status").await.status, 202);
}

#[tokio::test]
async fn what_cannot_be_asked_for_later_either_is_to_be_tried_again() {
    let (desk, _) = Desk::with_project("1042").await;
    desk.opensolar.refuse_next(500);
    desk.queue.fail_next(1);
    let answer = desk.get("/api/opensolar/projects/1042/status").await;
    assert_eq!(answer.code(), (503, "try_again"));
    assert!(!answer.body.to_string().contains("queue"), "{}", answer.body);
}

#[tokio::test]
async fn a_request_without_a_project_has_no_status() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::Due { failures: 0, look_again: builders::NOON }).await;
    assert_eq!(desk.get("/api/opensolar/projects/1042/status/").await.code(), (409, "not_linked"));
    assert_eq!(desk.opensolar.calls(), []);
}

#[tokio::test]
async fn of_a_deleted_project_it_is_said_that_it_is_gone() {
    let (desk, _) = Desk::with_project("1042").await;
    desk.opensolar
        .fail_next(Calls::to("GET", "/projects/"), Fault::Refuse { status: 404, body: Value::Null, retry_after: None });
    let answer = desk.get("/api/opensolar/projects/1042/status/").await;
    assert_eq!((answer.status, &answer.body["sync_status"]), (200, &json!("sync_failed")));
}
