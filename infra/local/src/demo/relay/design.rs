//! Staff work at the relay, customers sign; the events alone tell the CRM and the customers.

use std::time::Instant;

use chrono::{DateTime, Days, SubsecRound, Utc};
use domain::jobs::crm_update::CrmState;
use domain::notification::Milestone;
use serde_json::Value;
use testkit::FakeRelay;
use testkit::fake_relay::Work;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::remote::Remote;
use crate::demo::sights::{done, link, project, scheduled, templates, texts, told};
use crate::demo::stage::{Cut, Stage};

/// From the design to the date of the installation.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let (rudo, chipo) = (&people.rudo, &people.chipo);
    let (rudos, chipos) = (project(stage, rudo)?, project(stage, chipo)?);
    let (begun, reads) = (Instant::now(), reads_of(stage, [rudos, chipos]));

    stage.tell("At the relay, Rudo's project goes to design, and the design of 6.6 kW is completed");
    let since = Instant::now();
    done(stage.opensolar.work(rudos, moved("design")))?;
    done(stage.opensolar.work(rudos, Work::Design { kw: 6.6 }))?;
    let expected = "the CRM is told that Rudo's is at design, pending";
    stage.expect(expected, since, |stage| at(stage, rudo, "design", "pending")).await?;
    stage.expect("Rudo, who wrote today, reads it as text", since, |stage| texts(stage, rudo, 1)).await?;

    stage.tell("The proposal is sent to Rudo");
    let since = Instant::now();
    done(stage.opensolar.work(rudos, Work::SendProposal))?;
    stage.expect("Rudo and the CRM get the proposal's link", since, |stage| link(stage, rudo)).await?;

    stage.tell("Rudo and Chipo sign");
    let since = Instant::now();
    done(stage.opensolar.work(rudos, Work::SignContract))?;
    let event = stage.opensolar.delivered().pop().unwrap_or_default();
    done(stage.opensolar.work(chipos, Work::SignContract))?;
    let expected = "the CRM is told the moment of Rudo's contract";
    stage.expect(expected, since, |stage| signed(stage, rudo, &event)).await?;
    let expected = "the CRM is told that Chipo's is scheduled";
    let status = |state: &CrmState| state.status.clone();
    stage.expect(expected, since, |stage| told(stage, chipo, status, |status| status == "scheduled")).await?;
    stage.expect("Rudo is thanked", since, |stage| texts(stage, rudo, 3)).await?;
    let thanked = |stage: &Stage<'_, _>| templates(stage, chipo, 2, Milestone::ContractSigned);
    stage.expect("Chipo is thanked", since, thanked).await?;

    let day = Utc::now().date_naive() + Days::new(14);
    stage.tell(format_args!("The office sets Rudo's installation for {day}, and moves the project on"));
    let since = Instant::now();
    done(stage.opensolar.work(rudos, Work::ScheduleInstallation { date: day }))?;
    done(stage.opensolar.work(rudos, moved("installation")))?;
    stage.expect("the CRM is told the day of the installation", since, |stage| scheduled(stage, rudo, day)).await?;
    stage.expect("Rudo reads the day", since, |stage| texts(stage, rudo, 4)).await?;
    let expected = "the CRM is told that Rudo's is in progress";
    stage.expect(expected, since, |stage| at(stage, rudo, "installation", "in_progress")).await?;

    stage.settle().await?;
    let more = reads_of(stage, [rudos, chipos]) - reads;
    let seen = format!("{more} reads of the two projects");
    stage.note(
        "the relay was asked for none of it",
        begun,
        if more == 0 { Sight::Holds(seen) } else { Sight::Not(seen) },
    );
    Ok(())
}

/// The project's status is moved to this word.
pub(super) fn moved(status: &str) -> Work {
    Work::Move { status: status.to_owned() }
}

/// The CRM has this word for the project's status, and this status of the request.
pub(super) fn at(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>, word: &str, status: &str) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    let told = [&state.project_status, &state.status].map(|told| told.as_deref().unwrap_or("none"));
    let seen = format!("project {}, request {}", told[0], told[1]);
    if told == [word, status] { Sight::Holds(seen) } else { Sight::Not(seen) }
}

fn reads_of(stage: &Stage<'_, FakeRelay>, projects: [u64; 2]) -> usize {
    projects.into_iter().map(|project| stage.asked("GET", &format!("/projects/{project}")).len()).sum()
}

/// The event's own moment, which is kept to the second.
fn signed(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>, event: &str) -> Sight {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let moment = event["timestamp"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    match (stage.crm.state_of(enquiry.id).and_then(|state| state.contract_signed_at), moment) {
        (Some(told), Some(moment)) if told.trunc_subsecs(0) == moment.trunc_subsecs(0) => {
            Sight::Holds(told.format("%F %T UTC").to_string())
        }
        (told, moment) => Sight::Not(format!("{told:?}, not {moment:?}")),
    }
}
