//! Whatever OpenSolar answers, no request of ours ever gets a stranger's project or contact: generated worlds.
//!
//! Live alone: it is the lists, answers and webhooks of that contract which are generated.

use std::collections::BTreeSet;

use domain::phone::EmailAddress;
use domain::project::identifier;
use domain::usecase::status_sweep::Run;
use integration_tests::{World, customer_request};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use testkit::builders::{self, MINUTE, ORG, phone};
use testkit::fake_opensolar::quirks::{Alternative, Quirks};
use testkit::{Calls, Fault};

/// Addresses that differ from the customer's by what a careless comparison overlooks.
const ALIKE: [&str; 7] = [
    "tariro@example.com.zw",
    "atariro@example.com",
    "tariro@example.co",
    "tariro+solar@example.com",
    "tar.iro@example.com",
    "9900001@os.code",
    "someone@example.com",
];

/// What happens to the first create, if anything does.
const TROUBLE: [Option<Trouble>; 6] =
    [None, None, Some(Trouble::Taken), Some(Trouble::Lost), Some(Trouble::NotMade), Some(Trouble::Garbled)];

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// OpenSolar says that the address is taken, whoever has it.
    Taken,
    Lost,
    NotMade,
    Garbled,
}

/// A world: who is there already, how OpenSolar behaves, what goes wrong, and who forges what.
#[derive(Debug, Clone)]
struct Scene {
    strangers: Vec<(&'static str, u32)>,
    knows_the_customer: bool,
    quirks: Vec<Index>,
    trouble: Option<Trouble>,
    /// A delivery that names a stranger's project, with our identifier or without.
    forged: Option<(Index, bool)>,
    /// A person duplicates our project, identifier included.
    is_duplicated: bool,
}

fn scene() -> impl Strategy<Value = Scene> {
    (
        prop::collection::vec((select(&ALIKE[..]), 100..130u32), 1..8),
        any::<bool>(),
        prop::collection::vec(any::<Index>(), 0..5),
        select(&TROUBLE[..]),
        prop::option::of((any::<Index>(), any::<bool>())),
        any::<bool>(),
    )
        .prop_map(|(strangers, knows_the_customer, quirks, trouble, forged, is_duplicated)| Scene {
            strangers,
            knows_the_customer,
            quirks,
            trouble,
            forged,
            is_duplicated,
        })
}

/// The answers that decide what a look-up shows.
fn answers() -> Vec<Alternative> {
    let groups = ["lists.", "contacts.", "projects.", "answers.", "events.in_projects", "webhooks."];
    Quirks::alternatives().into_iter().filter(|(name, _)| groups.iter().any(|group| name.starts_with(group))).collect()
}

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

fn fault(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Taken => Fault::Refuse {
            status: 400,
            body: json!({"contacts_new": [{"email": ["Email address is already in use."]}]}),
            retry_after: None,
        },
        Trouble::Lost => Fault::ApplyThenDrop,
        Trouble::NotMade => Fault::DropBeforeApplying,
        Trouble::Garbled => Fault::ApplyThenGarble,
    }
}

async fn play(scene: Scene) {
    let mut world = World::start().await;
    let mut strangers_contacts = BTreeSet::new();
    let mut strangers_projects = BTreeSet::new();
    for (email, number) in &scene.strangers {
        let contact =
            json!({"first_name": "Tariro", "family_name": "Example", "email": email, "phone": phone(*number).e164()});
        // Two of one address cannot be.
        let Ok(contact) = world.opensolar.add_contact(fields(contact)) else { continue };
        let link = format!("https://api.opensolar.com/api/orgs/1234/contacts/{contact}/");
        let project =
            json!({"address": "12 Example Street", "contacts": [link], "title": "Tariro Example - Solar Installation"});
        strangers_projects.insert(world.opensolar.add_project(fields(project)).expect("a project"));
        strangers_contacts.insert(contact);
    }
    if scene.knows_the_customer {
        let known = json!({"first_name": "T.", "email": "tariro@example.com", "phone": phone(150).e164()});
        world.opensolar.add_contact(fields(known)).expect("a contact");
    }
    world.lose_webhooks().await;
    let answers = answers();
    world.opensolar.behave(|quirks| {
        for index in &scene.quirks {
            (index.get(&answers).1)(quirks);
        }
    });
    if let Some(trouble) = scene.trouble {
        world.opensolar.fail_next(Calls::ending("POST", "/projects/"), fault(trouble));
    }
    let mut request = customer_request("1042");
    request.customer.email = EmailAddress::parse("Tariro@example.com");
    world.crm_asks_for(&request).await;
    if let (Some((which, is_ours)), false) = (&scene.forged, strangers_projects.is_empty()) {
        let strangers: Vec<u64> = strangers_projects.iter().copied().collect();
        let namespace = builders::configuration_document().namespace;
        let ours = identifier(namespace, ORG, &request.id, 1).to_string();
        let named = if *is_ours { json!(ours) } else { Value::Null };
        let stranger = which.get(&strangers);
        let body = json!({"timestamp": "1790000000", "model": "Project", "model_id": stranger, "identifier": named,
            "event": "UPDATE", "event_id": 77, "fields": {"id": stranger}});
        world.webhook_arrives(&body).await;
    }
    let linked = world.project("1042").await.remote;
    if let (true, Some(remote)) = (scene.is_duplicated, &linked) {
        let ours: u64 = remote.project.as_str().parse().expect("a number");
        if world.opensolar.project(ours).is_some() {
            strangers_projects.insert(world.opensolar.duplicate(ours).expect("duplicated"));
            world.run_until_quiet().await;
        }
    }
    // A second request of the same telephone, and time for whatever waits.
    let mut second = request.clone();
    second.id = "1043".parse().expect("an id");
    world.crm_asks_for(&second).await;
    for _ in 0..3 {
        world.advance(MINUTE * 11);
        world.sweep().await;
        world.status_sweep(Run::Now).await;
    }
    for id in ["1042", "1043"] {
        let Some(remote) = world.project(id).await.remote else { continue };
        let project: u64 = remote.project.as_str().parse().expect("a number");
        assert!(!strangers_projects.contains(&project), "request {id} has project {project}");
        if let Some(contact) = &remote.contact {
            let contact: u64 = contact.as_str().parse().expect("a number");
            assert!(!strangers_contacts.contains(&contact), "request {id} has contact {contact}");
        }
        let attached = world.opensolar.project(project).expect("there").contacts;
        assert!(attached.iter().all(|contact| !strangers_contacts.contains(contact)), "request {id}: {attached:?}");
    }
    let of_ours = world.opensolar.projects().len() - strangers_projects.len();
    assert!(of_ours <= 2, "{of_ours} projects for two requests");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_attaches_a_strangers_contact_or_project(scene in scene()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_stack_size(8 << 20).enable_all().build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async { tokio::spawn(play(scene)).await }).expect("nobody strange is attached");
    }
}
