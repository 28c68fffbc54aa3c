//! A project in detail. Field by field: one that is missing, null or of another kind says nothing and spoils no other. A
//! day, a link or a size that is there and cannot be read is told apart from none: it takes nothing back.

use domain::remote::{MilestonesAre, Phase, ProposalLink, RemoteProject};
use serde_json::{Map, Value};

use crate::lenient::{day_or_moment, id, is_set, moment, said, text, whole};
use crate::live::{contact, history, sale, site, system};

/// The project; nothing without an id.
pub(super) fn answer(body: &Value) -> Option<RemoteProject> {
    let phase = whole(body.get("stage")).and_then(Phase::from_number);
    Some(RemoteProject {
        id: id(body.get("id"))?,
        identifier: text(body.get("identifier")).map(str::to_owned),
        request: None,
        site: site::read(body),
        objects: Map::new(),
        contact: contact::first_of(body),
        stage: whole(body.pointer("/workflow/active_stage_id")).and_then(|stage| u64::try_from(stage).ok()),
        phase,
        status: None,
        milestones: MilestonesAre::Shown,
        system_size: system::size(body),
        proposal_link: said(body.get("share_link"), |link| text(link).and_then(ProposalLink::parse)),
        proposal_ready: body.pointer("/customer_proposal_data/ready").and_then(Value::as_bool) == Some(true),
        sale: sale::fields(body),
        installation: said(body.get("installation_date"), day_or_moment),
        is_installed: is_set(body.get("system_installed")) || phase == Some(Phase::Installed),
        history: history::history(body),
        modified_at: moment(body.get("modified_date")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use domain::fields::{FieldValue, ProjectField, ProjectFields};
    use domain::remote::{EventKind, History, InstallationDate, ProjectEvent, Said, SaleFields};
    use serde_json::json;

    #[test]
    fn a_whole_project_is_read() {
        let body = json!({
            "id": 9000001,
            "identifier": "6f0f4f0e-0000-5000-8000-000000000001",
            "url": "https://api.opensolar.com/api/orgs/1234/projects/9000001/",
            "org_id": 1234,
            "title": "12 Example Street",
            "contacts": ["https://api.opensolar.com/api/orgs/1234/contacts/777/"],
            "contacts_data": [{"id": 777, "first_name": "Rudo", "family_name": "Example", "phone": "+263770000001"}],
            "stage": 2,
            "workflow": {"id": 1, "workflow_id": 321, "active_stage_id": 6543},
            "systems": [{"id": 501, "order": 0, "kw_stc": 6.6, "is_current": false}],
            "system_sold": "https://api.opensolar.com/api/orgs/1234/systems/501/",
            "sold_date": "2026-10-02T03:04:05.000000Z",
            "contract_date": "2026-10-02",
            "installation_date": "2026-12-04",
            "system_installed": null,
            "share_link": "https://api.opensolar.com/share/9000001/?token=example",
            "customer_proposal_data": {"ready": true, "has_customer_view": false},
            "events_data": [{"id": 88001, "event_type_id": 0, "created_date": "2026-09-20T10:00:00.000000Z"}],
            "modified_date": "2026-10-02T03:04:06.123456Z",
        });
        let project = answer(&body).expect("a project");
        assert_eq!(project.id, 9_000_001.into());
        assert_eq!(project.identifier.as_deref(), Some("6f0f4f0e-0000-5000-8000-000000000001"));
        let title = (ProjectField::Title, FieldValue::text("12 Example Street"));
        assert_eq!(project.site, ProjectFields::from_iter([title]));
        assert_eq!(project.contact, Some(777.into()));
        assert_eq!((project.stage, project.phase), (Some(6543), Some(Phase::Sold)));
        assert_eq!(project.system_size.value().map(|size| size.to_string()).as_deref(), Some("6.60"));
        let link = project.proposal_link.value().expect("a link");
        assert_eq!(link.as_str(), "https://api.opensolar.com/share/9000001/?token=example");
        assert!(project.proposal_ready);
        let at = "2026-09-20T10:00:00Z".parse().ok();
        let sent = ProjectEvent { kind: EventKind::ProposalSent, at, start: Said::Nothing };
        assert_eq!(project.history, History::Embedded(vec![sent]));
        assert_eq!(project.sale, SaleFields::Sold { at: "2026-10-02T00:00:00Z".parse().ok() });
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).map(InstallationDate::Day);
        assert_eq!(project.installation.value(), day);
        assert!(!project.is_installed);
        assert_eq!(project.modified_at, "2026-10-02T03:04:06.123456Z".parse().ok());
    }

    /// What a project with nothing but its id is.
    fn empty() -> RemoteProject {
        answer(&json!({"id": 9000001})).expect("a project")
    }

    #[test]
    fn a_field_of_another_kind_says_nothing_and_spoils_no_other() {
        let empty = empty();
        assert_eq!((empty.sale, &empty.history), (SaleFields::Untold, &History::Embedded(Vec::new())));
        assert!(!empty.is_installed && !empty.proposal_ready);
        let fields = [
            "identifier",
            "contacts",
            "contacts_data",
            "stage",
            "workflow",
            "systems",
            "share_link",
            "customer_proposal_data",
            "events",
            "events_data",
            "installation_date",
            "modified_date",
        ];
        let unreadable = RemoteProject {
            system_size: Said::Unreadable,
            proposal_link: Said::Unreadable,
            installation: Said::Unreadable,
            ..empty.clone()
        };
        let nothing = [json!(null), json!([]), json!({}), json!([null]), json!(false), json!("")];
        let odd = nothing.into_iter().map(|nothing| (nothing, &empty)).chain([(json!(-1.5), &unreadable)]);
        for (odd, expected) in odd {
            let mut body: serde_json::Map<_, _> = fields.iter().map(|name| ((*name).to_owned(), odd.clone())).collect();
            body.insert("id".to_owned(), json!("9000001"));
            assert_eq!(answer(&Value::Object(body)).as_ref(), Some(expected), "{odd}");
        }
    }

    #[test]
    fn a_project_without_an_id_is_none() {
        for body in [json!({}), json!({"id": null}), json!({"id": "a/b"}), json!([]), json!("page")] {
            assert_eq!(answer(&body), None, "{body}");
        }
    }

    #[test]
    fn installed_is_told_by_its_field_or_the_milestone_and_not_by_the_history() {
        let is_installed = |body: &Value| answer(body).expect("a project").is_installed;
        for body in [json!({"id": 1, "system_installed": 501}), json!({"id": 1, "stage": "3"})] {
            assert!(is_installed(&body), "{body}");
        }
        assert!(!is_installed(&json!({"id": 1, "stage": 2, "events_data": [{"event_type_id": 104}]})));
        for nothing in [json!({}), json!([]), json!(0), json!(""), json!(false)] {
            assert!(!is_installed(&json!({"id": 1, "system_installed": nothing})), "{nothing}");
        }
    }

    #[test]
    fn an_installation_is_planned_for_a_day_or_a_moment() {
        let planned = |raw: &str| answer(&json!({"id": 1, "installation_date": raw})).expect("a project").installation;
        let moment = "2026-12-04T06:30:00Z".parse().expect("a time");
        let moment = Said::Value(InstallationDate::Moment(moment));
        assert_eq!(planned("2026-12-04T06:30:00.000000Z"), moment);
        assert_eq!(planned("2026-12-04 08:30:00+02:00"), moment);
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
        assert_eq!(planned("2026-12-04"), Said::Value(InstallationDate::Day(day)));
        assert_eq!(
            (planned(""), planned("null"), planned("tomorrow")),
            (Said::Nothing, Said::Nothing, Said::Unreadable)
        );
    }

    #[test]
    fn a_link_that_is_not_https_is_no_proposal() {
        let body = json!({"id": 1, "share_link": "http://api.opensolar.com/share/1/?token=example"});
        assert_eq!(answer(&body).expect("a project").proposal_link, Said::Unreadable);
    }
}
