//! What OpenSolar holds or is sent, field by field, under the fields' names.

use std::collections::BTreeMap;

use domain::fields::{Field, FieldValue, Fields, Patch};
use domain::request::Position;
use serde::{Deserialize, Serialize};

use super::BadField;

/// Values by field; a field that is blank is left out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct FieldsItem(BTreeMap<String, ValueItem>);

/// New values, and by name the fields that are to be blank: a null would be left out of the item.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PatchItem {
    set: BTreeMap<String, ValueItem>,
    blank: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum ValueItem {
    Flag(bool),
    Text(String),
    Place { latitude: f64, longitude: f64 },
}

/// DynamoDB refuses a number that is smaller than 1e-130 and not zero; this much below a nanometre, it is zero.
pub(crate) fn storable(degrees: f64) -> f64 {
    if degrees.abs() < 1e-100 { 0.0 } else { degrees }
}

impl FieldsItem {
    /// As the fields are stored.
    pub(crate) fn of<F: Field>(fields: &Fields<F>) -> Self {
        Self(fields.iter().map(|(field, value)| (name(field), value.into())).collect())
    }

    /// The fields; `at` is where they stand in the item, for the error.
    pub(crate) fn fields<F: Field>(self, at: &'static str) -> Result<Fields<F>, BadField> {
        self.0.into_iter().map(|(name, value)| Ok((named(&name, at)?, Some(value.value(at)?)))).collect()
    }
}

impl PatchItem {
    /// As the patch is stored.
    pub(crate) fn of<F: Field>(patch: &Patch<F>) -> Self {
        let set = patch.iter().filter_map(|(field, value)| Some((name(field), value?.into()))).collect();
        let blank = patch.iter().filter(|(_, value)| value.is_none()).map(|(field, _)| name(field)).collect();
        Self { set, blank }
    }

    /// The patch; `at` is where it stands in the item, for the error.
    pub(crate) fn patch<F: Field>(self, at: &'static str) -> Result<Patch<F>, BadField> {
        let set = self.set.into_iter().map(|(name, value)| Ok((named(&name, at)?, Some(value.value(at)?))));
        let blank = self.blank.iter().map(|name| Ok((named(name, at)?, None)));
        set.chain(blank).collect()
    }
}

fn name<F: Field>(field: F) -> String {
    field.as_str().to_owned()
}

fn named<F: Field>(name: &str, at: &'static str) -> Result<F, BadField> {
    F::parse(name).ok_or(BadField(at))
}

impl From<&FieldValue> for ValueItem {
    fn from(value: &FieldValue) -> Self {
        match value {
            FieldValue::Text(text) => Self::Text(text.clone()),
            FieldValue::Flag(flag) => Self::Flag(*flag),
            FieldValue::Place(Position { latitude, longitude }) => {
                Self::Place { latitude: storable(*latitude), longitude: storable(*longitude) }
            }
        }
    }
}

impl ValueItem {
    fn value(self, at: &'static str) -> Result<FieldValue, BadField> {
        Ok(match self {
            Self::Text(text) => FieldValue::Text(text),
            Self::Flag(flag) => FieldValue::Flag(flag),
            Self::Place { latitude, longitude } => {
                FieldValue::Place(Position::new(latitude, longitude).ok_or(BadField(at))?)
            }
        })
    }
}
