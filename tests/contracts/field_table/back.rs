//! From OpenSolar to the CRM: one fact at a time is changed, and what the CRM is told is compared.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::configuration::Configuration;
use domain::fields::{Field, FieldValue, Fields, ProjectField, ProjectFields};
use domain::ids::OrgId;
use domain::jobs::crm_update::CrmState;
use domain::jobs::schema;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::observe::{self, Surroundings};
use domain::project::{GoneBecause, Origin, Project, Remote, SyncState, WaitReason};
use domain::remote::{
    EventKind, History, InstallationDate, MilestonesAre, Phase, ProjectEvent, ProposalLink, RemoteProject, Said,
    SaleFields, Stage, SystemSize,
};
use serde_json::{Map, Value};

use super::configured;
use crate::{kept, schemas};

/// What the CRM is told of a fact.
pub(super) struct Told {
    /// OpenSolar's name of it.
    pub(super) fact: &'static str,
    /// The state's fields that change with it, and when, if not always.
    pub(super) fields: BTreeMap<String, Option<&'static str>>,
    /// What the bridge wants it for, where the CRM is told nothing of it.
    pub(super) why_not: Option<&'static str>,
}

/// All that decides what the CRM is told.
#[derive(Clone)]
struct Known {
    project: RemoteProject,
    around: Surroundings,
    sync: SyncState,
    last_synced_at: Option<DateTime<Utc>>,
    config: Configuration,
}

/// A change of what is known.
type Change = fn(&mut Known);

/// What a fact is changed in: the first is the usual, the others are for what shows only there.
const SITUATIONS: [(&str, Change); 6] = [
    ("", |_| {}),
    ("once the proposal was sent", |known| known.happens(EventKind::ProposalSent)),
    ("if it has a share link", |known| known.project.proposal_link = link("a")),
    ("where no field tells of a sale", |known| known.project.sale = SaleFields::Untold),
    ("if the stage's title is not known", |known| known.around.stage = None),
    ("by `stage_map`", |known| known.config = mapped()),
];

const FACTS: [(&str, Change, Option<&str>); 20] = [
    ("`id`", |known| known.project.id = 9_000_002.into(), None),
    (
        "`identifier`",
        |known| known.project.identifier = Some("6f0f4f0e-0000-5000-8000-000000000001".to_owned()),
        Some("finds the request of a project that we created"),
    ),
    ("`title`", |known| known.project.site = site(|field| field == ProjectField::Title), None),
    (
        "the other fields of the first table",
        |known| known.project.site = site(|field| field != ProjectField::Title),
        Some("compared before a change is sent: what a person changed there stays"),
    ),
    ("`contacts`, the first", |known| known.project.contact = Some(778.into()), None),
    ("`workflow.active_stage_id` and its title", |known| known.is_in(6542, "Design"), None),
    ("`stage`", |known| known.project.phase = Some(Phase::LockPricing), None),
    (
        "`systems[].kw_stc` of the sold one, else the first",
        |known| known.project.system_size = SystemSize::from_kw(6.6).map_or(Said::Nothing, Said::Value),
        None,
    ),
    ("`share_link`", |known| known.project.proposal_link = link("b"), None),
    (
        "`customer_proposal_data.ready`",
        |known| known.project.proposal_ready = true,
        Some("may be what makes a design complete, by the configuration"),
    ),
    (
        "`contract_date`, `sold_date`, `system_sold`, `payment_option_sold`",
        |known| known.project.sale = SaleFields::Sold { at: Some(noon()) },
        None,
    ),
    ("`installation_date`", |known| known.project.installation = Said::Value(InstallationDate::Day(day())), None),
    ("`system_installed`", |known| known.project.is_installed = true, None),
    ("event 0", |known| known.happens(EventKind::ProposalSent), None),
    ("events 1, 2, 105", |known| known.happens(EventKind::ProposalViewed), None),
    ("events 3, 52, 63, 67, 68, 103", |known| known.happens(EventKind::Sold), None),
    ("event 40", |known| known.happens(EventKind::InstallationPlanned), None),
    ("event 104", |known| known.happens(EventKind::Installed), None),
    (
        "events 44, 132",
        |known| known.happens(EventKind::SystemChanged),
        Some("may be what makes a design complete, by the configuration"),
    ),
    ("`modified_date`", |known| known.project.modified_at = Some(noon()), Some("tells the nightly sweep what to read")),
];

/// What the CRM is told of the bridge itself.
const OURS: [(&str, &[Change]); 2] = [
    (
        "(the bridge) how far the sync is",
        &[
            |known| known.sync = SyncState::RemoteGone { why: GoneBecause::Deleted, since: noon() },
            |known| known.sync = SyncState::Waiting { reason: WaitReason::Quota, failures: 2, until: noon() },
        ],
    ),
    ("(the bridge) when both last agreed", &[|known| known.last_synced_at = Some(noon())]),
];

