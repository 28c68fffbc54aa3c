//! How the relay behaves, and what people do beside their work on a project, through the handle.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{FakeRelay, Misuse, Quirks, TOKEN};
use crate::fake_http::Api;
use crate::fake_opensolar::{QuotaBreach, Quotas, ReleaseOrder};

/// Whatever is changed here counts from the next call on.
impl FakeRelay {
    /// From now on it answers some question otherwise.
    pub fn behave(&self, change: impl FnOnce(&mut Quirks)) {
        self.shelf.with(|records| change(&mut records.quirks));
    }

    /// The token may not see this project: by its id it is 403, and its events stop. Lists still have it.
    pub fn put_out_of_reach(&self, project: u64) {
        self.shelf.with(|records| records.out_of_reach.insert(project));
    }

    /// It may again.
    pub fn bring_within_reach(&self, project: u64) {
        self.shelf.with(|records| records.out_of_reach.remove(&project));
    }

    /// Every token is refused with 401 from now on, until there is a new one.
    pub fn expire_token(&self) {
        self.shelf.with(|records| records.token = None);
    }

    /// A new token, and the only one that is let in.
    pub fn new_token(&self) -> String {
        self.shelf.with(|records| {
            let token = format!("{TOKEN}-{}", records.number());
            records.token = Some(token.clone());
            token
        })
    }

    /// From now on creates of projects want payment, and nothing else does.
    pub fn empty_wallet(&self) {
        self.shelf.with(|records| records.wallet_is_empty = true);
    }

    /// Somebody paid.
    pub fn refill_wallet(&self) {
        self.shelf.with(|records| records.wallet_is_empty = false);
    }

    /// Whether calls above a quota are throttled. The quotas are those of [`FakeOpenSolar`](crate::FakeOpenSolar).
    pub fn enforce_quotas(&self, quotas: Quotas) {
        self.shelf.with(|records| records.quotas.quotas = quotas);
    }

    /// Calls above a quota, enforced or not.
    pub fn quota_breaches(&self) -> Vec<QuotaBreach> {
        self.shelf.with(|records| records.quotas.breaches.clone())
    }

    /// Somebody duplicates a project, its custom fields with it, which nothing tells of; the copy's id.
    ///
    /// # Errors
    /// There is no such project.
    pub fn duplicate(&self, project: u64) -> Result<u64, Misuse> {
        self.shelf.change(|records, now| {
            let fields = records.projects.get(&project).ok_or(Misuse::NoSuchProject(project))?.fields.clone();
            Ok(records.add_project(fields, now))
        })
    }

    /// Somebody edits a contact by hand, by the document's names.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn edit_contact(&self, contact: u64, fields: Map<String, Value>) -> Result<(), Misuse> {
        self.shelf.with(|records| {
            let known = records.contacts.get_mut(&contact).ok_or(Misuse::NoSuchContact(contact))?;
            known.fields.extend(fields);
            Ok(())
        })
    }

    /// Stops its clock at this time.
    pub fn stop_clock_at(&self, now: DateTime<Utc>) {
        self.shelf.backstage().clock.stop_at(now);
        self.shelf.catch_up();
    }

    /// Deliveries wait from now on. Nothing settles until they are released.
    pub fn hold_deliveries(&self) {
        self.shelf.with(|records| records.post.is_held = true);
    }

    /// They go out, in this order, which [`FakeRelay::deliveries`] then has too.
    pub fn release_deliveries(&self, order: ReleaseOrder) {
        self.shelf.change(|records, _| records.release(order));
    }
}
