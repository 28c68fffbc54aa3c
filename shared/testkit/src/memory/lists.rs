//! What the table's indexes tell, from the records themselves.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::{OrgId, RequestId};
use domain::ports::{DueIn, DueItem, ListedStatus, ProjectList, ProjectListing, ProjectsPage, StoreError};
use domain::project::{Lane, Project, Shelf};

use super::effects::Before;
use super::items::{Record, index_time};

/// An entry's place in a list: newest first, and those of one moment in any order that stays.
type Place = (DateTime<Utc>, RequestId);

impl Before<'_> {
    /// What is due, the oldest first.
    pub(super) fn due(&self, wanted: &[DueIn]) -> Vec<DueItem> {
        let mut wanted: BTreeMap<Lane, DueIn> = wanted.iter().map(|wanted| (wanted.lane, *wanted)).collect();
        let there = self.items.iter().filter(|(_, item)| item.is_there(self.now));
        let waiting = there.filter_map(|(key, item)| Some((item.due.as_ref()?, item, key)));
        let waiting = waiting.map(|((at, wake), item, key)| (*at, item.lane(), key, wake));
        let is_due =
            |(at, lane, ..): &(DateTime<Utc>, Lane, _, _)| wanted.get(lane).is_some_and(|wanted| *at <= wanted.by);
        let mut due: Vec<_> = waiting.filter(is_due).collect();
        // They are in the order of their keys, which this keeps for those of one moment.
        due.sort_by_key(|(at, ..)| *at);
        due.retain(|(_, lane, ..)| match wanted.get_mut(lane) {
            Some(wanted) if 0 < wanted.limit => {
                wanted.limit -= 1;
                true
            }
            Some(_) | None => false,
        });
        let due = due.into_iter();
        due.map(|(at, lane, key, wake)| DueItem { key: key.clone(), lane, at, wake: wake.clone() }).collect()
    }

    /// The records on a shelf before a time, earliest first.
    pub(super) fn on_shelf(&self, org: OrgId, shelf: Shelf, before: DateTime<Utc>, limit: usize) -> Vec<RequestId> {
        let mut found: Vec<_> = self
            .projects(org)
            .filter_map(|project| {
                let (on, at) = project.shelf()?;
                let is_wanted = on == shelf && index_time(at) < index_time(before);
                is_wanted.then(|| (index_time(at), project.request_id().clone()))
            })
            .collect();
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, request)| request).collect()
    }

    /// A page of a list.
    pub(super) fn listed(&self, org: OrgId, page: &ProjectsPage) -> Result<ProjectList, StoreError> {
        let list = (org, page.status);
        let after = page.after.as_ref().map(|cursor| place(cursor, list).ok_or_else(unknown_cursor)).transpose()?;
        let mut rows: Vec<ProjectListing> = self.projects(org).map(listing).collect();
        rows.retain(|row| page.status.is_none_or(|status| row.status == status));
        rows.retain(|row| after.as_ref().is_none_or(|after| place_of(row) < *after));
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(place_of(row)));
        let is_last = rows.len() <= page.limit;
        rows.truncate(page.limit);
        let end =
            if is_last { None } else { rows.last().map(|row| cursor(list, &place_of(row))).or(page.after.clone()) };
        Ok(ProjectList { rows, next: end })
    }

    fn projects(&self, org: OrgId) -> impl Iterator<Item = &Project> {
        self.items.values().filter_map(move |item| match &item.record {
            Record::Project(project) if project.org == org => Some(&**project),
            _ => None,
        })
    }
}

fn listing(project: &Project) -> ProjectListing {
    ProjectListing {
        request: project.request_id().clone(),
        order_number: project.desired.order_number.clone(),
        status: project.sync_status().map_or(ListedStatus::Skipped, ListedStatus::Synced),
        project: project.remote.as_ref().map(|remote| remote.project.clone()),
        created_at: project.created_at,
        updated_at: project.updated_at,
    }
}

fn place_of(row: &ProjectListing) -> Place {
    (index_time(row.created_at), row.request.clone())
}

/// Letters, digits, `-` and `_` only, as in the table's.
fn cursor(list: (OrgId, Option<ListedStatus>), (at, request): &Place) -> String {
    format!("{}_{}_{request}", name(list), at.timestamp_millis())
}

fn place(cursor: &str, list: (OrgId, Option<ListedStatus>)) -> Option<Place> {
    let (at, request) = cursor.strip_prefix(&name(list))?.strip_prefix('_')?.split_once('_')?;
    Some((DateTime::from_timestamp_millis(at.parse().ok()?)?, request.parse().ok()?))
}

fn name((org, status): (OrgId, Option<ListedStatus>)) -> String {
    match status {
        None => format!("{org}-all"),
        Some(ListedStatus::Skipped) => format!("{org}-skipped"),
        Some(ListedStatus::Synced(status)) => format!("{org}-{}", status.as_str()),
    }
}

fn unknown_cursor() -> StoreError {
    StoreError::Unreadable { problem: "the list's cursor is not one that this list gave".to_owned() }
}
