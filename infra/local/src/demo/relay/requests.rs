//! The CRM asks; the relay gets a contact first, and then its project. One create is refused.

use std::time::Instant;

use serde_json::{Value, json};
use testkit::fake_relay::PhoneFilter;
use testkit::{Calls, FakeRelay, Fault};

use super::is_for;
use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::{People, TENDAI_AT_THE_RELAY};
use crate::demo::sights::{found, skipped};
use crate::demo::stage::{Cut, Stage};

/// Three requests; the first create is refused, the second is not, and the third is none.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let (rudo, tendai, farai) = (&people.rudo, &people.tendai, &people.farai);
    let known = somebody_is_known(stage);
    stage.tell(format_args!("The relay has a contact with Tendai's number, as {TENDAI_AT_THE_RELAY}, and another"));
    stage.tell("Tendai wants solar; the relay shows both contacts, and refuses to make the project");
    let since = Instant::now();
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    stage.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    stage.crm.ask_for(tendai).await?;
    stage.expect("the CRM is told why Tendai's waits, and until when", since, |stage| refused(stage, tendai)).await?;
    let sight = one_contact(stage, tendai, known);
    stage.note("Tendai's known contact is found, no second made", since, sight);

    stage.tell("Rudo wants solar, Farai starlink");
    let since = Instant::now();
    for enquiry in [rudo, farai] {
        stage.crm.ask_for(enquiry).await?;
    }
    stage.expect("Rudo has one contact, and then its one project", since, |stage| contact_first(stage, rudo)).await?;
    stage.expect("Rudo's project carries the CRM's ids and ours", since, |stage| custom_fields(stage, rudo)).await?;
    stage.expect("the CRM is told of Rudo's project", since, |stage| found(stage, rudo)).await?;
    stage.expect("Farai is skipped, with the reason", since, |stage| skipped(stage, farai)).await
}

/// Somebody typed Tendai in long ago, and somebody else before.
fn somebody_is_known(stage: &Stage<'_, FakeRelay>) -> u64 {
    stage.opensolar.behave(|quirks| quirks.phone_filter = PhoneFilter::Ignored);
    let [_, tendai] = [("Tafadzwa", "077 000 0199"), ("Tendai", TENDAI_AT_THE_RELAY)].map(|(name, phone)| {
        let fields = json!({"first_name": name, "last_name": "Example", "phone": phone});
        stage.opensolar.add_contact(fields.as_object().cloned().unwrap_or_default())
    });
    tendai
}

fn refused(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    let why = state.sync_error_message.as_deref().unwrap_or("no reason");
    match (state.sync_reason.as_deref(), state.sync_waiting_until) {
        (Some("backoff"), Some(until)) if why.contains("403") => {
            Sight::Holds(format!("status 403, until {}", until.format("%T UTC")))
        }
        (reason, until) => Sight::Not(format!("{reason:?} until {until:?}: {why}")),
    }
}

/// The customer has this contact and no other.
fn one_contact(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>, known: u64) -> Sight {
    let contacts: Vec<u64> = stage.contacts_of(enquiry).iter().map(|contact| contact.id).collect();
    let made = stage.asked("POST", "/contacts/").len();
    match (contacts.as_slice(), made) {
        ([contact], 0) if *contact == known => Sight::Holds(format!("contact {contact}, none made")),
        (contacts, made) => Sight::Not(format!("contacts {contacts:?}, {made} made")),
    }
}

fn contact_first(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Sight {
    match (stage.contacts_of(enquiry).as_slice(), stage.projects_of(enquiry).as_slice()) {
        // The create names it, so it was there before.
        ([contact], [project]) if is_for(project, contact) => {
            Sight::Holds(format!("contact {}, project {}", contact.id, project.id))
        }
        (contacts, projects) => Sight::Not(format!("{} contacts, {} projects", contacts.len(), projects.len())),
    }
}

fn custom_fields(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(project) = stage.projects_of(enquiry).into_iter().next() else {
        return Sight::Not("no project".to_owned());
    };
    let custom = &project.fields["custom_fields"];
    let text = |name: &str| custom[name].as_str().unwrap_or("none").to_owned();
    let identifier: String = text("hanna_identifier").chars().take(8).collect();
    let expected = [("hanna_installation_id", enquiry.id), ("installation_type", enquiry.installation_type)];
    let order = text("hanna_order_number");
    let holds = expected.iter().all(|(name, value)| text(name) == *value) && order == format!("HAN-{}", enquiry.id);
    let seen = format!("request {}, order {order}, ours {identifier}…", text("hanna_installation_id"));
    if holds { Sight::Holds(seen) } else { Sight::Not(custom.to_string()) }
}
