//! A customer's data: asked for in bodies, given whole, erased.

use domain::ports::CustomerFiles;

use super::*;

const EXPORT: &str = "/api/opensolar/customers/export/";
const ERASE: &str = "/api/opensolar/customers/erase/";

/// A linked request whose customer is found by their number.
async fn desk_with_a_customer() -> Desk {
    let desk = Desk::open().await;
    desk.has_linked("1042", &9_000_001.into()).await;
    let record = desk.project("1042").await;
    let (phone, request) = (record.desired.customer.phone.clone(), record.request_id().clone());
    desk.store.commit(vec![Change::NoteNumber { org: ORG, phone, request }]).await.expect("stored");
    desk
}

#[tokio::test]
async fn a_customer_is_exported_as_one_document() {
    let desk = desk_with_a_customer().await;
    for body in [r#"{"phone_number": "077 000 0001"}"#, r#"{"installation_request_id": 1042}"#] {
        let answer = desk.post(EXPORT, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let [request] = &answer.body["requests"].as_array().expect("requests")[..] else { panic!("one request") };
        assert_eq!(request["installation_request"]["customer"]["phone_number"], "+263770000001");
        assert_eq!(request["phone_numbers"], json!(["+263770000001"]));
        assert_eq!(request["record"]["state"]["opensolar_project_id"], "9000001");
        assert!(request["record"]["pushed_to_contact"]["phone"].is_string(), "{request}");
    }
    let rows = desk.store.rows(ORG, &"1042".parse().expect("an id")).await.expect("the store answers");
    assert_eq!(rows.decisions.len(), 2, "who asked is written down");
    assert_eq!(rows.decisions[0].outcome, "Tendai exported the customer's data");
}

#[tokio::test]
async fn an_erased_customer_is_in_no_answer_any_more() {
    let desk = desk_with_a_customer().await;
    let answer = desk.post(ERASE, r#"{"phone_number": "+263 77 000 0001"}"#).await;
    assert_eq!((answer.status, &answer.body["requests"]), (200, &json!(1)), "{}", answer.body);
    assert!(answer.body["not_erased"].as_str().is_some_and(|text| text.contains("opensolar, whatsapp and the crm")));
    assert_eq!(desk.post(ERASE, r#"{"phone_number": "+263 77 000 0001"}"#).await.code(), (404, "not_found"));
    let shown = desk.post(EXPORT, r#"{"installation_request_id": "1042"}"#).await;
    let text = shown.body.to_string();
    for word in ["Tariro", "Example Street", "example.com", "770000001", "mind the gate"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert_eq!(shown.body["requests"][0]["record"]["erased_at"], json!(NOON));
    assert_eq!(shown.body["requests"][0]["record"]["state"]["opensolar_project_id"], "9000001");
    assert_eq!(desk.get("/api/opensolar/projects/1042/").await.body["sync_status"], "skipped");
}

#[tokio::test]
async fn what_is_in_doubt_is_not_erased_and_the_answer_says_what_to_do() {
    let desk = Desk::open().await;
    let intent = builders::intent("00000000-0000-4000-8000-000000000001".parse().expect("an id"));
    desk.has("1042", SyncState::Parked { reason: "look there".to_owned(), in_doubt: Some(intent) }).await;
    let before = desk.project("1042").await;
    let answer = desk.post(ERASE, r#"{"installation_request_id": "1042"}"#).await;
    assert_eq!(answer.code(), (409, "not_now"));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("declare it absent")));
    assert_eq!(desk.project("1042").await, before);
}

#[tokio::test]
async fn whoever_is_meant_has_to_be_said_and_is_not_said_again() {
    let desk = desk_with_a_customer().await;
    for path in [EXPORT, ERASE] {
        for (body, wrong) in [
            ("", "phone_number"),
            ("{}", "phone_number"),
            (r#"{"phone_number": "Tariro, 12 Example Street"}"#, "phone_number"),
            (r#"{"phone_number": 263770000001}"#, "phone_number"),
            (r#"{"installation_request_id": "Tariro, 12 Example Street"}"#, "installation_request_id"),
            (r#"{"installation_request_id": ["Tariro"]}"#, "installation_request_id"),
            (r#"{"phone_number": "+263770000001", "installation_request_id": 1042}"#, "phone_number"),
            (r#"{"name": "Tariro"}"#, "name"),
            (r#"["Tariro"]"#, "body"),
        ] {
            let answer = desk.post(path, body).await;
            assert_eq!(answer.wrong(), [wrong], "{body}");
            let text = answer.body.to_string();
            assert!(!text.contains("Tariro") && !text.contains("770000001"), "{text}");
        }
        assert_eq!(desk.post(path, r#"{"phone_number": "+263770000777"}"#).await.code(), (404, "not_found"));
        assert_eq!(desk.post(path, r#"{"installation_request_id": "9"}"#).await.code(), (404, "not_found"));
        assert_eq!(desk.get(path).await.status, 405, "a number in an address would be in access logs");
    }
}
