//! The messages: each milestone that was reached has a ledger entry, and each entry one message at most.

use std::collections::{BTreeMap, BTreeSet};

use domain::notification::{Milestone, Notice, NoticeState};
use testkit::fake_opensolar::{Project, Proposal};

use super::{Accounts, Sums, is_done};
use crate::error::LocalError;
use crate::soak::field::Field;

pub(super) async fn account(field: &Field, accounts: &mut Accounts) -> Result<(), LocalError> {
    let sent = field.outside.whatsapp.messages();
    let projects: BTreeMap<String, Project> =
        field.outside.opensolar.projects().into_iter().map(|project| (project.identifier.clone(), project)).collect();
    let (mut entries, mut ends) = (0, Sums::new());
    // By message id; and by number, those of whom nobody knows whether they were sent.
    let (mut known, mut unknown) = (BTreeMap::<String, usize>::new(), BTreeMap::<&str, usize>::new());
    for customer in &field.customers {
        let Some(record) = field.records.request(&customer.id).await? else { continue };
        let notices = field.records.notices(&record).await?;
        let reached: BTreeSet<Milestone> = notices.iter().map(|notice| notice.key.milestone).collect();
        for milestone in projects.get(&field.identifier(&customer.id)).into_iter().flat_map(due) {
            if !reached.contains(&milestone) {
                accounts.lost.push(format!("request {}: no message of {}", customer.id, milestone.as_str()));
            }
        }
        for notice in &notices {
            entries += 1;
            match &notice.state {
                NoticeState::Sent { message_id, .. } => *known.entry(message_id.clone()).or_default() += 1,
                NoticeState::Held { .. } => *unknown.entry(customer.whatsapp_id()).or_default() += 1,
                NoticeState::Due { .. }
                | NoticeState::Sending { .. }
                | NoticeState::Skipped(_)
                | NoticeState::Superseded
                | NoticeState::Failed { .. } => {}
            }
            if is_done(notice) {
                *ends.entry(end(notice)).or_default() += 1;
            } else {
                accounts.lost.push(format!("message {}: {}", name(notice), notice.state.describe()));
            }
        }
    }
    for message in &sent {
        match (known.remove(&message.id), unknown.get_mut(message.to.as_str())) {
            (Some(1), _) => {}
            (Some(entries), _) => accounts.duplicated.push(format!("a message of {entries} ledger entries")),
            // The worker ended before it heard that WhatsApp took it: its entry is held, and counts for one message.
            (None, Some(held)) if 0 < *held => *held -= 1,
            (None, _) => accounts.duplicated.push("a message that no ledger entry stands for".to_owned()),
        }
    }
    for id in known.into_keys() {
        accounts.lost.push(format!("message {id}: sent, says the ledger, and WhatsApp does not have it"));
    }
    let contents: BTreeSet<String> =
        sent.iter().map(|message| format!("{} {:?}", message.to, message.content)).collect();
    if contents.len() < sent.len() {
        accounts.duplicated.push(format!("{} messages that a customer has twice", sent.len() - contents.len()));
    }
    accounts.line("messages", vec![("sent: with the customers", sent.len()), ("ledger entries", entries)], ends);
    Ok(())
}

/// What a customer has to be told of a project like this.
fn due(project: &Project) -> Vec<Milestone> {
    let facts = [
        (!project.systems.is_empty(), Milestone::DesignComplete),
        (project.proposal != Proposal::None, Milestone::ProposalSent),
        (project.sale.is_some(), Milestone::ContractSigned),
        (project.installation_date.is_some(), Milestone::InstallationScheduled),
    ];
    facts.into_iter().filter_map(|(is_true, milestone)| is_true.then_some(milestone)).collect()
}

fn end(notice: &Notice) -> String {
    match &notice.state {
        NoticeState::Due { .. } => "entries that wait for their day".to_owned(),
        state => format!("entries {}", state.describe()),
    }
}

fn name(notice: &Notice) -> String {
    format!("{} {} of request {}", notice.key.milestone.as_str(), notice.key.epoch, notice.key.request_id)
}
