//! Input that is made to hurt: huge, deep, or of characters that somebody on the way cannot bear. Each piece is put into
//! each place of valid input, and has to be answered soon and without much memory.

use std::fs;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use fuzz::targets::named;
use serde_json::{Value, json};

/// No piece takes a twentieth of this, even here, where code is slow.
const LONG: Duration = Duration::from_secs(5);

/// The largest piece has 2 MB; nothing makes hundreds of it.
const MUCH: u64 = 300 * 1024 * 1024;

/// Stands for a piece in JSON that is still a value.
const PLACE: &str = "@place@";

/// The pieces, each as it stands in JSON text.
fn pieces() -> Vec<Vec<u8>> {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let keys = |name: fn(usize) -> String| {
        let fields: Vec<String> = (0..100_000).map(|number| format!("\"{}\":{number}", name(number))).collect();
        format!("{{{}}}", fields.join(","))
    };
    let digits = "9".repeat(100_000);
    let mut pieces: Vec<Vec<u8>> = [
        nested("[", "]"),
        nested("{\"a\":", "}"),
        nested("[{\"a\":", "}]"),
        "[".repeat(100_000),
        keys(|number| number.to_string()),
        keys(|_| "model_id".to_owned()),
        format!("[{}0]", "0,".repeat(100_000)),
        digits.clone(),
        format!("-{digits}"),
        format!("0.{digits}"),
        format!("1e{digits}"),
        format!("1e-{digits}"),
        format!("\"{digits}\""),
        format!("\"2026-11-20T12:00:00.{digits}Z\""),
        format!("\"https://{}/\"", "a.".repeat(50_000)),
        format!("\"{}\"", "\\u0000".repeat(10_000)),
        format!("\"{}\"", "\\ud800".repeat(10_000)),
        "1e400".to_owned(),
        "\"\u{0}\"".to_owned(),
        "\"\\u0000\\u0001\\u001f\\u007f\\u0085\"".to_owned(),
        "\"\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{10ffff}\"".to_owned(),
        "\"\\ufffe\\uffff\\udbff\\udfff\"".to_owned(),
        "\"\\udfff\\ud800\"".to_owned(),
        "\"+262142-12-31T23:59:59Z\"".to_owned(),
        "\"-262143-01-01T00:00:00Z\"".to_owned(),
        "\"+262142-12-31\"".to_owned(),
        "\"-262143-01-01\"".to_owned(),
        "\u{feff}1".to_owned(),
        String::new(),
    ]
    .map(String::into_bytes)
    .into();
    pieces.extend([b"\"\xff\xfe\"".to_vec(), b"\"\xed\xa0\x80\"".to_vec(), b"\"\xc0\x80\"".to_vec(), vec![0; 100_000]]);
    pieces
}

/// The document with the place at each of its fields in turn, and in one more.
fn places(document: &Value) -> Vec<String> {
    let mut places = Vec::new();
    let mut set = |pointer: &str, name: &str| {
        let mut changed = document.clone();
        if let Some(Value::Object(fields)) = changed.pointer_mut(pointer) {
            fields.insert(name.to_owned(), json!(PLACE));
            places.push(changed.to_string());
        }
    };
    for (name, value) in document.as_object().into_iter().flatten() {
        set("", name);
        for inner in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
            set(&format!("/{name}"), inner);
        }
    }
    set("", "unknown");
    places
}

fn with(place: &str, piece: &[u8]) -> Vec<u8> {
    let around: Vec<&str> = place.split(&format!("\"{PLACE}\"")).collect();
    let [before, after] = around.as_slice() else { panic!("one place") };
    [before.as_bytes(), piece, after.as_bytes()].concat()
}

/// The memory that this process had at most so far, in bytes (proc(5), `VmHWM`); nothing where nobody says.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0)
}

fn is_soon_read(target: &str, input: &[u8]) {
    let begun = Instant::now();
    (named(target).expect("a target").read)(input);
    let took = begun.elapsed();
    assert!(took < LONG, "{target}: {took:?} for {} bytes: {:.80}", input.len(), String::from_utf8_lossy(input));
}

fn stands_everything(target: &str, seed: usize) {
    let seed = (named(target).expect("a target").seeds)().swap_remove(seed);
    let before = most_memory();
    let places = places(&serde_json::from_slice(&seed).expect("JSON"));
    for piece in pieces() {
        is_soon_read(target, &piece);
        for place in &places {
            is_soon_read(target, &with(place, &piece));
        }
    }
    let more = most_memory().saturating_sub(before);
    assert!(more < MUCH, "{target}: {more} bytes more");
}

#[test]
fn a_webhook_that_is_made_to_hurt_is_read_or_refused() {
    stands_everything("envelope", 1);
}

#[test]
fn a_project_that_is_made_to_hurt_is_read_or_refused() {
    stands_everything("live-project", 1);
}

#[test]
fn a_project_of_the_design_contract_that_is_made_to_hurt_is_read_or_refused() {
    stands_everything("design-project", 0);
}

#[test]
fn an_event_of_the_design_contract_that_is_made_to_hurt_is_read_or_refused() {
    stands_everything("event", 3);
}

#[test]
fn a_sync_request_that_is_made_to_hurt_is_read_or_refused() {
    stands_everything("sync-request", 2);
}

#[test]
fn an_event_that_is_made_to_hurt_is_answered() {
    stands_everything("gateway", 0);
}

#[test]
fn a_body_that_is_made_to_hurt_is_answered_behind_the_door_too() {
    let seed = (named("gateway").expect("a target").seeds)().swap_remove(0);
    let event: Value = serde_json::from_slice(&seed).expect("JSON");
    let body: Value = serde_json::from_str(event["body"].as_str().expect("a body")).expect("JSON");
    for piece in pieces() {
        for place in places(&body) {
            let mut event = event.clone();
            event["body"] = json!(BASE64_STANDARD.encode(with(&place, &piece)));
            event["isBase64Encoded"] = json!(true);
            is_soon_read("gateway", event.to_string().as_bytes());
        }
    }
}
