//! Items that a later version of the program wrote: what it added to them keeps nobody from reading the rest.

use std::fmt::Debug;

use domain::notification::Notice;
use domain::ports::{Checkpoint, Limit, LimitName, Stages, SweepName};
use domain::project::{ContactChoice, Project};
use domain::webhook::DeliveryLog;
use testkit::builders::{
    NOON, complete_project, delivery_log, every_contact_choice, every_delivery_status, every_news, every_notice_state,
    every_sync_state, notice, outbox_entry, pending_project,
};

use super::*;

/// Attributes whose own are data: values by field, and counts by milestone.
const MAPS: [&str; 5] = ["site", "set", "epochs", "pushed", "fields"];

fn of_a_later_version(item: &mut Item) {
    for (name, value) in item.iter_mut() {
        if !MAPS.contains(&name.as_str()) {
            within(value);
        }
    }
    item.insert(
        "added_later".to_owned(),
        AttributeValue::M(Item::from([("of".to_owned(), AttributeValue::Bool(true))])),
    );
}

fn within(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(fields) => of_a_later_version(fields),
        AttributeValue::L(values) => values.iter_mut().for_each(within),
        _ => {}
    }
}

/// Reads an item as it is, and as a later version might have written it.
fn is_read<F, R>(form: &F, expected: &R)
where
    F: Form,
    R: TryFrom<F, Error = BadField> + PartialEq + Debug,
{
    let item = written(form);
    let mut later = item.clone();
    of_a_later_version(&mut later);
    for item in [item, later] {
        assert_eq!(&read::<F, R>(item).expect("readable"), expected);
    }
}

#[test]
fn a_record_is_read_whatever_a_later_version_added_to_it() {
    let revision = domain::ids::Revision(1);
    let is_read_back = |project: Project| {
        let form = ProjectItem::of(&project, revision);
        is_read(&form, &Project { revision, ..project });
    };
    for sync in every_sync_state() {
        is_read_back(Project { sync: sync.clone(), ..complete_project("1042") });
        is_read_back(Project { sync, ..pending_project("1042") });
    }
    for contact in every_contact_choice() {
        let contact: ContactChoice = contact;
        is_read_back(Project { contact, ..complete_project("1042") });
    }
}

#[test]
fn rows_and_entries_are_read_whatever_a_later_version_added_to_them() {
    let request = "1042".parse().expect("an id");
    for status in every_delivery_status() {
        let log = DeliveryLog { status, ..delivery_log(1) };
        is_read(&DeliveryItem::from(&log), &log);
    }
    let revision = domain::ids::Revision(1);
    for news in every_news() {
        for state in every_notice_state() {
            let entry = Notice { state, ..notice(&request, news.clone(), 1) };
            is_read(&NoticeItem::of(&entry, revision), &Notice { revision, ..entry.clone() });
        }
    }
    let entry = outbox_entry(&request, "01A");
    is_read(&OutboxItem::from(&entry), &entry);
}

#[test]
fn what_belongs_to_no_request_is_read_whatever_a_later_version_added_to_it() {
    let revision = domain::ids::Revision(1);
    let stages = Stages { read_at: NOON, stages: Vec::new() };
    is_read(&StagesItem::from(&stages), &stages);
    let limit = Limit { name: LimitName::Reads, revision, state: "{}".to_owned() };
    is_read(&LimitItem::of(&limit, revision), &limit);
    let checkpoint = Checkpoint { sweep: SweepName::Status, revision, progress: "{}".to_owned(), wake: None };
    is_read(&CheckpointItem::of(&checkpoint, revision), &checkpoint);
}
