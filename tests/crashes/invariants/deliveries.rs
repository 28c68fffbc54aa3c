//! I2: no delivery is lost.

use std::collections::BTreeMap;

use domain::configuration::ApiContract;
use domain::ports::Store;
use domain::webhook::{DeliveryLog, DeliveryStatus, Envelope, IgnoredBecause, sha256_hex, unreadable_key};
use testkit::builders::ORG;

use super::Look;
use crate::inner::at_once;
use crate::sim::opensolar::Target;

impl Look<'_> {
    /// I2: what the door took is found in the log, with an end and its reason.
    pub(super) fn deliveries(&mut self) {
        let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
        self.world.state().accepted.iter().for_each(|body| *accepted.entry(body.clone()).or_default() += 1);
        for (body, count) in accepted {
            let (envelope, hash) = (Envelope::parse(body.as_bytes()).ok(), sha256_hex(body.as_bytes()));
            let key = envelope.as_ref().map_or_else(|| unreadable_key(&hash), |envelope| envelope.key(&hash));
            if envelope.as_ref().is_some_and(Envelope::is_known_by_arrival) {
                let rows = self.world.store.deliveries().into_iter();
                let rows: Vec<DeliveryLog> = rows.filter(|log| log.key.as_str().ends_with(&hash)).collect();
                if rows.len() < count {
                    self.add("I2", format!("the door took {key} {count} times, and the log has it {}", rows.len()));
                }
                rows.iter().for_each(|log| self.end_of(log));
                self.repeats(&body, &rows);
                continue;
            }
            match at_once(self.world.store.delivery(ORG, &key)).expect("the store answers") {
                Some(log) => self.end_of(&log),
                None => self.add("I2", format!("the door took {key}, and the log does not have it")),
            }
        }
    }

    /// What says neither which it is nor when it happened is a repeat if nothing else came in between.
    fn repeats(&mut self, body: &str, rows: &[DeliveryLog]) {
        if self.plan.mischief.is_some() || 0 < self.world.state().unanswered {
            return;
        }
        let mut arrived = self.world.state().accepted.clone();
        arrived.dedup();
        let happened = arrived.iter().filter(|other| *other == body).count();
        let applied = rows.iter().filter(|log| log.status == DeliveryStatus::Processed).count();
        if happened < applied {
            self.add("I2", format!("an event was applied {applied} times, and happened {happened}: {}", rows[0].key));
        }
    }

    fn end_of(&mut self, log: &DeliveryLog) {
        let key = &log.key;
        let project = log.envelope.as_ref().and_then(|envelope| envelope.project.as_ref());
        let linked = project.and_then(|project| at_once(self.world.store.linked_to(ORG, project)).ok()?);
        let has_events = self.world.speech().contract() == ApiContract::Design;
        match &log.status {
            DeliveryStatus::Processed | DeliveryStatus::Ignored(IgnoredBecause::Repeat) => {}
            DeliveryStatus::Ignored(IgnoredBecause::Unlinked) if linked.is_some() => {
                self.add("I2", format!("{key} was given up, though its project is linked"));
            }
            DeliveryStatus::Ignored(reason) if linked.is_some() && has_events => {
                self.add("I2", format!("{key} was ignored, though its project is linked: {reason:?}"));
            }
            DeliveryStatus::Failed { reason } if !self.was_told(Target::Read, |_| true) && linked.is_some() => {
                self.add("I2", format!("{key} failed though nothing was in its way: {reason}"));
            }
            DeliveryStatus::Ignored(_) | DeliveryStatus::Failed { .. } => {}
            DeliveryStatus::Received | DeliveryStatus::Held { .. } => {
                self.add("I2", format!("{key} has no end: {:?}", log.status));
            }
        }
    }
}
