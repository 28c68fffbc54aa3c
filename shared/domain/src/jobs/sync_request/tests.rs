use super::*;

const MESSAGE: &str = r#"{"schema_version": 1, "type": "installation_request.sync", "message_id": "m-1",
    "occurred_at": "2026-11-20T08:00:00Z", "trigger": "created", "a_new_field": {"of": "the CRM"},
    "installation_request": {"id": 1042, "installation_type": "Solar", "full_name": "Rudo Example Moyo",
      "installation_address": "12 Example Street", "latitude": "-17.8", "longitude": 31.05, "order_number": 77,
      "contact_phone": "077 000 0001", "customer": {"phone_number": "unknown", "email": "none"}}}"#;

fn home() -> CallingCode {
    CallingCode::parse("263").expect("a calling code")
}

#[test]
fn a_sparse_message_is_enough() {
    let request = SyncRequestMessage::parse(MESSAGE).expect("readable").request(&home()).expect("usable");
    assert_eq!(request.id.as_str(), "1042");
    assert_eq!(request.customer.first_name.as_deref(), Some("Rudo"));
    assert_eq!(request.customer.last_name.as_deref(), Some("Example Moyo"));
    assert_eq!(request.customer.phone.e164(), "+263770000001");
    assert_eq!(request.customer.email, None);
    assert_eq!(request.address.as_deref(), Some("12 Example Street"));
    assert_eq!(request.order_number.as_deref(), Some("77"));
    assert_eq!(request.position, Position::new(-17.8, 31.05));
}

#[test]
fn the_wire_form_of_a_request_is_the_same_request() {
    let message = SyncRequestMessage::parse(MESSAGE).expect("readable");
    let request = message.request(&home()).expect("usable");
    let json = serde_json::to_string(&InstallationRequestMessage::of(&request)).expect("json");
    let again: InstallationRequestMessage = serde_json::from_str(&json).expect("readable");
    assert_eq!(again.request(&home(), None), Ok(request));
}

#[test]
fn an_odd_field_that_may_be_missing_counts_as_missing() {
    let odd = MESSAGE
        .replace("\"message_id\": \"m-1\",", "\"force\": null,")
        .replace("\"trigger\": \"created\"", "\"trigger\": 5")
        .replace("\"email\": \"none\"", "\"is_blocked\": null, \"country\": \"Zimbabwe\"")
        .replace("\"order_number\": 77", "\"address\": \"14 Example Street\", \"status\": \" Cancelled\"");
    let message = SyncRequestMessage::parse(&odd).expect("readable");
    let request = message.request(&home()).expect("usable");
    assert_eq!((message.force, message.message_id.as_deref()), (false, None));
    assert_eq!(request.address.as_deref(), Some("14 Example Street"));
    assert_eq!((request.customer.country, request.status), (None, CrmStatus::Cancelled));
}

#[test]
fn everything_that_can_be_read_is_read_whatever_its_kind() {
    let kinds = MESSAGE
        .replace("\"id\": 1042", "\"id\": \"1042\", \"revision\": \"3\", \"created_at\": \"2026-11-20T09:58:00+02:00\"")
        .replace("\"email\": \"none\"", "\"id\": 55, \"is_blocked\": \"True\", \"country\": \"zw\"");
    let request = SyncRequestMessage::parse(&kinds).expect("readable").request(&home()).expect("usable");
    assert_eq!((request.id.as_str(), request.version.revision), ("1042", Some(3)));
    assert_eq!(request.created_at, "2026-11-20T07:58:00Z".parse().ok());
    assert_eq!((request.customer.id.as_deref(), request.customer.country.as_deref()), (Some("55"), Some("ZW")));
    assert!(request.customer.is_blocked);
    let revision = |written: &str| {
        let message = MESSAGE.replace("\"id\": 1042", &format!("\"id\": 1042, \"revision\": {written}"));
        SyncRequestMessage::parse(&message).expect("readable").installation_request.revision
    };
    assert_eq!(["3", "3.0", "\" 3\""].map(revision), [Some(3); 3]);
    assert_eq!(["3.5", "-3", "1e30", "true", "\"three\""].map(revision), [None; 5]);
}

#[test]
fn a_name_is_taken_whole_from_one_place() {
    let named = |first: &str, last: &str, full: &str| {
        let mut message = SyncRequestMessage::parse(MESSAGE).expect("readable").installation_request;
        message.full_name = Some(full.to_owned());
        message.customer.first_name = Some(first.to_owned());
        message.customer.last_name = Some(last.to_owned());
        let customer = message.request(&home(), Some(DateTime::UNIX_EPOCH)).expect("usable").customer;
        [customer.first_name.unwrap_or_default(), customer.last_name.unwrap_or_default()]
    };
    assert_eq!(named("Rudo", "Moyo", "Tendai Example"), ["Rudo", "Moyo"]);
    assert_eq!(named("Rudo", " ", "Tendai Example"), ["Tendai", "Example"]);
    assert_eq!(named("", "Moyo", "Rudo"), ["Rudo", "Moyo"]);
    assert_eq!(named("Rudo", "", ""), ["Rudo", ""]);
    assert_eq!(named("", "", "  Rudo   Example Moyo "), ["Rudo", "Example Moyo"]);
}

