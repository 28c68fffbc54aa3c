//! The requests: each has one project, one contact, and the CRM knows how it stands.

use std::collections::BTreeMap;

use domain::jobs::crm_update::CrmState;
use domain::project::{Project, SyncState};
use testkit::fake_opensolar;

use super::{Accounts, Sums};
use crate::error::LocalError;
use crate::soak::customers::Customer;
use crate::soak::field::Field;

pub(super) async fn account(field: &Field, accounts: &mut Accounts) -> Result<(), LocalError> {
    let counts = field.tally.counts();
    let mut projects: BTreeMap<String, Vec<fake_opensolar::Project>> = BTreeMap::new();
    for project in field.outside.opensolar.projects() {
        projects.entry(project.identifier.clone()).or_default().push(project);
    }
    let made: usize = projects.values().map(Vec::len).sum();
    let (mut answered, mut in_step, mut resent) = (0, 0, 0);
    let crm = field.crm.lock().await;
    for customer in &field.customers {
        let id = &customer.id;
        let theirs = projects.remove(&field.identifier(id)).unwrap_or_default();
        if 1 < theirs.len() {
            accounts.duplicated.push(format!("request {id}: {} projects", theirs.len()));
        }
        let Some(record) = field.records.request(id).await? else {
            accounts.lost.push(format!("request {id}: no record"));
            continue;
        };
        resent += usize::from(record.resent_at.is_some());
        match (&record.sync, &record.read) {
            (SyncState::InStep, None) => in_step += 1,
            (state, read) => accounts.lost.push(format!(
                "request {id}: not in step: {}, {}{}",
                standing(&record),
                if matches!(state, SyncState::InStep) { "a read is due" } else { "" },
                read.as_ref().map_or_else(String::new, |read| format!(" ({} failures)", read.failures)),
            )),
        }
        match theirs.first() {
            Some(project) if linked(&record) == Some(project.id.to_string()) => {
                accounts.lost.extend(differences(&record, project).map(|what| format!("request {id}: {what}")));
            }
            Some(project) => accounts.lost.push(format!("request {id}: project {} is not linked", project.id)),
            None => accounts.lost.push(format!("request {id}: no project")),
        }
        match crm.state_of(id.as_str()) {
            Some(told) if lasting(told.clone()) == lasting(CrmState::of(&record)) => answered += 1,
            Some(told) => accounts.lost.push(format!("request {id}: {}", stale(told, &record))),
            None => accounts.lost.push(format!("request {id}: the CRM was told nothing")),
        }
    }
    for (identifier, strangers) in projects {
        accounts.duplicated.push(format!("{} projects with identifier {identifier}, nobody's", strangers.len()));
    }
    let contacts = contacts(field, accounts);
    let told = vec![
        ("sent by the CRM", counts.asked),
        ("of them sent again, under a fresh deduplication id", counts.asked_again),
        ("changed by the CRM later", counts.changed),
        ("answered: the CRM has the record's last state", answered),
        ("in step with OpenSolar", in_step),
        ("projects made", made),
        ("of them after a second create, the first one's absence proven", resent),
        ("contacts made", contacts),
    ];
    accounts.line("requests", told, Sums::new());
    Ok(())
}

/// The contacts, of which each number has one at most.
fn contacts(field: &Field, accounts: &mut Accounts) -> usize {
    let contacts = field.outside.opensolar.contacts();
    let mut of_number: BTreeMap<String, usize> = BTreeMap::new();
    for contact in &contacts {
        *of_number.entry(contact.text("phone").to_owned()).or_default() += 1;
    }
    let phones: BTreeMap<&str, &Customer> =
        field.customers.iter().map(|customer| (customer.phone.as_str(), customer)).collect();
    for (phone, customer) in phones {
        match of_number.get(phone) {
            Some(1) => {}
            Some(count) => accounts.duplicated.push(format!("{count} contacts of the customer of {}", customer.id)),
            None => accounts.lost.push(format!("no contact of the customer of {}", customer.id)),
        }
    }
    contacts.len()
}

fn linked(record: &Project) -> Option<String> {
    record.remote.as_ref().map(|remote| remote.project.to_string())
}

/// What OpenSolar holds, and the record does not know.
fn differences(record: &Project, project: &fake_opensolar::Project) -> impl Iterator<Item = String> {
    let state = CrmState::of(record);
    let size = project.systems.last().map(|system| format!("{:.2}", system.kw_stc));
    let seen = [
        (size != state.system_size_kw).then(|| format!("size {size:?} is not seen: {:?}", state.system_size_kw)),
        (project.sale.is_some() != state.contract_signed_at.is_some()).then(|| "the sale is not seen".to_owned()),
        (project.installation_date != state.installation_scheduled_date)
            .then(|| "the installation's date is not seen".to_owned()),
    ];
    seen.into_iter().flatten()
}

/// Without what is no news alone, and so may be older in what the CRM was told.
fn lasting(state: CrmState) -> CrmState {
    CrmState { sync_retry_count: 0, sync_waiting_until: None, last_synced_at: None, ..state }
}

fn stale(told: &CrmState, record: &Project) -> String {
    let (told, now) =
        (serde_json::to_value(lasting(told.clone())), serde_json::to_value(lasting(CrmState::of(record))));
    let (Ok(told), Ok(now)) = (told, now) else { return "what the CRM was told cannot be compared".to_owned() };
    let fields =
        now.as_object().into_iter().flatten().filter(|(field, value)| told.get(field.as_str()) != Some(*value));
    let fields: Vec<&str> = fields.map(|(field, _)| field.as_str()).collect();
    format!("the CRM was not told the last of {}", fields.join(", "))
}

fn standing(record: &Project) -> String {
    let state = CrmState::of(record);
    let parts = [state.sync_status, state.sync_reason, state.sync_error_message];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
