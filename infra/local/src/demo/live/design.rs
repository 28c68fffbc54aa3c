//! A designer works in OpenSolar, customers sign; the CRM and the customers are told.

use std::time::Instant;

use chrono::{Days, Utc};
use domain::jobs::crm_update::CrmState;
use domain::notification::Milestone;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, link, project, scheduled, size, templates, texts, told};
use crate::demo::stage::{Cut, Stage};

/// From the design to the date of the installation.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let (rudo, tendai, chipo) = (&people.rudo, &people.tendai, &people.chipo);
    let (rudos, tendais, chipos) = (project(stage, rudo)?, project(stage, tendai)?, project(stage, chipo)?);

    stage.tell("In OpenSolar, a designer draws 6.6 kW for Rudo and 5.5 kW for Tendai");
    let since = Instant::now();
    done(stage.opensolar.design(rudos, 6.6))?;
    done(stage.opensolar.design(tendais, 5.5))?;
    stage.expect("the CRM is told of Rudo's 6.60 kW", since, |stage| size(stage, rudo, "6.60")).await?;
    stage.expect("Rudo, who wrote today, reads it as text", since, |stage| texts(stage, rudo, 1)).await?;
    let expected = "Tendai, who did not, as an approved template";
    stage.expect(expected, since, |stage| templates(stage, tendai, 1, Milestone::DesignComplete)).await?;

    stage.tell("The designer sends Rudo the proposal");
    let since = Instant::now();
    done(stage.opensolar.send_proposal(rudos))?;
    stage.expect("Rudo and the CRM get the proposal's link", since, |stage| link(stage, rudo)).await?;

    stage.tell("Rudo and Chipo sign");
    let since = Instant::now();
    done(stage.opensolar.sell(rudos))?;
    done(stage.opensolar.sell(chipos))?;
    stage.expect("the CRM is told the day of Rudo's contract", since, |stage| signed(stage, rudo)).await?;
    stage.expect("Rudo is thanked", since, |stage| texts(stage, rudo, 3)).await?;
    let thanked = |stage: &Stage<'_>| templates(stage, chipo, 2, Milestone::ContractSigned);
    stage.expect("Chipo is thanked", since, thanked).await?;

    let day = Utc::now().date_naive() + Days::new(14);
    stage.tell(format_args!("The office sets Rudo's installation for {day}"));
    let since = Instant::now();
    done(stage.opensolar.schedule_installation(rudos, day))?;
    stage.expect("the CRM is told the day of the installation", since, |stage| scheduled(stage, rudo, day)).await?;
    stage.expect("Rudo reads the day", since, |stage| texts(stage, rudo, 4)).await
}

fn signed(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let projects = stage.projects_of(enquiry);
    let contract =
        projects.first().and_then(|project| project.sale.as_ref()).map(|sale| sale.contract_date.to_string());
    let told_day = |state: &CrmState| state.contract_signed_at.map(|at| at.date_naive().to_string());
    told(stage, enquiry, told_day, |told| contract.as_deref() == Some(told))
}
