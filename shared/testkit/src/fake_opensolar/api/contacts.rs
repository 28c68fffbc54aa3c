//! Contacts.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::Organisation;
use super::replies::{bad_request, body, created, deleted, not_found, number};
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::model::Contact;
use crate::fake_opensolar::quirks::PutMeaning;
use crate::fake_opensolar::{fields, lists};

pub(super) fn list(org: &Organisation, request: &Request) -> Answer {
    org.page_of(lists::contacts(org, request), request, |contact| row(org, contact))
}

pub(super) fn read(org: &Organisation, id: &str) -> Answer {
    let contact = number(id).and_then(|id| org.contacts.get(&id));
    contact.map_or_else(not_found, |contact| Answer::ok(row(org, contact)))
}

pub(super) fn create(org: &mut Organisation, request: &Request, now: DateTime<Utc>) -> Answer {
    let made = body(request).and_then(|body| org.create_contact(&body, now).map_err(bad_request));
    match made.map(|id| org.contacts.get(&id)) {
        Ok(Some(contact)) => created(org, row(org, contact)),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

/// The documented verb.
pub(super) fn put(org: &mut Organisation, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let rest = match org.quirks.contacts.put {
        PutMeaning::KeepsTheRest => Map::new(),
        PutMeaning::EmptiesTheRest => fields::blank_contact(),
    };
    write(org, id, request, rest, now)
}

pub(super) fn patch(org: &mut Organisation, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    write(org, id, request, Map::new(), now)
}

pub(super) fn delete(org: &mut Organisation, id: &str, now: DateTime<Utc>) -> Answer {
    let removed = number(id).and_then(|id| org.remove_contact(id, now));
    removed.map_or_else(not_found, |_| deleted(org))
}

/// Writes what the body names over `rest`.
fn write(
    org: &mut Organisation,
    id: &str,
    request: &Request,
    mut rest: Map<String, Value>,
    now: DateTime<Utc>,
) -> Answer {
    let Some(number) = number(id).filter(|id| org.contacts.contains_key(id)) else { return not_found() };
    let updated = body(request).and_then(|body| {
        rest.extend(body);
        org.update_contact(number, &rest, now).map_err(bad_request)
    });
    match updated {
        Ok(()) => read(org, id),
        Err(refusal) => refusal,
    }
}

fn row(org: &Organisation, contact: &Contact) -> Value {
    Value::Object(org.contact(contact, org.links()))
}
