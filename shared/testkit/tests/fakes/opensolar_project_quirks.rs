use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{
    Coordinates, DateForm, DateWrites, FirstSystem, IdentifierLength, IdentifierRule, ListedWorkflows, ModifiedDate,
    ProposalData, Reference, ShareLink,
};

use crate::client::{Caller, fields, list};

struct Story {
    fake: FakeOpenSolar,
    caller: Caller,
    project: u64,
}

impl Story {
    async fn begin() -> Self {
        let fake = FakeOpenSolar::start().await;
        fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
        let project = fake.add_project(fields(json!({"address": "1 Example Road"}))).expect("made");
        Self { caller: Caller::of_opensolar(&fake), fake, project }
    }

    fn work(&self, work: Work) {
        self.fake.work(self.project, work).expect("done");
    }

    fn path(&self) -> String {
        format!("/projects/{}/", self.project)
    }

    async fn detail(&self) -> Value {
        self.caller.get(&self.path()).await.body
    }
}

#[tokio::test]
async fn an_identifier_can_be_unique() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.identifier = IdentifierRule::Unique);
    let body = json!({"identifier": "request-1042"});
    let made = story.caller.post("/projects/", body.clone()).await;
    assert_eq!(made.status, 201);
    let refused = story.caller.post("/projects/", body.clone()).await;
    assert_eq!((refused.status, refused.body["identifier"].is_array()), (400, true));
    let own = format!("/projects/{}/", made.body["id"]);
    assert_eq!(story.caller.patch(&own, body).await.status, 200, "its own is no other's");
    let copy = story.fake.duplicate(made.body["id"].as_u64().expect("an id")).expect("duplicated");
    assert_ne!(story.fake.project(copy).expect("it exists").identifier, "request-1042");
}

#[tokio::test]
async fn an_identifier_can_be_no_longer_than_a_uuid() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.identifier_length = IdentifierLength::AtMost36);
    let create = async |length| story.caller.post("/projects/", json!({"identifier": "x".repeat(length)})).await.status;
    assert_eq!((create(36).await, create(37).await), (201, 400));
}

#[tokio::test]
async fn sold_and_installed_systems_can_be_ids_or_objects() {
    let story = Story::begin().await;
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::Sell);
    story.work(Work::MarkInstalled);
    let id = story.fake.projects()[0].systems[0].id;
    story.fake.behave(|quirks| {
        quirks.projects.sold_system = Reference::Id;
        quirks.projects.installed_system = Reference::Object;
    });
    let detail = story.detail().await;
    assert_eq!((&detail["system_sold"], &detail["system_installed"]["id"]), (&json!(id), &json!(id)));
    assert_eq!(detail["system_installed"]["uuid"], detail["systems"][0]["uuid"]);
}

#[tokio::test]
async fn a_sale_can_have_a_day_and_a_contract_a_moment() {
    let story = Story::begin().await;
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::Sell);
    story.fake.behave(|quirks| {
        quirks.projects.sold_date = DateForm::Day;
        quirks.projects.contract_date = DateForm::Moment;
    });
    let detail = story.detail().await;
    assert_eq!(detail["sold_date"], "2026-11-20");
    assert_eq!(detail["contract_date"], "2026-11-19T22:30:00.000000Z");
}

#[tokio::test]
async fn an_installation_can_be_a_moment_that_is_already_the_next_day_in_harare() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.installation_date = DateForm::Moment);
    story.work(Work::ScheduleInstallation { date: "2026-12-04".parse().ok() });
    assert_eq!(story.detail().await["installation_date"], "2026-12-03T22:30:00.000000Z");
}

#[tokio::test]
async fn the_api_can_be_let_write_dates() {
    let story = Story::begin().await;
    let write = async |body| story.caller.patch(&story.path(), body).await.status;
    assert_eq!(write(json!({"installation_date": "2026-12-04"})).await, 200);
    assert_eq!(story.detail().await["installation_date"], Value::Null);
    story.fake.behave(|quirks| quirks.projects.date_writes = DateWrites::Taken);
    write(json!({"installation_date": "2026-12-04", "contract_date": "2026-11-20T08:00:00Z"})).await;
    let detail = story.detail().await;
    assert_eq!((&detail["installation_date"], &detail["contract_date"]), (&json!("2026-12-04"), &json!("2026-11-20")));
    write(json!({"installation_date": null})).await;
    assert_eq!(story.detail().await["installation_date"], Value::Null);
}

#[tokio::test]
async fn a_new_project_can_have_the_system_that_stood_there_before() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.first_system = FirstSystem::Existing);
    let made = story.caller.post("/projects/", json!({})).await.body;
    assert_eq!((&made["systems"][0]["is_current"], &made["systems"][0]["kw_stc"]), (&json!(true), &json!(3.0)));
    let id = made["id"].as_u64().expect("an id");
    assert!(story.fake.sell(id).is_err(), "nobody buys what stands there already");
    story.fake.design(id, 6.6).expect("designed");
    story.fake.sell(id).expect("sold");
    let sold = story.fake.project(id).expect("it exists");
    assert_eq!(sold.sale.expect("a sale").system_id, sold.systems[1].id);
}

