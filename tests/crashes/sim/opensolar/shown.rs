//! Records as a read of them shows them.

use domain::fields::{ContactField, FieldValue};
use domain::phone::EmailAddress;
use domain::remote::{History, MilestonesAre, ProposalLink, RemoteContact, RemoteProject, Said, SaleFields};

use super::{SimContact, SimProject};

impl SimProject {
    /// As a read of it shows it.
    pub(crate) fn shown(&self, id: u64) -> RemoteProject {
        RemoteProject {
            id: id.into(),
            identifier: Some(self.identifier.clone()),
            request: None,
            site: self.site.clone(),
            contact: Some(self.contact.into()),
            stage: self.stage,
            phase: Some(self.phase),
            status: None,
            milestones: MilestonesAre::Shown,
            system_size: said(self.size),
            proposal_link: said(ProposalLink::parse(&format!(
                "https://opensolar.example.com/share/{id}/?token=example"
            ))),
            proposal_ready: false,
            sale: self.sold_at.map_or(SaleFields::Unsold, |at| SaleFields::Sold { at: Some(at) }),
            installation: said(self.installation),
            is_installed: self.is_installed,
            history: History::Embedded(self.history.clone()),
            modified_at: Some(self.modified_at),
        }
    }
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
