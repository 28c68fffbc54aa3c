//! Functions' processes die, one kind after the other: while they wait for a server outside, where there is one.

use std::time::Instant;

use testkit::{Calls, Fault};

use super::field::{Field, TURN};
use super::functions::kill;
use crate::progress::Progress;

/// Percent of the time from one kill to the next, at least.
const BETWEEN: u32 = 1;

/// If no such call comes in so many percent of the time, about a burst, the function has nothing to do.
const PATIENCE: u32 = 5;

/// How late the answer is that a function is killed over. Shorter than the longest wait for it.
const LATE: u64 = 1_500;

/// Each function that has work of its own, with what it is killed in the middle of.
const VICTIMS: [(&str, Moment); 6] = [
    ("project-sync", Moment::Create),
    ("webhook-apply", Moment::Read),
    ("notify", Moment::Message),
    ("webhook-ingest", Moment::Any),
    ("project-sync", Moment::Any),
    ("retry-sweep", Moment::Any),
];

/// When a function is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// OpenSolar made the project, and has not said so yet.
    Create,
    /// OpenSolar was asked for a project.
    Read,
    /// WhatsApp took a message, and has not said so yet.
    Message,
    /// Whatever it is doing.
    Any,
}

/// Kills until all is to be calm.
pub(super) async fn kill_now_and_then(field: &Field, progress: &Progress) {
    for (function, moment) in VICTIMS.into_iter().cycle() {
        field.pause(field.size.part(BETWEEN)).await;
        if field.is_calm() || field.is_over() {
            return;
        }
        let Ok(name) = field.endpoints.function(function) else { return };
        let in_the_middle = come_to(field, moment).await;
        if field.is_calm() || field.is_over() {
            return;
        }
        let Some(aws) = field.aws_process() else { continue };
        let killed = kill(aws, name);
        if killed == 0 {
            continue;
        }
        field.tally.note(|counts| {
            *counts.kills.entry(function).or_default() += killed;
            counts.in_the_middle += usize::from(in_the_middle);
        });
        let doing = match (moment, in_the_middle) {
            (Moment::Create, true) => "after a create that it has no answer to yet",
            (Moment::Read, true) => "while it waits for a project",
            (Moment::Message, true) => "after a message that it has no answer to yet",
            (Moment::Create | Moment::Read | Moment::Message | Moment::Any, _) => "whatever it was doing",
        };
        progress.say(format_args!("  ✗ {function} is killed, {doing}"));
    }
}

/// Waits until a call like this is being answered; whether one came.
async fn come_to(field: &Field, moment: Moment) -> bool {
    let (opensolar, whatsapp) = (&field.outside.opensolar, &field.outside.whatsapp);
    let late = Fault::ApplyThenDelay { milliseconds: LATE };
    let (method, end) = match moment {
        Moment::Create => ("POST", "/projects/"),
        Moment::Read => ("GET", "/"),
        Moment::Message => ("POST", "/messages"),
        Moment::Any => return false,
    };
    let calls = || if moment == Moment::Message { whatsapp.calls() } else { opensolar.calls() };
    let before = calls().len();
    match moment {
        Moment::Create => opensolar.fail_next(Calls::ending(method, end), late),
        Moment::Read => opensolar.fail_next(Calls::to(method, "/projects/"), late),
        Moment::Message => whatsapp.fail_next(Calls::to(method, end), late),
        Moment::Any => {}
    }
    let begin = Instant::now();
    while begin.elapsed() < field.size.part(PATIENCE) && !field.is_calm() && !field.is_over() {
        let waits = calls()
            .into_iter()
            .skip(before)
            .any(|call| call.status.is_none() && call.method == method && call.path.ends_with(end));
        if waits {
            return true;
        }
        tokio::time::sleep(TURN / 3).await;
    }
    false
}
