//! How the fake behaves, through the handle.

use super::access::{PASSWORD, USERNAME, Wallet};
use super::post::PostState;
use super::{Absence, FakeOpenSolar, Quirks, QuotaBreach, Quotas, ReleaseOrder};

/// Whatever is changed here counts from the next call on.
impl FakeOpenSolar {
    /// Answers open questions otherwise: `fake.behave(|quirks| quirks.lists.order = Ordering::IgnoredShuffled)`.
    pub fn behave(&self, change: impl FnOnce(&mut Quirks)) {
        self.office.change(|org| change(&mut org.quirks));
    }

    /// How it behaves.
    pub fn quirks(&self) -> Quirks {
        self.office.read(|org| org.quirks.clone())
    }

    /// The plan does not cover this project: by its id it is 403, and its webhooks stop. Lists still have it.
    pub fn put_out_of_reach(&self, project: u64) {
        self.office.change(|org| org.access.out_of_reach.insert(project));
    }

    /// The plan covers it again.
    pub fn bring_within_reach(&self, project: u64) {
        self.office.change(|org| org.access.out_of_reach.remove(&project));
    }

    /// Shows these fields of every project like this, in reads and in deliveries, whatever is in them.
    pub fn withhold(&self, fields: &[&str], absence: Absence) {
        self.office.change(|org| org.veil.0.extend(fields.iter().map(|field| ((*field).to_owned(), absence))));
    }

    /// Withholds nothing any more.
    pub fn withhold_nothing(&self) {
        self.office.change(|org| org.veil.0.clear());
    }

    /// Every token is refused with 401 from now on, until there is a new one.
    pub fn expire_token(&self) {
        self.office.change(|org| org.access.expire_tokens());
    }

    /// A new token, and the only one that is let in.
    pub fn new_token(&self) -> String {
        self.office.change(|org| {
            org.access.expire_tokens();
            org.access.issue_token()
        })
    }

    /// User name and password for `POST /api-token-auth/`, which gives a token without anybody's help.
    pub fn login(&self) -> (&'static str, &'static str) {
        (USERNAME, PASSWORD)
    }

    /// Whether calls above a quota are throttled. Breaches are counted either way.
    pub fn enforce_quotas(&self, quotas: Quotas) {
        self.office.change(|org| org.quotas.quotas = quotas);
    }

    /// How many calls a minute the one quota lets through whose number nobody published: lists, contacts and so on.
    pub fn set_other_quota(&self, per_minute: usize) {
        self.office.change(|org| org.quotas.other_per_minute = per_minute);
    }

    /// The calls that came while their quota was used up, in order.
    pub fn quota_breaches(&self) -> Vec<QuotaBreach> {
        self.office.read(|org| org.quotas.breaches.clone())
    }

    /// Nothing is left to pay for projects: creates are refused, as `answers.empty_wallet` of the quirks says. All
    /// else goes on.
    pub fn empty_wallet(&self) {
        self.office.change(|org| org.access.wallet = Wallet::Empty);
    }

    /// Somebody paid.
    pub fn refill_wallet(&self) {
        self.office.change(|org| org.access.wallet = Wallet::Filled);
    }

    /// Deliveries wait from now on. Nothing settles until they are released.
    pub fn hold_deliveries(&self) {
        self.office.change(|org| org.post.state = PostState::Held);
    }

    /// They go out, in this order, which [`FakeOpenSolar::deliveries`] then has too.
    pub fn release_deliveries(&self, order: ReleaseOrder) {
        self.office.change(|org| org.release(order));
    }
}
