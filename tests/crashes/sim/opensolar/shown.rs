//! Records as a read of them shows them.

use domain::configuration::ApiContract;
use domain::fields::{ContactField, FieldValue, ProjectField};
use domain::phone::EmailAddress;
use domain::remote::{
    EventKind, History, MilestonesAre, ProjectStatus, ProposalLink, RemoteContact, RemoteProject, Said, SaleFields,
};

use super::{SimContact, SimProject};

impl SimProject {
    /// As a read of it shows it.
    pub(crate) fn shown(&self, id: u64, contract: ApiContract) -> RemoteProject {
        let live = RemoteProject {
            id: id.into(),
            identifier: Some(self.identifier.clone()),
            request: None,
            site: self.site.clone(),
            objects: serde_json::Map::new(),
            contact: Some(self.contact.into()),
            stage: self.stage,
            phase: Some(self.phase),
            status: None,
            milestones: MilestonesAre::Shown,
            system_size: said(self.size),
            proposal_link: said(ProposalLink::parse(&link(id))),
            proposal_ready: false,
            sale: self.sold_at.map_or(SaleFields::Unsold, |at| SaleFields::Sold { at: Some(at) }),
            installation: said(self.installation),
            is_installed: self.is_installed,
            history: History::Embedded(self.history.clone()),
            modified_at: Some(self.modified_at),
        };
        match contract {
            ApiContract::Live => live,
            ApiContract::Design => self.without_milestones(live),
        }
    }

    /// No stages, no history, no dates: only how far it is, its size and its link.
    fn without_milestones(&self, live: RemoteProject) -> RemoteProject {
        let request = match self.site.get(ProjectField::CustomProjectInfo5) {
            Some(FieldValue::Text(id)) => Some(id.clone()),
            Some(_) | None => None,
        };
        RemoteProject {
            request,
            stage: None,
            phase: None,
            status: ProjectStatus::parse(self.status),
            milestones: MilestonesAre::ToldByWebhooks,
            proposal_link: if self.is_proposed() { live.proposal_link } else { Said::Nothing },
            sale: SaleFields::Untold,
            installation: Said::Nothing,
            is_installed: self.status == "complete",
            history: History::Embedded(Vec::new()),
            ..live
        }
    }

    /// Whether the customer was sent a proposal.
    pub(crate) fn is_proposed(&self) -> bool {
        self.history.iter().any(|event| event.kind == EventKind::ProposalSent)
    }
}

/// Where a project's proposal can be read.
pub(crate) fn link(id: u64) -> String {
    format!("https://opensolar.example.com/share/{id}/?token=example")
}

impl SimContact {
    pub(super) fn shown(&self, id: u64) -> RemoteContact {
        let email = match self.fields.get(ContactField::Email) {
            Some(FieldValue::Text(text)) => EmailAddress::parse(text),
            Some(_) | None => None,
        };
        RemoteContact { id: id.into(), email, fields: self.fields.clone() }
    }
}

fn said<T>(value: Option<T>) -> Said<T> {
    value.map_or(Said::Nothing, Said::Value)
}
