//! `cargo local demo`: a story from a customer's request to the message about the installation's date.

use domain::configuration::ApiContract;
use serde_json::json;

use crate::configuration::Overrides;
use crate::demo;
use crate::error::LocalError;
use crate::interrupt::Interrupt;
use crate::outside::Server;
use crate::progress::Progress;
use crate::stack::{Data, Options, Pace, Stack};
use crate::workspace::Workspace;

/// The demo's own stack, beside which `up` may run.
const STACK: &str = "hanna-demo";

/// Starts a stack without data on free ports, plays the story of the contract on it, and ends it again.
///
/// # Errors
/// One line: what could not be started, or what was not as expected. Nothing is left running.
pub async fn demo(contract: ApiContract) -> Result<(), LocalError> {
    let mut interrupt = Interrupt::listen()?;
    let progress = Progress::start();
    let options = Options {
        name: STACK.to_owned(),
        port: None,
        contract,
        opensolar: Server::Fake { port: 0 },
        whatsapp: Server::Fake { port: 0 },
        org_id: 1234,
        configuration: configuration(contract),
        data: Data::Fresh,
        pace: Pace::Usual,
        log_level: "info".to_owned(),
        endpoints_file: Workspace::of_this_build().stack(STACK).path().join("endpoints.json"),
    };
    let stack = interrupt.or(Stack::start(&options, &progress)).await?;
    progress.say("ready: the story begins");
    let played = interrupt.or(demo::play(&stack, &progress)).await;
    progress.say("ending the local AWS, its functions and the fakes");
    stack.stop().await;
    progress.say("ended");
    played
}

/// In `live` a webhook settles a create in doubt at once. In `design` the list of projects does, ten minutes after the
/// answer can come no more: seconds here.
fn configuration(contract: ApiContract) -> Overrides {
    let fields = match contract {
        ApiContract::Live => json!({}),
        ApiContract::Design => json!({"api_timeout": 5, "settle_after": 3}),
    };
    Overrides::of(fields.as_object().cloned().unwrap_or_default())
}
