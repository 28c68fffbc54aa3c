//! A record without its customer: what is personal goes, what ties things together stays.

use chrono::{DateTime, Utc};

use super::{ContactChoice, Dated, Observed, Project, Pushed, SyncState, Told};
use crate::fields::{ContactFields, ProjectFields};
use crate::phone::PhoneNumber;
use crate::remote::{EmailPlace, ProposalLink};
use crate::request::{Customer, InstallationRequest, SkipReason};

impl Project {
    /// When its customer's data was erased, if nothing newer came from the CRM since.
    pub fn erased_at(&self) -> Option<DateTime<Utc>> {
        match &self.sync {
            SyncState::Skipped(SkipReason::Erased(at)) => Some(*at),
            SyncState::Skipped(
                SkipReason::InstallationType(_) | SkipReason::Status(_) | SkipReason::AutoSyncDisabled,
            )
            | SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Updating { .. }
            | SyncState::Unsettled { .. }
            | SyncState::InStep
            | SyncState::RemoteGone { .. }
            | SyncState::Parked { .. } => None,
        }
    }

    /// The record without its customer. Ids, links, the CRM's numbers, times, counts and what was told already stay, so
    /// that nothing is made or told a second time, should the CRM bring the request back.
    ///
    /// What was pushed counts as unknown then: what OpenSolar holds by that time is not overwritten.
    #[must_use]
    pub fn erased(&self, at: DateTime<Utc>) -> Self {
        Self {
            desired: erased_request(&self.desired),
            sync: SyncState::Skipped(SkipReason::Erased(at)),
            contact: ContactChoice::Undecided,
            pushed: self.pushed.as_ref().map(|_| Pushed {
                site: ProjectFields::default(),
                contact: ContactFields::default(),
                email_place: EmailPlace::Contact,
            }),
            observed: self.observed.as_ref().map(erased_picture),
            told: erased_words(&self.told),
            read: None,
            ..self.clone()
        }
    }
}

/// What is left of a customer: that they do not want messages, if so.
fn erased_request(request: &InstallationRequest) -> InstallationRequest {
    InstallationRequest {
        address: None,
        suburb: None,
        position: None,
        notes: None,
        preferred_datetime: None,
        customer: Customer {
            id: None,
            first_name: None,
            last_name: None,
            email: None,
            phone: PhoneNumber::erased(),
            city: None,
            state_province: None,
            postal_code: None,
            country: None,
            language: None,
            is_blocked: request.customer.is_blocked,
            last_inbound_at: None,
        },
        ..request.clone()
    }
}

/// That there was a link stays: the same one again is no news.
fn erased_picture(seen: &Observed) -> Observed {
    Observed {
        project_name: None,
        proposal_link: seen.proposal_link.as_ref().map(|_| ProposalLink::erased()),
        ..seen.clone()
    }
}

fn erased_words(told: &Told) -> Told {
    let proposal_link = told.proposal_link.as_ref().map(|link| Dated { at: link.at, value: ProposalLink::erased() });
    Told { proposal_link, ..told.clone() }
}
