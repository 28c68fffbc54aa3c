//! A project: what is written of it, and what a read shows.

use domain::fields::{Field, FieldValue, ProjectField, ProjectFields};
use domain::ids::ContactId;
use domain::project::FIRST_STATUS;
use domain::remote::{
    CreatedProject, History, MilestonesAre, NewProject, ProjectChange, ProjectStatus, ProposalLink, RemoteProject,
    Said, SaleFields, SystemSize,
};
use serde_json::{Map, Value, json};

use crate::lenient::{decimal, id, last_id, moment, said, text, text_or_number};

/// The custom field with our identifier. The contract names no such field, and a server may drop it: then the request's id
/// alone says whose the project is.
const IDENTIFIER: &str = "hanna_identifier";
/// The custom field with the CRM's id of the request.
const REQUEST: &str = "hanna_installation_id";

/// How a project says that it is done.
const COMPLETE: &str = "complete";

/// Where a field is, from the project down.
fn wire(field: ProjectField) -> Option<(&'static str, Option<&'static str>)> {
    match field {
        ProjectField::Title => Some(("name", None)),
        ProjectField::IsResidential => Some(("type", None)),
        ProjectField::Notes => Some(("notes", None)),
        ProjectField::Address => Some(("address", Some("street"))),
        ProjectField::Locality => Some(("address", Some("city"))),
        ProjectField::State => Some(("address", Some("state"))),
        ProjectField::Zip => Some(("address", Some("postal_code"))),
        ProjectField::CountryIso2 => Some(("address", Some("country"))),
        ProjectField::CustomProjectInfo1 => Some(("custom_fields", Some("hanna_order_number"))),
        ProjectField::CustomProjectInfo4 => Some(("custom_fields", Some("installation_type"))),
        ProjectField::CustomProjectInfo5 => Some(("custom_fields", Some(REQUEST))),
        ProjectField::BusinessName
        | ProjectField::LeadSource
        | ProjectField::Position
        | ProjectField::CustomProjectInfo2
        | ProjectField::CustomProjectInfo3 => None,
    }
}

/// The payload of a create. Its status is said here and never again.
pub(super) fn payload(new: &NewProject, contact: &ContactId) -> Value {
    let mut payload = Map::new();
    write_into(&mut payload, new.site.iter().map(|(field, value)| (field, Some(value))));
    payload.insert("status".to_owned(), json!(FIRST_STATUS));
    payload.insert("contact_id".to_owned(), json!(contact.to_string()));
    put(&mut payload, "custom_fields", Some(IDENTIFIER), json!(new.identifier.hyphenated().to_string()));
    Value::Object(payload)
}

/// The body of a change: the patch's fields and no other, but an object of which a part changes goes whole, as it was read.
pub(super) fn changes(change: &ProjectChange) -> Value {
    let mut body = Map::new();
    for object in change.patch.fields().into_iter().filter_map(object_of) {
        body.entry(object).or_insert_with(|| change.objects.get(object).cloned().unwrap_or_else(|| json!({})));
    }
    // What the read did not show of an object is what we know of it.
    for (field, value) in change.there.iter() {
        if let (Some((key, Some(below))), Some(value)) = (wire(field), on_the_wire(field, Some(value)))
            && let Some(Value::Object(object)) = body.get_mut(key)
        {
            object.entry(below).or_insert(value);
        }
    }
    write_into(&mut body, change.patch.iter());
    Value::Object(body)
}

/// The object in which a field is nested.
fn object_of(field: ProjectField) -> Option<&'static str> {
    match wire(field)? {
        (object, Some(_)) => Some(object),
        (_, None) => None,
    }
}

/// The objects of a project in which fields are nested.
fn objects(body: &Value) -> Map<String, Value> {
    let mut objects = Map::new();
    for object in ProjectField::ALL.iter().filter_map(|field| object_of(*field)) {
        if let Some(there @ Value::Object(_)) = body.get(object) {
            objects.entry(object).or_insert_with(|| there.clone());
        }
    }
    objects
}

fn write_into<'a>(body: &mut Map<String, Value>, values: impl Iterator<Item = (ProjectField, Option<&'a FieldValue>)>) {
    for (field, value) in values {
        let (Some((key, below)), Some(value)) = (wire(field), on_the_wire(field, value)) else { continue };
        put(body, key, below, value);
    }
}

/// Blank is empty text, but for the type, which has no blank.
fn on_the_wire(field: ProjectField, value: Option<&FieldValue>) -> Option<Value> {
    match (field, value) {
        (_, Some(FieldValue::Flag(is_residential))) => {
            Some(json!(if *is_residential { "residential" } else { "commercial" }))
        }
        (_, Some(FieldValue::Text(text))) => Some(json!(text)),
        (ProjectField::IsResidential, _) | (_, Some(FieldValue::Place(_))) => None,
        (_, None) => Some(json!("")),
    }
}

