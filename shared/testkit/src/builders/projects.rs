//! The record of a request, and what is written beside it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use domain::compose::{self, ContactPlan};
use domain::fields::{ContactField, FieldValue, Patch, ProjectField};
use domain::ids::{ContactId, RequestId, Revision};
use domain::jobs::{OutboxEntry, QueueMessage, QueueName};
use domain::log::{Decision, SyncLog, SyncLogStatus, SyncType};
use domain::notification::Milestone;
use domain::project::{
    ContactChoice, Dated, EventsRead, GoneBecause, Intent, Observed, Origin, Project, Pushed, ReadDue, Remote, Search,
    SyncState, Told, Update, UpdateOf, VERIFYING_LIMIT, WaitReason,
};
use domain::remote::{
    EmailPlace, EventKind, InstallationDate, NewPerson, NewProject, Phase, ProjectEvent, ProjectStatus, ProposalLink,
    Said, SystemSize,
};
use domain::request::{CrmStatus, Position, SkipReason};
use uuid::Uuid;

use super::{MINUTE, NOON, ORG, claim, configuration, delivery_key, installation_request, phone, sparse_request};

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
        generation: 2,
        resent_at: Some(NOON - MINUTE),
        contact: ContactChoice::Existing(ContactId::from(700_001)),
        remote: Some(remote()),
        pushed: Some(pushed()),
        observed: Some(observed()),
        told: told(),
        read: Some(ReadDue {
            project: remote().project,
            pending: vec![delivery_key(1), delivery_key(2)],
            failures: 2,
            next_try: NOON + MINUTE,
        }),
        epochs: BTreeMap::from([(Milestone::ProposalSent, 1), (Milestone::InstallationScheduled, 3)]),
        untold: BTreeSet::from([Milestone::InstallationScheduled]),
        shown_status: Some(CrmStatus::Scheduled),
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
        stage_title: Some("Contract signed".to_owned()),
        phase: Some(Phase::Sold),
        status: None,
        system_size: SystemSize::from_kw(6.6),
        proposal_link: ProposalLink::parse("https://opensolar.example.com/share/9000001/?token=example"),
        design_complete: true,
        proposal_sent_at: Some(NOON - MINUTE * 4),
        proposal_viewed_at: Some(NOON - MINUTE * 3),
        first_signed_at: Some(NOON - MINUTE * 2),
        is_sold: true,
        sale_has_fields: true,
        installation_day: NaiveDate::from_ymd_opt(2026, 12, 4),
        day_is_from_calendar: true,
        last_day: NaiveDate::from_ymd_opt(2026, 12, 4),
        is_installed: true,
        events_read: events_read(),
    }
}

/// What events told of it.
fn told() -> Told {
    fn dated<T>(value: Option<T>) -> Option<Dated<T>> {
        value.map(|value| Dated { at: NOON - MINUTE, value })
    }
    Told {
        status: dated(ProjectStatus::parse("contract")),
        proposal_link: dated(observed().proposal_link),
        installation_day: dated(NaiveDate::from_ymd_opt(2026, 12, 4)),
        last_body: dated(Some("00ff".to_owned())),
    }
}

/// One event of each kind, read one by one; with each way in which one can begin.
fn events_read() -> EventsRead {
    let mut starts = [
        NaiveDate::from_ymd_opt(2026, 12, 4).map_or(Said::Nothing, |day| Said::Value(InstallationDate::Day(day))),
        Said::Value(InstallationDate::Moment(NOON + TimeDelta::days(14))),
        Said::Unreadable,
    ]
    .into_iter();
    let events = EventKind::ALL.map(|kind| {
        let start = starts.next().unwrap_or(Said::Nothing);
        ProjectEvent { kind, at: start.value().map(|_| NOON - MINUTE * 3), start }
    });
    EventsRead { through: 77, events: (75..).zip(events).collect(), missed: vec![71, 74] }
}

/// What OpenSolar holds of the request of [`complete_project`].
pub fn pushed() -> Pushed {
    let (request, email_place) = (installation_request("1042"), EmailPlace::Contact);
    let site = compose::site(&request, email_place, &configuration());
    Pushed { site, contact: compose::contact(&request, email_place), email_place }
}

/// The payload of that request's create, its contact new.
pub fn new_project(identifier: Uuid) -> NewProject {
    compose::new_project(&installation_request("1042"), &ContactPlan::New, identifier, &configuration())
}

