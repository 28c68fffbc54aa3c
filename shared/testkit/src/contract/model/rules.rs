//! What becomes of a commit: each change by what the port says of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::configuration::ConfigurationDocument;
use domain::ids::{OrgId, ProjectId, Revision};
use domain::notification::Notice;
use domain::ports::{Change, Checkpoint, ContactEntry, DueKey, Limit, StoredConfiguration};
use domain::project::Project;
use domain::webhook::DeliveryLog;

use super::{Model, key, of_checkpoint, of_contact, of_delivery, of_link, of_notice, of_request};

/// How a commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Something is not what a change was decided on.
    Conflict,
    /// It changes an item twice.
    Unfit,
    /// Both, and either may be what is said.
    UnfitAndConflict,
}

impl Model {
    /// All of the changes or none.
    pub(super) fn commit(&mut self, changes: &[Change]) -> Outcome {
        let is_conflict = !changes.iter().all(|change| self.allows(change));
        let mut items = BTreeSet::new();
        let is_unfit = !changes.iter().flat_map(|change| self.items_of(change)).all(|item| items.insert(item));
        match (is_unfit, is_conflict) {
            (true, true) => return Outcome::UnfitAndConflict,
            (true, false) => return Outcome::Unfit,
            (false, true) => return Outcome::Conflict,
            (false, false) => {}
        }
        let before = self.clone();
        for change in changes {
            self.write(&before, change.clone());
        }
        Outcome::Done
    }

    fn allows(&self, change: &Change) -> bool {
        let revision_of = |org, request| self.projects.get(&(org, request)).map(|project| project.revision);
        match change {
            Change::CreateProject(project) => revision_of(project.org, project.request_id().clone()).is_none(),
            Change::UpdateProject(project) => {
                revision_of(project.org, project.request_id().clone()) == Some(project.revision)
            }
            Change::CheckProject { org, request, read } => {
                revision_of(*org, request.clone()).unwrap_or(Revision::NONE) == *read
            }
            Change::RecordIntent { org, identifier, request, .. } => {
                self.intents.get(&(*org, *identifier)).is_none_or(|owner| owner == request)
            }
            Change::LinkProject { org, project, request } => {
                self.links.get(&(*org, project.clone())).is_none_or(|owner| owner == request)
            }
            Change::ClaimContact { org, phone, request } => match self.contacts.get(&(*org, phone.e164().to_owned())) {
                None => true,
                Some(ContactEntry::Claimed { by }) => by == request,
                Some(ContactEntry::Known(_)) => false,
            },
            Change::KeepContact { org, phone, contact, request } => {
                match self.contacts.get(&(*org, phone.e164().to_owned())) {
                    None => true,
                    Some(ContactEntry::Claimed { by }) => by == request,
                    Some(ContactEntry::Known(known)) => known == contact,
                }
            }
            Change::ForgetContact { org, phone, contact } => {
                match self.contacts.get(&(*org, phone.e164().to_owned())) {
                    None => true,
                    Some(ContactEntry::Claimed { .. }) => false,
                    Some(ContactEntry::Known(known)) => known == contact,
                }
            }
            Change::ReleaseContact { org, phone, request } => {
                match self.contacts.get(&(*org, phone.e164().to_owned())) {
                    None | Some(ContactEntry::Known(_)) => true,
                    Some(ContactEntry::Claimed { by }) => by == request,
                }
            }
            Change::RecordDelivery { log, .. } => self.delivery(log.org, &log.key).is_none(),
            Change::EraseContact { org, phone } => {
                let known = self.contacts.get(&(*org, phone.e164().to_owned()));
                !matches!(known, Some(ContactEntry::Claimed { .. }))
            }
            Change::MoveDelivery { org, key, .. }
            | Change::CountRepeat { org, key }
            | Change::EraseDelivery { org, key } => self.delivery(*org, key).is_some(),
            Change::HoldDelivery { org, project, .. } => !self.links.contains_key(&(*org, project.clone())),
            Change::CreateNotice(notice) => !self.notices.contains_key(&(notice.org, notice.key.clone())),
            Change::UpdateNotice(notice) => {
                let stored = self.notices.get(&(notice.org, notice.key.clone()));
                stored.map(|stored| stored.revision) == Some(notice.revision)
            }
            Change::Postpone { item, read, .. } => {
                self.waiting().iter().any(|waiting| waiting.key == *item && waiting.at == *read)
            }
            Change::ActivateConfiguration { document, read, .. } => {
                let stored = self.configurations.get(&document.org_id);
                stored.map_or(Revision::NONE, |stored| stored.version) == *read
            }
            Change::SaveCheckpoint { org, checkpoint } => {
                let stored = self.checkpoints.get(&(*org, checkpoint.sweep));
                stored.map_or(Revision::NONE, |stored| stored.revision) == checkpoint.revision
            }
            Change::SaveLimit { org, limit } => {
                let stored = self.limits.get(&(*org, limit.name));
                stored.map_or(Revision::NONE, |stored| stored.revision) == limit.revision
            }
            Change::DropHeld { .. }
            | Change::NoteNumber { .. }
            | Change::EraseNumber { .. }
            | Change::LogSync(_)
            | Change::LogDecision(_)
            | Change::Send(_)
            | Change::Sent { .. }
            | Change::KeepStages { .. } => true,
        }
    }

