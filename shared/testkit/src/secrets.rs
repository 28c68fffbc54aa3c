//! The secrets of the tests. Each has [`MARK`] in it, so that whoever reads what a run left can tell that one got out.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What every secret of the tests has in it, and nothing else has.
pub const MARK: &str = "invented-secret";

/// What lets us into the fake OpenSolar.
pub const OPENSOLAR_TOKEN: &str = "invented-secret-of-opensolar";

/// What lets us into the fake relay.
pub const RELAY_TOKEN: &str = "invented-secret-of-the-relay";

/// What lets us into the fake WhatsApp.
pub const WHATSAPP_TOKEN: &str = "invented-secret-of-whatsapp";

/// What OpenSolar's webhooks carry in their credential header.
pub const WEBHOOK_KEY: &str = "invented-secret-of-the-webhooks";

/// What the events of the contract `design` are signed with.
pub const SIGNING_KEY: &str = "invented-secret-that-signs-events";

/// An operator's token.
pub const OPERATOR_TOKEN: &str = "invented-secret-of-an-operator-long-enough";

/// Whether a secret of the tests is in there.
pub fn is_in(bytes: &[u8]) -> bool {
    has(&String::from_utf8_lossy(bytes), MARK)
}

/// Whether a word is in a text: as it is, in other letters, or within something in base64. A word of ASCII letters and
/// digits is the same in JSON and in an address.
pub fn has(text: &str, word: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains(&word.to_lowercase()) || base64_forms(word).iter().any(|form| text.contains(form.as_str()))
}

/// What a word is in base64, wherever in a text it begins: without the digits that what is around it decides as well.
fn base64_forms(word: &str) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let digits = STANDARD_NO_PAD.encode(format!("{}{word}", "x".repeat(before)));
        let first = (before * 8_usize).div_ceil(6);
        let whole = (before + word.len()) * 8 / 6;
        digits[first..whole].to_owned()
    })
}

/// The files below a folder that have a secret of the tests in them, in order; a folder that is not there has none.
/// `is_left_out` tells of files and folders that are not looked at.
///
/// # Errors
/// If one cannot be read; one that goes away meanwhile is no error.
pub fn files_with_one(folder: &Path, is_left_out: &dyn Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Some(entries) = there(std::fs::read_dir(&folder))? else { continue };
        for entry in entries {
            let path = entry?.path();
            let Some(kind) = there(path.symlink_metadata())? else { continue };
            if is_left_out(&path) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && there(std::fs::read(&path))?.is_some_and(|bytes| is_in(&bytes)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn there<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_has_the_mark() {
        let secrets = [OPENSOLAR_TOKEN, RELAY_TOKEN, WHATSAPP_TOKEN, WEBHOOK_KEY, SIGNING_KEY, OPERATOR_TOKEN];
        assert!(secrets.iter().all(|secret| is_in(secret.as_bytes())));
    }

    #[test]
    fn a_secret_is_found_in_any_dress() {
        for before in 0..9 {
            let text = format!("{}{WEBHOOK_KEY} and more", "y".repeat(before));
            assert!(is_in(text.as_bytes()) && is_in(text.to_uppercase().as_bytes()), "{text}");
            assert!(is_in(STANDARD_NO_PAD.encode(&text).as_bytes()), "{text}");
        }
        assert!(!is_in(b"no secret is invented here") && !is_in(b""));
    }

    #[test]
    fn a_planted_secret_is_found_unless_its_place_is_left_out() {
        let folder = std::env::temp_dir().join(format!("planted-{}", std::process::id()));
        let within = folder.join("logs");
        std::fs::create_dir_all(&within).expect("a folder");
        std::fs::write(within.join("a.log"), "nothing").expect("a file");
        std::fs::write(within.join("b.log"), [b"\xff\0key: ", WEBHOOK_KEY.as_bytes()].concat()).expect("a file");
        std::fs::write(folder.join("state.json"), OPENSOLAR_TOKEN).expect("a file");
        let found = files_with_one(&folder, &|path| path.ends_with("state.json")).expect("readable");
        assert_eq!(found, [within.join("b.log")]);
        assert_eq!(files_with_one(&folder, &|path| path == folder.join("logs")).expect("readable").len(), 1);
        std::fs::remove_dir_all(&folder).expect("it goes");
        assert_eq!(files_with_one(&folder, &|_| false).expect("nothing there"), Vec::<PathBuf>::new());
    }
}
