//! The handle's switches: who is let in and paid for, quotas, the clock, deliveries that wait.

use chrono::{DateTime, Utc};

use super::{FakeRelay, Quirks};
use crate::fake_http::Api;
use crate::fake_opensolar::{QuotaBreach, Quotas, ReleaseOrder};

impl FakeRelay {
    /// From now on it answers some question otherwise.
    pub fn behave(&self, change: impl FnOnce(&mut Quirks)) {
        self.shelf.with(|records| change(&mut records.quirks));
    }

    /// From now on every token is refused.
    pub fn expire_token(&self) {
        self.shelf.with(|records| records.token = None);
    }

    /// From now on creates of projects want payment, and nothing else does.
    pub fn empty_wallet(&self) {
        self.shelf.with(|records| records.wallet_is_empty = true);
    }

    /// Whether calls above a quota are throttled. The quotas are those of [`FakeOpenSolar`](crate::FakeOpenSolar).
    pub fn quotas(&self, quotas: Quotas) {
        self.shelf.with(|records| records.quotas.quotas = quotas);
    }

    /// Calls above a quota, enforced or not.
    pub fn quota_breaches(&self) -> Vec<QuotaBreach> {
        self.shelf.with(|records| records.quotas.breaches.clone())
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
