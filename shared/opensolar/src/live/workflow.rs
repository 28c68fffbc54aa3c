//! Workflows: a project's stage is one of theirs.

use domain::remote::{Phase, Stage};
use serde_json::Value;

use crate::lenient::{flag, text, whole};

/// A workflow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Workflow {
    /// OpenSolar's id.
    pub(crate) id: u64,
    /// Its stages, in the order in which they are shown.
    pub(crate) stages: Vec<Stage>,
}

/// A workflow; nothing without an id. A stage without one is passed over, and all of an archived workflow are archived.
pub(super) fn read(row: &Value) -> Option<Workflow> {
    let is_archived = flag(row.get("is_archived")) == Some(true);
    let stages = row.get("workflow_stages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let stages = stages.iter().filter_map(|stage| {
        Some(Stage {
            id: number(stage)?,
            title: text(stage.get("title")).unwrap_or_default().to_owned(),
            phase: whole(stage.get("milestone")).and_then(Phase::from_number),
            is_archived: is_archived || flag(stage.get("is_archived")) == Some(true),
        })
    });
    Some(Workflow { id: number(row)?, stages: stages.collect() })
}

fn number(record: &Value) -> Option<u64> {
    whole(record.get("id")).and_then(|id| u64::try_from(id).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stage(id: u64, title: &str, phase: Option<Phase>) -> Stage {
        Stage { id, title: title.to_owned(), phase, is_archived: false }
    }

    #[test]
    fn stages_are_read_archived_ones_too() {
        let row = json!({"id": 321, "title": "Residential", "is_default": true, "is_archived": false,
        "workflow_stages": [
            {"id": 6541, "title": " New ", "milestone": 0, "order": 0, "is_archived": false, "actions": []},
            {"id": "6543", "title": "Sold", "milestone": "2", "is_archived": null},
            {"id": 6544, "title": null, "milestone": 9},
            {"title": "no id"},
            {"id": 6547, "title": "Old quotes", "milestone": 4, "is_archived": true},
        ]});
        let expected = [
            stage(6541, "New", Some(Phase::Presale)),
            stage(6543, "Sold", Some(Phase::Sold)),
            stage(6544, "", None),
            Stage { is_archived: true, ..stage(6547, "Old quotes", Some(Phase::Others)) },
        ];
        assert_eq!(read(&row), Some(Workflow { id: 321, stages: expected.to_vec() }));
    }

    #[test]
    fn the_stages_of_an_archived_workflow_are_archived() {
        let row = json!({"id": 323, "is_archived": true, "workflow_stages": [{"id": 6701, "is_archived": false}]});
        assert!(read(&row).expect("a workflow").stages[0].is_archived);
    }

    #[test]
    fn a_workflow_may_have_no_stages_but_has_an_id() {
        for stages in [json!(null), json!([]), json!("x"), json!([7, null])] {
            let row = json!({"id": 321, "workflow_stages": stages});
            assert_eq!(read(&row), Some(Workflow { id: 321, stages: Vec::new() }), "{row}");
        }
        for row in [json!({"workflow_stages": []}), json!(null), json!("x")] {
            assert_eq!(read(&row), None, "{row}");
        }
    }
}
