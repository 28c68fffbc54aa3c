//! The stories: how a world begins, and what happens in it. Most are told in both contracts.

use domain::configuration::ApiContract;

use crate::explore::Bounds;
use crate::sim::opensolar::Target;
use crate::world::{Agenda, Base, Worker, World};

mod acts;
mod bases;
mod news;
mod operators;
mod syncs;

/// A story.
pub(crate) struct Story {
    name: &'static str,
    /// In which contracts it is told.
    told: Told,
    pub(crate) base: BaseOf,
    pub(crate) agenda: Agenda,
    /// The calls whose outcomes matter in it.
    pub(crate) target: Target,
    /// The workers that may meet in it.
    pub(crate) meetings: &'static [Meeting],
    /// Whether people in OpenSolar edit meanwhile.
    pub(crate) edits: Edits,
    /// How much of it is searched usually, where it is told first.
    bounds: Bounds,
}

/// How a world begins whose OpenSolar speaks this contract.
pub(crate) type BaseOf = fn(ApiContract) -> Base;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    InBoth,
    OnlyInLive,
    OnlyInDesign,
}

/// Two workers at once; each may have another one behind it.
pub(crate) struct Meeting {
    pub(crate) workers: (&'static [Worker], &'static [Worker]),
    /// What happens before they begin.
    pub(crate) before: fn(&World),
    /// What happens when the second one begins.
    pub(crate) between: fn(&World),
}

/// Whether somebody in OpenSolar writes notes at any boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edits {
    Nobody,
    AtAnyCall,
}

impl Story {
    /// One in both contracts, in which nobody meets or edits.
    const fn of(name: &'static str, base: BaseOf, agenda: Agenda, target: Target) -> Self {
        let (told, meetings, edits) = (Told::InBoth, [].as_slice(), Edits::Nobody);
        Self { name, told, base, agenda, target, meetings, edits, bounds: Bounds::USUAL }
    }

    fn is_told_in(&self, contract: ApiContract) -> bool {
        match self.told {
            Told::InBoth => true,
            Told::OnlyInLive => contract == ApiContract::Live,
            Told::OnlyInDesign => contract == ApiContract::Design,
        }
    }

    /// How much of it is searched usually: what it is about was searched before if it is told a second time.
    pub(crate) fn bounds_in(&self, contract: ApiContract) -> Bounds {
        match (self.told, contract) {
            (Told::InBoth, ApiContract::Design) => Bounds::FEW,
            (Told::InBoth | Told::OnlyInLive | Told::OnlyInDesign, _) => self.bounds,
        }
    }

    /// What it is called where OpenSolar speaks this contract.
    pub(crate) fn name_in(&self, contract: ApiContract) -> String {
        match contract {
            ApiContract::Live => self.name.to_owned(),
            ApiContract::Design => format!("design/{}", self.name),
        }
    }
}

/// Every story in each contract that it is told in.
pub(crate) fn all() -> impl Iterator<Item = (&'static Story, ApiContract)> {
    [ApiContract::Live, ApiContract::Design].into_iter().flat_map(|contract| {
        let stories = [syncs::STORIES, news::STORIES, operators::STORIES].into_iter().flatten();
        stories.filter(move |story| story.is_told_in(contract)).map(move |story| (story, contract))
    })
}

/// The stories of this name: one, or with its bare name in each contract.
pub(crate) fn named(name: &str) -> Vec<(&'static Story, ApiContract)> {
    all().filter(|(story, contract)| story.name == name || story.name_in(*contract) == name).collect()
}

/// The story of exactly this name.
pub(crate) fn find(name: &str) -> Option<(&'static Story, ApiContract)> {
    all().find(|(story, contract)| story.name_in(*contract) == name)
}
