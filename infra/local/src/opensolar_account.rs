//! What an operator looks up once in OpenSolar: which stage means what.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder};
use serde::Deserialize;

use crate::error::LocalError;
use crate::http;

/// An organisation in OpenSolar, as its administrator sees it.
#[derive(Debug)]
pub(crate) struct OpenSolarAccount {
    http: Client,
    base: String,
    token: String,
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
    use serde_json::json;

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
}
