//! The story that `cargo local demo` plays: from installation requests to a date on a customer's phone, and what goes
//! wrong on the way.

mod acts;
mod deliveries;
mod facts;
mod live;
mod papers;
mod people;
mod relay;
mod reminder;
mod remote;
mod sights;
mod stage;
mod traces;

use chrono::Utc;

use crate::error::LocalError;
use crate::progress::Progress;
use crate::stack::Stack;
use people::People;
use stage::{Cut, Stage};

/// Plays the story of the stack's contract on a stack that has no data yet, tells it as it goes, and prints what came of
/// it.
///
/// # Errors
/// [`LocalError::Untrue`] if a fact is not as expected.
pub(crate) async fn play(stack: &Stack, progress: &Progress) -> Result<(), LocalError> {
    let people = People::at(Utc::now());
    match (stack.opensolar(), stack.relay()) {
        (Some(opensolar), _) => {
            let mut stage = Stage::of(stack, opensolar, progress)?;
            let played = live::play(&mut stage, &people).await;
            conclude(&stage, &people, played)
        }
        (None, Some(relay)) => {
            let mut stage = Stage::of(stack, relay, progress)?;
            let played = relay::play(&mut stage, &people).await;
            conclude(&stage, &people, played)
        }
        (None, None) => Err(stage::needs_fakes()),
    }
}

/// Shows what everybody has in hand, and says whether it is as it was to be.
fn conclude<R>(stage: &Stage<'_, R>, people: &People, played: Result<(), Cut>) -> Result<(), LocalError> {
    println!("\n{}", papers::updates(&stage.crm, people.all()));
    println!("{}", papers::messages(&stage.whatsapp.messages(), people.all()));
    println!("{}", stage.facts);
    match (played, stage.facts.broken().first()) {
        (Err(Cut::Broken(error)), _) => Err(error),
        (Err(Cut::Waited) | Ok(()), Some(first)) => {
            let log_dir = stage.stack.endpoints().log_dir.clone();
            Err(LocalError::Untrue { expected: first, log_dir })
        }
        (Err(Cut::Waited) | Ok(()), None) => {
            println!("All {} facts hold.", stage.facts.count());
            Ok(())
        }
    }
}
