use serde_json::{Value, json};
use testkit::FakeOpenSolar;

use crate::client::{Caller, fields, list};

async fn with_projects(count: usize) -> (FakeOpenSolar, Vec<u64>) {
    let fake = FakeOpenSolar::start().await;
    let make = |number| fake.add_project(fields(json!({"address": format!("{number} Example Road")}))).expect("made");
    let ids = (1..=count).map(make).collect();
    (fake, ids)
}

fn ids(rows: &Value) -> Vec<u64> {
    list(rows).iter().filter_map(|row| row["id"].as_u64()).collect()
}

#[tokio::test]
async fn a_list_is_a_bare_array_whose_rows_lack_identifier_and_share_link() {
    let (fake, made) = with_projects(1).await;
    let rows = Caller::of_opensolar(&fake).get("/projects/?fieldset=list").await.body;
    assert_eq!(ids(&rows), made);
    let row = rows[0].as_object().expect("an object");
    for absent in ["identifier", "share_link", "systems", "sold_date", "installation_date", "events_data"] {
        assert!(!row.contains_key(absent), "{absent}");
    }
    for present in ["url", "title", "stage", "workflow", "contacts_data", "created_date", "modified_date", "org_id"] {
        assert!(row.contains_key(present), "{present}");
    }
}

#[tokio::test]
async fn pages_begin_at_one_and_end_with_a_short_one() {
    let (fake, made) = with_projects(5).await;
    let caller = Caller::of_opensolar(&fake);
    let page = async |number: u32| caller.get(&format!("/projects/?limit=2&page={number}&ordering=created_date")).await;
    assert_eq!(ids(&page(1).await.body), made[..2]);
    assert_eq!(ids(&page(2).await.body), made[2..4]);
    assert_eq!(ids(&page(3).await.body), made[4..]);
    let past = page(4).await;
    assert_eq!((past.status, &past.body), (404, &json!({"detail": "Invalid page."})));
}

#[tokio::test]
async fn an_empty_list_is_an_empty_first_page() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    for path in ["/projects/", "/contacts/", "/webhooks/", "/webhook_process_logs/", "/systems/?fieldset=list"] {
        let empty = caller.get(path).await;
        assert_eq!((empty.status, &empty.body), (200, &json!([])), "{path}");
    }
}

#[tokio::test]
async fn a_hyphen_orders_newest_first_and_unknown_orderings_are_ignored() {
    let (fake, made) = with_projects(3).await;
    let caller = Caller::of_opensolar(&fake);
    caller.patch(&format!("/projects/{}/", made[1]), json!({"notes": "touched"})).await;
    let order = async |query: &str| ids(&caller.get(&format!("/projects/?{query}")).await.body);
    assert_eq!(order("ordering=-modified_date").await, [made[1], made[2], made[0]]);
    assert_eq!(order("ordering=modified_date").await, [made[0], made[2], made[1]]);
    assert_eq!(order("ordering=colour&search=nothing&identifier=x").await, [made[2], made[1], made[0]]);
}

#[tokio::test]
async fn modified_date_moves_on_with_every_change_also_while_the_clock_stands_still() {
    let (fake, made) = with_projects(1).await;
    fake.stop_clock_at("2099-01-01T00:00:00Z".parse().expect("a time"));
    let modified = || fake.project(made[0]).expect("it exists").modified_date;
    fake.design(made[0], 6.6).expect("designed");
    let first = modified();
    fake.send_proposal(made[0]).expect("sent");
    assert!(first < modified());
}

#[tokio::test]
async fn systems_want_the_list_fieldset_and_filter_by_project() {
    let (fake, made) = with_projects(2).await;
    for project in &made {
        fake.design(*project, 6.6).expect("designed");
    }
    let caller = Caller::of_opensolar(&fake);
    assert_eq!(caller.get("/systems/").await.status, 400);
    let rows = caller.get(&format!("/systems/?fieldset=list&project={}", made[1])).await.body;
    assert_eq!(list(&rows).len(), 1);
    assert_eq!(rows[0]["kw_stc"], json!(6.6));
    let one = caller.get(&format!("/systems/{}/?fieldset=list", rows[0]["id"])).await;
    assert_eq!(one.body, rows[0]);
}
