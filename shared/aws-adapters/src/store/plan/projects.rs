//! Records: each with its entries in the indexes.

use domain::ids::Revision;
use domain::project::{Lane, Project};

use super::{Plan, set_due, set_feed, set_shelf};
use crate::store::items::{ProjectItem, attribute, listed_status, project_summary, status_name, written};
use crate::store::keys::{Item, Key, project_feed};
use crate::store::write::Write;

/// The name of the list that every record is in.
pub(in crate::store) const ALL: &str = "all";

impl Plan {
    /// The record as it is after the revision that was read, and its entry in the list of all records.
    ///
    /// An item is in one list of an index only: the record's own is the list of its status. Filtering a list of all
    /// by status would read, and bill, all that it leaves out; so the other list has an entry of its own.
    pub(super) fn project(self, project: &Project, read: Revision) -> (Write, Write) {
        let key = Key::project(project.org, project.request_id());
        let mut record = written(&ProjectItem::of(project, read.next()));
        set_due(&mut record, &key, Lane::of(project), project.wake());
        set_shelf(&mut record, project.org, project.shelf());
        list(&mut record, project, status_name(listed_status(project)));
        let mut entry = Item::new();
        list(&mut entry, project, ALL);
        let listed = Write::put(Key::listed(project.org, project.request_id()), entry);
        (Write::put(key, record).stamped(self.commit), listed)
    }
}

fn list(item: &mut Item, project: &Project, name: &str) {
    set_feed(item, project_feed(project.org, name), project.created_at);
    item.insert("summary".to_owned(), attribute(&project_summary(project)));
}
