//! What a run says of itself.

use std::sync::Arc;
use std::time::Instant;

use crate::explore::{Bounds, Search, Tally};
use crate::inner::Untouched;
use crate::invariants::Violation;
use crate::plan::Plan;
use crate::run::{Steps, run};
use crate::story::{self, STORIES, Story};

/// So many failing schedules of a story are printed whole.
const FAILURES_SHOWN: usize = 3;

/// Everything.
pub(crate) fn whole() {
    let begun = Instant::now();
    let bounds = if std::env::var("CRASHES").is_ok_and(|value| value == "long") { Bounds::LONG } else { Bounds::USUAL };
    println!("\n  story                        boundaries   schedules   worlds looked at   writes a minute   seconds");
    let mut total = Tally::default();
    let mut failed = Vec::new();
    for story in STORIES {
        let since = Instant::now();
        let tally = Search::of(story, bounds).all();
        println!(
            "  {:<28} {:>10} {:>11} {:>18} {:>17} {:>9.1}{}",
            story.name,
            tally.boundaries,
            tally.schedules,
            tally.looks,
            tally.most_writes,
            since.elapsed().as_secs_f32(),
            if tally.failures.is_empty() { "" } else { "   <<< does not hold" },
        );
        assert!(0 < tally.boundaries && 0 < tally.schedules, "{} explored nothing", story.name);
        total.boundaries += tally.boundaries;
        total.schedules += tally.schedules;
        total.looks += tally.looks;
        total.calls += tally.calls;
        failed.extend(tally.failures.into_iter().map(|failure| (story, failure)));
    }
    println!(
        "\n  {} stories, {} schedules, {} worlds looked at, {} calls of ports, {:.0} seconds\n",
        STORIES.len(),
        total.schedules,
        total.looks,
        total.calls,
        begun.elapsed().as_secs_f32(),
    );
    show(&failed);
    assert!(failed.is_empty(), "{} schedules broke a promise", failed.len());
}

fn show(failed: &[(&Story, (Plan, Vec<Violation>))]) {
    let mut seen: Vec<(&str, &str, String)> = Vec::new();
    for (story, (plan, violations)) in failed {
        let Some(violation) = violations.first() else { continue };
        let kind: String = violation.words.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
        let known = (story.name, violation.invariant, kind);
        if seen.contains(&known) || FAILURES_SHOWN <= seen.iter().filter(|(name, _, _)| *name == story.name).count() {
            continue;
        }
        seen.push(known);
        println!("  {} in {}: {}", violation.invariant, story.name, violation.words);
        println!("      CRASHES_REPLAY='{} {plan}'", story.name);
        let alike = failed.iter().filter(|(other, (_, found))| {
            other.name == story.name && found.first().is_some_and(|found| found.invariant == violation.invariant)
        });
        println!("      {} schedules of this story break {}\n", alike.count(), violation.invariant);
    }
}

/// One schedule, step by step.
pub(crate) fn replay(words: &str) {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (name, rest) = words.split_first().expect("a story's name, and its plan");
    let story = story::find(name).expect("a story of this name");
    let plan = Plan::parse(rest).expect("a plan");
    let ran = run(story, &(story.base)(), &plan, Arc::new(Untouched), Steps::Kept);
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
