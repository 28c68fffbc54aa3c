//! Contacts as callers write them: read, checked, then applied or refused.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fields::{self, FieldErrors};
use super::model::{Contact, Organisation, made_identifier, take};

/// The words for an e-mail that another contact of the organisation has.
const EMAIL_IN_USE: &str = "Email address is already in use.";

impl Organisation {
    /// Makes a contact.
    ///
    /// # Errors
    /// The body of the 400.
    pub(super) fn create_contact(&mut self, body: &Map<String, Value>, now: DateTime<Utc>) -> Result<u64, Value> {
        let details = self.read_contact(body, None).map_err(Value::Object)?;
        Ok(self.make_contact(details, now))
    }

    /// Changes what the body names of a contact that exists; what it leaves out stays.
    ///
    /// # Errors
    /// The body of the 400.
    pub(super) fn update_contact(
        &mut self,
        id: u64,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), Value> {
        let details = self.read_contact(body, Some(id)).map_err(Value::Object)?;
        self.edit_contact(id, now, |contact| contact.details.extend(details));
        Ok(())
    }

    /// Makes contacts that were read before.
    pub(super) fn make_contacts(&mut self, new: Vec<Map<String, Value>>, now: DateTime<Utc>) -> Vec<u64> {
        new.into_iter().map(|details| self.make_contact(details, now)).collect()
    }

    fn make_contact(&mut self, written: Map<String, Value>, now: DateTime<Utc>) -> u64 {
        let id = take(&mut self.next.contact);
        let mut details = fields::blank_contact();
        details.extend(written);
        self.add_contact(Contact { id, identifier: made_identifier("contact", id), details, kind: 0 }, now);
        id
    }

    /// New contacts; the errors stand in a list, an empty object for each contact that is right.
    pub(super) fn read_new_contacts(&self, new: &Value) -> Result<Vec<Map<String, Value>>, Value> {
        let new = new.as_array().ok_or_else(|| json!({"non_field_errors": ["Expected a list of items."]}))?;
        let mut contacts: Vec<Map<String, Value>> = Vec::new();
        let mut errors: Vec<Value> = Vec::new();
        for body in new {
            let read = body.as_object().ok_or_else(invalid_data).and_then(|body| self.read_contact(body, None));
            let taken_here = |details: &Map<String, Value>| contacts.iter().any(|other| same_email(other, details));
            match read {
                Ok(details) if taken_here(&details) => errors.push(Value::Object(email_in_use())),
                Ok(details) => {
                    contacts.push(details);
                    errors.push(json!({}));
                }
                Err(wrong) => errors.push(Value::Object(wrong)),
            }
        }
        if contacts.len() == new.len() { Ok(contacts) } else { Err(Value::Array(errors)) }
    }

    /// A contact's fields; `own` is the contact that they are for, if it exists already.
    fn read_contact(&self, body: &Map<String, Value>, own: Option<u64>) -> Result<Map<String, Value>, FieldErrors> {
        let details = fields::of_contact(body)?;
        let phone = text(&details, "phone");
        if !phone.is_empty() && !phone.contains(|character: char| character.is_ascii_digit()) {
            return Err(FieldErrors::from_iter([("phone".to_owned(), json!(["Enter a valid phone number."]))]));
        }
        let mut others = self.contacts.values().filter(|contact| Some(contact.id) != own);
        if others.any(|contact| same_email(&contact.details, &details)) {
            return Err(email_in_use());
        }
        Ok(details)
    }
}

fn invalid_data() -> FieldErrors {
    FieldErrors::from_iter([("non_field_errors".to_owned(), json!(["Invalid data. Expected a dictionary."]))])
}

fn email_in_use() -> FieldErrors {
    FieldErrors::from_iter([("email".to_owned(), json!([EMAIL_IN_USE]))])
}

/// Whether two contacts have the same e-mail, ignoring case. No e-mail is like no other.
fn same_email(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let email = text(one, "email");
    !email.is_empty() && email.to_lowercase() == text(other, "email").to_lowercase()
}

fn text<'a>(details: &'a Map<String, Value>, field: &str) -> &'a str {
    details.get(field).and_then(Value::as_str).unwrap_or_default()
}
