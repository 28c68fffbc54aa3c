//! What is seen through the port, beside what the model says.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::ids::{OrgId, ProjectId, RequestId};
use domain::ports::{DueIn, LimitName, ListedStatus, ProjectsPage, Store, SweepName};
use domain::project::{Project, Shelf, SyncStatus};
use domain::webhook::unreadable_key;
use uuid::Uuid;

use super::moves::{OTHER, requests};
use super::{Model, next_millisecond};
use crate::builders::{MINUTE, NOON, ORG, delivery_key, every_lane, every_news, notice, phone};

const ANSWERS: &str = "the store answers";

impl Model {
    /// Panics unless the store shows what the model has.
    pub(super) async fn is_what_is_seen(&self, store: &dyn Store) {
        for org in [ORG, OTHER] {
            for request in requests() {
                self.records_are_seen(store, org, &request).await;
            }
            for number in 1..5 {
                self.references_are_seen(store, org, number).await;
            }
            self.deliveries_are_seen(store, org).await;
            self.settings_are_seen(store, org).await;
            self.shelves_are_seen(store, org).await;
            self.lists_are_seen(store, org).await;
        }
        let active = store.configuration().await.expect(ANSWERS).map(|configuration| configuration.account.org);
        assert_eq!(active, self.active);
        self.due_is_seen(store).await;
    }

    async fn records_are_seen(&self, store: &dyn Store, org: OrgId, request: &RequestId) {
        let seen = store.project(org, request).await.expect(ANSWERS);
        assert_eq!(seen.as_ref(), self.projects.get(&(org, request.clone())));
        let outbox = self.outbox.range((org, request.clone(), String::new())..);
        let outbox = outbox.take_while(|((of, whose, _), _)| *of == org && whose == request);
        let outbox: Vec<_> = outbox.map(|(_, entry)| entry.clone()).collect();
        assert_eq!(store.outbox(org, request).await.expect(ANSWERS), outbox);
        for (epoch, news) in (0..4).zip(every_news()) {
            let key = notice(request, news, epoch).key;
            let seen = store.notice(org, &key).await.expect(ANSWERS);
            assert_eq!(seen.as_ref(), self.notices.get(&(org, key)));
        }
    }

    async fn references_are_seen(&self, store: &dyn Store, org: OrgId, number: u32) {
        let identifier = Uuid::from_u128(number.into());
        let seen = store.intended_by(org, identifier).await.expect(ANSWERS);
        assert_eq!(seen.as_ref(), self.intents.get(&(org, identifier)));
        let project = ProjectId::from(u64::from(9_000_000 + number));
        let seen = store.linked_to(org, &project).await.expect(ANSWERS);
        assert_eq!(seen.as_ref(), self.links.get(&(org, project.clone())));
        let held = self.held.range((org, project.clone(), String::new())..);
        let held = held.take_while(|((of, held_for, _), _)| *of == org && *held_for == project);
        let held: Vec<_> = held.map(|(_, key)| key.clone()).collect();
        assert_eq!(store.held(org, &project).await.expect(ANSWERS), held);
        let phone = phone(number);
        let seen = store.contact(org, &phone).await.expect(ANSWERS);
        assert_eq!(seen.as_ref(), self.contacts.get(&(org, phone.e164().to_owned())));
    }

    async fn deliveries_are_seen(&self, store: &dyn Store, org: OrgId) {
        for key in [delivery_key(1), delivery_key(2), unreadable_key("00ff")] {
            let seen = store.delivery(org, &key).await.expect(ANSWERS);
            assert_eq!(seen.as_ref(), self.delivery(org, &key));
        }
        let (since, until) = (self.now - TimeDelta::days(30), self.now);
        let seen = store.arrivals(org, since, until).await.expect(ANSWERS);
        let seen: BTreeSet<_> = seen.into_iter().collect();
        let arrived = self.deliveries.iter().filter(|((of, key), log)| {
            *of == org && self.delivery(org, key).is_some() && (since..until).contains(&log.received_at)
        });
        assert_eq!(seen, arrived.map(|((_, key), log)| (key.clone(), log.received_at)).collect());
    }

