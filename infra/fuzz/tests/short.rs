//! A few seconds of what `infra/fuzz/run` does for hours.

use std::time::{Duration, Instant};

use fuzz::random::Random;
use fuzz::tally::{Reached, Tally};
use fuzz::targets::{Target, named};

/// Each way in has so long.
const LONG: Duration = Duration::from_secs(4);

/// Fewer are no try, however slow the machine.
const INPUTS: u64 = 5_000;

/// Valid input bent again and again: each result is read, and some are bent further.
fn try_out(name: &str) {
    let target = named(name).expect("a target");
    let seeds = (target.seeds)();
    let mut random = Random::seeded(20_261_120);
    let mut current = seeds.clone();
    let (begun, tally) = (Instant::now(), Tally::new());
    while tally.count(bend_one(target, &seeds, &mut current, &mut random)) < INPUTS || begun.elapsed() < LONG {}
    println!("{name}: {tally}");
    assert!(30 <= tally.past_the_door(), "{name}: {tally}");
}

fn bend_one(target: &Target, seeds: &[Vec<u8>], current: &mut [Vec<u8>], random: &mut Random) -> Reached {
    let place = random.below(current.len());
    let so_far = (target.read)(&current[place]);
    let input = target.bent(&current[place], so_far, random);
    let reached = (target.read)(&input);
    // What is bent too often is no longer like anything valid.
    current[place] = if random.one_in(16) { seeds[place].clone() } else { input };
    reached
}

#[test]
fn every_event_of_api_gateway_is_answered() {
    try_out("gateway");
}

#[test]
fn every_body_of_a_webhook_is_read_or_refused() {
    try_out("envelope");
}

#[test]
fn every_signature_lets_in_whoever_has_the_right_and_nobody_else() {
    try_out("signature");
}

#[test]
fn every_event_of_the_design_contract_is_read_or_refused() {
    try_out("event");
}

#[test]
fn every_project_of_opensolar_is_read_or_refused() {
    try_out("live-project");
}

#[test]
fn every_project_of_the_design_contract_is_read_or_refused() {
    try_out("design-project");
}

#[test]
fn every_message_of_the_crm_is_read_or_refused() {
    try_out("sync-request");
}

#[test]
fn valid_input_is_understood() {
    for target in &fuzz::targets::TARGETS {
        for seed in (target.seeds)() {
            let expected = if seed == include_bytes!("../../../events/webhook-quote-create.json") {
                Reached::Json
            } else {
                Reached::Understood
            };
            assert_eq!((target.read)(&seed), expected, "{}", target.name);
        }
    }
}
