//! `operator-api`, as an operator sees it.

use local::operators_api::{Answer, OperatorsApi};
use serde_json::{Value, json};

use crate::bridge::Bridge;
use crate::door::client;
use crate::worked;

/// A refusal has a code for programs, as problem details (RFC 9457).
fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.content_type.as_str()), (status, "application/problem+json"), "{answer:?}");
    assert_eq!((&answer.body["status"], &answer.body["code"]), (&json!(status), &json!(code)), "{answer:?}");
}

impl Bridge<'_> {
    fn operators_api(&self) -> OperatorsApi {
        worked(OperatorsApi::of(self.stack.endpoints()))
    }

    pub(crate) async fn shows_operators_what_is_recorded(&mut self) {
        let api = self.operators_api();
        let stranger = api.with_token("another token, and long enough");
        for path in ["/projects/", "/projects/1042/", "/nothing/"] {
            is_refused(&worked(stranger.get(path).await), 401, "unauthorized");
        }

        let first = worked(api.get("/projects/?limit=2").await);
        assert_eq!(first.status, 200, "{first:?}");
        let next = first.body["next"].as_str().expect("there are three");
        let second = worked(api.get(&format!("/projects/?limit=2&cursor={next}")).await);
        let rows = [&first, &second].into_iter().flat_map(|page| page.body["results"].as_array().expect("rows"));
        let listed: Vec<&Value> = rows.map(|row| &row["installation_request_id"]).collect();
        assert_eq!(listed, ["1043", "1044", "1042"], "newest first");
        assert_eq!(second.body["next"], Value::Null);

        let shown = worked(api.get("/projects/1042/").await);
        assert_eq!(shown.status, 200, "{shown:?}");
        let told = serde_json::to_value(self.crm.state_of("1042").expect("told")).expect("JSON");
        for field in ["status", "opensolar_project_id", "system_size_kw", "contract_signed_at", "sync_status"] {
            assert_eq!(shown.body[field], told[field], "{field}");
        }
        is_refused(&worked(api.get("/projects/9999/").await), 404, "not_found");
        is_refused(&worked(api.get("/projects/?limit=0").await), 400, "invalid_fields");
        is_refused(&worked(api.post("/projects/", &json!({})).await), 405, "method_not_allowed");
    }

    pub(crate) async fn does_what_operators_ask_for(&mut self) {
        let api = self.operators_api();
        let path = format!("/projects/{}/", self.project().id);
        let reads = self.calls("GET", &path).len();
        let status = worked(api.get("/projects/1042/status/").await);
        assert_eq!((status.status, &status.body["project_status"]), (200, &json!("Sold")), "{status:?}");
        assert_eq!(self.calls("GET", &path).len(), reads + 1, "OpenSolar was asked");

        let revision = status.body["revision"].as_u64().expect("a revision");
        let stale = worked(api.post("/projects/1042/sync/", &json!({"revision": revision - 1})).await);
        is_refused(&stale, 409, "stale_revision");
        let queued = worked(api.post("/projects/1042/sync/", &json!({"force": true, "revision": revision})).await);
        assert_eq!((queued.status, &queued.body["queued"]), (202, &json!("sync")), "{queued:?}");
        self.until("the project is compared again", |bridge| {
            (reads + 2 <= bridge.calls("GET", &path).len()).then_some(())
        })
        .await;
        self.settle().await;
        assert_eq!(self.calls("PATCH", &path).len(), 1, "there was nothing to change");
    }

    pub(crate) async fn says_that_it_is_well_and_has_nothing_left_to_do(&mut self) {
        let address = format!("{}/api/opensolar/health", self.stack.endpoints().api_base_url);
        let answer = client().get(address).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let health: Value = answer.json().await.expect("JSON");
        assert_eq!(health, json!({"status": "ok", "table": "ok", "configuration": "active"}));
        self.settle().await;
        for queue in self.stack.endpoints().queues.values() {
            let depth = worked(self.stack.aws().depth(&queue.dlq_url).await);
            assert_eq!((depth.waiting, depth.in_flight), (0, 0), "{}", queue.dlq_url);
        }
    }
}
