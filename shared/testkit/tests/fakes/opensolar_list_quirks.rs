use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::Quirks;
use testkit::fake_opensolar::quirks::{
    EmailFilter, Envelope, Hyphen, LargestLimit, Ordering, PastTheEnd, ProjectRows, UnprovenFilter, UsualLimit,
};

use crate::client::{Caller, Reply, fields, list};

async fn with_projects(count: usize, change: impl FnOnce(&mut Quirks)) -> (FakeOpenSolar, Vec<u64>) {
    let fake = FakeOpenSolar::start().await;
    let make = |number| fake.add_project(fields(json!({"identifier": format!("request-{number}")}))).expect("made");
    let ids = (1..=count).map(make).collect();
    fake.behave(change);
    (fake, ids)
}

async fn get(fake: &FakeOpenSolar, path: &str) -> Reply {
    Caller::of_opensolar(fake).get(path).await
}

fn ids(rows: &Value) -> Vec<u64> {
    list(rows).iter().filter_map(|row| row["id"].as_u64()).collect()
}

#[tokio::test]
async fn an_ordering_can_be_ignored_for_the_order_of_making_or_for_none() {
    let (fake, made) = with_projects(6, |quirks| quirks.lists.order = Ordering::IgnoredOldestFirst).await;
    assert_eq!(ids(&get(&fake, "/projects/?ordering=-modified_date").await.body), made);
    fake.behave(|quirks| quirks.lists.order = Ordering::IgnoredShuffled);
    let shuffled = ids(&get(&fake, "/projects/?ordering=-modified_date").await.body);
    let mut sorted = shuffled.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, made);
    assert_ne!(shuffled, made);
    assert_ne!(shuffled.iter().rev().copied().collect::<Vec<_>>(), made);
    let halves =
        [get(&fake, "/projects/?limit=3&page=1").await.body, get(&fake, "/projects/?limit=3&page=2").await.body];
    assert_eq!(halves.iter().flat_map(ids).collect::<Vec<_>>(), shuffled, "always the same order, so pages fit");
}

#[tokio::test]
async fn a_hyphen_can_mean_ascending() {
    let (fake, made) = with_projects(3, |quirks| quirks.lists.hyphen = Hyphen::Ascending).await;
    assert_eq!(ids(&get(&fake, "/projects/?ordering=-created_date").await.body), made);
    let newest_first: Vec<u64> = made.into_iter().rev().collect();
    assert_eq!(ids(&get(&fake, "/projects/?ordering=created_date").await.body), newest_first);
}

#[tokio::test]
async fn rows_can_have_the_identifier_or_all_that_the_detail_has() {
    let (fake, made) = with_projects(1, |quirks| quirks.lists.project_rows = ProjectRows::WithIdentifier).await;
    let row = get(&fake, "/projects/").await.body[0].clone();
    assert_eq!((row["identifier"].as_str(), row.get("share_link")), (Some("request-1"), None));
    fake.behave(|quirks| quirks.lists.project_rows = ProjectRows::Whole);
    let detail = get(&fake, &format!("/projects/{}/", made[0])).await.body;
    assert_eq!(get(&fake, "/projects/").await.body[0], detail);
}

#[tokio::test]
async fn the_identifier_filter_can_work() {
    let (fake, made) = with_projects(3, |_| {}).await;
    assert_eq!(ids(&get(&fake, "/projects/?identifier=request-2").await.body).len(), 3);
    fake.behave(|quirks| quirks.lists.identifier_filter = UnprovenFilter::Works);
    assert_eq!(ids(&get(&fake, "/projects/?identifier=request-2").await.body), [made[1]]);
    assert!(ids(&get(&fake, "/projects/?identifier=nobody").await.body).is_empty());
}

