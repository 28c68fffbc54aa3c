use chrono::{DateTime, NaiveDate, Utc};
use domain::project::{Dated, Told};
use domain::remote::{InstallationDate, ProjectStatus, ProposalLink};
use domain::webhook::{Fact, Telling};
use serde::{Deserialize, Serialize};

use super::BadField;

/// By which moments events told what may change.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ToldItem {
    status: Option<DatedItem<String>>,
    proposal_link: Option<DatedItem<String>>,
    installation_day: Option<DatedItem<NaiveDate>>,
    last_body: Option<DatedItem<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DatedItem<T> {
    at: DateTime<Utc>,
    value: T,
}

impl<T> DatedItem<T> {
    fn of<V>(dated: &Dated<V>, value: impl FnOnce(&V) -> T) -> Self {
        Self { at: dated.at, value: value(&dated.value) }
    }

    fn dated<V>(self, value: impl FnOnce(T) -> Option<V>, field: &'static str) -> Result<Dated<V>, BadField> {
        Ok(Dated { at: self.at, value: value(self.value).ok_or(BadField(field))? })
    }
}

impl ToldItem {
    /// What is stored; nothing of a project of which no event told anything.
    pub(crate) fn of(told: &Told) -> Option<Self> {
        let item = || Self {
            status: told.status.as_ref().map(|dated| DatedItem::of(dated, |status| status.as_str().to_owned())),
            proposal_link: told
                .proposal_link
                .as_ref()
                .map(|dated| DatedItem::of(dated, |link| link.as_str().to_owned())),
            installation_day: told.installation_day.as_ref().map(|dated| DatedItem::of(dated, |day| *day)),
            last_body: told.last_body.as_ref().map(|dated| DatedItem::of(dated, String::clone)),
        };
        (*told != Told::default()).then(item)
    }
}

impl TryFrom<ToldItem> for Told {
    type Error = BadField;

    fn try_from(item: ToldItem) -> Result<Self, BadField> {
        let status = |dated: DatedItem<String>| dated.dated(|word| ProjectStatus::parse(&word), "told.status");
        let link = |dated: DatedItem<String>| dated.dated(|link| ProposalLink::parse(&link), "told.proposal_link");
        Ok(Self {
            status: item.status.map(status).transpose()?,
            proposal_link: item.proposal_link.map(link).transpose()?,
            installation_day: item.installation_day.map(|DatedItem { at, value }| Dated { at, value }),
            last_body: item.last_body.map(|DatedItem { at, value }| Dated { at, value }),
        })
    }
}

/// What a delivery tells by itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TellingItem {
    at: DateTime<Utc>,
    fact: FactItem,
    body_sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FactItem {
    Status { word: String },
    DesignComplete,
    ProposalSent { link: String },
    ContractSigned,
    InstallationOn { day: NaiveDate },
    InstallationAt { moment: DateTime<Utc> },
}

impl From<&Telling> for TellingItem {
    fn from(telling: &Telling) -> Self {
        let fact = match &telling.fact {
            Fact::Status(status) => FactItem::Status { word: status.as_str().to_owned() },
            Fact::DesignComplete => FactItem::DesignComplete,
            Fact::ProposalSent(link) => FactItem::ProposalSent { link: link.as_str().to_owned() },
            Fact::ContractSigned => FactItem::ContractSigned,
            Fact::InstallationScheduled(InstallationDate::Day(day)) => FactItem::InstallationOn { day: *day },
            Fact::InstallationScheduled(InstallationDate::Moment(moment)) => {
                FactItem::InstallationAt { moment: *moment }
            }
        };
        Self { at: telling.at, fact, body_sha256: telling.body_sha256.clone() }
    }
}

impl TryFrom<TellingItem> for Telling {
    type Error = BadField;

    fn try_from(item: TellingItem) -> Result<Self, BadField> {
        let fact = match item.fact {
            FactItem::Status { word } => Fact::Status(ProjectStatus::parse(&word).ok_or(BadField("tells.fact.word"))?),
            FactItem::DesignComplete => Fact::DesignComplete,
            FactItem::ProposalSent { link } => {
                Fact::ProposalSent(ProposalLink::parse(&link).ok_or(BadField("tells.fact.link"))?)
            }
            FactItem::ContractSigned => Fact::ContractSigned,
            FactItem::InstallationOn { day } => Fact::InstallationScheduled(InstallationDate::Day(day)),
            FactItem::InstallationAt { moment } => Fact::InstallationScheduled(InstallationDate::Moment(moment)),
        };
        Ok(Self { at: item.at, fact, body_sha256: item.body_sha256 })
    }
}