#[test]
fn long_text_is_cut_between_letters() {
    let long = "ü".repeat(20_000);
    let mut message = SyncRequestMessage::parse(MESSAGE).expect("readable");
    let request = &mut message.installation_request;
    let every = [
        &mut request.notes,
        &mut request.address,
        &mut request.suburb,
        &mut request.order_number,
        &mut request.assessment_number,
        &mut request.preferred_datetime,
        &mut request.full_name,
        &mut request.customer.id,
        &mut request.customer.city,
        &mut request.customer.state_province,
        &mut request.customer.postal_code,
        &mut request.customer.language,
    ];
    every.into_iter().for_each(|field| *field = Some(long.clone()));
    let request = message.request(&home()).expect("usable");
    let length = |field: &Option<String>| field.as_ref().expect("some are kept").chars().count();
    assert_eq!((length(&request.notes), length(&request.address), length(&request.suburb)), (10_000, 500, 200));
    let numbers = [&request.order_number, &request.assessment_number, &request.preferred_datetime];
    assert_eq!(numbers.map(length), [100; 3]);
    let customer = &request.customer;
    assert_eq!([&customer.id, &customer.first_name].map(length), [100; 2]);
    assert_eq!([&customer.city, &customer.state_province].map(length), [200; 2]);
    assert_eq!([&customer.postal_code, &customer.language].map(length), [20, 10]);
}

#[test]
fn a_kind_of_installation_is_the_same_once_it_was_stored_however_it_was_cut() {
    let mut message = SyncRequestMessage::parse(MESSAGE).expect("readable");
    message.installation_request.installation_type = format!("{} and more", "x".repeat(49));
    let request = message.request(&home()).expect("usable");
    assert_eq!(InstallationRequestMessage::of(&request).request(&home(), None).as_ref(), Ok(&request));
}

#[test]
fn a_time_that_nobody_means_counts_as_missing() {
    for end in ["+262142-12-31T23:59:59Z", "-262143-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
    {
        let message = MESSAGE
            .replace("\"id\": 1042", &format!("\"id\": 1042, \"created_at\": \"{end}\", \"updated_at\": \"{end}\""));
        let request = SyncRequestMessage::parse(&message).expect("readable").request(&home()).expect("usable");
        assert_eq!((request.created_at, request.version.at), (None, "2026-11-20T08:00:00Z".parse().ok()), "{end}");
    }
}

#[test]
fn a_snapshots_own_time_orders_it_before_the_messages() {
    let own = MESSAGE.replace("\"id\": 1042", "\"id\": 1042, \"updated_at\": \"2026-11-20T07:59:00Z\"");
    let at = |message: &str| {
        SyncRequestMessage::parse(message).expect("readable").request(&home()).expect("usable").version.at
    };
    assert_eq!(at(&own), "2026-11-20T07:59:00Z".parse().ok());
    assert_eq!(at(MESSAGE), "2026-11-20T08:00:00Z".parse().ok());
    let numbered = MESSAGE
        .replace("\"occurred_at\": \"2026-11-20T08:00:00Z\",", "")
        .replace("\"id\": 1042", "\"id\": 1042, \"revision\": 1");
    assert_eq!(at(&numbered), None);
}

#[test]
fn without_any_order_a_message_cannot_be_used() {
    let message = MESSAGE.replace("\"occurred_at\": \"2026-11-20T08:00:00Z\",", "");
    let unordered = SyncRequestMessage::parse(&message).expect("readable").request(&home());
    assert_eq!(unordered, Err(UnusableRequest::NoOrder));
}

#[test]
fn what_cannot_be_used_says_why_without_saying_who() {
    let refused = |from: &str, to: &str| {
        let message = SyncRequestMessage::parse(&MESSAGE.replace(from, to));
        message.and_then(|message| message.request(&home())).expect_err(to)
    };
    assert_eq!(
        refused("\"schema_version\": 1", "\"schema_version\": 2"),
        UnusableRequest::UnknownVersion { version: 2 }
    );
    assert_eq!(refused("077 000 0001", "nobody"), UnusableRequest::NoPhone);
    for version in ["\"1\"", "-1", "null"] {
        assert_eq!(
            refused("\"schema_version\": 1", &format!("\"schema_version\": {version}")),
            UnusableRequest::NoVersion
        );
    }
    assert_eq!(refused("_request.sync", "_request.other"), UnusableRequest::OtherType);
    let required = [
        ("{\"schema", "schema"),
        ("\"id\": 1042", "\"id\": []"),
        ("\"id\": 1042", "\"id\": \"a/b\""),
        ("\"id\": 1042,", ""),
        ("\"installation_type\": \"Solar\",", ""),
        ("\"customer\"", "\"client\""),
    ];
    for (from, to) in required {
        assert!(matches!(refused(from, to), UnusableRequest::NotTheSchema { .. }), "{to}");
    }
    let read = |error: UnusableRequest| error.to_string();
    assert!(!read(refused("\"id\": 1042", "\"id\": \"Rudo Example\"")).contains("Rudo"));
}