    /// The items that a change writes or looks at.
    fn items_of(&self, change: &Change) -> Vec<DueKey> {
        match change {
            Change::CreateProject(project) | Change::UpdateProject(project) => {
                vec![of_request(project.org, project.request_id(), "PROJECT")]
            }
            Change::CheckProject { org, request, .. } => vec![of_request(*org, request, "PROJECT")],
            Change::RecordIntent { org, identifier, .. } => {
                vec![key(format!("ORG#{org}#IDENT#{identifier}"), "INTENT")]
            }
            Change::LinkProject { org, project, .. } => vec![of_link(*org, project)],
            Change::ClaimContact { org, phone, .. }
            | Change::KeepContact { org, phone, .. }
            | Change::ForgetContact { org, phone, .. }
            | Change::ReleaseContact { org, phone, .. }
            | Change::EraseContact { org, phone } => vec![of_contact(*org, phone)],
            Change::NoteNumber { org, phone, request } | Change::EraseNumber { org, phone, request } => {
                vec![of_request(*org, request, &format!("PHONE#{}", phone.e164()))]
            }
            Change::EraseDelivery { org, key } => ["LOG", "PAYLOAD"].map(|sort| of_delivery(*org, key, sort)).to_vec(),
            Change::RecordDelivery { log, .. } => {
                ["LOG", "PAYLOAD"].map(|sort| of_delivery(log.org, &log.key, sort)).to_vec()
            }
            Change::MoveDelivery { org, key, .. } | Change::CountRepeat { org, key } => {
                vec![of_delivery(*org, key, "LOG")]
            }
            Change::HoldDelivery { org, project, id, .. } => {
                vec![of_held(*org, project, id), of_link(*org, project)]
            }
            Change::DropHeld { org, project, key } => {
                let place = self.place_held(*org, project, key);
                place.map(|(org, project, id)| of_held(org, &project, &id)).into_iter().collect()
            }
            Change::CreateNotice(notice) | Change::UpdateNotice(notice) => vec![of_notice(notice.org, &notice.key)],
            Change::LogSync(row) => vec![of_request(row.org, &row.request, &format!("SYNC#{}", row.id))],
            Change::LogDecision(row) => vec![of_request(row.org, &row.request, &format!("WHY#{}", row.id))],
            Change::Send(entry) => vec![of_request(entry.org, &entry.request, &format!("OUTBOX#{}", entry.id))],
            Change::Sent { org, request, id } => vec![of_request(*org, request, &format!("OUTBOX#{id}"))],
            Change::Postpone { item, .. } => vec![item.clone()],
            Change::ActivateConfiguration { .. } => vec![key("CONFIG".to_owned(), "ACTIVE")],
            Change::KeepStages { org, .. } => vec![key(format!("ORG#{org}#STAGES"), "STAGES")],
            Change::SaveCheckpoint { org, checkpoint } => vec![of_checkpoint(*org, checkpoint.sweep)],
            Change::SaveLimit { org, limit } => vec![key(format!("ORG#{org}#LIMIT#{}", limit.name.as_str()), "LIMIT")],
        }
    }

