//! Whatever goes wrong, nobody reads of a customer, or a secret, where they have no business to: in logs, in errors, in
//! what staff are told of them, and in rows that are kept of what was done.

use std::error::Error;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use domain::ids::RequestId;
use domain::jobs::{ReceivedDelivery, WebhookJob};
use domain::ports::Deadline;
use domain::registration::NewRegistration;
use domain::request::Insistence;
use domain::usecase::apply_webhook::arrive;
use domain::usecase::ingest_webhook::{Knock, ingest_webhook};
use domain::usecase::operate::{
    SyncWish, Whose, declare_absent, erase_customer, export_customer, fetch_status_now, link_project, register_webhook,
    request_sync, unregister_webhook,
};
use domain::usecase::status_sweep::Run;
use integration_tests::{World, log_line};
use lambda_kit::telemetry::{is_allowed, is_quiet};
use opensolar::{AddressPolicy, OpenSolarClient};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;
use testkit::builders::operator;
use testkit::memory::{FixedCredential, MemoryQueue};
use testkit::secrets::is_in;
use testkit::{Calls, Fault, Spoil};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::people::Person;

/// Something that goes wrong on the way to OpenSolar, or to WhatsApp.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// A refusal that repeats what was sent.
    Refused(u16),
    /// An answer that nobody can read, the customer in it.
    Garbled,
    Spoiled(Spoil),
    Lost,
    Gone,
    TokenRefused,
    Nothing,
}

const CASES: u32 = 24;

/// What our own crates' targets begin with.
const OURS: [&str; 5] = ["domain", "lambda_kit", "opensolar", "outbound", "whatsapp"];

fn troubles() -> impl Strategy<Value = Vec<Trouble>> {
    let status = prop::sample::select(vec![400, 401, 402, 403, 404, 409, 422, 429, 500, 503]);
    let spoil = prop::sample::select(vec![Spoil::Truncated, Spoil::Garbage, Spoil::Html, Spoil::OtherJson]);
    let trouble = prop_oneof![
        4 => status.prop_map(Trouble::Refused),
        2 => Just(Trouble::Garbled),
        2 => spoil.prop_map(Trouble::Spoiled),
        2 => Just(Trouble::Lost),
        1 => Just(Trouble::Gone),
        1 => Just(Trouble::TokenRefused),
        2 => Just(Trouble::Nothing),
    ];
    prop::collection::vec(trouble, 1..5)
}

