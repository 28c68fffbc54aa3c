use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::{Misuse, Work};

use crate::client::{Caller, fields};

struct Story {
    fake: FakeOpenSolar,
    project: u64,
}

impl Story {
    async fn begin() -> Self {
        let fake = FakeOpenSolar::start().await;
        fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
        let body = json!({"address": "1 Example Road", "contacts_new": [{"first_name": "Ana"}]});
        let project = fake.add_project(fields(body)).expect("made");
        Self { fake, project }
    }

    fn work(&self, work: Work) {
        self.fake.work(self.project, work).expect("done");
    }

    async fn detail(&self) -> Value {
        Caller::of_opensolar(&self.fake).get(&format!("/projects/{}", self.project)).await.body
    }

    fn event_types(&self) -> Vec<u64> {
        self.fake.events().iter().map(|event| event.event_type_id).collect()
    }
}

#[tokio::test]
async fn a_design_adds_a_system_and_a_redesign_changes_the_newest() {
    let story = Story::begin().await;
    story.work(Work::Design { kw: 5.0 });
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::Redesign { kw: 8.25 });
    let sizes: Vec<Value> = story.detail().await["systems"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|system| system["kw_stc"].clone())
        .collect();
    assert_eq!(sizes, [json!(5.0), json!(8.25)]);
    assert_eq!(story.event_types(), [132, 44, 132, 44, 44]);
}

#[tokio::test]
async fn a_proposal_is_sent_and_then_viewed() {
    let story = Story::begin().await;
    story.work(Work::SendProposal);
    let sent = story.detail().await;
    assert_eq!(sent["customer_proposal_data"]["ready"], true);
    assert_eq!(sent["customer_proposal_data"]["has_customer_view"], false);
    assert_eq!(sent["events_data"][0]["event_type_id"], 0);
    assert_eq!(sent["events_data"][0]["project_id"], story.project);
    story.work(Work::ViewProposal);
    assert_eq!(story.detail().await["customer_proposal_data"]["has_customer_view"], true);
    assert_eq!(story.event_types(), [0, 2]);
}

#[tokio::test]
async fn a_sale_sets_the_sold_fields_and_can_be_undone() {
    let story = Story::begin().await;
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::Sell);
    let sold = story.detail().await;
    assert_eq!(sold["sold_date"], "2026-11-20T10:00:00.000000Z");
    assert_eq!(sold["contract_date"], "2026-11-20");
    assert_eq!(sold["system_sold"], sold["systems"][0]["url"]);
    assert_eq!(sold["stage"], 2);
    assert_eq!(story.event_types()[2..], [3, 103, 56]);

    story.work(Work::Unsell);
    let unsold = story.detail().await;
    for field in ["sold_date", "contract_date", "system_sold"] {
        assert_eq!(unsold[field], Value::Null, "{field}");
    }
    assert_eq!(unsold["stage"], 1);
}

#[tokio::test]
async fn an_installation_is_a_plain_date_that_can_be_moved_and_taken_away() {
    let story = Story::begin().await;
    let day = |text: &str| Some(text.parse().expect("a day"));
    story.work(Work::ScheduleInstallation { date: day("2026-12-01") });
    assert_eq!(story.detail().await["installation_date"], "2026-12-01");
    story.work(Work::ScheduleInstallation { date: day("2026-12-03") });
    assert_eq!(story.detail().await["installation_date"], "2026-12-03");
    story.work(Work::ScheduleInstallation { date: None });
    assert_eq!(story.detail().await["installation_date"], Value::Null);
}

#[tokio::test]
async fn an_installed_project_names_the_system_that_stands() {
    let story = Story::begin().await;
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::MarkInstalled);
    let installed = story.detail().await;
    assert_eq!(installed["system_installed"], installed["systems"][0]["url"]);
    assert_eq!(installed["stage"], 3);
    assert_eq!(story.event_types()[2..], [104, 56]);
}

#[tokio::test]
async fn what_the_app_would_not_offer_is_an_error() {
    let story = Story::begin().await;
    let tried = |work| story.fake.work(story.project, work);
    assert_eq!(tried(Work::Sell), Err(Misuse::NoSystem(story.project)));
    assert_eq!(tried(Work::MoveToStage { stage_id: 6547 }), Err(Misuse::NoSuchStage(6547)));
    assert_eq!(story.fake.work(1, Work::SendProposal), Err(Misuse::NoSuchProject(1)));
    assert!(story.fake.events().is_empty());
}

#[tokio::test]
async fn people_edit_fields_and_delete_projects() {
    let story = Story::begin().await;
    story.work(Work::Edit { fields: fields(json!({"address": "2 Example Road"})) });
    assert_eq!(story.detail().await["address"], "2 Example Road");
    story.work(Work::MoveToStage { stage_id: 6542 });
    assert_eq!(story.event_types(), [56]);
    story.work(Work::Delete);
    assert!(story.fake.projects().is_empty() && story.fake.events().is_empty());
}
