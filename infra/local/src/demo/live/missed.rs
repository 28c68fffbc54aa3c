//! A change that no webhook tells of, found by the sweep.

use std::time::Instant;

use domain::notification::Milestone;
use serde_json::{Value, json};

use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, templates, told};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// Tendai's proposal is sent while OpenSolar tells nobody.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let tendai = &people.tendai;
    let tendais = project(stage, tendai)?;
    stage.tell("The designer sends Tendai the proposal, and no webhook tells of it");
    let since = Instant::now();
    let deliveries = stage.opensolar.deliveries().len();
    stage.opensolar.put_out_of_reach(tendais);
    done(stage.opensolar.send_proposal(tendais))?;
    stage.opensolar.bring_within_reach(tendais);
    stage.settle().await?;
    let knows = stage.crm.state_of(tendai.id).is_some_and(|state| state.proposal_sent_at.is_some());
    let more = stage.opensolar.deliveries().len() - deliveries;
    let seen = format!("{more} more webhooks");
    let sight = match (more, knows) {
        (0, false) => Sight::Holds(seen),
        (_, false) => Sight::Not(seen),
        (_, true) => Sight::Not(format!("{seen}, and it is told")),
    };
    stage.note("the CRM does not hear of Tendai's proposal", since, sight);

    stage.tell("The nightly sweep is run now");
    let since = Instant::now();
    let sight = sweep(stage).await?;
    stage.note("the sweep finds the one project that changed", since, sight);
    let link = |stage: &Stage<'_>| told(stage, tendai, |state| state.proposal_url.clone(), |_| true);
    stage.expect("the CRM is told the link of Tendai's proposal", since, link).await?;
    let read = |stage: &Stage<'_>| templates(stage, tendai, 2, Milestone::ProposalSent);
    stage.expect("Tendai reads the link", since, read).await
}

async fn sweep(stage: &Stage<'_>) -> Result<Sight, LocalError> {
    let function = stage.stack.endpoints().function("status-sweep")?;
    let event = json!({"sweep": "status", "run": "now"}).to_string();
    let invocation = stage.stack.aws().invoke(function, &event).await?;
    let report: Value = serde_json::from_str(&invocation.answer).unwrap_or_default();
    let seen = format!("{} rows, {} linked, {} changed", report["rows"], report["linked"], report["changed"]);
    let holds = !invocation.failed && report["end"] == "finished" && report["changed"] == 1;
    Ok(if holds { Sight::Holds(seen) } else { Sight::Not(invocation.answer) })
}
