use lambda_http::http::Method;
use lambda_http::{Body, RequestExt};
use serde_json::{Value, json};

use super::*;

fn of(event: &Value) -> Request {
    request(&event.to_string())
}

/// An event of format 2.0, with something changed in it.
fn second(change: Value) -> Value {
    let mut event = json!({
        "version": "2.0",
        "rawPath": "/api/opensolar/webhook/",
        "rawQueryString": "a=1&b=%20",
        "cookies": ["a=1", "b=2"],
        "headers": {"host": "example.execute-api.af-south-1.amazonaws.com", "X-Webhook-Token": "a key", "x-forwarded-proto": "https"},
        "requestContext": {"stage": "$default", "http": {"method": "POST"}},
        "isBase64Encoded": false,
        "body": "{}",
    });
    if let (Some(event), Value::Object(change)) = (event.as_object_mut(), change) {
        event.extend(change);
    }
    event
}

fn values(request: &Request, name: &str) -> Vec<Vec<u8>> {
    request.headers().get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect()
}

#[test]
fn a_request_is_what_was_sent() {
    let request = of(&second(json!({})));
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/api/opensolar/webhook/"));
    assert_eq!(request.uri().query(), Some("a=1&b=%20"));
    assert_eq!(request.query_string_parameters().first("b"), Some(" "));
    assert_eq!(values(&request, "x-webhook-token"), [b"a key"]);
    assert_eq!(values(&request, "cookie"), [b"a=1; b=2"]);
    assert_eq!(request.body(), &Body::from("{}"));
}

#[test]
fn the_name_that_was_asked_for_is_the_addresss_and_what_is_none_is_left_out() {
    let host = |change| of(&second(change)).uri().authority().map(ToString::to_string);
    let context = json!({"domainName": "own.example.com", "http": {"method": "POST"}});
    let asked = |host: &str| json!({"headers": {"Host": host}, "requestContext": context});
    for name in ["bridge.example.com", "127.0.0.1:4566", "[::1]:4566"] {
        assert_eq!(host(asked(name)).as_deref(), Some(name));
    }
    for name in ["", "two names", "name@bridge.example.com", "bridge.example.com/path", "a:b:c", "ä", &"a".repeat(300)]
    {
        assert_eq!(host(asked(name)).as_deref(), Some("own.example.com"), "{name}");
    }
    assert_eq!(host(json!({"headers": {}, "requestContext": {"domainName": "two names"}})), None);
}

#[test]
fn a_body_in_base64_is_its_bytes() {
    let request = of(&second(json!({"isBase64Encoded": true, "body": "/wB7fQ=="})));
    assert_eq!(request.body().as_ref(), b"\xff\x00{}");
    for body in ["{}", "%%%", "/w", "/wB7fQ==="] {
        let request = of(&second(json!({"isBase64Encoded": true, "body": body})));
        assert_eq!(request.body().as_ref(), body.as_bytes(), "what is none stays as it is");
    }
}

#[test]
fn a_header_that_was_sent_twice_is_there_twice_in_whatever_case() {
    let request = of(&second(json!({"headers": {"x-webhook-token": "a key", "X-WEBHOOK-TOKEN": "a key"}})));
    assert_eq!(values(&request, "x-webhook-token").len(), 2);
}

#[test]
fn an_event_of_format_1_is_read_too() {
    let request = of(&json!({
        "version": "1.0",
        "httpMethod": "POST",
        "path": "/api/opensolar/webhook/",
        "headers": {"X-Webhook-Token": "second", "Content-Type": "text/plain"},
        "multiValueHeaders": {"X-Webhook-Token": ["first", "second"], "Content-Type": ["text/plain"]},
        "queryStringParameters": {"a": "2", "b": " "},
        "multiValueQueryStringParameters": {"a": ["1", "2"], "b": [" "]},
        "body": "e30=",
        "isBase64Encoded": true,
    }));
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/api/opensolar/webhook/"));
    assert_eq!(request.uri().query(), Some("a=1&a=2&b=+"));
    assert_eq!(values(&request, "x-webhook-token"), [b"first".to_vec(), b"second".to_vec()]);
    assert_eq!(values(&request, "content-type").len(), 1);
    assert_eq!(request.body().as_ref(), b"{}");
    let single = of(&json!({"path": "/", "headers": {"X-Webhook-Token": "only"}, "multiValueHeaders": null,
        "queryStringParameters": {"a": "1"}, "multiValueQueryStringParameters": null}));
    assert_eq!((values(&single, "x-webhook-token").len(), single.uri().query()), (1, Some("a=1")));
}

#[test]
fn a_header_that_http_does_not_take_is_not_there_and_spoils_no_other() {
    let request = of(&second(json!({"headers": {
        "x-webhook-token": "a key",
        "user-agent": "Büro ☀",
        "x-broken": "a\u{0}b\nc",
        "not a name": "x",
        "": "x",
        "x-number": 7,
        "x-null": null,
    }})));
    assert_eq!(values(&request, "x-webhook-token"), [b"a key"]);
    assert_eq!(values(&request, "user-agent"), ["Büro ☀".as_bytes()]);
    assert_eq!(request.headers().len(), 3, "the cookies are the third");
}

#[test]
fn whatever_the_address_says_there_is_a_request() {
    for path in ["", "x", "//", "//[::1", "/\u{0}\n\t ☀\"<>\\^`{|}#?", "/%", "/%zz", "/..", "http://[", "/a b?c#d"] {
        let query = "a b&<\">=☀#\u{0}%";
        for host in ["a b", "[", "", ":", "☀", "x:99999999"] {
            let event = second(json!({"rawPath": path, "rawQueryString": query,
                "headers": {"host": host, "x-forwarded-proto": host},
                "requestContext": {"stage": "?#", "domainName": host, "http": {"method": "POST"}}}));
            assert_eq!(of(&event).method(), Method::POST, "{path:?} {host:?}");
        }
    }
    let long = of(&second(json!({"rawPath": format!("/{}", "☀".repeat(30_000))})));
    assert_eq!(long.uri().path(), "/");
    assert_eq!(of(&second(json!({"rawPath": "/projects/a?b/"}))).uri().path(), "/projects/a%3Fb/");
}

#[test]
fn what_is_no_event_is_a_request_for_nothing() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for event in ["", "null", "[]", "7", "\"x\"", "{", "{}", r#"{"headers": 7, "body": 7, "rawPath": {}}"#, &deep] {
        let request = request(event);
        assert_eq!((request.method(), request.uri().path()), (&Method::GET, "/"), "{event:.40}");
        assert!(request.headers().is_empty());
    }
}

#[test]
fn an_odd_field_spoils_no_other() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for odd in [deep.as_str(), r#""\ud800""#, r#"{"a": "\udfff"}"#, &"9".repeat(100_000)] {
        let event = format!(
            r#"{{"rawPath": "/x", "requestContext": {odd}, "httpMethod": "POST", "cookies": {odd}, "other": {odd},
                "headers": {{"x-webhook-token": "a key"}}, "body": {odd}}}"#
        );
        let request = request(&event);
        assert_eq!((request.uri().path(), values(&request, "x-webhook-token")), ("/x", vec![b"a key".to_vec()]));
        assert_eq!(request.body().as_ref(), odd.as_bytes(), "so that it is recorded");
    }
}
