//! `template.yaml` agrees with `functions/`, and grants each function what it uses and nothing else.

mod lint;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use reading::{Function, Template, root};

#[test]
fn every_function_of_the_tree_is_in_the_template_and_no_other() {
    let folders = fs::read_dir(root().join("functions")).expect("functions/ is there");
    let folders: BTreeSet<String> =
        folders.map(|entry| entry.expect("readable").file_name().into_string().expect("a plain name")).collect();
    let names: BTreeSet<String> = Template::read().functions().map(|function| function.name()).collect();
    assert_eq!(names, folders);
}

#[test]
fn every_function_runs_what_cargo_lambda_builds_of_its_crate() {
    for function in Template::read().functions() {
        let name = function.name();
        assert_eq!(function.property("CodeUri"), &json!(format!("target/lambda/{name}/")), "{name}");
        assert_eq!(function.property("FunctionName"), &json!({"Fn::Sub": format!("${{AWS::StackName}}-{name}")}));
    }
}

#[test]
fn every_function_is_given_the_variables_that_its_main_reads() {
    for function in Template::read().functions() {
        let name = function.name();
        let main = root().join("functions").join(&name).join("src/main.rs");
        let main = fs::read_to_string(main).expect("every function has a main.rs");
        let is_variable =
            |text: &&str| text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let read: BTreeSet<&str> = main.split('"').skip(1).step_by(2).filter(is_variable).collect();
        let given = function.variables();
        assert_eq!(given.keys().map(String::as_str).collect::<BTreeSet<_>>(), read, "{name}");
    }
}

#[test]
fn every_function_may_send_to_the_queues_it_is_given_and_to_no_other() {
    for function in Template::read().functions() {
        let given = function.variables_named(|name| name.ends_with("_QUEUE_URL") || name.ends_with("_DLQ_URL"));
        assert_eq!(function.resources_of("sqs:SendMessage"), given, "{}", function.name());
    }
}

#[test]
fn every_function_may_ask_the_queue_that_it_warms_and_of_the_others_only_what_it_consumes() {
    // The order of the queues' names in the code: the first is the one that is asked.
    let order = ["WEBHOOK_QUEUE_URL", "SYNC_REQUESTS_QUEUE_URL", "NOTIFICATIONS_QUEUE_URL", "CRM_UPDATES_QUEUE_URL"];
    for function in Template::read().functions() {
        let given = function.variables();
        let warmed = order.into_iter().find(|name| given.contains_key(*name));
        let mut expected = function.variables_named(|name| Some(name) == warmed);
        expected.extend(function.resources_of("sqs:ReceiveMessage"));
        assert_eq!(function.resources_of("sqs:GetQueueAttributes"), expected, "{}", function.name());
    }
}

#[test]
fn tokens_travel_over_https_alone_unless_a_stack_is_told_otherwise() {
    let policy = Template::read().parameter("AddressPolicy").clone();
    assert_eq!(policy["Default"], json!("https-only"));
    assert_eq!(policy["AllowedValues"], json!(["https-only", "http-on-loopback"]));
    let calls_outside = |function: &Function<'_>| function.variables().contains_key("ADDRESS_POLICY");
    let names: BTreeSet<String> =
        Template::read().functions().filter(calls_outside).map(|function| function.name()).collect();
    assert_eq!(
        names,
        ["notify", "operator-api", "project-sync", "status-sweep", "webhook-apply"].map(str::to_owned).into()
    );
}

#[test]
fn every_function_may_read_the_secrets_it_is_given_and_no_other() {
    for function in Template::read().functions() {
        let given = function.variables_named(|name| name.ends_with("_SECRET_ID"));
        assert_eq!(function.resources_of("secretsmanager:GetSecretValue"), given, "{}", function.name());
    }
}

#[test]
fn only_functions_that_are_given_the_table_may_touch_it_and_ingest_is_not() {
    let template = Template::read();
    for function in template.functions() {
        let has_table = function.variables().contains_key("TABLE_NAME");
        let touches = function.actions().iter().any(|action| action.starts_with("dynamodb:"));
        assert_eq!(touches, has_table, "{}", function.name());
    }
    assert!(!template.function("webhook-ingest").variables().contains_key("TABLE_NAME"));
}

#[test]
fn the_sweeps_may_do_no_more_to_the_table_than_they_do() {
    let template = Template::read();
    let of_the_table = |name: &str| -> BTreeSet<String> {
        let actions = template.function(name).actions().into_iter();
        actions.filter_map(|action| action.strip_prefix("dynamodb:").map(str::to_owned)).collect()
    };
    let status = ["GetItem", "PutItem", "Query"].map(str::to_owned).into();
    assert_eq!(of_the_table("status-sweep"), status, "it looks, and keeps its checkpoint and OpenSolar's limits");
    let retry = ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"].map(str::to_owned).into();
    assert_eq!(of_the_table("retry-sweep"), retry, "it claims and deletes, and keeps its checkpoint");
}