/// The payload of a create for a contact that OpenSolar has, with nothing that may be left out.
fn sparse_new_project(identifier: Uuid) -> NewProject {
    let plan = ContactPlan::Existing(ContactId::from(700_001));
    compose::new_project(&sparse_request("1042"), &plan, identifier, &configuration())
}

/// A create that is going to be sent.
pub fn intent(identifier: Uuid) -> Intent {
    let log_ids = vec!["01KA0000000000000000000001".to_owned(), "01KA0000000000000000000002".to_owned()];
    let (payload, origin) = (new_project(identifier), Origin::CreatedByUs);
    Intent { generation: 1, payload, origin, committed_at: NOON, sent_at: NOON + MINUTE, log_ids }
}

/// One change of a project and one of a contact, each with new values and with a field that is to be blank; and two
/// contacts that are made by themselves, of which the CRM knows one.
fn every_update() -> [UpdateOf; 4] {
    let position = Position::new(-17.8, 31.0).map(FieldValue::place);
    let project = Patch::from_iter([
        (ProjectField::Notes, FieldValue::text("Tile roof.\nThe dog is gone.")),
        (ProjectField::IsResidential, Some(FieldValue::Flag(false))),
        (ProjectField::Position, position),
        (ProjectField::Locality, None),
    ]);
    let contact =
        Patch::from_iter([(ContactField::Phone, FieldValue::text(phone(2).e164())), (ContactField::Email, None)]);
    let known = compose::new_person(&installation_request("1042"), EmailPlace::Contact);
    let unknown = NewPerson { customer: None, ..known.clone() };
    [
        UpdateOf::Project(project),
        UpdateOf::Contact { id: ContactId::from(700_001), patch: contact },
        UpdateOf::NewContact(known),
        UpdateOf::NewContact(unknown),
    ]
}

/// One of each state, with each reason that it can have.
pub fn every_sync_state() -> Vec<SyncState> {
    let until = NOON + MINUTE * 10;
    let payload = sparse_new_project(Uuid::from_u128(3));
    let (origin, log_ids) = (Origin::Found, Vec::new());
    let sparse = Intent { generation: 2, payload, origin, committed_at: NOON, sent_at: NOON, log_ids };
    let mut states = vec![
        SyncState::Due { failures: 0, look_again: until },
        SyncState::Creating { intent: intent(Uuid::from_u128(2)), claim: claim(7), failures: 1 },
        SyncState::Verifying {
            intent: sparse.clone(),
            since: NOON,
            until: NOON + VERIFYING_LIMIT,
            search: Search {
                next_at: NOON + MINUTE * 10,
                done: 2,
                read: 85,
                proves_from: NOON + MINUTE * 5,
                absent_at: Some(NOON + MINUTE * 6),
            },
        },
        SyncState::InStep,
        SyncState::RemoteGone { why: GoneBecause::Deleted, since: NOON },
        SyncState::RemoteGone { why: GoneBecause::OutOfReach, since: NOON },
        SyncState::Parked { reason: "look there".to_owned(), in_doubt: None },
        SyncState::Parked { reason: "look there".to_owned(), in_doubt: Some(sparse) },
    ];
    for change in every_update() {
        let update = Update { change, log_id: "01A".to_owned(), committed_at: NOON };
        states.push(SyncState::Updating { update: update.clone(), claim: claim(8), failures: 1 });
        states.push(SyncState::Unsettled { update, settle_at: until, failures: 2 });
    }
    let skips = [
        SkipReason::InstallationType("starlink".to_owned()),
        SkipReason::Status(CrmStatus::Cancelled),
        SkipReason::Status(CrmStatus::Completed),
        SkipReason::AutoSyncDisabled,
        SkipReason::Erased(NOON),
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
        ContactChoice::Made {
            contact: ContactId::from(700_001),
            fields: compose::contact(&installation_request("1042"), EmailPlace::Notes),
            email_place: EmailPlace::Notes,
        },
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
        request_summary: Some("identifier, is_residential, title".to_owned()),
        response_summary: Some("status 403".to_owned()),
    }
}

/// A decision.
pub fn decision(request: &RequestId, id: &str) -> Decision {
    let outcome = "the delivery is settled by the read that is due anyway".to_owned();
    Decision { org: ORG, request: request.clone(), id: id.to_owned(), at: NOON, rule: "coalesced".into(), outcome }
}