#[test]
fn no_log_no_error_and_no_row_tells_of_a_customer_or_a_secret() {
    let config = Config { cases: CASES, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let people = ("q[bcdfgjkvwxz]{10}", 1_000_000..9_999_999_u32, troubles());
    let outcome = TestRunner::new(config).run(&people, |(core, number, troubles)| {
        let heard = Heard::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let guard = tracing::subscriber::set_default(heard.clone());
        let said = runtime.block_on(Box::pin(story(Person::of(&core, number), &troubles)));
        drop(guard);
        said.is_clean(&heard)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// What was said where a customer has no business, and who must not be in it.
struct Said {
    person: Person,
    texts: Vec<(&'static str, String)>,
}

impl Said {
    fn error(&mut self, error: &(dyn Error + 'static)) {
        self.texts.push(("an error's debug", format!("{error:?}")));
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.texts.push(("an error", error.to_string()));
            cause = error.source();
        }
    }

    fn outcome<T, E: Error + 'static>(&mut self, outcome: Result<T, E>) {
        if let Err(error) = outcome {
            self.error(&error);
        }
    }

    fn is_clean(&self, heard: &Heard) -> Result<(), TestCaseError> {
        let lines = heard.0.lock().expect("nobody panicked");
        prop_assert!(5 < lines.len(), "the story logs: {lines:?}");
        let lines = lines.iter().map(|line| ("a log's line", line));
        for (place, text) in lines.chain(self.texts.iter().map(|(place, text)| (*place, text))) {
            prop_assert!(!self.person.is_in(text), "{place} tells of a customer: {text}");
            prop_assert!(!is_in(text.as_bytes()), "{place} tells a secret: {text}");
        }
        Ok(())
    }
}

async fn story(person: Person, troubles: &[Trouble]) -> Said {
    let mut world = World::start().await;
    let mut said = Said { person: person.clone(), texts: Vec::new() };
    let request = person.request("1042");
    let leaky = json!({ "detail": [format!("{} is taken", person.phone().e164())], "echo": format!("{request:?}"),
        "email": [request.customer.email.as_ref().map(|email| email.as_str())], "token": world.opensolar.token() });
    let mut revision = 3;
    for trouble in troubles {
        go_wrong(&mut world, *trouble, &leaky).await;
        revision += 1;
        let mut newer = person.request("1042");
        newer.version.revision = Some(revision);
        newer.customer.first_name = newer.customer.first_name.map(|name| format!("{name}{revision}"));
        world.crm_asks_for(&newer).await;
        work(&mut world).await;
        world.opensolar_is_back().await;
        world.whatsapp_is_back().await;
        world.opensolar_token.replace(world.opensolar.token());
        world.advance(TimeDelta::hours(3));
        world.sweep().await;
    }
    knocks(&world, &person, &leaky, &mut said).await;
    operators(&mut world, &person, &mut said).await;
    world.status_sweep(Run::Now).await;
    kept(&world, &mut said).await;
    said
}

async fn go_wrong(world: &mut World, trouble: Trouble, leaky: &serde_json::Value) {
    let fault = match trouble {
        Trouble::Refused(status) => Fault::Refuse { status, body: leaky.clone(), retry_after: None },
        Trouble::Garbled => Fault::ApplyThenGarble,
        Trouble::Spoiled(spoil) => Fault::ApplyThenSpoil { spoil },
        Trouble::Lost => Fault::ApplyThenDrop,
        Trouble::Gone => {
            world.opensolar_is_gone().await;
            return world.whatsapp_is_gone().await;
        }
        Trouble::TokenRefused => {
            world.opensolar_token.replace("invented-secret-that-is-over");
            return;
        }
        Trouble::Nothing => return,
    };
    world.opensolar.fail_next(Calls::any(), fault.clone());
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault.clone());
    world.whatsapp.fail_next(Calls::any(), fault);
}

/// Staff go on with the first project, if there is one.
async fn work(world: &mut World) {
    if let Some(project) = world.opensolar.projects().first().map(|project| project.id) {
        world.opensolar.design(project, 6.6).expect("designed");
        world.opensolar.send_proposal(project).expect("sent");
        world.run_until_quiet().await;
    }
}

/// Who is refused at the door, and what arrives there that nobody can read.
async fn knocks(world: &World, person: &Person, leaky: &serde_json::Value, said: &mut Said) {
    let keys = FixedCredential::new(r#"[{"key": "invented-secret-of-the-door", "org_id": 1234}]"#);
    let queue = MemoryQueue::new(world.core.ambient.clone());
    let broken = format!("{leaky} and {} no JSON any more", person.phone().e164());
    let event = json!({"model": "Contact", "model_id": 7, "event": "UPDATE", "fields": leaky}).to_string();
    for body in [&broken, &event, &leaky.to_string()] {
        for key in ["invented-secret-of-nobody-at-all", "invented-secret-of-the-door"] {
            let headers = [("user-agent".to_owned(), "a sender".to_owned())].into();
            let knock = Knock { credential: Some(key.as_bytes()), signature: None, headers, body: body.as_bytes() };
            let answer = ingest_webhook(&keys, &queue, &*world.core.ambient, knock).await;
            said.texts.push(("the door's answer", format!("{answer:?}")));
        }
    }
    let deadline = world.deadline_in(90);
    for message in queue.take(domain::jobs::QueueName::Webhooks) {
        let job: WebhookJob = serde_json::from_str(&message.body).expect("a job");
        said.outcome(arrive(&world.core, job, deadline).await);
    }
    let unreadable = ReceivedDelivery {
        org_id: testkit::builders::ORG,
        received_at: world.now(),
        headers: [].into(),
        body_base64: format!("{person:?} is not base64"),
        body_sha256: "00ff".to_owned(),
        scheme: domain::authentication::Scheme::Header,
        cut_from: None,
    };
    said.outcome(arrive(&world.core, WebhookJob::Delivery(unreadable), deadline).await);
}

/// What operators ask for, much of it in vain.
async fn operators(world: &mut World, person: &Person, said: &mut Said) {
    let (operator, deadline): (_, Deadline) = (operator(), world.deadline_in(29));
    let (core, port) = (&world.core, &*world.opensolar_port);
    let request: RequestId = "1042".parse().expect("an id");
    for insists in [Insistence::Asked, Insistence::Forced] {
        said.outcome(request_sync(core, &request, SyncWish { insists, read: None }, &operator).await);
    }
    said.outcome(fetch_status_now(core, port, &request, &operator, deadline).await);
    said.outcome(declare_absent(core, &request, None, &operator).await);
    said.outcome(link_project(core, port, &request, &1u64.into(), None, &operator, deadline).await);
    let whose = [
        Whose::Number(format!("{person:?}")),
        Whose::Number("+263770000999".to_owned()),
        Whose::Number(person.phone().e164().to_owned()),
        Whose::Request("9999".parse().expect("an id")),
    ];
    let opensolar = OpenSolarClient::new(world.opensolar_token.clone(), AddressPolicy::HttpOnLoopback);
    let new = NewRegistration {
        address: "https://bridge.example.com/api/opensolar/webhook/".parse().expect("an address"),
        header: "x-webhook-key".to_owned(),
        key: "invented-secret-of-the-sender".parse().expect("a key"),
        signing_key: None,
    };
    said.outcome(register_webhook(core, &opensolar, &new, &operator).await);
    said.outcome(unregister_webhook(core, &opensolar, &"4242".parse().expect("an id"), &operator).await);
    for whose in &whose {
        said.outcome(export_customer(core, &*world.store, whose, &operator).await);
    }
    for whose in &whose {
        said.outcome(erase_customer(core, &*world.store, whose, &operator).await);
    }
    world.run_until_quiet().await;
}

/// What is kept of what was done, and what staff are told of it. The picture of the project is the customer's own, and
/// for those who serve them.
async fn kept(world: &World, said: &mut Said) {
    let request: RequestId = "1042".parse().expect("an id");
    let org = testkit::builders::ORG;
    for row in world.store.sync_log(org, &request) {
        said.texts.push(("a row of the sync log", format!("{row:?}")));
    }
    for decision in world.decisions("1042") {
        said.texts.push(("a decision", decision));
    }
    for row in world.store.deliveries() {
        said.texts.push(("a row of the webhook log", format!("{row:?}")));
    }
    for notice in world.notices("1042") {
        said.texts.push(("a message's state", notice.state.reason().unwrap_or_default().to_owned()));
    }
    for update in world.crm_updates() {
        said.texts.push(("what the crm is told went wrong", update.state.sync_error_message.unwrap_or_default()));
    }
    for reason in &world.dead_letters {
        said.texts.push(("a dead letter's reason", reason.clone()));
    }
}

/// Hears every line of every level, but for what libraries say below `info`, as in the functions.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !is_quiet(metadata.target()) || *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.lock().expect("nobody panicked").push(log_line(|visit| span.record(visit)));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let line = log_line(|visit| event.record(visit));
        let (target, mut fields) = (event.metadata().target(), event.metadata().fields().iter());
        let is_ours = OURS.iter().any(|name| target.starts_with(name));
        let unlisted = fields.find(|field| is_ours && !is_allowed(field.name()));
        assert!(unlisted.is_none(), "no log of ours has a field that does not get out: {unlisted:?} of {target}");
        self.0.lock().expect("nobody panicked").push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
