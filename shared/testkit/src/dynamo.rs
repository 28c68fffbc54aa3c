//! A DynamoDB in process, with the table that `template.yaml` describes.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use dynoxide::Database;
use sdk_http::Reach;
use serde_yaml_ng::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The deployed system's template: the one place that says what the table is like.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// An empty table of its own. Its server ends when this is dropped.
pub struct LocalTable {
    /// Speaks to the server.
    pub client: Client,
    /// The table's name.
    pub name: String,
    server: JoinHandle<()>,
}

impl Drop for LocalTable {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts a DynamoDB on a free port of the loopback interface, and makes the table there.
pub async fn local_table() -> LocalTable {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("the port");
    let database = Database::memory().expect("a database in memory");
    let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
    let table = LocalTable { client: client_of(&format!("http://{address}")), name: "records".to_owned(), server };
    make_table(&table.client, &table.name).await;
    table
}

/// Makes the table that the template describes, under this name.
pub async fn make_table(client: &Client, name: &str) {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).expect("the template is YAML");
    let table = described_by(&template["Resources"]["Table"]["Properties"], client.create_table());
    let made = table.table_name(name).billing_mode(BillingMode::PayPerRequest).send().await;
    made.expect("the table is made");
}

/// A client of a server on this machine, which believes any credentials.
pub fn client_of(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(sdk_http::client(Reach::HttpOnLoopback))
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

fn described_by(properties: &Value, table: CreateTableFluentBuilder) -> CreateTableFluentBuilder {
    let attributes = each(&properties["AttributeDefinitions"], |attribute| {
        AttributeDefinition::builder()
            .attribute_name(text(&attribute["AttributeName"]))
            .attribute_type(ScalarAttributeType::from(text(&attribute["AttributeType"])))
            .build()
            .expect("a whole definition")
    });
    let indexes = each(&properties["GlobalSecondaryIndexes"], |index| {
        let projection = Projection::builder()
            .projection_type(ProjectionType::from(text(&index["Projection"]["ProjectionType"])))
            .set_non_key_attributes(Some(each(&index["Projection"]["NonKeyAttributes"], |name| text(name).to_owned())));
        GlobalSecondaryIndex::builder()
            .index_name(text(&index["IndexName"]))
            .set_key_schema(Some(key_schema(&index["KeySchema"])))
            .projection(projection.build())
            .build()
            .expect("a whole index")
    });
    table
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(key_schema(&properties["KeySchema"])))
        .set_global_secondary_indexes(Some(indexes))
}

fn key_schema(value: &Value) -> Vec<KeySchemaElement> {
    each(value, |element| {
        KeySchemaElement::builder()
            .attribute_name(text(&element["AttributeName"]))
            .key_type(KeyType::from(text(&element["KeyType"])))
            .build()
            .expect("a whole element")
    })
}

fn each<T>(list: &Value, read: impl FnMut(&Value) -> T) -> Vec<T> {
    list.as_sequence().expect("the template has a list here").iter().map(read).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the template has text here")
}
