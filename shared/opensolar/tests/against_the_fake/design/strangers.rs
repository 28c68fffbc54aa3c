//! Whose a project is: whatever an answer shows, no stranger's is taken for ours.

use domain::ids::ProjectId;
use domain::ports::OpenSolar;
use domain::project::{Project, identifier};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use testkit::builders::{self, ORG};
use uuid::Uuid;

use super::{Scene, configuration};

/// What may stand where an identifier is looked for, and whether it is one of the record's.
fn identifiers(record: &Project) -> Vec<(Value, Option<bool>)> {
    let (ours, theirs) = (configuration().namespace, Uuid::from_u128(7));
    let of = |namespace, request: &str, generation| {
        let request = request.parse().expect("an id");
        json!(identifier(namespace, ORG, &request, generation).to_string())
    };
    assert_eq!(record.generation, 2);
    vec![
        (Value::Null, None),
        (json!("  "), None),
        (of(ours, "1042", 1), Some(true)),
        (of(ours, "1042", 2), Some(true)),
        (of(ours, "1042", 3), Some(false)),
        (of(ours, "1043", 1), Some(false)),
        (of(theirs, "1042", 1), Some(false)),
        (json!(of(ours, "1042", 2).as_str().expect("text").to_uppercase()), Some(true)),
        (json!("1042"), Some(false)),
        (json!(1042), Some(false)),
    ]
}

/// What may stand where the request's id is looked for, and whether it is the record's.
fn requests() -> Vec<(Value, bool)> {
    vec![
        (json!("1042"), true),
        (json!(1042), true),
        (json!(" 1042 "), true),
        (json!("1043"), false),
        (json!("10420"), false),
        (json!("01042"), false),
        (json!(1042.5), false),
        (json!(["1042"]), false),
        (json!({"id": "1042"}), false),
        (json!(true), false),
        (Value::Null, false),
    ]
}

async fn is_carried(scene: &Scene, record: &Project, custom_fields: Value) -> bool {
    let fields = Map::from_iter([("name".to_owned(), json!("Example")), ("custom_fields".to_owned(), custom_fields)]);
    let id = ProjectId::from(scene.fake.add_project(fields));
    let read = scene.client.project(&scene.account, &id).await.expect("a project");
    record.is_carried_by(&read, configuration().namespace)
}

#[tokio::test]
async fn an_identifier_decides_and_only_without_one_the_requests_id_does() {
    let scene = Scene::start().await;
    let record = builders::complete_project("1042");
    for (identifier, is_ours) in identifiers(&record) {
        for (request, is_requests) in requests() {
            let custom = json!({"hanna_identifier": identifier, "hanna_installation_id": request});
            let expected = is_ours.unwrap_or(is_requests);
            assert_eq!(is_carried(&scene, &record, custom.clone()).await, expected, "{custom}");
        }
    }
    for other in [json!({}), json!(null), json!([]), json!("1042"), json!(1042)] {
        assert!(!is_carried(&scene, &record, other.clone()).await, "{other}");
    }
}

/// Any JSON that is not deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        "[ -~]{0,40}".prop_map(Value::String),
        "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::Array))
}

#[test]
fn no_answer_makes_a_stranger_ours() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let scene = runtime.block_on(Scene::start());
    let record = builders::complete_project("1042");
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() });
    let requests = prop_oneof![any_json(), Just(json!("1042")), Just(json!(1042))];
    let answers = (any_json(), requests);
    let outcome = runner.run(&answers, |(identifier, request)| {
        let is_requests = request.as_str().map(str::trim) == Some("1042") || request == json!(1042);
        let shows_none = !identifier.is_number() && identifier.as_str().is_none_or(|text| text.trim().is_empty());
        let custom = json!({"hanna_identifier": identifier, "hanna_installation_id": request});
        let carried = runtime.block_on(is_carried(&scene, &record, custom));
        prop_assert_eq!(carried, shows_none && is_requests);
        Ok(())
    });
    outcome.expect("no stranger");
}
