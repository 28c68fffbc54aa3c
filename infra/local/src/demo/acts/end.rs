//! What everybody has in hand at the end.

use std::time::Instant;

use testkit::fake_whatsapp::Content;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::stage::{Cut, Stage};
use crate::http;

/// Statuses, messages, creates, health, queues.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    stage.tell("Everybody looks at what they have");
    let since = Instant::now();
    stage.settle().await?;
    let sight = statuses(stage, &people.rudo);
    stage.note("Rudo's status never moves back, revisions rise", since, sight);
    let sight = four_messages(stage, &people.rudo);
    stage.note("Rudo got four messages, each once, in order", since, sight);
    let sight = two_creates(stage);
    stage.note("two projects were created, and paid for", since, sight);
    let sight = health(stage).await;
    stage.note("the system says that it is well", since, sight);
    let sight = stage.queues().await?;
    stage.note("every queue and dead-letter queue is empty", since, sight);
    Ok(())
}

fn statuses(stage: &Stage<'_>, enquiry: &Enquiry) -> Sight {
    let mut told: Vec<&str> =
        stage.crm.told_of(enquiry.id).filter_map(|update| update.state.status.as_deref()).collect();
    told.dedup();
    let revisions: Vec<u64> = stage.crm.told_of(enquiry.id).map(|update| update.revision).collect();
    let rise = revisions.is_sorted_by(|earlier, later| earlier < later);
    let ends = revisions.first().zip(revisions.last());
    let ends = ends.map_or("none".to_owned(), |(first, last)| format!("{first} to {last}"));
    let seen = format!("{}; revisions {ends}", told.join(" → "));
    if rise && told == ["pending", "scheduled"] { Sight::Holds(seen) } else { Sight::Not(seen) }
}

/// The messages in their order, each by a phrase of its own: a text carries no other name.
const MESSAGES: [(&str, &str); 4] = [
    ("design", "design of your solar system is complete"),
    ("proposal", "proposal is ready"),
    ("contract", "Thank you for signing"),
    ("installation", "installation is scheduled"),
];

fn four_messages(stage: &Stage<'_>, enquiry: &Enquiry) -> Sight {
    let name = |body: &str| MESSAGES.iter().find(|(_, phrase)| body.contains(phrase)).map(|(name, _)| *name);
    let messages = stage.messages_to(enquiry);
    let read = messages.iter().map(|message| match &message.content {
        Content::Text { body } => name(body).unwrap_or("unknown"),
        Content::Template { name, .. } => name.as_str(),
    });
    let read: Vec<&str> = read.collect();
    let seen = read.join(", ");
    if read == MESSAGES.map(|(name, _)| name) { Sight::Holds(seen) } else { Sight::Not(seen) }
}

/// A refused create makes nothing and costs nothing.
fn two_creates(stage: &Stage<'_>) -> Sight {
    let calls = stage.opensolar.calls();
    let creates = calls.iter().filter(|call| call.method == "POST" && call.path.ends_with("/projects/"));
    let (accepted, refused): (Vec<_>, Vec<_>) =
        creates.partition(|call| call.status.is_some_and(|status| (200..300).contains(&status)));
    let projects = stage.opensolar.projects().len();
    let seen = format!("{} creates accepted, {} refused; {projects} projects", accepted.len(), refused.len());
    if (accepted.len(), projects) == (2, 2) { Sight::Holds(seen) } else { Sight::Not(seen) }
}

async fn health(stage: &Stage<'_>) -> Sight {
    let address = format!("{}/api/opensolar/health", stage.stack.endpoints().api_base_url);
    let answer = async { http::client().ok()?.get(address).send().await.ok()?.text().await.ok() }.await;
    let text = answer.unwrap_or_else(|| "no answer".to_owned());
    let health: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let part = |name: &str| health[name].as_str().unwrap_or("unknown").to_owned();
    let seen = format!("{}: table {}, configuration {}", part("status"), part("table"), part("configuration"));
    if part("status") == "ok" { Sight::Holds(seen) } else { Sight::Not(seen) }
}
