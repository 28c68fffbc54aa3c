//! Contacts as callers write them: read, checked, then applied or refused.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fields::{self, FieldErrors};
use super::model::{Contact, Organisation, made_identifier, take};
use super::quirks::{DirectEmail, EmailCase, EmailRefusal, EmptyEmail, JunkPhone};

/// The words for an e-mail that another contact of the organisation has.
const EMAIL_IN_USE: &str = "Email address is already in use.";
/// The same in other words; that they contain "already in use" is all that clients have seen of it.
const EMAIL_IN_USE_LONGER: &str = "This email address is already in use by another contact in your organisation.";

impl Organisation {
    /// Makes a contact.
    ///
    /// # Errors
    /// The body of the 400.
    pub(super) fn create_contact(&mut self, body: &Map<String, Value>, now: DateTime<Utc>) -> Result<u64, Value> {
        let details = self.read_contact(body).and_then(|details| self.check_direct(details, None));
        let details = details.map_err(Value::Object)?;
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
        let details = self.read_contact(body).and_then(|details| self.check_direct(details, Some(id)));
        let details = details.map_err(Value::Object)?;
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
            let read = body.as_object().ok_or_else(invalid_data).and_then(|body| self.read_contact(body));
            let read = read.and_then(|details| self.check_email(details, None));
            let taken_here =
                |details: &Map<String, Value>| contacts.iter().any(|other| self.same_email(other, details));
            match read {
                Ok(details) if taken_here(&details) => errors.push(Value::Object(self.email_in_use())),
                Ok(details) => {
                    contacts.push(details);
                    errors.push(json!({}));
                }
                Err(wrong) => errors.push(Value::Object(wrong)),
            }
        }
        if contacts.len() == new.len() {
            return Ok(contacts);
        }
        let in_use = errors.iter().any(|error| error.get("email").is_some());
        match self.quirks.contacts.email_refusal {
            EmailRefusal::AsText if in_use => Err(json!([EMAIL_IN_USE])),
            EmailRefusal::AsText | EmailRefusal::ByContact | EmailRefusal::InOtherWords => Err(Value::Array(errors)),
        }
    }

    /// A contact's fields, without a look at other contacts.
    fn read_contact(&self, body: &Map<String, Value>) -> Result<Map<String, Value>, FieldErrors> {
        let details = fields::of_contact(body)?;
        let phone = text(&details, "phone");
        let junk = !phone.is_empty() && !phone.contains(|character: char| character.is_ascii_digit());
        if junk && self.quirks.contacts.junk_phone == JunkPhone::Refused {
            return Err(field_error("phone", "Enter a valid phone number."));
        }
        let empty = details.get("email").and_then(Value::as_str).is_some_and(str::is_empty);
        if empty && self.quirks.contacts.empty_email == EmptyEmail::Refused {
            return Err(field_error("email", "This field may not be blank."));
        }
        Ok(details)
    }

    /// As [`Organisation::check_email`], where contacts are written by themselves and not within a project.
    fn check_direct(&self, details: Map<String, Value>, own: Option<u64>) -> Result<Map<String, Value>, FieldErrors> {
        match self.quirks.contacts.direct_email {
            DirectEmail::Refused => self.check_email(details, own),
            DirectEmail::MayRepeat => Ok(details),
        }
    }

    /// Passes the fields on if no contact but `own` has their e-mail.
    fn check_email(&self, details: Map<String, Value>, own: Option<u64>) -> Result<Map<String, Value>, FieldErrors> {
        let mut others = self.contacts.values().filter(|contact| Some(contact.id) != own);
        if others.any(|contact| self.same_email(&contact.details, &details)) {
            return Err(self.email_in_use());
        }
        Ok(details)
    }

    /// Whether two contacts have the same e-mail. No e-mail is like no other.
    fn same_email(&self, one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
        let (one, other) = (text(one, "email"), text(other, "email"));
        let same = match self.quirks.contacts.email_case {
            EmailCase::Ignored => one.to_lowercase() == other.to_lowercase(),
            EmailCase::Matters => one == other,
        };
        same && !one.is_empty()
    }

    fn email_in_use(&self) -> FieldErrors {
        let words = match self.quirks.contacts.email_refusal {
            EmailRefusal::ByContact | EmailRefusal::AsText => EMAIL_IN_USE,
            EmailRefusal::InOtherWords => EMAIL_IN_USE_LONGER,
        };
        field_error("email", words)
    }
}

fn invalid_data() -> FieldErrors {
    field_error("non_field_errors", "Invalid data. Expected a dictionary.")
}

fn field_error(field: &str, words: &str) -> FieldErrors {
    FieldErrors::from_iter([(field.to_owned(), json!([words]))])
}

fn text<'a>(details: &'a Map<String, Value>, field: &str) -> &'a str {
    details.get(field).and_then(Value::as_str).unwrap_or_default()
}