#[tokio::test]
async fn a_new_project_can_have_an_empty_design() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.first_system = FirstSystem::Empty);
    let made = story.caller.post("/projects/", json!({})).await.body;
    assert_eq!((&made["systems"][0]["is_current"], &made["systems"][0]["kw_stc"]), (&json!(false), &json!(0.0)));
}

#[tokio::test]
async fn a_share_link_can_wait_for_the_proposal() {
    let story = Story::begin().await;
    assert!(story.detail().await["share_link"].is_string());
    story.fake.behave(|quirks| quirks.projects.share_link = ShareLink::OnceSent);
    assert_eq!(story.detail().await["share_link"], Value::Null);
    story.work(Work::SendProposal);
    assert!(story.detail().await["share_link"].is_string());
}

#[tokio::test]
async fn proposal_data_can_be_there_before_anything_is_sent() {
    let story = Story::begin().await;
    let ready = async || story.detail().await["customer_proposal_data"]["ready"].clone();
    assert_eq!(ready().await, Value::Null);
    story.fake.behave(|quirks| quirks.projects.proposal_data = ProposalData::NotReadyUntilSent);
    assert_eq!(ready().await, false);
    story.fake.behave(|quirks| quirks.projects.proposal_data = ProposalData::ReadyOnceDesigned);
    story.work(Work::Design { kw: 0.0 });
    assert_eq!(ready().await, false, "nothing is no design");
    story.work(Work::Redesign { kw: 6.6 });
    assert_eq!(ready().await, true);
}

#[tokio::test]
async fn coordinates_that_nobody_gave_can_be_found_by_the_address() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.coordinates = Coordinates::Geocoded);
    let made = story.caller.post("/projects/", json!({"address": "1 Example Road"})).await.body;
    assert_eq!((made["lat"].is_f64(), made["lon"].is_f64()), (true, true));
    let given = story.caller.post("/projects/", json!({"address": "1 Example Road", "lat": -20.1, "lon": 28.6})).await;
    assert_eq!(given.body["lat"], json!(-20.1));
}

#[tokio::test]
async fn modified_date_can_stand_still_when_only_systems_change() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.projects.modified_date = ModifiedDate::OwnFieldsOnly);
    let before = story.detail().await["modified_date"].clone();
    story.work(Work::Design { kw: 6.6 });
    story.work(Work::SendProposal);
    assert_eq!(story.detail().await["modified_date"], before);
    story.work(Work::MoveToStage { stage_id: 6542 });
    assert_ne!(story.detail().await["modified_date"], before);
}

#[tokio::test]
async fn an_organisation_can_have_several_workflows_and_a_project_can_move_between_them() {
    let story = Story::begin().await;
    let into_another = Work::MoveToStage { stage_id: 6602 };
    assert!(story.fake.work(story.project, into_another.clone()).is_err(), "that one is not listed");
    story.fake.behave(|quirks| quirks.projects.workflows = ListedWorkflows::Several);
    let all = story.caller.get("/workflows/").await.body;
    assert_eq!(list(&all).iter().map(|row| row["id"].as_u64()).collect::<Vec<_>>(), [Some(321), Some(322), Some(323)]);
    assert_eq!(list(&story.caller.get("/workflows/?is_default=true").await.body).len(), 1);
    assert_eq!(list(&story.caller.get("/workflows/?is_archived=true").await.body).len(), 1);
    assert_eq!(story.caller.get("/workflows/322/").await.body["title"], "Commercial");
    story.work(into_another);
    let detail = story.detail().await;
    assert_eq!((&detail["workflow"]["workflow_id"], &detail["stage"]), (&json!(322), &json!(2)));
    assert_eq!(story.fake.events().iter().map(|event| event.event_type_id).collect::<Vec<_>>(), [106, 56]);
    assert!(story.fake.work(story.project, Work::MoveToStage { stage_id: 6701 }).is_err(), "an archived workflow");
}

#[tokio::test]
async fn people_add_stages_and_archive_those_that_projects_are_in() {
    let story = Story::begin().await;
    let stage = story.fake.add_stage("Inspection", 2);
    story.work(Work::MoveToStage { stage_id: stage });
    story.fake.archive_stage(stage).expect("archived");
    let detail = story.detail().await;
    assert_eq!((&detail["workflow"]["active_stage_id"], &detail["stage"]), (&json!(stage), &json!(2)));
    let rows = story.caller.get("/workflows/").await.body;
    let row = list(&rows[0]["workflow_stages"]).iter().find(|row| row["id"] == stage).expect("listed").clone();
    assert_eq!((&row["title"], &row["is_archived"]), (&json!("Inspection"), &json!(true)));
    assert!(story.fake.work(story.project, Work::MoveToStage { stage_id: stage }).is_err());
    assert!(story.fake.archive_stage(1).is_err());
}
