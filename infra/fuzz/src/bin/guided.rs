//! The long run, by libFuzzer: the target is `FUZZ_TARGET`, its valid inputs are put into `FUZZ_CORPUS`.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use fuzz::random::Random;
use fuzz::tally::Tally;
use fuzz::targets::{Target, named};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    named(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is none of the targets"))
});

static TALLY: Tally = Tally::new();

fuzz_target!(
    init: put_seeds(),
    |input: &[u8]| {
        if TALLY.count((TARGET.read)(input)) % 1_000_000 == 0 {
            eprintln!("{}: {TALLY}", TARGET.name);
        }
    }
);

fuzz_mutator!(|input: &mut [u8], size: usize, room: usize, seed: u32| {
    if seed % 8 == 0 {
        return fuzzer_mutate(input, size, room);
    }
    let bent = TARGET.bent(&input[..size], &mut Random::seeded(seed.into()));
    let size = bent.len().min(room);
    input[..size].copy_from_slice(&bent[..size]);
    size
});

fn put_seeds() {
    let corpus = PathBuf::from(std::env::var_os("FUZZ_CORPUS").expect("FUZZ_CORPUS is where the corpus is kept"));
    for (number, seed) in (TARGET.seeds)().iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed).expect("a seed is written");
    }
}
