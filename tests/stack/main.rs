//! The deployed template, driven from outside: the real binaries, put there by a real `sam deploy`, on the local AWS.
//!
//! One stack and one test: deploying costs more than all that is asked of it. A missing prerequisite fails the test with
//! the reason.

mod bridge;
mod door;
mod processes;
mod steps;

use std::time::Duration;

use domain::configuration::ApiContract;
use local::configuration::Overrides;
use local::error::{Chain, LocalError};
use local::outside::Server;
use local::progress::Progress;
use local::stack::{Data, Options, Pace, Stack};
use local::workspace::Workspace;

use bridge::Bridge;
use processes::Descendants;

/// Beside which `cargo local up` and `cargo local demo` may run.
const STACK: &str = "hanna-test";

/// What does not come in this time does not come at all.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_template_keeps_its_promises() {
    let stack = worked(Stack::start(&options(), &Progress::start()).await);
    let mut bridge = Bridge::of(&stack);

    bridge.lets_in_only_who_has_the_key().await;
    bridge.makes_a_request_a_project_with_its_contact().await;
    bridge.tells_what_happened_in_opensolar().await;
    bridge.does_nothing_when_a_delivery_comes_again().await;
    bridge.brings_an_update_to_opensolar().await;
    bridge.puts_an_unreadable_request_aside_with_the_reason().await;
    bridge.tries_a_refused_create_again_when_its_time_has_come().await;
    bridge.makes_what_the_crm_insists_on().await;
    bridge.tells_by_template_whoever_has_not_written_lately().await;
    bridge.finds_what_no_webhook_told().await;
    bridge.shows_operators_what_is_recorded().await;
    bridge.does_what_operators_ask_for().await;
    bridge.says_that_it_is_well_and_has_nothing_left_to_do().await;

    let running = Descendants::of_this_process();
    assert!(running.count() > 7, "the local AWS and its functions run: {running:?}");
    assert_eq!(running.listening_beyond_loopback(), Vec::<String>::new());
    drop(bridge);
    let endpoints = stack.endpoints().clone();
    stack.stop().await;
    assert_eq!(running.still_there(), Vec::<u32>::new(), "everything ends with the stack");
    for address in [&endpoints.aws_endpoint_url, &endpoints.opensolar_url, &endpoints.whatsapp_url] {
        let answer = door::client().get(address).send().await;
        assert!(answer.is_err(), "nobody listens at {address} any more");
    }
    assert!(!options().endpoints_file.exists(), "nothing says that a stack is there");
}

fn options() -> Options {
    Options {
        name: STACK.to_owned(),
        port: None,
        contract: ApiContract::Live,
        opensolar: Server::Fake { port: 0 },
        whatsapp: Server::Fake { port: 0 },
        org_id: 1234,
        configuration: Overrides::default(),
        data: Data::Fresh,
        pace: Pace::Usual,
        log_level: "info".to_owned(),
        endpoints_file: Workspace::of_this_build().stack(STACK).path().join("endpoints.json"),
    }
}

/// What came of a step, or the test's end with all the reasons in one line.
fn worked<T>(outcome: Result<T, LocalError>) -> T {
    outcome.unwrap_or_else(|error| panic!("{}", Chain(&error)))
}
