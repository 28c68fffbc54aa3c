//! What belongs to no request: the settings with their history, OpenSolar's stages, how far sweeps have come, and how
//! OpenSolar's limits stand.

use chrono::{DateTime, Utc};
use domain::configuration::{Configuration, ConfigurationDocument};
use domain::ids::{OrgId, Revision};
use domain::ports::{Checkpoint, Limit, LimitName, Stages, StoreError, StoredConfiguration, SweepName};
use domain::remote::{Phase, Stage};
use serde::{Deserialize, Serialize};

use super::{BadField, Form, unreadable};

/// An organisation's settings, as operators wrote them: in JSON, where what is left out and `null` stay two things.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConfigurationItem {
    org_id: OrgId,
    document: String,
    version: u64,
    activated_at: DateTime<Utc>,
}

/// Which organisation's settings are active.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ActiveItem {
    pub(crate) org_id: OrgId,
}

/// The stages of an organisation's workflows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StagesItem {
    read_at: DateTime<Utc>,
    stages: Vec<StageItem>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StageItem {
    id: u64,
    title: String,
    phase: Option<String>,
    is_archived: bool,
}

/// How far a sweep's run has come. When it goes on stands here too, apart from the index: that is moved by claims.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointItem {
    sweep: String,
    revision: u64,
    progress: String,
    wake_at: Option<DateTime<Utc>>,
    wake: Option<String>,
}

/// How a limit stands.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LimitItem {
    name: String,
    revision: u64,
    state: String,
}

impl Form for ConfigurationItem {
    const KIND: &'static str = "CONFIG";
}

impl Form for ActiveItem {
    const KIND: &'static str = "CONFIG ACTIVE";
}

impl Form for StagesItem {
    const KIND: &'static str = "STAGES";
}

impl Form for CheckpointItem {
    const KIND: &'static str = "CHECKPOINT";
}

impl Form for LimitItem {
    const KIND: &'static str = "LIMIT";
}

impl ConfigurationItem {
    /// The settings as they are stored at this version.
    pub(crate) fn of(document: &ConfigurationDocument, version: Revision, activated_at: DateTime<Utc>) -> Self {
        let json = serde_json::to_string(document).expect("a document has text for keys");
        Self { org_id: document.org_id, document: json, version: version.0, activated_at }
    }
}

impl TryFrom<ConfigurationItem> for StoredConfiguration {
    type Error = BadField;

    fn try_from(item: ConfigurationItem) -> Result<Self, BadField> {
        let document = serde_json::from_str(&item.document).map_err(|_| BadField("document"))?;
        Ok(Self { document, version: Revision(item.version), activated_at: item.activated_at })
    }
}

/// The settings that a document makes; one that was valid once need not be to this version of the program.
pub(crate) fn checked(document: &ConfigurationDocument) -> Result<Configuration, StoreError> {
    Configuration::try_from(document).map_err(|invalid| unreadable::<ConfigurationItem>(invalid.field))
}

impl TryFrom<ActiveItem> for OrgId {
    type Error = BadField;

    fn try_from(item: ActiveItem) -> Result<Self, BadField> {
        Ok(item.org_id)
    }
}

impl From<&Stages> for StagesItem {
    fn from(stages: &Stages) -> Self {
        let stage = |stage: &Stage| StageItem {
            id: stage.id,
            title: stage.title.clone(),
            phase: stage.phase.map(|phase| phase.as_str().to_owned()),
            is_archived: stage.is_archived,
        };
        Self { read_at: stages.read_at, stages: stages.stages.iter().map(stage).collect() }
    }
}

impl TryFrom<StagesItem> for Stages {
    type Error = BadField;

    fn try_from(item: StagesItem) -> Result<Self, BadField> {
        let phase = |phase: String| Phase::parse(&phase).ok_or(BadField("stages.phase"));
        let stage = |stage: StageItem| {
            let phase = stage.phase.map(phase).transpose()?;
            Ok(Stage { id: stage.id, title: stage.title, phase, is_archived: stage.is_archived })
        };
        let stages = item.stages.into_iter().map(stage).collect::<Result<_, _>>()?;
        Ok(Self { read_at: item.read_at, stages })
    }
}

impl CheckpointItem {
    /// The checkpoint as it is stored at this revision.
    pub(crate) fn of(checkpoint: &Checkpoint, revision: Revision) -> Self {
        let wake = checkpoint.wake.as_ref();
        Self {
            sweep: checkpoint.sweep.as_str().to_owned(),
            revision: revision.0,
            progress: checkpoint.progress.clone(),
            wake_at: wake.map(|(at, _)| *at),
            wake: wake.map(|(_, wake)| serde_json::to_string(wake).expect("our own messages have text keys")),
        }
    }
}

impl TryFrom<CheckpointItem> for Checkpoint {
    type Error = BadField;

    fn try_from(item: CheckpointItem) -> Result<Self, BadField> {
        let sweeps = [SweepName::Status, SweepName::Resume];
        let sweep = sweeps.into_iter().find(|sweep| sweep.as_str() == item.sweep).ok_or(BadField("sweep"))?;
        let wake = item.wake.map(|json| serde_json::from_str(&json).map_err(|_| BadField("wake"))).transpose()?;
        Ok(Self { sweep, revision: Revision(item.revision), progress: item.progress, wake: item.wake_at.zip(wake) })
    }
}

impl LimitItem {
    /// The limit as it is stored at this revision.
    pub(crate) fn of(limit: &Limit, revision: Revision) -> Self {
        Self { name: limit.name.as_str().to_owned(), revision: revision.0, state: limit.state.clone() }
    }
}

impl TryFrom<LimitItem> for Limit {
    type Error = BadField;

    fn try_from(item: LimitItem) -> Result<Self, BadField> {
        let name = LimitName::ALL.into_iter().find(|name| name.as_str() == item.name).ok_or(BadField("name"))?;
        Ok(Self { name, revision: Revision(item.revision), state: item.state })
    }
}
