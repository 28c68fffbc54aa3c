//! The story that `cargo local demo` plays: from installation requests to a date on a customer's phone, and what goes
//! wrong on the way.

mod acts;
mod facts;
mod papers;
mod people;
mod sights;
mod stage;

use chrono::Utc;

use crate::error::LocalError;
use crate::progress::Progress;
use crate::stack::Stack;
use people::People;
use stage::{Cut, Stage};

/// Plays it on a stack that has no data yet, tells it as it goes, and prints what came of it.
///
/// # Errors
/// [`LocalError::Untrue`] if a fact is not as expected.
pub(crate) async fn play(stack: &Stack, progress: &Progress) -> Result<(), LocalError> {
    let mut stage = Stage::of(stack, progress)?;
    let people = People::at(Utc::now());
    let played = acts(&mut stage, &people).await;
    println!("\n{}", papers::updates(&stage.crm, people.all()));
    println!("{}", papers::messages(&stage.whatsapp.messages(), people.all()));
    println!("{}", stage.facts);
    match (played, stage.facts.broken().first()) {
        (Err(Cut::Broken(error)), _) => Err(error),
        (Err(Cut::Waited) | Ok(()), Some(first)) => {
            let log_dir = stack.endpoints().log_dir.clone();
            Err(LocalError::Untrue { expected: first, log_dir })
        }
        (Err(Cut::Waited) | Ok(()), None) => {
            println!("All {} facts hold.", stage.facts.count());
            Ok(())
        }
    }
}

async fn acts(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    acts::requests::play(stage, people).await?;
    acts::early::play(stage, people).await?;
    acts::design::play(stage, people).await?;
    acts::changes::play(stage, people).await?;
    acts::repeat::play(stage, people).await?;
    acts::missed::play(stage, people).await?;
    acts::operator::play(stage, people).await?;
    acts::end::play(stage, people).await
}
