//! What `cargo local soak` does to a stack: load in bursts, trouble of every kind, and an account of everything.
//!
//! All that is counted is seen from outside: what the CRM and OpenSolar sent, what OpenSolar and WhatsApp hold, what the
//! CRM was told, what the table says of each request, delivery and message.

mod accounts;
mod customers;
mod field;
mod functions;
mod gate;
mod kills;
mod post;
mod script;
mod tally;

use std::time::Duration;

use testkit::{FakeOpenSolar, FakeWhatsApp};

use crate::error::LocalError;
use crate::progress::Progress;
use crate::stack::Stack;
use accounts::Accounts;
use field::Field;
pub(crate) use gate::Gate;

/// How large a soak is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Installation requests.
    pub requests: u32,
    /// Webhook deliveries, at least: what the requests cause by themselves counts too.
    pub deliveries: u32,
    /// Minutes that load, trouble and recovery are laid out for; recovery may take longer, see [`Size::patience`].
    pub minutes: u32,
}

impl Size {
    /// This part of the time that it is laid out for, in percent.
    fn part(self, percent: u32) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60) * percent / 100
    }

    /// So long after the last trouble everything has to have come to its end: who failed twice waits for six minutes.
    fn patience(self) -> Duration {
        self.part(100).max(Duration::from_secs(8 * 60))
    }
}

/// The servers outside, and the way to OpenSolar.
pub(crate) struct Outside {
    pub(crate) opensolar: FakeOpenSolar,
    pub(crate) whatsapp: FakeWhatsApp,
    pub(crate) gate: Gate,
}

/// Plays it on a stack that has no data yet, tells it as it goes, and prints what came of it.
///
/// # Errors
/// [`LocalError::Unaccounted`] if anything is lost or there twice.
pub(crate) async fn endure(
    stack: &mut Stack,
    outside: Outside,
    size: Size,
    progress: &Progress,
) -> Result<(), LocalError> {
    let log_dir = stack.endpoints().log_dir.clone();
    let field = Field::of(stack, outside, size)?;
    let (played, (), (), (), (), ()) = tokio::join!(
        async {
            let played = script::play(stack, &field, progress).await;
            field.end();
            played
        },
        post::carry_all(&field),
        kills::kill_now_and_then(&field, progress),
        field.sweep_often(),
        field.hear_as_the_crm(),
        field.report(progress),
    );
    played?;
    let accounts = Accounts::of(&field).await?;
    println!("\n{accounts}");
    match (accounts.lost.len(), accounts.duplicated.len()) {
        (0, 0) => Ok(()),
        (lost, duplicated) => Err(LocalError::Unaccounted { lost, duplicated, log_dir }),
    }
}
