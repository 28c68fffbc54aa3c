//! Files that are made from the code: compared, or written anew when somebody asks for it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What brings every kept file up to date.
const COMMAND: &str = "REGENERATE=1 cargo test -p integration-tests --test contracts";

/// A file of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above its crates").join(name)
}

/// A file's text.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name} cannot be read: {error}"))
}

/// A JSON file's value.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name} is not JSON: {error}"))
}

/// A JSON file has to hold this, in whatever order and layout.
pub(crate) fn json_is(name: &str, current: &Value) {
    let is_current =
        fs::read_to_string(path(name)).is_ok_and(|kept| serde_json::from_str(&kept).ok().as_ref() == Some(current));
    if !is_current {
        let written = serde_json::to_string_pretty(current).expect("a value is JSON");
        renew(name, &format!("{written}\n"));
    }
}

/// Between the two markers a text file has to hold this.
pub(crate) fn section_is(name: &str, begin: &str, end: &str, current: &str) {
    let kept = text(name);
    let (before, rest) = kept.split_once(begin).unwrap_or_else(|| panic!("{name} has no {begin}"));
    let (section, after) = rest.split_once(end).unwrap_or_else(|| panic!("{name} has no {end}"));
    if section.trim() != current.trim() {
        renew(name, &format!("{before}{begin}\n\n{}\n\n{end}{after}", current.trim()));
    }
}

fn renew(name: &str, current: &str) {
    assert!(env::var_os("REGENERATE").is_some(), "{name} is not as the code says; bring it up to date: {COMMAND}");
    fs::write(path(name), current).unwrap_or_else(|error| panic!("{name} cannot be written: {error}"));
}
