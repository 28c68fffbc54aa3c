use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{
    CopiedLink, EventDates, EventVerb, EventsInProjects, FiredEvents, OpenedLink, Opener, ProjectDeletion, SaleTraces,
    Scheduling,
};

use crate::client::{Caller, fields, list};

struct Story {
    fake: FakeOpenSolar,
    project: u64,
}

impl Story {
    async fn begin() -> Self {
        let fake = FakeOpenSolar::start().await;
        fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
        let project = fake.add_project(fields(json!({"contacts_new": [{"first_name": "Ana"}]}))).expect("made");
        fake.collect_webhooks(&[]);
        Self { fake, project }
    }

    fn work(&self, work: Work) {
        self.fake.work(self.project, work).expect("done");
    }

    async fn detail(&self) -> Value {
        Caller::of_opensolar(&self.fake).get(&format!("/projects/{}/", self.project)).await.body
    }

    fn event_types(&self) -> Vec<u64> {
        self.fake.events().iter().map(|event| event.event_type_id).collect()
    }

    /// Verb and event type of the Event deliveries.
    fn told_events(&self) -> Vec<(String, Option<u64>)> {
        let bodies = self.fake.deliveries().into_iter().map(|delivery| delivery.body);
        let told = bodies.map(|body| serde_json::from_str::<Value>(&body).expect("JSON"));
        let events = told.filter(|told| told["model"] == "Event");
        events
            .map(|event| {
                (event["event"].as_str().expect("a verb").to_owned(), event["fields"]["event_type_id"].as_u64())
            })
            .collect()
    }
}

fn verb(verb: &str, event_type_id: u64) -> (String, Option<u64>) {
    (verb.to_owned(), Some(event_type_id))
}

#[tokio::test]
async fn a_project_can_show_its_events_as_links_only() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    story.work(Work::SendProposal);
    let detail = story.detail().await;
    assert_eq!(detail.get("events_data"), None);
    let link = detail["events"][0].as_str().expect("a link");
    let path = link.split_once(&format!("/orgs/{}", story.fake.org_id())).expect("of the organisation").1;
    assert_eq!(Caller::of_opensolar(&story.fake).get(path).await.body["event_type_id"], 0);
}

#[tokio::test]
async fn only_some_events_can_be_told_while_the_project_shows_all() {
    for (fired, told) in [
        (FiredEvents::CustomersOnly, vec![verb("CREATE", 3)]),
        (FiredEvents::StageMovesOnly, vec![verb("CREATE", 56)]),
        (FiredEvents::None, vec![]),
    ] {
        let story = Story::begin().await;
        story.fake.behave(|quirks| quirks.events.fired = fired);
        story.work(Work::Design { kw: 6.6 });
        story.work(Work::Sell);
        assert_eq!(story.told_events(), told, "{fired:?}");
        assert_eq!(list(&story.detail().await["events_data"]).len(), 5);
    }
}

#[tokio::test]
async fn a_new_event_can_be_told_as_an_update() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.verb = EventVerb::Update);
    story.work(Work::SendProposal);
    assert_eq!(story.told_events(), [verb("UPDATE", 0)]);
}

#[tokio::test]
async fn dates_in_events_can_have_a_space_and_an_offset() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.dates = EventDates::SpaceAndOffset);
    story.work(Work::SendProposal);
    let date = story.detail().await["events_data"][0]["created_date"].clone();
    let date = date.as_str().expect("a text");
    assert!(date.starts_with("2026-11-20 10:00:00.") && date.ends_with("+00:00"), "{date}");
}

#[tokio::test]
async fn an_opened_link_can_make_an_event_and_its_contact_can_join_the_project() {
    let story = Story::begin().await;
    story.fake.share_link_opened(story.project).expect("opened");
    assert_eq!((story.event_types(), story.fake.projects()[0].contacts.len()), (vec![], 1));
    story.fake.behave(|quirks| {
        quirks.events.opened_link = OpenedLink::ContactAndEvent;
        quirks.events.opener = Opener::Attached;
    });
    let stranger = story.fake.share_link_opened(story.project).expect("opened");
    assert_eq!(story.event_types(), [2]);
    assert_eq!(story.fake.projects()[0].contacts.last(), Some(&stranger));
}

#[tokio::test]
async fn copying_the_link_can_make_an_event() {
    let story = Story::begin().await;
    story.work(Work::CopyShareLink);
    assert!(story.fake.deliveries().is_empty());
    story.fake.behave(|quirks| quirks.events.copied_link = CopiedLink::SentEvent);
    story.work(Work::CopyShareLink);
    assert_eq!(story.event_types(), [0]);
}

