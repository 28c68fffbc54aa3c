//! `cargo local soak`: bursts of work and every kind of trouble, and at the end an account of everything.

pub use crate::soak::Size;

use domain::configuration::ApiContract;
use serde_json::json;
use testkit::{FakeOpenSolar, FakeWhatsApp};

use crate::configuration::Overrides;
use crate::error::LocalError;
use crate::interrupt::Interrupt;
use crate::outside::{Server, approve_templates};
use crate::progress::Progress;
use crate::soak::{Gate, Outside, endure};
use crate::stack::{Data, Options, Pace, Stack};
use crate::workspace::Workspace;

/// The soak's own stack, beside which `up` and `demo` may run.
const STACK: &str = "hanna-soak";

/// Starts a stack in a hurry, without data and on free ports, puts it under load and trouble, and ends it again.
///
/// # Errors
/// One line: what could not be started, or how much is not accounted for. Nothing is left running.
pub async fn soak(size: Size) -> Result<(), LocalError> {
    let mut interrupt = Interrupt::listen()?;
    let progress = Progress::start();
    let outside = interrupt.or(outside()).await?;
    let options = Options {
        name: STACK.to_owned(),
        port: None,
        contract: ApiContract::Live,
        opensolar: Server::Given { url: outside.gate.url(), token: outside.opensolar.token().to_owned() },
        whatsapp: Server::Given { url: outside.whatsapp.url().to_owned(), token: outside.whatsapp.token().to_owned() },
        org_id: outside.opensolar.org_id(),
        configuration: configuration(),
        data: Data::Fresh,
        pace: Pace::Soak,
        log_level: "info".to_owned(),
        endpoints_file: Workspace::of_this_build().stack(STACK).path().join("endpoints.json"),
    };
    let mut stack = interrupt.or(Stack::start(&options, &progress)).await?;
    progress.say(format_args!(
        "ready: {} requests, {} deliveries, laid out for {} min",
        size.requests, size.deliveries, size.minutes
    ));
    let endured = interrupt.or(endure(&mut stack, outside, size, &progress)).await;
    progress.say("ending the local AWS, its functions and the fakes");
    stack.stop().await;
    progress.say("ended");
    endured
}

/// The fakes are the soak's own: the one behind a gate, and both outliving the local AWS.
async fn outside() -> Result<Outside, LocalError> {
    let opensolar = FakeOpenSolar::start().await;
    // The soak carries its deliveries to the door itself, in bursts and as often as it takes.
    opensolar.hold_deliveries();
    let whatsapp = FakeWhatsApp::start().await;
    approve_templates(&whatsapp);
    let gate = Gate::to(opensolar.url()).await?;
    Ok(Outside { opensolar, whatsapp, gate })
}

/// What a soak needs differently: waits of seconds, and quotas that do not make minutes into hours. The fake OpenSolar
/// counts calls above the published quotas, and refuses none for that.
fn configuration() -> Overrides {
    let fields = json!({
        "api_timeout": 2,
        "settle_after": 5,
        "quotas": {
            "creates_per_minute": 100,
            "updates_per_minute": 100,
            "reads_per_minute": 10_000,
            "others_per_minute": 10_000,
            "per_day": 1_000_000,
        },
    });
    Overrides::of(fields.as_object().cloned().unwrap_or_default())
}