fn put(body: &mut Map<String, Value>, key: &str, below: Option<&str>, value: Value) {
    match below {
        None => drop(body.insert(key.to_owned(), value)),
        Some(below) => {
            let object = body.entry(key).or_insert_with(|| json!({}));
            object[below] = value;
        }
    }
}

/// The answer to a create: nothing without the project's id, since then nobody knows what was made.
pub(super) fn created(body: &Value) -> Option<CreatedProject> {
    Some(CreatedProject { id: id(body.get("id"))?, contact: contact(body) })
}

/// The project; nothing without an id. What an answer leaves out is told apart from what is blank.
pub(super) fn read(body: &Value) -> Option<RemoteProject> {
    let custom = |name: &str| text_or_number(body.get("custom_fields")?.get(name));
    let status = text(body.get("status")).and_then(ProjectStatus::parse);
    Some(RemoteProject {
        id: id(body.get("id"))?,
        identifier: custom(IDENTIFIER),
        request: custom(REQUEST),
        site: site(body),
        objects: objects(body),
        contact: contact(body),
        stage: None,
        phase: None,
        milestones: MilestonesAre::ToldByWebhooks,
        system_size: said(body.get("system_size_kw"), |kw| decimal(kw).and_then(SystemSize::from_kw)),
        proposal_link: said(body.get("proposal_url"), |link| text(link).and_then(ProposalLink::parse)),
        proposal_ready: false,
        sale: SaleFields::Untold,
        installation: Said::Nothing,
        is_installed: status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case(COMPLETE)),
        status,
        history: History::Embedded(Vec::new()),
        modified_at: moment(body.get("updated_at").or_else(|| body.get("modified_date"))),
    })
}

fn contact(body: &Value) -> Option<ContactId> {
    last_id(body.get("contact_id")).or_else(|| id(body.pointer("/contact/id")))
}

fn site(body: &Value) -> ProjectFields {
    let there = |field: ProjectField| {
        let (key, below) = wire(field)?;
        let value = body.get(key)?;
        below.map_or(Some(value), |below| value.get(below))
    };
    let value = |field: ProjectField| match field {
        ProjectField::IsResidential => match text(there(field))?.to_ascii_lowercase().as_str() {
            "residential" => Some(FieldValue::Flag(true)),
            "commercial" => Some(FieldValue::Flag(false)),
            _ => None,
        },
        _ => FieldValue::text(&text_or_number(there(field))?),
    };
    let fields: ProjectFields = ProjectField::ALL.iter().map(|field| (*field, value(*field))).collect();
    fields.without_sight_of(ProjectField::ALL.iter().copied().filter(|field| there(*field).is_none()))
}

#[cfg(test)]
mod tests {
    use domain::fields::ProjectPatch;

    use super::*;
    use crate::live::tests::new_project;

    fn site_of(values: &[(ProjectField, &str)]) -> ProjectFields {
        values.iter().map(|(field, text)| (*field, FieldValue::text(text))).collect()
    }

    #[test]
    fn a_project_is_written_as_the_design_document_has_it() {
        let mut new = new_project();
        let more = [(ProjectField::CustomProjectInfo4, "solar"), (ProjectField::CustomProjectInfo5, "1042")];
        for (field, _) in more {
            new.site.take_over(field, &site_of(&more));
        }
        assert_eq!(
            payload(&new, &777.into()),
            json!({
                "name": "Rudo Example, Avondale",
                "type": "residential",
                "status": "lead",
                "address": {
                    "street": "12 Example Street", "city": "Avondale", "state": "Harare", "country": "ZW",
                },
                "notes": "Asked for 6 kW and a battery.",
                "custom_fields": {
                    "hanna_installation_id": "1042",
                    "hanna_identifier": "6f0f4f0e-0000-5000-8000-000000000001",
                    "hanna_order_number": "HAN-77",
                    "installation_type": "solar",
                },
                "contact_id": "777",
            })
        );
    }

    #[test]
    fn a_change_names_what_changes_and_nothing_else() {
        let patch = ProjectPatch::from_iter([
            (ProjectField::Notes, None),
            (ProjectField::Address, FieldValue::text("14 Example Street")),
            (ProjectField::IsResidential, Some(FieldValue::Flag(false))),
            (ProjectField::CustomProjectInfo1, FieldValue::text("HAN-78")),
        ]);
        let expected = json!({
            "notes": "",
            "address": {"street": "14 Example Street"},
            "type": "commercial",
            "custom_fields": {"hanna_order_number": "HAN-78"},
        });
        assert_eq!(changes(&patch.into()), expected);
        let neither = ProjectPatch::from_iter([(ProjectField::IsResidential, None)]);
        assert_eq!(changes(&neither.into()), json!({}));
    }

