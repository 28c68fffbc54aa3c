//! What OpenSolar is sent for a request: one pure function, so that desired and pushed can be compared.

use uuid::Uuid;

use crate::configuration::Configuration;
use crate::ids::ContactId;
use crate::remote::{NewContact, NewProject};
use crate::request::InstallationRequest;

/// What every project of ours says about where it comes from.
pub const LEAD_SOURCE: &str = "WhatsApp";

/// The contact that a project is composed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactPlan {
    /// OpenSolar has it.
    Existing(ContactId),
    /// A new one.
    New,
    /// A new one, its e-mail address in the notes: OpenSolar says the address is taken, and shows nobody who has it.
    NewWithoutEmail,
}

/// The payload of a create.
pub fn new_project(
    request: &InstallationRequest,
    plan: &ContactPlan,
    identifier: Uuid,
    config: &Configuration,
) -> NewProject {
    let customer = &request.customer;
    let first_name = customer.first_name.clone().unwrap_or_else(|| "Customer".to_owned());
    let family_name = customer.last_name.clone().unwrap_or_default();
    let full_name = format!("{first_name} {family_name}");
    let contact = match plan {
        ContactPlan::Existing(contact) => NewContact::Existing(contact.clone()),
        ContactPlan::New | ContactPlan::NewWithoutEmail => NewContact::Created {
            first_name,
            family_name,
            email: customer.email.clone().filter(|_| *plan == ContactPlan::New),
            phone: customer.phone.clone(),
        },
    };
    NewProject {
        identifier,
        is_residential: request.installation_type.is_residential(),
        title: format!("{} - Solar Installation", full_name.trim_end()),
        lead_source: LEAD_SOURCE.to_owned(),
        address: request.address.clone(),
        locality: request.suburb.clone().or_else(|| customer.city.clone()),
        state: customer.state_province.clone(),
        zip: customer.postal_code.clone(),
        country_iso2: customer.country.clone().unwrap_or_else(|| config.country.clone()).to_uppercase(),
        position: request.position,
        notes: notes(request, plan),
        contact,
    }
}

/// Whether two payloads of one request say the same about the site; contacts are kept in step apart from it.
pub fn same_site(one: &NewProject, other: &NewProject) -> bool {
    NewProject { contact: other.contact.clone(), ..one.clone() } == *other
}

fn notes(request: &InstallationRequest, plan: &ContactPlan) -> String {
    let labelled = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label}: {value}"));
    let email = match plan {
        ContactPlan::NewWithoutEmail => request.customer.email.as_ref().map(|email| email.as_str().to_owned()),
        ContactPlan::New | ContactPlan::Existing(_) => None,
    };
    let lines = [
        request.notes.clone(),
        labelled("Order", &request.order_number),
        labelled("Assessment", &request.assessment_number),
        labelled("Preferred time", &request.preferred_datetime),
        labelled("E-mail", &email),
        Some(format!("Installation type: {}", request.installation_type.as_str())),
        Some(format!("CRM request: {}", request.id)),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
