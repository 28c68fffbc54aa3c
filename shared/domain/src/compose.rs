//! What OpenSolar is sent for a request: pure functions, so that desired and pushed can be compared.
//!
//! The README's table of fields is tested against this file.

use uuid::Uuid;

use crate::configuration::{Configuration, CustomFact};
use crate::fields::{ContactField, ContactFields, FieldValue, Fields, ProjectField, ProjectFields};
use crate::ids::ContactId;
use crate::phone::EmailAddress;
use crate::remote::{EmailPlace, NewContact, NewPerson, NewProject};
use crate::request::InstallationRequest;

/// What every project of ours says about where it comes from.
pub const LEAD_SOURCE: &str = "WhatsApp";

/// The name of a customer whose name nobody knows.
const NAMELESS: &str = "Customer";

/// The contact that a project is composed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactPlan {
    /// OpenSolar has it.
    Existing(ContactId),
    /// It was made for this project by itself, with its e-mail address there.
    Made(ContactId, EmailPlace),
    /// A new one.
    New,
    /// A new one, its e-mail address in the notes: OpenSolar says the address is taken, and shows nobody who has it.
    NewWithoutEmail,
}

impl ContactPlan {
    /// Where the e-mail address goes.
    pub fn email_place(&self) -> EmailPlace {
        match self {
            Self::Made(_, place) => *place,
            Self::Existing(_) | Self::New => EmailPlace::Contact,
            Self::NewWithoutEmail => EmailPlace::Notes,
        }
    }
}

/// The payload of a create.
pub fn new_project(
    request: &InstallationRequest,
    plan: &ContactPlan,
    identifier: Uuid,
    config: &Configuration,
) -> NewProject {
    let customer = &request.customer;
    let contact = match plan {
        ContactPlan::Existing(contact) | ContactPlan::Made(contact, _) => NewContact::Existing(contact.clone()),
        ContactPlan::New | ContactPlan::NewWithoutEmail => NewContact::Created {
            first_name: first_name(request),
            family_name: customer.last_name.clone().unwrap_or_default(),
            email: customer.email.clone().filter(|_| *plan == ContactPlan::New),
            phone: customer.phone.clone(),
        },
    };
    NewProject { identifier, site: site(request, plan.email_place(), config), contact }
}

/// What the project is to say about the site.
pub fn site(request: &InstallationRequest, email_place: EmailPlace, config: &Configuration) -> ProjectFields {
    let customer = &request.customer;
    let family_name = customer.last_name.as_deref().unwrap_or_default();
    let full_name = format!("{} {family_name}", first_name(request)).trim_end().to_owned();
    let is_residential = request.installation_type.is_residential();
    let country = customer.country.as_deref().unwrap_or(&config.country).to_uppercase();
    let text = |text: &Option<String>| text.as_deref().and_then(FieldValue::text);
    let custom = |slot| config.custom_project_info.get(&slot).and_then(|fact| FieldValue::text(&told(request, *fact)?));
    let contract = config.account.api_contract;
    let fields = [
        (ProjectField::IsResidential, Some(FieldValue::Flag(is_residential))),
        (ProjectField::Title, FieldValue::text(&format!("{full_name} - Solar Installation"))),
        (ProjectField::BusinessName, if is_residential { None } else { FieldValue::text(&full_name) }),
        (ProjectField::LeadSource, FieldValue::text(LEAD_SOURCE)),
        (ProjectField::Address, text(&request.address)),
        (ProjectField::Locality, FieldValue::text(&locality(request))),
        (ProjectField::State, text(&customer.state_province)),
        (ProjectField::Zip, text(&customer.postal_code)),
        (ProjectField::CountryIso2, FieldValue::text(&country)),
        (ProjectField::Position, request.position.map(FieldValue::place)),
        (ProjectField::Notes, FieldValue::text(&notes(request, email_place, config))),
        (ProjectField::CustomProjectInfo1, custom(1)),
        (ProjectField::CustomProjectInfo2, custom(2)),
        (ProjectField::CustomProjectInfo3, custom(3)),
        (ProjectField::CustomProjectInfo4, custom(4)),
        (ProjectField::CustomProjectInfo5, custom(5)),
    ];
    fields.into_iter().filter(|(field, _)| contract.has_place_for(*field)).collect()
}

/// What the project's contact is to say about the customer.
pub fn contact(request: &InstallationRequest, email_place: EmailPlace) -> ContactFields {
    let customer = &request.customer;
    let email = customer.email.as_ref().filter(|_| email_place == EmailPlace::Contact).map(EmailAddress::as_str);
    Fields::from_iter([
        (ContactField::FirstName, FieldValue::text(&first_name(request))),
        (ContactField::FamilyName, customer.last_name.as_deref().and_then(FieldValue::text)),
        (ContactField::Email, email.and_then(FieldValue::text)),
        (ContactField::Phone, FieldValue::text(customer.phone.e164())),
    ])
}

/// A contact that is made by itself.
pub fn new_person(request: &InstallationRequest, email_place: EmailPlace) -> NewPerson {
    NewPerson { fields: contact(request, email_place), customer: request.customer.id.clone() }
}

/// Suburb and town: other towns have a suburb of that name, too.
fn locality(request: &InstallationRequest) -> String {
    let parts = [request.suburb.as_deref(), request.customer.city.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn first_name(request: &InstallationRequest) -> String {
    request.customer.first_name.clone().unwrap_or_else(|| NAMELESS.to_owned())
}

/// The request's own words, then what has no place elsewhere, a line each.
fn notes(request: &InstallationRequest, email_place: EmailPlace, config: &Configuration) -> String {
    let mut lines: Vec<String> = request.notes.clone().into_iter().collect();
    let has_place = |fact: CustomFact| config.custom_project_info.values().any(|placed| *placed == fact);
    for fact in CustomFact::ALL.into_iter().filter(|fact| !has_place(*fact)) {
        lines.extend(told(request, fact).map(|told| format!("{}: {told}", fact.label())));
    }
    if let (EmailPlace::Notes, Some(email)) = (email_place, &request.customer.email) {
        lines.push(format!("E-mail: {}", email.as_str()));
    }
    lines.join("\n")
}

fn told(request: &InstallationRequest, fact: CustomFact) -> Option<String> {
    match fact {
        CustomFact::OrderNumber => request.order_number.clone(),
        CustomFact::AssessmentNumber => request.assessment_number.clone(),
        CustomFact::PreferredDatetime => request.preferred_datetime.clone(),
        CustomFact::InstallationType => Some(request.installation_type.as_str().to_owned()),
        CustomFact::RequestId => Some(request.id.to_string()),
    }
}
