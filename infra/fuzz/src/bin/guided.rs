//! The long run, by libFuzzer: the target is `FUZZ_TARGET`, its valid inputs are put into `FUZZ_CORPUS`.
#![no_main]

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use fuzz::random::Random;
use fuzz::tally::{Reached, Tally};
use fuzz::targets::{Target, named};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    named(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is none of the targets"))
});

static TALLY: Tally = Tally::new();

/// How far inputs got, by their hashes: each is read once, and bent many times.
static KNOWN: LazyLock<Mutex<HashMap<u64, Reached>>> = LazyLock::new(Mutex::default);

/// So many are remembered before all are forgotten.
const MOST_KNOWN: usize = 200_000;

fuzz_target!(
    init: put_seeds(),
    |input: &[u8]| {
        let reached = (TARGET.read)(input);
        remember(input, reached);
        if TALLY.count(reached) % 1_000_000 == 0 {
            eprintln!("{}: {TALLY}", TARGET.name);
        }
    }
);

fuzz_mutator!(|input: &mut [u8], size: usize, room: usize, seed: u32| {
    if seed % 8 == 0 {
        return fuzzer_mutate(input, size, room);
    }
    let whole = &input[..size];
    let bent = TARGET.bent(whole, known(whole), &mut Random::seeded(seed.into()));
    let size = bent.len().min(room);
    input[..size].copy_from_slice(&bent[..size]);
    size
});

fn hash(input: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    hasher.finish()
}

fn remember(input: &[u8], reached: Reached) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if MOST_KNOWN <= known.len() {
        known.clear();
    }
    known.insert(hash(input), reached);
}

fn known(input: &[u8]) -> Reached {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&hash(input)).copied();
    known.unwrap_or_else(|| (TARGET.read)(input))
}

fn put_seeds() {
    let corpus = PathBuf::from(std::env::var_os("FUZZ_CORPUS").expect("FUZZ_CORPUS is where the corpus is kept"));
    for (number, seed) in (TARGET.seeds)().iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed).expect("a seed is written");
    }
}
