//! What everybody has in hand at the end.

use std::collections::BTreeMap;
use std::time::Instant;

use domain::notification::Milestone;
use testkit::fake_whatsapp::{Content, Message};

use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::remote::Remote;
use crate::demo::stage::{Cut, Stage};
use crate::http;
use crate::outside::template;

/// Statuses, messages, creates, health, queues.
pub(in crate::demo) async fn play<R: Remote>(stage: &mut Stage<'_, R>, people: &People, read: Read) -> Result<(), Cut> {
    stage.tell("Everybody looks at what they have");
    let since = Instant::now();
    stage.settle().await?;
    let sight = statuses(stage, people);
    stage.note("no status moves back, each revision rises", since, sight);
    let sight = messages(stage, people, read);
    stage.note("every message came once, in its order", since, sight);
    let sight = creates(stage, people);
    stage.note("four projects were created, and paid for", since, sight);
    let since = Instant::now();
    let sight = health(stage).await;
    stage.note("the system says that it is well", since, sight);
    let since = Instant::now();
    let sight = stage.queues().await?;
    stage.note("every queue and dead-letter queue is empty", since, sight);
    Ok(())
}

/// The statuses in their order.
const ORDER: [&str; 4] = ["pending", "scheduled", "in_progress", "completed"];

fn statuses<R>(stage: &Stage<'_, R>, people: &People) -> Sight {
    let mut holds = true;
    let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for enquiry in people.all() {
        let told = || stage.crm.told_of(enquiry.id);
        let mut names: Vec<&str> = told().filter_map(|update| update.state.status.as_deref()).collect();
        names.dedup();
        let places = names.iter().map(|name| ORDER.iter().position(|known| known == name));
        let forward = places.clone().all(|place| place.is_some()) && places.is_sorted();
        let revisions = told().map(|update| update.revision);
        holds &= forward && !names.is_empty() && revisions.is_sorted_by(|earlier, later| earlier < later);
        seen.entry(names.join(" → ")).or_default().push(enquiry.first_name);
    }
    let seen = seen.into_iter().rev().map(|(way, names)| format!("{way}: {}", names.join(", ")));
    let seen = seen.collect::<Vec<_>>().join("; ");
    if holds { Sight::Holds(seen) } else { Sight::Not(seen) }
}

/// What each customer is to have read, by first names, in order.
pub(in crate::demo) type Read = [(&'static str, &'static [Milestone]); 4];

fn messages<R>(stage: &Stage<'_, R>, people: &People, expected: Read) -> Sight {
    let read = people.all().map(|enquiry| {
        let messages = stage.messages_to(enquiry);
        (enquiry.first_name, messages.iter().map(milestone).collect::<Vec<_>>())
    });
    let expected = expected.map(|(name, milestones)| (name, milestones.iter().copied().map(Some).collect::<Vec<_>>()));
    let counts = read.iter().map(|(name, milestones)| format!("{name} {}", milestones.len()));
    let counts = counts.collect::<Vec<_>>().join(", ");
    if read == expected { Sight::Holds(counts) } else { Sight::Not(format!("{read:?}")) }
}

/// Told by a phrase of the text, which carries no other name, or by the template.
fn milestone(message: &Message) -> Option<Milestone> {
    match &message.content {
        Content::Text { body } => PHRASES.into_iter().find(|(_, phrase)| body.contains(phrase)).map(|(told, _)| told),
        Content::Template { name, .. } => Milestone::ALL.into_iter().find(|told| template(*told) == *name),
    }
}

const PHRASES: [(Milestone, &str); 4] = [
    (Milestone::DesignComplete, "design of your solar system is complete"),
    (Milestone::ProposalSent, "proposal is ready"),
    (Milestone::ContractSigned, "Thank you for signing"),
    (Milestone::InstallationScheduled, "installation is scheduled"),
];

/// A refused create makes nothing and costs nothing; one whose answer was lost does.
fn creates<R: Remote>(stage: &Stage<'_, R>, people: &People) -> Sight {
    let calls = stage.opensolar.calls();
    let creates = calls.iter().filter(|call| call.method == "POST" && call.path.ends_with("/projects/"));
    let statuses: Vec<Option<u16>> = creates.map(|call| call.status).collect();
    let count = |is_such: fn(u16) -> bool| statuses.iter().flatten().filter(|status| is_such(**status)).count();
    let (accepted, refused) = (count(|status| status < 300), count(|status| 300 <= status));
    let unanswered = statuses.len() - accepted - refused;
    let projects = stage.opensolar.project_count();
    let each_has_one = people.all().into_iter().all(|enquiry| stage.project_ids_of(enquiry).len() == 1);
    let seen = format!("{accepted} accepted, {refused} refused, {unanswered} answer lost; {projects} projects");
    let holds = each_has_one && (accepted + unanswered, projects) == (4, 4);
    if holds { Sight::Holds(seen) } else { Sight::Not(seen) }
}

async fn health<R>(stage: &Stage<'_, R>) -> Sight {
    let address = format!("{}/api/opensolar/health", stage.stack.endpoints().api_base_url);
    let answer = async { http::client().ok()?.get(address).send().await.ok()?.text().await.ok() }.await;
    let text = answer.unwrap_or_else(|| "no answer".to_owned());
    let health: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let part = |name: &str| health[name].as_str().unwrap_or("unknown").to_owned();
    let seen = format!("{}: table {}, configuration {}", part("status"), part("table"), part("configuration"));
    if part("status") == "ok" { Sight::Holds(seen) } else { Sight::Not(seen) }
}