#[tokio::test]
async fn a_sale_leaves_other_events_by_how_it_was_signed() {
    let ways = [(SaleTraces::DocuSign, vec![63, 52, 103, 56]), (SaleTraces::ByHand, vec![103, 56])];
    for (traces, events) in ways {
        let story = Story::begin().await;
        story.work(Work::Design { kw: 6.6 });
        story.fake.behave(|quirks| quirks.events.sale = traces);
        story.work(Work::Sell);
        assert_eq!(story.event_types()[2..], events);
        assert!(story.detail().await["sold_date"].is_string());
    }
}

#[tokio::test]
async fn an_installation_can_be_told_by_the_calendar_alone() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.scheduling = Scheduling::CalendarOnly);
    let on = |day: &str| Work::ScheduleInstallation { date: day.parse().ok() };
    story.work(on("2026-12-04"));
    let detail = story.detail().await;
    assert_eq!(detail["installation_date"], Value::Null);
    assert_eq!(detail["events_data"][0]["event_type_id"], 40);
    assert_eq!(detail["events_data"][0]["start"], "2026-12-04T07:00:00.000000Z", "nine in Harare");
    story.work(on("2026-12-08"));
    assert_eq!(story.detail().await["events_data"][0]["start"], "2026-12-08T07:00:00.000000Z");
    story.work(Work::ScheduleInstallation { date: None });
    assert_eq!(story.detail().await["events_data"], json!([]));
    assert_eq!(story.told_events(), [verb("CREATE", 40), verb("UPDATE", 40), ("DELETE".to_owned(), None)]);
}

#[tokio::test]
async fn a_visit_that_is_moved_or_taken_out_can_stay_in_the_archive() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.scheduling = Scheduling::CalendarWithArchive);
    let on = |day: &str| Work::ScheduleInstallation { date: day.parse().ok() };
    for work in [on("2026-12-04"), on("2026-12-08"), Work::ScheduleInstallation { date: None }] {
        story.work(work);
    }
    let events = story.detail().await["events_data"].clone();
    let shown = |number: usize| (events[number]["start"].clone(), events[number]["is_archived"].clone());
    assert_eq!(shown(0), (json!("2026-12-04T07:00:00.000000Z"), json!(true)));
    assert_eq!(shown(1), (json!("2026-12-08T07:00:00.000000Z"), json!(true)));
    assert_eq!(story.told_events(), [verb("CREATE", 40), verb("UPDATE", 40), verb("CREATE", 40), verb("UPDATE", 40)]);
}

#[tokio::test]
async fn an_installation_can_be_told_by_field_and_calendar() {
    let story = Story::begin().await;
    story.fake.behave(|quirks| quirks.events.scheduling = Scheduling::FieldAndCalendar);
    story.work(Work::ScheduleInstallation { date: "2026-12-04".parse().ok() });
    let detail = story.detail().await;
    assert_eq!(detail["installation_date"], "2026-12-04");
    assert_eq!(detail["events_data"][0]["event_type_id"], 40);
}

#[tokio::test]
async fn people_can_plan_in_the_calendar_without_setting_the_field() {
    let story = Story::begin().await;
    story.work(Work::PlanOnCalendar { start: "2026-12-04T06:30:00Z".parse().ok() });
    let detail = story.detail().await;
    assert_eq!(
        (&detail["installation_date"], detail["events_data"][0]["is_complete"].clone()),
        (&Value::Null, json!(false))
    );
}

#[tokio::test]
async fn a_deletion_can_be_told_by_an_event_too_or_alone() {
    for (deletion, models) in
        [(ProjectDeletion::Event, vec!["Event"]), (ProjectDeletion::Both, vec!["Event", "Project"])]
    {
        let story = Story::begin().await;
        story.fake.behave(|quirks| quirks.events.deletion = deletion);
        story.work(Work::Delete);
        let told: Vec<Value> = story
            .fake
            .deliveries()
            .iter()
            .map(|delivery| serde_json::from_str(&delivery.body).expect("JSON"))
            .collect();
        assert_eq!(told.iter().map(|told| told["model"].as_str().unwrap_or_default()).collect::<Vec<_>>(), models);
        assert_eq!(told[0]["fields"]["event_type_id"], 100);
    }
}
