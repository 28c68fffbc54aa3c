//! Who is let in, and what everybody is told.

use chrono::TimeDelta;

use super::*;

#[tokio::test]
async fn health_is_for_everyone_and_says_whether_an_organisation_is_configured() {
    let desk = Desk::unconfigured().await;
    let answer = desk.ask_with(&[], Method::GET, "/api/opensolar/health", "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, json!({"status": "degraded", "table": "ok", "configuration": "missing"}));
    let answer = Desk::open().await.ask_with(&[], Method::GET, "/api/opensolar/health/", "").await;
    assert_eq!(answer.body, json!({"status": "ok", "table": "ok", "configuration": "active"}));
}

#[tokio::test]
async fn whoever_has_no_valid_token_is_told_the_same_whatever_else_is_wrong() {
    let desk = Desk::open().await;
    let (valid, cut) = (format!("Bearer {TOKEN}"), format!("Bearer {}", &TOKEN[1..]));
    let others = [
        "Bearer",
        "Bearer ",
        "Bearer short",
        &cut,
        &valid.to_uppercase(),
        &format!("Basic {TOKEN}"),
        TOKEN,
        &format!("{valid}, {valid}"),
        &format!("Bearer {}", sha256_hex(TOKEN.as_bytes())),
    ];
    let expected = desk.ask_with(&[], Method::GET, "/api/opensolar/projects/", "").await;
    assert_eq!(expected.code(), (401, "unauthorized"));
    assert_eq!(expected.headers["www-authenticate"], "Bearer");
    let large = "x".repeat(65 * 1024);
    for path in ["/api/opensolar/projects/", "/api/opensolar/projects/no/id", "/api/opensolar/elsewhere"] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            for other in others {
                let answer = desk.ask_with(&[other], method.clone(), path, &large).await;
                assert_eq!((answer.status, &answer.body), (401, &expected.body), "{other} {path}");
            }
            let answer = desk.ask_with(&[&valid, &valid], method.clone(), path, "").await;
            assert_eq!((answer.status, &answer.body), (401, &expected.body), "of two, nobody knows which is meant");
        }
    }
}

#[tokio::test]
async fn the_schemes_case_and_the_space_behind_it_do_not_matter() {
    let desk = Desk::open().await;
    for valid in [format!("bearer {TOKEN}"), format!("BEARER   {TOKEN}")] {
        let answer = desk.ask_with(&[&valid], Method::GET, "/api/opensolar/projects/", "").await;
        assert_eq!(answer.status, 200, "{valid}");
    }
}

#[tokio::test]
async fn a_token_that_has_expired_or_is_not_yet_valid_is_none() {
    let desk = Desk::open().await;
    let mut document = entry(TOKEN);
    document["not_before"] = json!("2026-11-20T12:01:00Z");
    document["not_after"] = json!("2026-11-20T12:02:00Z");
    desk.tokens.replace(&secret(&json!([document])));
    // What was read before is used until it is refused, or a minute old.
    assert_eq!(desk.get("/api/opensolar/projects/").await.status, 200);
    let other = format!("Bearer {}", "0".repeat(64));
    assert_eq!(desk.ask_with(&[&other], Method::GET, "/api/opensolar/projects/", "").await.status, 401);
    for expected in [401, 200, 401] {
        assert_eq!(desk.get("/api/opensolar/projects/").await.status, expected);
        desk.ambient.advance(TimeDelta::minutes(1));
    }
}

#[tokio::test]
async fn a_token_is_changed_without_a_gap() {
    let desk = Desk::open().await;
    let new = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let with_new = async |desk: &Desk| {
        let answer = desk.ask_with(&[&format!("Bearer {new}")], Method::GET, "/api/opensolar/projects/", "").await;
        answer.status
    };
    assert_eq!(with_new(&desk).await, 401);
    desk.tokens.replace(&secret(&json!([entry(TOKEN), entry(new)])));
    assert_eq!(with_new(&desk).await, 200, "a mismatch has the tokens read again");
    assert_eq!(desk.get("/api/opensolar/projects/").await.status, 200);
    desk.tokens.replace(&secret(&json!([entry(new)])));
    assert_eq!(with_new(&desk).await, 200);
}