    #[test]
    fn an_object_of_which_a_part_changes_goes_whole_as_it_was_read() {
        let custom = json!({"hanna_installation_id": 1042, "hanna_order_number": "HAN-77", "roof": {"tilt": 12}});
        let project = read(&json!({"id": 1, "name": "a", "notes": "b", "custom_fields": custom})).expect("a project");
        let unshown = site_of(&[(ProjectField::Locality, "Avondale"), (ProjectField::CustomProjectInfo5, "1043")]);
        let there = project.site.or_unshown(&unshown);
        let patch = ProjectPatch::from_iter([
            (ProjectField::Address, FieldValue::text("14 Example Street")),
            (ProjectField::CustomProjectInfo1, FieldValue::text("HAN-78")),
        ]);
        let expected = json!({
            "address": {"street": "14 Example Street", "city": "Avondale"},
            "custom_fields": {"hanna_installation_id": 1042, "hanna_order_number": "HAN-78", "roof": {"tilt": 12}},
        });
        assert_eq!(changes(&ProjectChange::of(project.clone(), there.clone(), patch)), expected);
        let title = ProjectPatch::from_iter([(ProjectField::Title, FieldValue::text("c"))]);
        assert_eq!(changes(&ProjectChange::of(project, there, title)), json!({"name": "c"}));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let mut body = payload(&new_project(), &777.into());
        body["id"] = json!("p-1");
        let read = read(&body).expect("a project");
        assert_eq!(read.id.as_str(), "p-1");
        assert_eq!(read.identifier, Some(new_project().identifier.to_string()));
        assert_eq!(read.contact, Some(777.into()));
        let differing = read.site.differing(&new_project().site);
        assert_eq!(differing, [], "what has no place there is not shown, and differs from nothing");
    }

    #[test]
    fn what_the_contract_shows_is_read_and_the_rest_is_left_open() {
        let body = json!({
            "id": 9_000_001, "name": "Rudo Example - Solar Installation", "status": "Contract", "system_size_kw": "6.6",
            "proposal_url": "https://relay.example.com/proposals/1", "updated_at": "2026-11-20T12:00:00Z",
            "custom_fields": {"hanna_installation_id": 1042},
        });
        let project = read(&body).expect("a project");
        assert_eq!((project.identifier.as_deref(), project.request.as_deref()), (None, Some("1042")));
        assert_eq!(project.status, ProjectStatus::parse("Contract"));
        assert_eq!(project.system_size.value().map(|size| size.to_string()).as_deref(), Some("6.60"));
        assert!(project.proposal_link.value().is_some());
        assert_eq!(project.milestones, MilestonesAre::ToldByWebhooks);
        assert!(!project.is_installed);
        assert_eq!(project.modified_at, "2026-11-20T12:00:00Z".parse().ok());
        let pushed = site_of(&[
            (ProjectField::Notes, "Two storeys."),
            (ProjectField::Title, "Another"),
            (ProjectField::CustomProjectInfo5, "1042"),
        ]);
        assert_eq!(project.site.differing(&pushed), [ProjectField::Title]);
        assert_eq!(project.site.or_unshown(&pushed).get(ProjectField::Notes), pushed.get(ProjectField::Notes));
    }

    #[test]
    fn only_a_complete_project_is_installed() {
        for (status, expected) in [("complete", true), ("Complete", true), ("installation", false), ("", false)] {
            let project = read(&json!({"id": 1, "status": status})).expect("a project");
            assert_eq!(project.is_installed, expected, "{status}");
        }
    }

    #[test]
    fn a_field_of_another_kind_says_nothing_and_spoils_no_other() {
        let fields = ["name", "type", "status", "address", "notes", "custom_fields", "contact_id", "updated_at"];
        for odd in [json!(null), json!([]), json!({}), json!(""), json!(false)] {
            let mut body: Map<_, _> = fields.iter().map(|name| ((*name).to_owned(), odd.clone())).collect();
            body.insert("id".to_owned(), json!("9000001"));
            let project = read(&Value::Object(body)).expect("a project");
            let told = (project.identifier, project.request, project.status, project.contact, project.modified_at);
            assert_eq!(told, (None, None, None, None, None), "{odd}");
            assert_eq!(project.site.iter().count(), 0, "{odd}");
        }
        for body in [json!({}), json!({"id": null}), json!({"id": "a/b"}), json!({"id": 1.5}), json!([]), json!("page")]
        {
            assert_eq!(read(&body), None, "{body}");
            assert_eq!(created(&body), None, "{body}");
        }
    }

    #[test]
    fn a_size_or_link_that_cannot_be_read_takes_nothing_back() {
        let body = json!({"id": 1, "system_size_kw": "large", "proposal_url": "http://relay.example.com/proposals/1"});
        let project = read(&body).expect("a project");
        assert_eq!((project.system_size, project.proposal_link), (Said::Unreadable, Said::Unreadable));
    }
}
