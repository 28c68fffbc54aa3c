//! Bends bytes, whatever they mean.

use super::odd::RAW;
use crate::random::Random;

/// The input with one to four things done to it.
pub(super) fn bent(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        bend(&mut bytes, random);
    }
    bytes
}

fn bend(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(7) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        1 if !bytes.is_empty() => bytes[at] = random.number().to_le_bytes()[0],
        2 => bytes.truncate(at),
        3 if !bytes.is_empty() => {
            bytes.remove(at);
        }
        4 => {
            let end = (at + 1 + random.below(16)).min(bytes.len());
            let again = bytes[at.min(end)..end].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            bytes.splice(at..at, random.pick(&RAW).bytes());
        }
    }
}
