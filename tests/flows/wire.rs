//! OpenSolar's address is a server that misbehaves byte by byte: a write whose answer is lost there is in doubt on the
//! record, and nothing is ever sent a second time because of it.
//!
//! Live alone: what the server answers is scripted byte by byte; the engine beneath both contracts is the same.

use chrono::TimeDelta;
use domain::project::SyncState;
use integration_tests::{World, customer_request};
use outbound::scripted_server::{End, Reply, ScriptedServer};
use testkit::builders::MINUTE;

/// Longer than an operator is waited for.
const A_DAY_AND_MORE: TimeDelta = TimeDelta::hours(30);

fn cut(bytes: &str, end: End) -> Reply {
    Reply::Cut(bytes.as_bytes().to_vec(), end)
}

/// What leaves doubt about any write.
fn faults() -> Vec<(&'static str, Reply)> {
    let half = "HTTP/1.1 201 Created\r\ncontent-length: 400\r\n\r\n{\"id\": 9000001}";
    let chunk = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nf\r\n{\"id\": 9000001}\r\n";
    let twice = "HTTP/1.1 201 Created\r\ncontent-length: 15\r\ncontent-length: 16\r\n\r\n{\"id\": 9000001} ";
    let huge = "HTTP/1.1 201 Created\r\ncontent-length: 99999999999\r\n\r\n";
    vec![
        ("a reset before the request is read", Reply::Early(0, Vec::new(), End::Reset)),
        ("a reset within the request", Reply::Early(40, Vec::new(), End::Reset)),
        ("the end before the answer", cut("", End::Close)),
        ("a reset before the answer", cut("", End::Reset)),
        ("a reset within the status line", cut("HTTP/1.1 20", End::Reset)),
        ("a reset within the headers", cut("HTTP/1.1 201 Created\r\ncontent-le", End::Reset)),
        ("the end within the body", cut(half, End::Close)),
        ("a reset within the body", cut(half, End::Reset)),
        ("the end within the chunks", cut(chunk, End::Close)),
        ("two lengths", cut(twice, End::Close)),
        ("more than is read", cut(huge, End::Silence)),
        ("silence", Reply::Silence),
        ("a page", Reply::text(201, "<html>Created</html>")),
        ("a list", Reply::text(200, "[]")),
        ("another place to look at", Reply::header(303, "location", "/api/orgs/1234/projects/9000001/")),
        ("a gateway whose caller left", Reply::text(499, "")),
        ("a gateway that waited too long", Reply::text(504, "")),
    ]
}

/// How many of these the server has read.
fn writes(server: &ScriptedServer, method: &str) -> usize {
    server.seen().iter().filter(|seen| seen.line.starts_with(method)).count()
}

/// Requests that are cut off before they are read are none to the server.
fn is_read(reply: &Reply) -> usize {
    usize::from(!matches!(reply, Reply::Early(..)))
}

/// From now on this server stands where OpenSolar is expected.
async fn is_replaced(world: &mut World, server: &ScriptedServer) {
    let url = server.url.clone();
    world.configure(|document| (document.api_base_url, document.api_timeout) = (url, 1)).await;
}

/// However often it is woken, and whatever else is refused meanwhile.
async fn time_passes(world: &mut World) {
    let end = world.now() + A_DAY_AND_MORE;
    while world.now() < end {
        world.wake("1042").await;
        let next = world.project("1042").await.wake().map_or(end, |(at, _)| at);
        world.advance_to(next.clamp(world.now() + MINUTE, end + MINUTE));
        world.sweep().await;
    }
}

#[tokio::test]
async fn a_create_that_is_lost_on_the_wire_is_in_doubt_and_never_sent_again() {
    let sparse = ("no content", Reply::text(204, ""));
    for (name, reply) in faults().into_iter().chain([sparse]) {
        let mut world = World::start().await;
        let read = is_read(&reply);
        // Nobody has the customer's e-mail address.
        let server = ScriptedServer::start(vec![Reply::text(200, "[]"), reply]).await;
        is_replaced(&mut world, &server).await;
        world.crm_asks_for(&customer_request("1042")).await;
        let state = world.project("1042").await.sync;
        assert!(matches!(state, SyncState::Verifying { .. }), "{name}: {state:?}");
        assert_eq!((writes(&server, "POST"), server.connections()), (read, 2), "{name}");

        // Nothing that it is asked now is answered, so nobody learns what became of it.
        time_passes(&mut world).await;
        world.crm_insists_on(&customer_request("1042")).await;
        assert_eq!(world.crm_reason("1042").as_deref(), Some("operator"), "{name}");
        assert_eq!(writes(&server, "POST"), read, "{name}: never again");
    }
}

#[tokio::test]
async fn a_change_that_is_lost_on_the_wire_is_unsettled_and_not_sent_again_before_a_read_has_told() {
    for (name, reply) in faults() {
        let (mut world, project) = World::with_project().await;
        let before = as_it_is(&world, project).await;
        let read = is_read(&reply);
        let server = ScriptedServer::start(vec![Reply::text(200, &before), reply]).await;
        is_replaced(&mut world, &server).await;
        let mut moved = customer_request("1042");
        moved.version.revision = Some(4);
        moved.address = Some("14 Example Street".to_owned());
        world.crm_asks_for(&moved).await;
        let state = world.project("1042").await.sync;
        assert!(matches!(state, SyncState::Unsettled { .. }), "{name}: {state:?}");
        assert_eq!(writes(&server, "PATCH"), read, "{name}");

        time_passes(&mut world).await;
        assert_eq!(writes(&server, "PATCH"), read, "{name}: not without a read");

        world.opensolar_is_back().await;
        world.crm_insists_on(&moved).await;
        time_passes(&mut world).await;
        assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{name}");
        assert_eq!(world.opensolar.projects()[0].details["address"], "14 Example Street", "{name}");
    }
}

/// The project as OpenSolar shows it.
async fn as_it_is(world: &World, project: u64) -> String {
    let address = format!("{}/api/orgs/{}/projects/{project}/", world.opensolar.url(), world.opensolar.org_id());
    let call = reqwest::Client::new().get(address).bearer_auth(world.opensolar.token());
    call.send().await.expect("an answer").text().await.expect("a body")
}
