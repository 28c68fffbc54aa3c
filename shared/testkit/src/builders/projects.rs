//! The record of a request, and what is written beside it.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use domain::ids::{ContactId, RequestId, Revision};
use domain::jobs::{OutboxEntry, QueueMessage, QueueName};
use domain::log::{Decision, SyncLog, SyncLogStatus, SyncType};
use domain::notification::Milestone;
use domain::phone::EmailAddress;
use domain::project::{
    ContactChoice, Intent, Observed, Origin, Project, ReadDue, Remote, SyncState, VERIFYING_LIMIT, WaitReason,
};
use domain::remote::{NewContact, NewProject, Phase, ProposalLink, SystemSize};
use domain::request::{CrmStatus, Position, SkipReason};
use uuid::Uuid;

use super::{MINUTE, NOON, ORG, claim, delivery_key, installation_request, phone, sparse_request};

/// A record as it is first written: sparse, and due.
pub fn pending_project(request: &str) -> Project {
    let sync = SyncState::Due { failures: 0, look_again: NOON + MINUTE * 5 };
    Project::new(ORG, sparse_request(request), sync, NOON)
}

/// A record with every field filled in.
pub fn complete_project(request: &str) -> Project {
    Project {
        org: ORG,
        revision: Revision::NONE,
        desired: installation_request(request),
        sync: SyncState::InStep,
        contact: ContactChoice::Existing(ContactId::from(700_001)),
        remote: Some(remote()),
        pushed: Some(new_project(Uuid::from_u128(1))),
        observed: Some(observed()),
        read: Some(ReadDue {
            project: remote().project,
            pending: vec![delivery_key(1), delivery_key(2)],
            failures: 2,
            next_try: NOON + MINUTE,
        }),
        epochs: BTreeMap::from([(Milestone::ProposalSent, 1), (Milestone::InstallationScheduled, 3)]),
        told_status: Some(CrmStatus::Scheduled),
        crm_revision: 7,
        created_at: NOON - TimeDelta::days(3),
        updated_at: NOON,
        last_synced_at: Some(NOON),
    }
}

/// A project that we created.
pub fn remote() -> Remote {
    Remote {
        project: 9_000_001.into(),
        contact: Some(ContactId::from(700_001)),
        origin: Origin::CreatedByUs,
        linked_at: NOON - MINUTE,
    }
}

/// A read-back in which everything happened.
pub fn observed() -> Observed {
    Observed {
        read_at: NOON,
        modified_at: Some(NOON - MINUTE),
        project_name: Some("12 Example Street".to_owned()),
        stage: Some(6544),
        phase: Some(Phase::Sold),
        system_size: SystemSize::from_kw(6.6),
        proposal_link: ProposalLink::parse("https://opensolar.example.com/share/9000001/?token=example"),
        design_complete: true,
        proposal_sent_at: Some(NOON - MINUTE * 3),
        first_signed_at: Some(NOON - MINUTE * 2),
        is_sold: true,
        installation_day: NaiveDate::from_ymd_opt(2026, 12, 4),
        announced_day: NaiveDate::from_ymd_opt(2026, 12, 4),
        is_installed: true,
    }
}

/// A create's payload with every field filled in, its contact new.
pub fn new_project(identifier: Uuid) -> NewProject {
    let text = |text: &str| Some(text.to_owned());
    NewProject {
        identifier,
        is_residential: true,
        title: "HAN-77 Tariro Example".to_owned(),
        lead_source: "WhatsApp".to_owned(),
        address: text("12 Example Street"),
        locality: text("Borrowdale"),
        state: text("Harare Province"),
        zip: text("00263"),
        country_iso2: "ZW".to_owned(),
        position: Position::new(-17.829_166_666_666_667, 31.0),
        notes: "Tile roof, faces north.".to_owned(),
        contact: NewContact::Created {
            first_name: "Tariro".to_owned(),
            family_name: "Example".to_owned(),
            email: EmailAddress::parse("tariro@example.com"),
            phone: phone(1),
        },
    }
}

/// The same for a contact that OpenSolar has, with nothing that may be left out.
fn sparse_new_project(identifier: Uuid) -> NewProject {
    NewProject {
        is_residential: false,
        address: None,
        locality: None,
        state: None,
        zip: None,
        position: None,
        notes: String::new(),
        contact: NewContact::Existing(ContactId::from(700_001)),
        ..new_project(identifier)
    }
}

/// A create that is going to be sent.
pub fn intent(identifier: Uuid) -> Intent {
    Intent { generation: 1, payload: new_project(identifier), committed_at: NOON }
}

/// One of each state, with each reason that it can have.
pub fn every_sync_state() -> Vec<SyncState> {
    let until = NOON + MINUTE * 10;
    let sparse = Intent { generation: 2, payload: sparse_new_project(Uuid::from_u128(3)), committed_at: NOON };
    let mut states = vec![
        SyncState::Due { failures: 0, look_again: until },
        SyncState::Creating { intent: intent(Uuid::from_u128(2)), claim: claim(7), failures: 1 },
        SyncState::Verifying { intent: sparse.clone(), since: NOON, until: NOON + VERIFYING_LIMIT },
        SyncState::InStep,
        SyncState::Parked { reason: "look there".to_owned(), in_doubt: None },
        SyncState::Parked { reason: "look there".to_owned(), in_doubt: Some(sparse) },
    ];
    let skips = [
        SkipReason::InstallationType("starlink".to_owned()),
        SkipReason::Status(CrmStatus::Cancelled),
        SkipReason::Status(CrmStatus::Completed),
        SkipReason::AutoSyncDisabled,
    ];
    states.extend(skips.map(SyncState::Skipped));
    let waits = [
        WaitReason::Quota,
        WaitReason::BackOff("opensolar rejected the create with status 403".to_owned()),
        WaitReason::Wallet,
        WaitReason::Token,
        WaitReason::Contact,
    ];
    states.extend(waits.map(|reason| SyncState::Waiting { reason, failures: 2, until }));
    states
}

/// One of each choice.
pub fn every_contact_choice() -> Vec<ContactChoice> {
    vec![
        ContactChoice::Undecided,
        ContactChoice::New,
        ContactChoice::Existing(ContactId::from(700_001)),
        ContactChoice::NewWithoutEmail,
    ]
}

/// A message for the CRM, left at [`NOON`].
pub fn outbox_entry(request: &RequestId, id: &str) -> OutboxEntry {
    let message = QueueMessage {
        queue: QueueName::CrmUpdates,
        group: request.to_string(),
        deduplication_id: format!("{request}-{id}"),
        body: format!(r#"{{"update_id": "{id}"}}"#),
    };
    OutboxEntry { org: ORG, request: request.clone(), id: id.to_owned(), message, created_at: NOON }
}

/// A row of the sync log of a create that was refused.
pub fn sync_log(request: &RequestId, id: &str) -> SyncLog {
    let error = "opensolar rejected the create with status 403".to_owned();
    SyncLog {
        org: ORG,
        request: request.clone(),
        id: id.to_owned(),
        sync_type: SyncType::CreateProject,
        status: SyncLogStatus::Failed { completed_at: NOON + TimeDelta::milliseconds(1500), error },
        started_at: NOON,
    }
}

/// A decision.
pub fn decision(request: &RequestId, id: &str) -> Decision {
    let outcome = "the delivery is settled by the read that is due anyway".to_owned();
    Decision { org: ORG, request: request.clone(), id: id.to_owned(), at: NOON, rule: "coalesced", outcome }
}