#[tokio::test]
async fn a_page_past_the_end_can_be_empty_or_a_server_error() {
    let (fake, _) = with_projects(1, |quirks| quirks.lists.past_the_end = PastTheEnd::EmptyPage).await;
    for path in ["/projects/?page=2", "/contacts/?page=2", "/systems/?fieldset=list&page=2"] {
        let past = get(&fake, path).await;
        assert_eq!((past.status, past.body), (200, json!([])), "{path}");
    }
    fake.behave(|quirks| quirks.lists.past_the_end = PastTheEnd::ServerError);
    assert_eq!(get(&fake, "/projects/?page=2").await.status, 500);
    assert_eq!(get(&fake, "/projects/?page=1").await.status, 200);
}

#[tokio::test]
async fn pages_can_be_smaller_than_anybody_asked_for() {
    let (fake, _) = with_projects(30, |quirks| quirks.lists.usual_limit = UsualLimit::Five).await;
    let count = async |path: &str| list(&get(&fake, path).await.body).len();
    assert_eq!((count("/projects/").await, count("/projects/?limit=100").await), (5, 30));
    fake.behave(|quirks| quirks.lists.usual_limit = UsualLimit::Hundred);
    assert_eq!(count("/projects/").await, 30);
    fake.behave(|quirks| quirks.lists.largest_limit = LargestLimit::Twenty);
    assert_eq!((count("/projects/?limit=100").await, count("/projects/?limit=100&page=2").await), (20, 10));
}

#[tokio::test]
async fn a_limit_can_be_boundless() {
    let (fake, _) = with_projects(101, |_| {}).await;
    let count = async || list(&get(&fake, "/projects/?limit=1000").await.body).len();
    assert_eq!(count().await, 100);
    fake.behave(|quirks| quirks.lists.largest_limit = LargestLimit::Boundless);
    assert_eq!(count().await, 101);
}

#[tokio::test]
async fn a_range_asks_for_rows_by_first_and_last() {
    let (fake, made) = with_projects(5, |quirks| quirks.lists.order = Ordering::IgnoredOldestFirst).await;
    assert_eq!(ids(&get(&fake, "/projects/?range=%5B1%2C3%5D").await.body), made[1..=3]);
}

#[tokio::test]
async fn a_list_can_stand_under_results() {
    let (fake, made) = with_projects(1, |quirks| quirks.lists.envelope = Envelope::UnderResults).await;
    let page = get(&fake, "/projects/").await.body;
    assert_eq!((ids(&page["results"]), &page["count"], &page["next"]), (made, &json!(1), &Value::Null));
}

#[tokio::test]
async fn the_email_filter_can_ignore_case_or_be_ignored() {
    let fake = FakeOpenSolar::start().await;
    for email in ["ana@example.com", "ben@example.com"] {
        fake.add_contact(fields(json!({"email": email, "phone": "+263770000001", "first_name": "Ben"}))).expect("made");
    }
    let count = async |query: &str| list(&get(&fake, &format!("/contacts/?{query}")).await.body).len();
    assert_eq!(count("email=ANA%40example.com").await, 0);
    fake.behave(|quirks| quirks.lists.email_filter = EmailFilter::IgnoringCase);
    assert_eq!(count("email=ANA%40example.com").await, 1);
    fake.behave(|quirks| quirks.lists.email_filter = EmailFilter::Ignored);
    assert_eq!(count("email=nobody%40example.com").await, 2, "everybody, of whom nobody is meant");
}

#[tokio::test]
async fn the_phone_filter_and_the_search_of_contacts_can_work() {
    let fake = FakeOpenSolar::start().await;
    for (name, phone) in [("Ana", "+263770000001"), ("Ben", "+263770000002")] {
        fake.add_contact(fields(json!({"first_name": name, "phone": phone}))).expect("made");
    }
    fake.behave(|quirks| {
        quirks.lists.phone_filter = UnprovenFilter::Works;
        quirks.lists.contact_search = UnprovenFilter::Works;
    });
    let names = async |query: &str| get(&fake, &format!("/contacts/?{query}")).await.body;
    assert_eq!(names("phone=%2B263770000002").await[0]["first_name"], "Ben");
    assert_eq!(list(&names("search=an").await).len(), 1);
}