    async fn settings_are_seen(&self, store: &dyn Store, org: OrgId) {
        let seen = store.configuration_of(org).await.expect(ANSWERS);
        assert_eq!(seen.as_ref(), self.configurations.get(&org));
        assert_eq!(store.stages(org).await.expect(ANSWERS).as_ref(), self.stages.get(&org));
        for sweep in [SweepName::Status, SweepName::Resume] {
            let seen = store.checkpoint(org, sweep).await.expect(ANSWERS);
            assert_eq!(seen.as_ref(), self.checkpoints.get(&(org, sweep)));
        }
        for name in LimitName::ALL {
            assert_eq!(store.limit(org, name).await.expect(ANSWERS).as_ref(), self.limits.get(&(org, name)));
        }
    }

    /// Those before a time, in the order of their times; how equals are ordered is not promised.
    async fn shelves_are_seen(&self, store: &dyn Store, org: OrgId) {
        for shelf in [Shelf::Paused, Shelf::Open] {
            let before = NOON + MINUTE * 10;
            let time_of = |request: &RequestId| {
                let (on, at) = self.projects.get(&(org, request.clone()))?.shelf()?;
                (on == shelf && next_millisecond(at) < before).then(|| next_millisecond(at))
            };
            let seen = store.shelved(org, shelf, before, 10).await.expect(ANSWERS);
            let times: Vec<_> = seen.iter().map(time_of).collect();
            assert!(times.is_sorted() && times.iter().all(Option::is_some), "{shelf:?}: {seen:?}");
            let expected: BTreeSet<_> = requests().filter(|request| time_of(request).is_some()).collect();
            assert_eq!((seen.len(), seen.into_iter().collect()), (expected.len(), expected), "{shelf:?}");
        }
    }

    /// Each list, two rows at a time.
    async fn lists_are_seen(&self, store: &dyn Store, org: OrgId) {
        let synced = [SyncStatus::Pending, SyncStatus::Synced, SyncStatus::SyncFailed, SyncStatus::Updated];
        let narrowed = synced.map(ListedStatus::Synced).map(Some);
        for status in narrowed.into_iter().chain([Some(ListedStatus::Skipped), None]) {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = ProjectsPage { status, after, limit: 2 };
                let list = store.projects(org, page).await.expect(ANSWERS);
                seen.extend(list.rows.into_iter().map(|row| (row.request, row.status, row.updated_at, row.project)));
                after = list.next;
                if after.is_none() {
                    break;
                }
            }
            let status_of =
                |project: &Project| project.sync_status().map_or(ListedStatus::Skipped, ListedStatus::Synced);
            let of_org = self.projects.values().filter(|project| project.org == org);
            let mut listed: Vec<_> =
                of_org.filter(|project| status.is_none_or(|status| status_of(project) == status)).collect();
            listed.sort_by_key(|project| std::cmp::Reverse(project.created_at));
            let row = |project: &Project| {
                let remote = project.remote.as_ref().map(|remote| remote.project.clone());
                (project.request_id().clone(), status_of(project), project.updated_at, remote)
            };
            assert_eq!(seen, listed.into_iter().map(row).collect::<Vec<_>>(), "{status:?}");
        }
    }

    /// What is due by several times, whole and a part of it, and nothing that has expired.
    async fn due_is_seen(&self, store: &dyn Store) {
        let mut lanes = every_lane(ORG);
        lanes.extend(every_lane(OTHER).into_iter().skip(1));
        for (by, limit) in [(NOON + MINUTE * 5, 2), (NOON + TimeDelta::days(3_650), 100)] {
            let wanted: Vec<_> = lanes.iter().map(|lane| DueIn { lane: *lane, by, limit }).collect();
            assert_eq!(store.due(&wanted).await.expect(ANSWERS), self.due(&wanted));
        }
    }
}