#[test]
fn lists_are_read_by_operators_and_the_audit_and_what_is_due_by_the_sweeps() {
    let template = Template::read();
    let readers = |index: &str| -> BTreeSet<String> {
        let name = format!("${{Table.Arn}}/index/{index}");
        let reads = |function: &Function<'_>| {
            let mut statements = function.statements().into_iter();
            statements.any(|statement| statement.to_string().contains(&name))
        };
        template.functions().filter(reads).map(|function| function.name()).collect()
    };
    assert_eq!(readers("feed"), ["operator-api", "status-sweep"].map(str::to_owned).into(), "lists, and the audit");
    assert_eq!(readers("due"), ["retry-sweep", "status-sweep"].map(str::to_owned).into());
}

#[test]
fn the_operators_api_answers_before_its_caller_is_given_up_on() {
    let template = Template::read();
    let timeout = template.seconds(template.function("operator-api").property("Timeout"), "usual");
    assert!(timeout < 30, "API Gateway waits no longer");
}

#[test]
fn a_stack_is_in_no_hurry_unless_it_is_told_to_soak() {
    let template = Template::read();
    let parameter = template.parameter("Pace");
    assert_eq!((&parameter["Default"], &parameter["AllowedValues"]), (&json!("usual"), &json!(["usual", "soak"])));
    let timeouts = |pace: &str| -> BTreeMap<String, u64> {
        let timeout = |function: Function<'_>| (function.name(), template.seconds(function.property("Timeout"), pace));
        template.functions().map(timeout).collect()
    };
    let usual = [
        ("webhook-ingest", 20),
        ("webhook-apply", 90),
        ("project-sync", 180),
        ("notify", 60),
        ("retry-sweep", 55),
        ("status-sweep", 300),
        ("operator-api", 29),
    ];
    assert_eq!(timeouts("usual"), usual.map(|(name, seconds)| (name.to_owned(), seconds)).into());
    assert!(timeouts("soak").values().all(|seconds| *seconds <= 10));
    for word in ["usual", "soak"] {
        assert!(word.parse::<domain::ports::Pace>().is_ok(), "the functions know {word}");
    }
}

#[test]
fn no_policy_has_a_wildcard_and_none_scans() {
    for function in Template::read().functions() {
        for statement in function.statements() {
            let text = statement.to_string();
            assert!(!text.contains('*') && !text.contains("Scan"), "{}: {text}", function.name());
        }
    }
}

#[test]
fn a_queue_waits_six_times_as_long_as_its_function_may_take_and_reports_single_messages() {
    let template = Template::read();
    let sources: Vec<&Value> = template.of_type("AWS::Lambda::EventSourceMapping").collect();
    assert_eq!(sources.len(), 3);
    for source in sources {
        let properties = &source["Properties"];
        let function = Function { template: &template, resource: template.referred(&properties["FunctionName"]) };
        let queue = template.referred(&properties["EventSourceArn"]);
        for pace in ["usual", "soak"] {
            let timeout = template.seconds(function.property("Timeout"), pace);
            let invisible = template.seconds(&queue["Properties"]["VisibilityTimeout"], pace);
            assert_eq!(invisible, 6 * timeout, "{} at the pace {pace}", function.name());
        }
        assert_eq!(properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        let consumed = function.resources_of("sqs:ReceiveMessage");
        assert_eq!(consumed.len(), 1, "{}", function.name());
        assert_eq!(template.resource(&consumed.into_iter().next().expect("one")), queue);
    }
}

#[test]
fn every_queue_keeps_order_and_a_million_bytes_for_14_days_and_has_a_dead_letter_queue() {
    let template = Template::read();
    let (mut with_dlq, mut dlqs) = (0, BTreeSet::new());
    for queue in template.of_type("AWS::SQS::Queue") {
        let properties = &queue["Properties"];
        assert_eq!(properties["FifoQueue"], json!(true));
        assert_eq!(properties["ContentBasedDeduplication"], json!(false));
        assert_eq!(properties["MessageRetentionPeriod"], json!(14 * 24 * 60 * 60));
        assert_eq!(properties["MaximumMessageSize"], json!(1024 * 1024));
        if let Some(redrive) = properties.get("RedrivePolicy") {
            assert_eq!(redrive["maxReceiveCount"], json!(1000));
            let dlq = template.referred(&redrive["deadLetterTargetArn"]);
            assert!(dlq["Properties"].get("RedrivePolicy").is_none());
            dlqs.insert(dlq.to_string());
            with_dlq += 1;
        }
    }
    assert_eq!((with_dlq, dlqs.len()), (4, 4));
    assert_eq!(template.of_type("AWS::SQS::Queue").count(), 8);
}

#[test]
fn secrets_are_made_empty_and_outlive_the_stack() {
    let template = Template::read();
    for secret in template.of_type("AWS::SecretsManager::Secret") {
        assert_eq!(secret["DeletionPolicy"], json!("Retain"));
        for value in ["SecretString", "GenerateSecretString"] {
            assert!(secret["Properties"].get(value).is_none());
        }
    }
}

#[test]
fn nothing_is_left_to_what_sam_makes_of_events() {
    for function in Template::read().functions() {
        for shortcut in ["Events", "Policies", "FunctionUrlConfig"] {
            assert!(function.properties().get(shortcut).is_none(), "{}: {shortcut}", function.name());
        }
    }
}