    /// A change that is allowed. `before` is what the commit found.
    fn write(&mut self, before: &Self, change: Change) {
        match change {
            Change::CreateProject(project) => self.put_project(Project { revision: Revision::NONE, ..project }),
            Change::UpdateProject(project) => self.put_project(project),
            Change::RecordIntent { org, identifier, request, .. } => {
                self.intents.insert((org, identifier), request);
            }
            Change::LinkProject { org, project, request } => {
                self.links.insert((org, project), request);
            }
            Change::ClaimContact { org, phone, request } => {
                self.contacts.insert((org, phone.e164().to_owned()), ContactEntry::Claimed { by: request });
            }
            Change::KeepContact { org, phone, contact, .. } => {
                self.contacts.insert((org, phone.e164().to_owned()), ContactEntry::Known(contact));
            }
            Change::ForgetContact { org, phone, .. } | Change::EraseContact { org, phone } => {
                self.contacts.remove(&(org, phone.e164().to_owned()));
            }
            Change::ReleaseContact { org, phone, .. } => {
                let place = (org, phone.e164().to_owned());
                if matches!(self.contacts.get(&place), Some(ContactEntry::Claimed { .. })) {
                    self.contacts.remove(&place);
                }
            }
            Change::RecordDelivery { log, .. } => self.put_delivery(log),
            Change::MoveDelivery { org, key, status, request, at } => {
                if let Some(log) = before.delivery(org, &key).cloned() {
                    let request = request.or(log.request.clone());
                    self.put_delivery(DeliveryLog { status, request, updated_at: at, ..log });
                }
            }
            Change::EraseDelivery { org, key } => {
                self.deliveries.entry((org, key)).and_modify(|log| log.tells = None);
            }
            Change::CountRepeat { org, key } => {
                self.deliveries.entry((org, key)).and_modify(|log| log.repeats += 1);
            }
            Change::HoldDelivery { org, project, key, id } => {
                self.held.insert((org, project, id), key);
            }
            Change::DropHeld { org, project, key } => {
                if let Some(place) = before.place_held(org, &project, &key) {
                    self.held.remove(&place);
                }
            }
            Change::CreateNotice(notice) => self.put_notice(Notice { revision: Revision::NONE, ..notice }),
            Change::UpdateNotice(notice) => self.put_notice(notice),
            Change::Send(entry) => {
                self.postponed.remove(&of_request(entry.org, &entry.request, &format!("OUTBOX#{}", entry.id)));
                self.outbox.insert((entry.org, entry.request.clone(), entry.id.clone()), entry);
            }
            Change::Sent { org, request, id } => {
                self.postponed.remove(&of_request(org, &request, &format!("OUTBOX#{id}")));
                self.outbox.remove(&(org, request, id));
            }
            Change::Postpone { item, to, .. } => {
                self.postponed.insert(item, to);
            }
            Change::ActivateConfiguration { document, read, at } => self.activate(document, read, at),
            Change::KeepStages { org, stages } => {
                self.stages.insert(org, stages);
            }
            Change::SaveCheckpoint { org, checkpoint } => {
                self.postponed.remove(&of_checkpoint(org, checkpoint.sweep));
                let written = Checkpoint { revision: checkpoint.revision.next(), ..checkpoint };
                self.checkpoints.insert((org, written.sweep), written);
            }
            Change::SaveLimit { org, limit } => {
                self.limits.insert((org, limit.name), Limit { revision: limit.revision.next(), ..limit });
            }
            Change::NoteNumber { .. }
            | Change::EraseNumber { .. }
            | Change::CheckProject { .. }
            | Change::LogSync(_)
            | Change::LogDecision(_) => {}
        }
    }

    fn put_project(&mut self, project: Project) {
        self.postponed.remove(&of_request(project.org, project.request_id(), "PROJECT"));
        let written = Project { revision: project.revision.next(), ..project };
        self.projects.insert((written.org, written.request_id().clone()), written);
    }

    fn put_notice(&mut self, notice: Notice) {
        self.postponed.remove(&of_notice(notice.org, &notice.key));
        let written = Notice { revision: notice.revision.next(), ..notice };
        self.notices.insert((written.org, written.key.clone()), written);
    }

    fn put_delivery(&mut self, log: DeliveryLog) {
        self.postponed.remove(&of_delivery(log.org, &log.key, "LOG"));
        self.deliveries.insert((log.org, log.key.clone()), log);
    }

    fn activate(&mut self, document: ConfigurationDocument, read: Revision, at: DateTime<Utc>) {
        let org = document.org_id;
        self.configurations.insert(org, StoredConfiguration { document, version: read.next(), activated_at: at });
        self.active = Some(org);
    }
}

fn of_held(org: OrgId, project: &ProjectId, id: &str) -> DueKey {
    key(format!("ORG#{org}#UNLINKED#{project}"), id)
}
