//! The records as the table has them: forms of the adapter's own, so that neither side bends for the other.
//!
//! Times are text (RFC 3339), enums are maps with their variant's name, what is absent is left out.

mod contact_choice;
mod delivery;
mod fields;
#[cfg(test)]
mod later;
mod listing;
mod logs;
mod new_project;
mod notice;
mod observed;
mod project;
mod references;
mod settings;
mod sync_state;
mod told;
mod update;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Deserializer;

pub(crate) use delivery::{
    DeliveryItem, DeliveryStatusItem, PAYLOAD_KEPT, delivery_feeds, delivery_lists, delivery_reason, delivery_summary,
    payload, payload_item,
};
pub(crate) use listing::{ListedItem, listed_status, project_summary, status_name};
pub(crate) use logs::{DecisionItem, LOG_KEPT, SyncLogItem};
pub(crate) use notice::NoticeItem;
pub(crate) use project::ProjectItem;
pub(crate) use references::{ContactItem, HeldItem, IntentItem, LinkItem, NumberItem, OutboxItem};
pub(crate) use settings::{ActiveItem, CheckpointItem, ConfigurationItem, LimitItem, StagesItem, checked};

use super::keys::Item;

/// A field that holds something that this version of the program never writes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadField(pub(crate) &'static str);

/// A form in which something is stored.
pub(crate) trait Form: Serialize + DeserializeOwned {
    /// What the key of such an item says it is; named when one cannot be read.
    const KIND: &'static str;
}

/// The item of a form, without its key.
pub(crate) fn written(form: &impl Serialize) -> Item {
    let mut item: Item = serde_dynamo::to_item(form).expect("forms are structs with text for keys");
    leave_out_nulls(&mut item);
    item
}

/// The attribute of a part of a form.
pub(crate) fn attribute(part: &impl Serialize) -> AttributeValue {
    let mut value = serde_dynamo::to_attribute_value(part).expect("forms have text for keys");
    leave_out_nulls_within(&mut value);
    value
}

fn leave_out_nulls(fields: &mut Item) {
    fields.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    fields.values_mut().for_each(leave_out_nulls_within);
}

fn leave_out_nulls_within(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(fields) => leave_out_nulls(fields),
        AttributeValue::L(values) => values.iter_mut().for_each(leave_out_nulls_within),
        _ => {}
    }
}

/// The record that an item holds. The error names the field, never what is in it: that may be personal.
pub(crate) fn read<F, R>(item: Item) -> Result<R, StoreError>
where
    F: Form,
    R: TryFrom<F, Error = BadField>,
{
    let fields = serde_dynamo::Item::from(item).into();
    let deserializer = Deserializer::from_attribute_value(serde_dynamo::AttributeValue::M(fields));
    let form: F =
        serde_path_to_error::deserialize(deserializer).map_err(|error| unreadable::<F>(&error.path().to_string()))?;
    R::try_from(form).map_err(|BadField(field)| unreadable::<F>(field))
}

/// The error of an item that has something else in a field than this version of the program writes there.
pub(crate) fn unreadable<F: Form>(field: &str) -> StoreError {
    StoreError::Unreadable { problem: format!("{} item, field {field}", F::KIND) }
}

/// At most so many bytes of free text are kept in a row of a log, so that the row stays below 8 KB.
const LOG_TEXT: usize = 4_096;

/// The text, cut at a whole character where it is longer than a log's row may have it.
fn log_text(text: &str) -> String {
    cut(text, LOG_TEXT)
}

/// At most `limit` bytes of the text, cut at a whole character.
fn cut(text: &str, limit: usize) -> String {
    text[..text.floor_char_boundary(limit)].to_owned()
}
