//! Which API OpenSolar's address answers with, and what the use cases have to know of it: what it can do, in their own
//! words. How it words anything is the adapter's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CustomFact;
use crate::fields::ProjectField;

/// Which API OpenSolar's address answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiContract {
    /// OpenSolar's published API.
    Live,
    /// The API as the original design document describes it, for relays and test servers.
    Design,
}

/// When a project's contact is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactIsMade {
    /// With its project, by the same call; OpenSolar knows contacts by their e-mail address.
    WithItsProject,
    /// By a call of its own before; contacts are known by their telephone number.
    Before,
}

/// Where the facts go that `design` has custom fields for. It has no others, so the rest goes into the notes.
const CUSTOM_FIELDS: [(u8, CustomFact); 3] =
    [(1, CustomFact::OrderNumber), (4, CustomFact::InstallationType), (5, CustomFact::RequestId)];

impl ApiContract {
    /// When a project's contact is made.
    pub fn contact_is_made(self) -> ContactIsMade {
        match self {
            Self::Live => ContactIsMade::WithItsProject,
            Self::Design => ContactIsMade::Before,
        }
    }

    /// Whether a project has a place for the field: what has none is neither sent nor compared.
    pub fn has_place_for(self, field: ProjectField) -> bool {
        match (self, field) {
            (Self::Live, _) => true,
            (
                Self::Design,
                ProjectField::BusinessName
                | ProjectField::LeadSource
                | ProjectField::Position
                | ProjectField::CustomProjectInfo2
                | ProjectField::CustomProjectInfo3,
            ) => false,
            (
                Self::Design,
                ProjectField::IsResidential
                | ProjectField::Title
                | ProjectField::Address
                | ProjectField::Locality
                | ProjectField::State
                | ProjectField::Zip
                | ProjectField::CountryIso2
                | ProjectField::Notes
                | ProjectField::CustomProjectInfo1
                | ProjectField::CustomProjectInfo4
                | ProjectField::CustomProjectInfo5,
            ) => true,
        }
    }

    /// Which facts go into which custom field, where that is not for the organisation to say.
    pub fn custom_facts(self) -> Option<BTreeMap<u8, CustomFact>> {
        match self {
            Self::Live => None,
            Self::Design => Some(BTreeMap::from(CUSTOM_FIELDS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_goes_only_where_there_is_a_place_for_it() {
        let slots = [
            (1, ProjectField::CustomProjectInfo1),
            (2, ProjectField::CustomProjectInfo2),
            (3, ProjectField::CustomProjectInfo3),
            (4, ProjectField::CustomProjectInfo4),
            (5, ProjectField::CustomProjectInfo5),
        ];
        let facts = ApiContract::Design.custom_facts().expect("they are fixed");
        for (slot, field) in slots {
            assert_eq!(facts.contains_key(&slot), ApiContract::Design.has_place_for(field), "{slot}");
        }
        assert_eq!(ApiContract::Live.custom_facts(), None);
    }
}
