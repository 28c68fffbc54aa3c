//! A designer works in OpenSolar, a customer signs; the CRM and the customer are told.

use std::time::Instant;

use chrono::{Days, NaiveDate, Utc};
use domain::jobs::crm_update::CrmState;
use testkit::fake_opensolar::Misuse;
use testkit::fake_whatsapp::Content;

use crate::crm::Enquiry;
use crate::demo::facts::{Sight, shortened};
use crate::demo::people::People;
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// From the design to the date of the installation.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let (rudo, tendai) = (&people.rudo, &people.tendai);
    let (rudos, tendais) = (project(stage, rudo)?, project(stage, tendai)?);

    stage.tell("In OpenSolar, a designer draws 6.6 kW for Rudo and 5.5 kW for Tendai");
    let since = Instant::now();
    done(stage.opensolar.design(rudos, 6.6))?;
    done(stage.opensolar.design(tendais, 5.5))?;
    stage.expect("the CRM is told of 6.60 kW", since, |stage| size(stage, rudo, "6.60")).await?;
    stage.expect("Rudo, who wrote today, reads it as text", since, |stage| texts(stage, rudo, 1)).await?;
    stage.expect("Tendai, who did not, as approved template", since, |stage| template(stage, tendai)).await?;

    stage.tell("The designer sends Rudo the proposal");
    let since = Instant::now();
    done(stage.opensolar.send_proposal(rudos))?;
    stage.expect("Rudo and the CRM get the proposal's link", since, |stage| link(stage, rudo)).await?;

    stage.tell("Rudo signs");
    let since = Instant::now();
    done(stage.opensolar.sell(rudos))?;
    stage.expect("the CRM is told the day of the contract", since, |stage| signed(stage, rudo)).await?;
    stage.expect("Rudo is thanked", since, |stage| texts(stage, rudo, 3)).await?;

    let day = Utc::now().date_naive() + Days::new(14);
    stage.tell(format_args!("The office sets the installation for {day}"));
    let since = Instant::now();
    done(stage.opensolar.schedule_installation(rudos, day))?;
    stage.expect("the CRM is told the day of the installation", since, |stage| scheduled(stage, rudo, day)).await?;
    stage.expect("Rudo reads the day", since, |stage| texts(stage, rudo, 4)).await
}

fn done(work: Result<(), Misuse>) -> Result<(), LocalError> {
    work.map_err(LocalError::call("working in OpenSolar"))
}

fn project(stage: &Stage<'_>, enquiry: &Enquiry) -> Result<u64, LocalError> {
    let missing = || LocalError::Answer { operation: "working in OpenSolar", reason: "there is no project".to_owned() };
    stage.projects_of(enquiry).first().map(|project| project.id).ok_or_else(missing)
}

fn told(
    stage: &Stage<'_>,
    enquiry: &Enquiry,
    read: impl Fn(&CrmState) -> Option<String>,
    is_right: impl Fn(&str) -> bool,
) -> Sight {
    match stage.crm.state_of(enquiry.id).and_then(read) {
        Some(text) if is_right(&text) => Sight::Holds(text),
        Some(text) => Sight::Not(text),
        None => Sight::Not("nothing is told".to_owned()),
    }
}

fn size(stage: &Stage<'_>, enquiry: &Enquiry, expected: &str) -> Sight {
    told(stage, enquiry, |state| state.system_size_kw.clone(), |size| size == expected)
}

fn scheduled(stage: &Stage<'_>, enquiry: &Enquiry, day: NaiveDate) -> Sight {
    let told_day = |state: &CrmState| state.installation_scheduled_date.map(|day| day.to_string());
    told(stage, enquiry, told_day, |told| told == day.to_string())
}

fn signed(stage: &Stage<'_>, enquiry: &Enquiry) -> Sight {
    let projects = stage.projects_of(enquiry);
    let contract =
        projects.first().and_then(|project| project.sale.as_ref()).map(|sale| sale.contract_date.to_string());
    let told_day = |state: &CrmState| state.contract_signed_at.map(|at| at.date_naive().to_string());
    told(stage, enquiry, told_day, |told| contract.as_deref() == Some(told))
}

/// So many texts, and the last one's words.
fn texts(stage: &Stage<'_>, enquiry: &Enquiry, count: usize) -> Sight {
    let messages = stage.messages_to(enquiry);
    match messages.last().map(|message| &message.content) {
        Some(Content::Text { body }) if messages.len() == count => Sight::Holds(shortened(body, 48)),
        last => Sight::Not(format!("{} messages, the last {last:?}", messages.len())),
    }
}

fn template(stage: &Stage<'_>, enquiry: &Enquiry) -> Sight {
    let messages = stage.messages_to(enquiry);
    match messages.as_slice() {
        [message] => match &message.content {
            Content::Template { name, parameters, .. } if parameters.first().is_some_and(|name| name == "Tendai") => {
                Sight::Holds(format!("{name}({})", parameters.join(", ")))
            }
            other => Sight::Not(format!("{other:?}")),
        },
        _ => Sight::Not(format!("{} messages", messages.len())),
    }
}

fn link(stage: &Stage<'_>, enquiry: &Enquiry) -> Sight {
    let told = stage.crm.state_of(enquiry.id).and_then(|state| state.proposal_url.clone());
    let messages = stage.messages_to(enquiry);
    let read = messages.get(1).map(|message| &message.content);
    match (told, read) {
        (Some(link), Some(Content::Text { body }))
            if messages.len() == 2 && link.starts_with("https://") && body.contains(&link) =>
        {
            Sight::Holds(link)
        }
        (told, read) => Sight::Not(format!("the CRM {told:?}, the customer {read:?}")),
    }
}