impl Known {
    /// A project that nothing happened to yet.
    fn nothing() -> Self {
        let project = RemoteProject {
            id: 9_000_001.into(),
            identifier: None,
            request: None,
            objects: serde_json::Map::new(),
            site: site(|_| false),
            contact: Some(777.into()),
            stage: None,
            phase: Some(Phase::Others),
            status: None,
            milestones: MilestonesAre::Shown,
            system_size: Said::Nothing,
            proposal_link: Said::Nothing,
            proposal_ready: false,
            sale: SaleFields::Unsold,
            installation: Said::Nothing,
            is_installed: false,
            history: History::Embedded(Vec::new()),
            modified_at: None,
        };
        let around = Surroundings::default();
        let (sync, config) = (SyncState::InStep, super::configuration());
        let mut known = Self { project, around, sync, last_synced_at: None, config };
        known.is_in(6541, "Lead");
        known
    }

    fn happens(&mut self, kind: EventKind) {
        self.around.events.push(ProjectEvent {
            kind,
            at: Some(noon()),
            start: Said::Value(InstallationDate::Day(day())),
        });
    }

    fn is_in(&mut self, id: u64, title: &str) {
        self.project.stage = Some(id);
        self.around.stage = Some(Stage { id, title: title.to_owned(), phase: None, is_archived: false });
    }

    /// The CRM's picture of it, by a first read.
    fn told(&self) -> Map<String, Value> {
        let seen = observe::observed(None, &self.project, &self.around, &self.config, noon());
        let message = SyncRequestMessage::parse(&kept::text("events/sync-request.json")).expect("readable");
        let request = message.request(&self.config.calling_code).expect("usable");
        let mut record = Project::new(OrgId(1234), request, self.sync.clone(), noon());
        record.shown_status = observe::status(&record, &seen, &self.config);
        record.observed = Some(seen);
        record.last_synced_at = self.last_synced_at;
        let (project, contact) = (self.project.id.clone(), self.project.contact.clone());
        record.remote = Some(Remote { project, contact, origin: Origin::CreatedByUs, linked_at: noon() });
        match serde_json::to_value(CrmState::of(&record)) {
            Ok(Value::Object(state)) => state,
            other => panic!("the state is an object, not {other:?}"),
        }
    }
}

/// What the CRM is told of each fact.
pub(super) fn derive() -> Vec<Told> {
    let facts = FACTS.iter().map(|(fact, change, why_not)| Told { fact, fields: told(*change), why_not: *why_not });
    let ours = OURS.iter().map(|(fact, changes)| {
        let fields = changes.iter().flat_map(|change| told(*change)).collect();
        Told { fact, fields, why_not: None }
    });
    let rows: Vec<Told> = facts.chain(ours).collect();
    for row in &rows {
        assert_eq!(
            row.fields.is_empty(),
            row.why_not.is_some(),
            "{}: it is told, or there is a reason why not",
            row.fact
        );
    }
    rows
}

fn told(change: Change) -> BTreeMap<String, Option<&'static str>> {
    let mut fields = BTreeMap::new();
    for (when, situation) in SITUATIONS {
        let mut before = Known::nothing();
        situation(&mut before);
        let mut after = before.clone();
        change(&mut after);
        let (before, after) = (before.told(), after.told());
        for (field, _) in after.iter().filter(|(field, value)| before.get(*field) != Some(value)) {
            fields.entry(field.clone()).or_insert((!when.is_empty()).then_some(when));
        }
    }
    fields
}

fn site(is_other: impl Fn(ProjectField) -> bool) -> ProjectFields {
    let value = |field| if is_other(field) { "another" } else { "as it was" };
    ProjectField::ALL.iter().map(|field| (*field, FieldValue::text(value(*field)))).collect::<Fields<_>>()
}

fn mapped() -> Configuration {
    configured(|document| document.stage_map = [("6542".to_owned(), "in_progress".to_owned())].into())
}

fn link(token: &str) -> Said<ProposalLink> {
    let link = format!("https://api.opensolar.com/share/9000001/?token={token}");
    Said::Value(ProposalLink::parse(&link).expect("a link"))
}

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

fn day() -> NaiveDate {
    "2026-12-04".parse().expect("a day")
}

#[test]
fn every_field_of_the_state_comes_from_somewhere() {
    let of_state = schema::of_crm_update()["properties"]["state"].clone();
    let known: BTreeSet<String> = schemas::fields(&of_state, "").into_iter().map(|(field, _)| field).collect();
    let told: BTreeSet<String> = derive().into_iter().flat_map(|row| row.fields.into_keys()).collect();
    assert_eq!(told, known);
}

#[test]
fn every_kind_of_event_has_a_row() {
    let numbers: BTreeSet<i64> = (0..1_000).filter(|number| EventKind::from_number(*number).is_some()).collect();
    let rows =
        FACTS.iter().filter_map(|(fact, ..)| fact.strip_prefix("event")).map(|rest| rest.trim_start_matches('s'));
    let listed: BTreeSet<i64> = rows.flat_map(|rest| rest.split(',').filter_map(|n| n.trim().parse().ok())).collect();
    assert_eq!(listed, numbers);
}
