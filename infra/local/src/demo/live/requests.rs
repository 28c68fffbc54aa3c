//! The CRM asks, OpenSolar has it.

use std::time::Instant;

use serde_json::json;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::{People, TENDAI_IN_OPENSOLAR};
use crate::demo::sights::{pending, skipped};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// Three requests; the first two become projects.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let known = somebody_is_known(stage)?;
    stage.tell("The CRM puts three installation requests on its queue:");
    stage.tell("    Rudo wants solar");
    stage.tell(format_args!("    Tendai wants solar; OpenSolar has that e-mail address, as {TENDAI_IN_OPENSOLAR}"));
    stage.tell("    Farai wants starlink");
    let asked = Instant::now();
    for enquiry in [&people.rudo, &people.tendai, &people.farai] {
        stage.crm.ask_for(enquiry).await?;
    }

    let (rudo, tendai, farai) = (&people.rudo, &people.tendai, &people.farai);
    let expected = "Rudo has one project, our identifier, one contact";
    stage.expect(expected, asked, |stage| one_project_one_contact(stage, rudo)).await?;
    let expected = "Tendai's known contact is used, no second made";
    stage.expect(expected, asked, |stage| known_contact_attached(stage, tendai, known)).await?;
    stage.expect("the CRM is told of Rudo's project, pending", asked, |stage| pending(stage, rudo)).await?;
    stage.expect("the CRM is told of Tendai's project, pending", asked, |stage| pending(stage, tendai)).await?;
    stage.expect("Farai is skipped, with the reason", asked, |stage| skipped(stage, farai)).await
}

/// Somebody typed Tendai into OpenSolar long ago.
fn somebody_is_known(stage: &Stage<'_>) -> Result<u64, LocalError> {
    let fields = json!({"first_name": "Tendai", "family_name": "Example", "email": TENDAI_IN_OPENSOLAR});
    let fields = fields.as_object().cloned().unwrap_or_default();
    stage.opensolar.add_contact(fields).map_err(LocalError::call("adding a contact by hand"))
}

fn one_project_one_contact(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let (projects, contacts) = (stage.projects_of(enquiry), stage.contacts_of(enquiry));
    match (projects.as_slice(), contacts.as_slice()) {
        ([project], [contact]) if project.contacts == [contact.id] => {
            // The projects were found by the identifier, so it is ours.
            let identifier: String = project.identifier.chars().take(8).collect();
            Sight::Holds(format!("project {} ({identifier}…), contact {}", project.id, contact.id))
        }
        (projects, contacts) => Sight::Not(format!("{} projects, {} contacts", projects.len(), contacts.len())),
    }
}

fn known_contact_attached(stage: &Stage<'_>, enquiry: &Enquiry<'_>, known: u64) -> Sight {
    let (projects, contacts) = (stage.projects_of(enquiry), stage.contacts_of(enquiry));
    match (projects.as_slice(), contacts.as_slice()) {
        ([project], [contact]) if contact.id == known && project.contacts == [known] => {
            Sight::Holds(format!("project {}, contact {known} as before", project.id))
        }
        (projects, contacts) => Sight::Not(format!("{} projects, {} contacts", projects.len(), contacts.len())),
    }
}
