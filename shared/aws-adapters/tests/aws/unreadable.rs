//! What a spoiled item leads to: an error that names it, and nothing that it keeps from others.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::configuration::ConfigurationDocument;
use domain::ports::{Change, ProjectsPage, Store, StoreError};
use domain::project::SyncState;
use testkit::builders::{
    MINUTE, NOON, ORG, complete_project, configuration_document, due_in_every_lane, pending_project,
};

use crate::bench::{Bench, Item, REQUEST, activate, text};

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_not_shown() {
    let bench = Bench::new().await;
    let mut project = complete_project("1042");
    project.sync = SyncState::Parked { reason: "look there".to_owned(), in_doubt: None };
    bench.commit([Change::CreateProject(project.clone())]).await;
    let map = |fields: &[(&str, &str)]| {
        AttributeValue::M(fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let pushed_with = |part: &str, field: &str, value: AttributeValue| {
        let fields =
            |name: &str| if name == part { Item::from([(field.to_owned(), value.clone())]) } else { Item::new() };
        let mut pushed = Item::from(["site", "contact"].map(|name| (name.to_owned(), AttributeValue::M(fields(name)))));
        pushed.insert("email_place".to_owned(), text("notes"));
        AttributeValue::M(pushed)
    };
    let beyond_earth = ["latitude", "longitude"].map(|name| (name.to_owned(), AttributeValue::N("200".to_owned())));
    let beyond_earth = AttributeValue::M(beyond_earth.into());
    let spoiled = [
        ("crm_revision", text("secret"), "crm_revision"),
        ("crm_revision", AttributeValue::N("-5".to_owned()), "crm_revision"),
        ("shown_status", text("secret"), "shown_status"),
        ("sync", map(&[("state", "secret")]), "sync.state"),
        ("observed", map(&[("read_at", "secret")]), "observed.read_at"),
        ("pushed", pushed_with("site", "address", AttributeValue::N("1".to_owned())), "pushed.site.address"),
        ("pushed", pushed_with("site", "of_another_version", text("secret")), "pushed.site"),
        ("pushed", pushed_with("contact", "address", text("secret")), "pushed.contact"),
        ("pushed", pushed_with("site", "position", beyond_earth), "pushed.site"),
    ];
    for (attribute, value, field) in spoiled {
        let whole = bench.item(REQUEST, "PROJECT").await;
        bench.spoil(REQUEST, "PROJECT", attribute, value).await;
        match bench.store.project(ORG, project.request_id()).await {
            Err(StoreError::Unreadable { problem }) => assert_eq!(problem, format!("PROJECT item, field {field}")),
            outcome => panic!("an error was expected, not {outcome:?}"),
        }
        let put = bench.table.client.put_item().table_name(&bench.table.name).set_item(Some(whole));
        put.send().await.expect("the table answers");
    }
}

#[tokio::test]
async fn a_configuration_of_another_version_is_named_and_not_shown() {
    let bench = Bench::new().await;
    let document = ConfigurationDocument { quiet_hours: None, ..configuration_document() };
    bench.commit([activate(document)]).await;
    bench.spoil("CONFIG", "ORG#1234", "document", text(r#"{"secret": 1}"#)).await;
    match bench.store.configuration().await {
        Err(StoreError::Unreadable { problem }) => assert_eq!(problem, "CONFIG item, field document"),
        outcome => panic!("an error was expected, not {outcome:?}"),
    }
    bench.spoil("CONFIG", "ACTIVE", "org_id", AttributeValue::N("5678".to_owned())).await;
    match bench.store.configuration().await {
        Err(StoreError::Unreadable { problem }) => assert_eq!(problem, "CONFIG ACTIVE item, field org_id"),
        outcome => panic!("an error was expected, not {outcome:?}"),
    }
}

#[tokio::test]
async fn a_listed_record_that_cannot_be_read_keeps_no_other_from_being_seen() {
    let bench = Bench::new().await;
    for request in ["1", "2", "3"] {
        bench.commit([Change::CreateProject(pending_project(request))]).await;
    }
    bench.spoil("ORG#1234#REQUEST#2", "LISTED", "summary", text("secret")).await;
    let page = ProjectsPage { status: None, after: None, limit: 10 };
    let rows = bench.store.projects(ORG, page).await.expect("the store answers").rows;
    let requests: BTreeSet<_> = rows.iter().map(|row| row.request.as_str()).collect();
    assert_eq!(requests, BTreeSet::from(["1", "3"]));
}

#[tokio::test]
async fn a_due_item_that_cannot_be_read_keeps_no_other_from_being_woken() {
    let bench = Bench::new().await;
    for request in ["1", "2", "3"] {
        bench.commit([Change::CreateProject(pending_project(request))]).await;
    }
    bench.spoil("ORG#1234#REQUEST#2", "PROJECT", "wake", text("{}")).await;
    let due = bench.store.due(&due_in_every_lane(NOON + MINUTE * 5, 100)).await.expect("the store answers");
    let keys: Vec<_> = due.into_iter().map(|item| item.key.partition).collect();
    assert_eq!(keys, ["ORG#1234#REQUEST#1", "ORG#1234#REQUEST#3"]);
}
