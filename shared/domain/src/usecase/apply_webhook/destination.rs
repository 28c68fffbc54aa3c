//! Where a delivery goes by what it names and by the configuration.

use crate::configuration::{ApiContract, Configuration};
use crate::ids::ProjectId;
use crate::webhook::{Envelope, Fact, IgnoredBecause};

/// Where it goes.
pub(super) enum Destination<'a> {
    /// Nothing follows from it.
    Nowhere(IgnoredBecause),
    /// Its project is to be read.
    Hint(ProjectId),
    /// It tells by itself what happened to its project.
    Event(ProjectId, &'a Configuration),
}

/// Finds it; without a configuration the delivery is of an organisation that is not the active one.
pub(super) fn destination<'a>(envelope: &Envelope, config: Option<&'a Configuration>) -> Destination<'a> {
    let Some(config) = config else { return Destination::Nowhere(IgnoredBecause::OtherOrganisation) };
    if !config.webhook_enabled {
        return Destination::Nowhere(IgnoredBecause::WebhooksDisabled);
    }
    if envelope.contract != config.account.api_contract {
        return Destination::Nowhere(IgnoredBecause::OtherContract);
    }
    match envelope.contract {
        ApiContract::Live => hint_at(envelope),
        ApiContract::Design => match (envelope.event.as_deref(), &envelope.project) {
            (Some(event), Some(project)) if Fact::is_known(event) => Destination::Event(project.clone(), config),
            (Some(event), None) if Fact::is_known(event) => Destination::Nowhere(IgnoredBecause::NoProject),
            (Some(_) | None, _) => Destination::Nowhere(IgnoredBecause::UnknownEvent),
        },
    }
}

fn hint_at<'a>(envelope: &Envelope) -> Destination<'a> {
    let (Some(model), Some(_)) = (envelope.model.as_deref(), &envelope.model_id) else {
        return Destination::Nowhere(IgnoredBecause::NoModelOrId);
    };
    match (model, &envelope.project) {
        ("Project" | "Event" | "Contact" | "Quote" | "QuoteActivityLog", Some(project)) => {
            Destination::Hint(project.clone())
        }
        ("Project" | "Event" | "Contact" | "Quote" | "QuoteActivityLog", None) => {
            Destination::Nowhere(IgnoredBecause::NoProject)
        }
        _ => Destination::Nowhere(IgnoredBecause::UnknownModel),
    }
}