#[tokio::test]
async fn while_nobody_can_tell_who_asks_everybody_is_asked_to_try_again() {
    for secret in ["", "not a list", r#"[{"name": "Tendai", "sha256": "the token itself"}]"#] {
        let desk = Desk::open().await;
        desk.tokens.replace(secret);
        let answer = desk.ask_with(&[&format!("Bearer {}", "0".repeat(64))], Method::GET, "/api/opensolar/x", "").await;
        assert_eq!(answer.code(), (503, "try_again"));
        let answer = desk.ask_with(&[], Method::GET, "/api/opensolar/health", "").await;
        assert_eq!(answer.status, 200, "health needs no token");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let desk = Desk::open().await;
    let paths = [
        "/api/opensolar/",
        "/api/opensolar/elsewhere",
        "/api/opensolar/projects/1042/elsewhere",
        "/api/opensolar/projects//",
        "/api/opensolar/projects/1042",
        "/api/opensolar/projects/1042/status/",
        "/api/opensolar/projects/no%20id/",
        "/api/opensolar/projects/%ff/",
        "/elsewhere",
    ];
    for path in paths {
        assert_eq!(desk.get(path).await.code(), (404, "not_found"), "{path}");
    }
    assert_eq!(desk.post("/api/opensolar/projects/1042/sync/", "").await.code(), (404, "not_found"));
}

#[tokio::test]
async fn a_path_says_which_methods_it_answers_to() {
    let desk = Desk::open().await;
    let paths = [
        ("/api/opensolar/health", "GET,HEAD"),
        ("/api/opensolar/projects/", "GET,HEAD"),
        ("/api/opensolar/projects/1042", "GET,HEAD"),
        ("/api/opensolar/projects/1042/status/", "GET,HEAD"),
        ("/api/opensolar/projects/1042/sync", "POST"),
    ];
    for (path, allowed) in paths {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = desk.ask(method, path, "").await;
            assert_eq!(answer.code(), (405, "method_not_allowed"), "{path}");
            assert_eq!(answer.headers["allow"], allowed, "{path}");
        }
        let answer = desk.ask(Method::OPTIONS, path, "").await;
        assert_eq!(
            (answer.status, &answer.headers["allow"], answer.body),
            (204, &allowed.parse().expect("a value"), Value::Null)
        );
    }
    assert_eq!(desk.get("/api/opensolar/projects/1042/sync/").await.status, 405);
    assert_eq!(desk.post("/api/opensolar/projects/", "").await.status, 405);
    let head = desk.ask(Method::HEAD, "/api/opensolar/projects/", "").await;
    assert_eq!((head.status, head.body), (200, Value::Null));
}

#[tokio::test]
async fn a_body_beyond_64_kib_is_not_looked_at() {
    let desk = Desk::open().await;
    let body = |bytes: usize| format!(r#"{{"x": "{}"}}"#, "x".repeat(bytes - 9));
    for (path, method) in
        [("/api/opensolar/projects/1042/sync/", Method::POST), ("/api/opensolar/projects/", Method::GET)]
    {
        let answer = desk.ask(method, path, &body(64 * 1024 + 1)).await;
        assert_eq!(answer.code(), (413, "body_too_large"), "{path}");
    }
    let answer = desk.post("/api/opensolar/projects/1042/sync/", &body(64 * 1024)).await;
    assert_eq!(answer.wrong(), ["x"]);
}

#[tokio::test]
async fn what_is_wrong_inside_is_not_told() {
    let desk = Desk::unconfigured().await;
    assert_eq!(desk.get("/api/opensolar/projects/").await.code(), (503, "not_configured"));
    let mut document = builders::configuration_document();
    document.time_zone = "Nowhere/Special".to_owned();
    let at = desk.core.ambient.now();
    let activate = Change::ActivateConfiguration { document, read: Revision::NONE, at };
    desk.store.commit(vec![activate]).await.expect("the store takes what nobody checked");
    let answer = desk.get("/api/opensolar/projects/").await;
    assert_eq!(answer.code(), (500, "internal"));
    assert!(!answer.body.to_string().contains("zone"), "{}", answer.body);
}
