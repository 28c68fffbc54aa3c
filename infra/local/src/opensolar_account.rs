//! What an operator does once in OpenSolar, or at a relay: registers the webhook, and looks up which stage means what.

use std::collections::BTreeMap;

use domain::configuration::ApiContract;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::LocalError;
use crate::http;

/// An organisation in OpenSolar, as its administrator sees it.
#[derive(Debug)]
pub(crate) struct OpenSolarAccount {
    http: Client,
    base: String,
    token: String,
}

/// A delivery's address and what it proves: the header that it carries, or the key that signs its body.
#[derive(Debug)]
pub(crate) struct Registration<'a> {
    pub(crate) contract: ApiContract,
    pub(crate) endpoint: &'a str,
    pub(crate) header: &'a str,
    pub(crate) key: &'a str,
}

/// A row of `GET /webhooks/`, as far as public clients rely on it.
#[derive(Debug, Deserialize)]
struct WebhookRow {
    id: Value,
    #[serde(alias = "url")]
    endpoint: String,
}

/// A list as either contract may have it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Rows {
    Bare(Vec<WebhookRow>),
    Under { results: Vec<WebhookRow> },
}

#[derive(Debug, Deserialize)]
struct Workflow {
    #[serde(default)]
    is_archived: bool,
    #[serde(default)]
    workflow_stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    id: u64,
    milestone: u64,
    #[serde(default)]
    is_archived: bool,
}

impl OpenSolarAccount {
    /// The organisation `org_id` at `url`; nothing is sent yet.
    pub(crate) fn new(url: &str, org_id: u64, token: &str) -> Result<Self, LocalError> {
        let base = format!("{}/api/orgs/{org_id}", url.trim_end_matches('/'));
        Ok(Self { http: http::client()?, base, token: token.to_owned() })
    }

    /// Registers the webhook, or changes the row that has the same address: a second one would double each delivery.
    pub(crate) async fn register(&self, registration: &Registration<'_>) -> Result<(), LocalError> {
        let operation = "registering the webhook at OpenSolar";
        let list = format!("{}/webhooks/", self.base);
        let (Rows::Bare(rows) | Rows::Under { results: rows }) = self.ask(operation, self.http.get(&list)).await?;
        let body = registration.body();
        let request = match rows.iter().find(|row| row.endpoint == registration.endpoint) {
            Some(row) => self.http.patch(format!("{list}{}", registration.member(&row.id))),
            None => self.http.post(list),
        };
        self.ask::<Value>(operation, request.json(&body)).await.map(drop)
    }

    /// The request status of each stage that may be chosen, by its milestone.
    pub(crate) async fn stage_map(&self) -> Result<BTreeMap<String, &'static str>, LocalError> {
        let request = self.http.get(format!("{}/workflows/?page=1&limit=100", self.base));
        let workflows: Vec<Workflow> = self.ask("reading OpenSolar's workflows", request).await?;
        Ok(by_milestone(&workflows))
    }

    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        operation: &'static str,
        request: RequestBuilder,
    ) -> Result<T, LocalError> {
        let answer = request.bearer_auth(&self.token).send().await.map_err(LocalError::call(operation))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(LocalError::Answer { operation, reason: format!("it answers {status}") });
        }
        answer.json().await.map_err(LocalError::call(operation))
    }
}

impl Registration<'_> {
    /// A row's path below the list's, as the contract ends it.
    fn member(&self, id: &Value) -> String {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        match self.contract {
            ApiContract::Live => format!("{id}/"),
            ApiContract::Design => id,
        }
    }

    fn body(&self) -> Value {
        match self.contract {
            ApiContract::Live => self.hints(),
            ApiContract::Design => json!({"url": self.endpoint, "secret": self.key}),
        }
    }

    /// Documented paths only. All lists are given: blank ones would mean something else on an update.
    fn hints(&self) -> Value {
        let headers = json!({ self.header: self.key }).to_string();
        json!({
            "endpoint": self.endpoint,
            "headers": headers,
            "enabled": true,
            "debug": false,
            "trigger_fields": [
                "event.*", "contact.*", "project.stage", "project.systems.kw_stc", "project.system_sold",
                "project.sold_date", "project.contract_date", "project.installation_date",
                "project.system_installed", "project.contacts",
            ],
            "payload_fields": [
                "event.*", "contact.*", "project.id", "project.identifier", "project.stage",
                "project.systems.kw_stc", "project.systems.url", "project.system_sold", "project.sold_date",
                "project.installation_date", "project.system_installed", "project.contacts_data.id",
                "project.contacts_data.phone", "quote.id", "quoteactivitylog.id",
            ],
        })
    }
}

fn by_milestone(workflows: &[Workflow]) -> BTreeMap<String, &'static str> {
    let workflows = workflows.iter().filter(|workflow| !workflow.is_archived);
    let stages = workflows.flat_map(|workflow| &workflow.workflow_stages).filter(|stage| !stage.is_archived);
    let status = |milestone| match milestone {
        0 | 1 => Some("pending"),
        2 => Some("scheduled"),
        3 => Some("completed"),
        _ => None,
    };
    stages.filter_map(|stage| Some((stage.id.to_string(), status(stage.milestone)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_means_what_its_milestone_says_and_archived_ones_mean_nothing() {
        let stage = |id, milestone, is_archived| json!({"id": id, "milestone": milestone, "is_archived": is_archived});
        let workflows = json!([
            {"is_archived": false, "workflow_stages":
                [stage(1, 0, false), stage(2, 1, false), stage(3, 2, false), stage(4, 3, false), stage(5, 4, false),
                 stage(6, 2, true)]},
            {"is_archived": true, "workflow_stages": [stage(7, 0, false)]},
        ]);
        let workflows: Vec<Workflow> = serde_json::from_value(workflows).expect("as documented");
        let expected = [("1", "pending"), ("2", "pending"), ("3", "scheduled"), ("4", "completed")];
        let expected: BTreeMap<String, &str> = expected.map(|(id, status)| (id.to_owned(), status)).into();
        assert_eq!(by_milestone(&workflows), expected);
    }

    #[test]
    fn the_header_is_registered_as_a_string_that_holds_json() {
        let live = registration(ApiContract::Live);
        assert_eq!(live.body()["headers"], r#"{"X-Webhook-Token":"k"}"#);
        assert_eq!(live.member(&json!(7)), "7/");
    }

    #[test]
    fn a_relay_is_given_the_key_that_signs_and_its_list_may_be_under_results() {
        let design = registration(ApiContract::Design);
        assert_eq!(design.body(), json!({"url": "http://127.0.0.1/", "secret": "k"}));
        assert_eq!(design.member(&json!("w-7")), "w-7");
        for list in [json!([{"id": 7, "url": "u"}]), json!({"results": [{"id": "w-7", "url": "u"}]})] {
            let (Rows::Bare(rows) | Rows::Under { results: rows }) = serde_json::from_value(list).expect("a list");
            assert_eq!(rows[0].endpoint, "u");
        }
    }

    fn registration(contract: ApiContract) -> Registration<'static> {
        Registration { contract, endpoint: "http://127.0.0.1/", header: "X-Webhook-Token", key: "k" }
    }
}
