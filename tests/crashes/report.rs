//! What a run says of itself.

use std::sync::Arc;
use std::time::Instant;

use crate::explore::{Bounds, Search, Tally};
use crate::guards::GUARDS;
use crate::inner::Untouched;
use crate::invariants::Violation;
use crate::plan::Plan;
use crate::run::{Steps, run};
use crate::story;

/// So many failing schedules of a story are printed whole.
const FAILURES_SHOWN: usize = 5;

/// Everything.
pub(crate) fn whole() {
    let begun = Instant::now();
    let is_long = std::env::var("CRASHES").is_ok_and(|value| value == "long");
    println!(
        "\n  story                           boundaries   schedules   left out   worlds looked at   writes a minute   seconds"
    );
    let mut total = Tally::default();
    let mut failed = 0;
    let wanted = std::env::var("CRASHES_STORY").ok();
    let stories = wanted.as_ref().map_or_else(|| story::all().collect(), |wanted| story::named(wanted));
    for (story, contract) in &stories {
        let name = story.name_in(*contract);
        let since = Instant::now();
        let bounds = if is_long { Bounds::LONG } else { story.bounds_in(*contract) };
        let tally = Search::of(story, *contract, bounds).all();
        println!(
            "  {:<31} {:>10} {:>11} {:>10} {:>18} {:>17} {:>9.1}{}",
            name,
            tally.boundaries,
            tally.schedules,
            tally.left_out,
            tally.looks,
            tally.most_writes,
            since.elapsed().as_secs_f32(),
            if tally.failures.is_empty() { "" } else { "   <<< does not hold" },
        );
        assert!(0 < tally.boundaries && 0 < tally.schedules, "{name} explored nothing");
        total.boundaries += tally.boundaries;
        total.schedules += tally.schedules;
        total.looks += tally.looks;
        total.calls += tally.calls;
        failed += tally.failures.len();
        show(&name, &tally.failures);
    }
    let uncaught = if wanted.is_none() { guards() } else { 0 };
    println!(
        "\n  {} stories, {} schedules, {} worlds looked at, {} calls of ports, {:.0} seconds\n",
        stories.len(),
        total.schedules,
        total.looks,
        total.calls,
        begun.elapsed().as_secs_f32(),
    );
    assert!(failed == 0, "{failed} schedules broke a promise");
    assert!(uncaught == 0, "{uncaught} broken guards were not noticed");
}

/// Breaks every guard; how many nobody noticed.
pub(crate) fn guards() -> usize {
    println!("\n  broken guard                                                     noticed by        after   in");
    let mut uncaught = 0;
    for guard in GUARDS {
        match guard.caught() {
            Some(caught) => println!(
                "  {:<64} {:<15} {:>7}   {}: {}",
                guard.name, caught.invariants, caught.schedules, caught.story, caught.plan
            ),
            None => {
                uncaught += 1;
                println!("  {:<64} nobody    <<< the proof has a hole", guard.name);
            }
        }
    }
    println!("\n  {} guards broken, {} noticed", GUARDS.len(), GUARDS.len() - uncaught);
    uncaught
}

/// One schedule of each kind of failure, with what replays it.
fn show(name: &str, failures: &[(Plan, Vec<Violation>)]) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for (plan, violations) in failures {
        let Some(violation) = violations.first() else { continue };
        let kind = (violation.invariant, in_general(&violation.words));
        if seen.contains(&kind) || FAILURES_SHOWN <= seen.len() {
            continue;
        }
        let is_alike = |found: &Violation| (found.invariant, in_general(&found.words)) == kind;
        let alike = failures.iter().filter(|(_, found)| found.first().is_some_and(is_alike)).count();
        println!("\n      {}: {}", violation.invariant, violation.words);
        println!("      {alike} schedules of {name} do this; the first: CRASHES_REPLAY='{name} {plan}'\n");
        seen.push(kind);
    }
}

/// Without numbers, so that those of one kind are alike.
fn in_general(words: &str) -> String {
    words.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()
}

/// One schedule, step by step.
pub(crate) fn replay(words: &str) {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (name, rest) = words.split_first().expect("a story's name, and its plan");
    let (story, contract) = story::find(name).expect("a story of this name");
    let plan = Plan::parse(rest).expect("a plan");
    let ran = run(story, &(story.base)(contract), &plan, Arc::new(Untouched), Steps::Kept);
    println!("\n  {name} {plan}\n");
    for step in &ran.steps {
        println!("  {step}");
    }
    for violation in &ran.violations {
        println!("\n  {}: {}", violation.invariant, violation.words);
    }
    println!();
    assert!(ran.violations.is_empty(), "a promise is broken");
}
