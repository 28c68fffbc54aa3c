//! How the stories' worlds begin.

use domain::configuration::ApiContract;
use domain::fields::ContactField;

use super::acts::{asks, asks_anew, asks_of_many, nothing, schedule};
use crate::sim::office::Deed;
use crate::sim::opensolar::Filter;
use crate::world::Base;

pub(super) fn known_address(contract: ApiContract) -> Base {
    Base::empty(contract).with_contact(ContactField::Email, "Tariro@example.com", Filter::Works)
}

/// A contact has the address, and the filter does not show it.
pub(super) fn taken_address(contract: ApiContract) -> Base {
    Base::empty(contract).with_contact(ContactField::Email, "Tariro@example.com", Filter::ShowsNobody)
}

/// A contact has the number, written as people write it, and the filter shows everybody.
pub(super) fn known_number(contract: ApiContract) -> Base {
    Base::empty(contract).with_contact(ContactField::Phone, "077 000 0001", Filter::ShowsEverybody)
}

pub(super) fn linked(contract: ApiContract) -> Base {
    Base::empty(contract).then(&[(0, asks)], "")
}

/// The same, and events do not say when they happened.
pub(super) fn linked_and_bare(contract: ApiContract) -> Base {
    linked(contract).without_stamps()
}

pub(super) fn scheduled(contract: ApiContract) -> Base {
    Base::empty(contract).then(&[(0, asks), (600, schedule)], "")
}

pub(super) fn changed_unheard(contract: ApiContract) -> Base {
    match contract {
        ApiContract::Live => linked(contract).with_deed(Deed::Sell),
        ApiContract::Design => linked(contract).with_deed(Deed::MoveTo(6544)),
    }
}

/// The create was refused, and waits.
pub(super) fn refused(contract: ApiContract) -> Base {
    Base::empty(contract).then(&[(0, asks)], &create(contract, "refused-400"))
}

/// Nobody knows what became of the create, and there is nothing to prove by: an operator's.
pub(super) fn doubted(contract: ApiContract) -> Base {
    let plan = format!("{} post=lost", create(contract, "not-done"));
    Base::empty(contract).then(&[(0, asks), (25 * 3600, nothing)], &plan)
}

pub(super) fn doubted_beside_one_by_hand(contract: ApiContract) -> Base {
    doubted(contract).with_project_by_hand()
}

pub(super) fn many_linked(contract: ApiContract) -> Base {
    Base::governed(contract).then(&[(0, asks_of_many)], "")
}

/// A change was refused, and waits.
pub(super) fn not_updated(contract: ApiContract) -> Base {
    let change = writes_before_project(contract) + 2;
    Base::empty(contract).then(&[(0, asks), (600, asks_anew)], &format!("write{change}=refused-400"))
}

pub(super) fn restored(contract: ApiContract) -> Base {
    linked(contract).restored()
}

/// The plan by which the project's create comes to this.
fn create(contract: ApiContract, outcome: &str) -> String {
    format!("write{}={outcome}", writes_before_project(contract) + 1)
}

/// In `design` the contact is made before.
fn writes_before_project(contract: ApiContract) -> u32 {
    match contract {
        ApiContract::Live => 0,
        ApiContract::Design => 1,
    }
}
