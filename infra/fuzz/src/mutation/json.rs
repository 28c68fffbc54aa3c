//! Bends a JSON value at any of its places.

use serde_json::{Map, Value, json};

use super::odd::{RAW, TEXTS, VALUES, WORDS};
use crate::random::Random;

/// Stands where text is to be put that no value can hold.
const PLACE: &str = "@raw@";

/// The value with one to four things done to it, as text: some of what it then is, a [`Value`] cannot be.
pub(super) fn bent(mut value: Value, random: &mut Random) -> String {
    for _ in 0..=random.below(4) {
        let [place, another] = [(); 2].map(|()| random.below(size(&value)));
        let other = nth(&mut value, another).map(|other| other.clone()).unwrap_or_default();
        if let Some(node) = nth(&mut value, place) {
            bend(node, other, random);
        }
    }
    let text = value.to_string();
    match text.contains(PLACE) {
        true => text.replace(&format!("\"{PLACE}\""), random.pick::<&str>(&RAW)),
        false => text,
    }
}

fn bend(node: &mut Value, other: Value, random: &mut Random) {
    match random.below(10) {
        0 | 1 => *node = random.pick(&VALUES).clone(),
        2 => *node = other,
        3 => *node = json!(PLACE),
        4 => *node = json!([node.take()]),
        5 => *node = json!({ (*random.pick(&WORDS)): node.take() }),
        _ => match node {
            Value::Object(fields) => bend_object(fields, other, random),
            Value::Array(items) => bend_array(items, other, random),
            Value::String(text) => *text = bent_text(text, random),
            Value::Number(_) => *node = json!(random.number() >> random.below(64)),
            Value::Null | Value::Bool(_) => *node = json!(random.one_in(2)),
        },
    }
}

fn bend_object(fields: &mut Map<String, Value>, other: Value, random: &mut Random) {
    let names: Vec<String> = fields.keys().cloned().collect();
    let name = names.get(random.below(names.len())).cloned().unwrap_or_default();
    match random.below(4) {
        0 => {
            fields.remove(&name);
        }
        1 => {
            let value = fields.remove(&name).unwrap_or_default();
            fields.insert((*random.pick(&WORDS)).to_owned(), value);
        }
        2 => {
            let upper = name.to_uppercase();
            let value = fields.get(&name).cloned().unwrap_or_default();
            fields.insert(upper, value);
        }
        _ => {
            fields.insert((*random.pick(&WORDS)).to_owned(), other);
        }
    }
}

fn bend_array(items: &mut Vec<Value>, other: Value, random: &mut Random) {
    match random.below(4) {
        0 if !items.is_empty() => {
            items.remove(random.below(items.len()));
        }
        1 if items.len() < 64 => items.extend(items.clone()),
        2 => items.reverse(),
        _ => items.push(other),
    }
}

fn bent_text(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len());
    match random.below(5) {
        0 => characters.truncate(at),
        1 if !characters.is_empty() => characters[at] = *random.pick(&['0', '9', '-', ':', '/', ' ', '\0', 'Z', '☀']),
        2 if characters.len() < 4_096 => characters.extend(characters.clone()),
        3 => return (*random.pick(&TEXTS)).to_owned(),
        _ => {
            characters.splice(at..at, random.pick(&TEXTS).chars());
        }
    }
    characters.into_iter().collect()
}

/// How many values there are, itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The value at this place, counted as [`size`] does; beyond the last none.
fn nth(value: &mut Value, place: usize) -> Option<&mut Value> {
    if place == 0 {
        return Some(value);
    }
    let mut left = place - 1;
    let parts: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for part in parts {
        let size = size(part);
        if left < size {
            return nth(part, left);
        }
        left -= size;
    }
    None
}
