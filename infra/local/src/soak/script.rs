//! What happens when: bursts of requests and of work in OpenSolar, the troubles between them, and the wait for the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{Days, Utc};
use domain::project::SyncState;
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

use super::customers::Customer;
use super::field::{Field, TURN};
use crate::error::LocalError;
use crate::progress::Progress;
use crate::stack::Stack;

/// Requests and work come in so many bursts.
const BURSTS: u32 = 10;

/// Percent of the time from one burst to the next: what is left of it is for the end.
const BETWEEN: u32 = 6;

/// One in so many requests is sent again, under a fresh deduplication id.
const ASKED_AGAIN: usize = 5;

/// One in so many is changed in the CRM while all goes on.
const CHANGED: usize = 8;

/// The installations are so far off that no reminder is due yet.
const DAYS_OFF: u64 = 30;

/// Bursts, and before some of them trouble; then the wait until everything has come to its end.
pub(super) async fn play(stack: &mut Stack, field: &Field, progress: &Progress) -> Result<(), LocalError> {
    let mut office = Office::default();
    for burst in 0..BURSTS {
        field.until_part(BETWEEN * burst).await;
        match burst {
            2 => answers_are_lost(field, progress),
            4 => opensolar_goes_away(field, progress).await,
            7 => aws_is_restarted(stack, field, progress).await?,
            _ => {}
        }
        progress.say(format_args!("burst {} of {BURSTS}", burst + 1));
        ask(field, burst).await;
        office.work(field, burst + 1).await;
    }
    field.until_part(BETWEEN * BURSTS + BETWEEN).await;
    field.calm_down();
    progress.say("no more trouble: what is still on its way comes to its end");
    office.finish(field).await;
    settle(field, progress).await
}

/// The CRM sends its share of the requests at once, some of them twice, and changes some of those before.
async fn ask(field: &Field, burst: u32) {
    let share = |part: u32| field.customers.len() * part as usize / BURSTS as usize;
    let (first, next) = (share(burst), share(burst + 1));
    for (number, customer) in field.customers.iter().enumerate().take(next).skip(first) {
        put(field, customer, 1).await;
        field.tally.note(|counts| counts.asked += 1);
        if number % ASKED_AGAIN == 0 {
            put(field, customer, 1).await;
            field.tally.note(|counts| counts.asked_again += 1);
        }
    }
    let earlier = field.customers.iter().enumerate().take(first).skip(share(burst.saturating_sub(1)));
    for (_, customer) in earlier.filter(|(number, _)| number % CHANGED == 0) {
        put(field, customer, 2).await;
        field.tally.note(|counts| counts.changed += 1);
    }
}

/// The CRM, too, sends until its queue has taken the message.
async fn put(field: &Field, customer: &Customer, revision: u64) {
    while !field.is_over() {
        let asked = field.crm.lock().await.ask_for(&customer.enquiry(revision)).await;
        if asked.is_ok() {
            return;
        }
        tokio::time::sleep(TURN).await;
    }
}

/// Creates and changes whose answers are lost or spoilt, applied or not.
fn answers_are_lost(field: &Field, progress: &Progress) {
    let opensolar = &field.outside.opensolar;
    let each = (field.customers.len() / 50).max(1);
    let creates = [Fault::ApplyThenDrop, Fault::DropBeforeApplying, Fault::ApplyThenFail { status: 504 }];
    for fault in creates.iter().cycle().take(each * creates.len()) {
        opensolar.fail_next(Calls::ending("POST", "/projects/"), fault.clone());
    }
    opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::ApplyThenDrop);
    let count = each * creates.len() + 1;
    field.tally.note(|counts| counts.answers_lost += count);
    progress.say(format_args!("  ✗ OpenSolar's next {count} answers to writes are lost; some were not even applied"));
}

async fn opensolar_goes_away(field: &Field, progress: &Progress) {
    let absence = field.size.part(5).clamp(Duration::from_secs(6), Duration::from_secs(30));
    progress.say(format_args!("  ✗ OpenSolar is away for {} s", absence.as_secs()));
    field.outside.gate.close();
    tokio::time::sleep(absence).await;
    field.outside.gate.open();
    field.tally.note(|counts| counts.opensolar_away += absence);
    progress.say("OpenSolar is back");
}

async fn aws_is_restarted(stack: &mut Stack, field: &Field, progress: &Progress) -> Result<(), LocalError> {
    let absence = field.size.part(1).clamp(Duration::from_secs(1), Duration::from_secs(5));
    progress.say("  ✗ the local AWS is stopped by SIGTERM, its functions with it");
    field.aws_is(0);
    stack.restart_aws(absence).await?;
    field.aws_is(stack.aws_process());
    field.tally.note(|counts| counts.aws_restarts += 1);
    progress.say("the local AWS is there again, with what it kept");
    Ok(())
}

/// The people in OpenSolar's app: who is at which step with which project.
#[derive(Debug, Default)]
struct Office {
    steps: BTreeMap<u64, u32>,
}

impl Office {
    /// Works on one project after the other until OpenSolar has made its share of deliveries.
    async fn work(&mut self, field: &Field, burst: u32) {
        let share = u64::from(field.size.deliveries) * u64::from(burst) / u64::from(BURSTS);
        let made = || field.outside.opensolar.deliveries().len() as u64;
        while made() < share && !field.is_over() {
            let projects = field.outside.opensolar.projects();
            if projects.is_empty() {
                return;
            }
            // Those with the fewest steps first, so that all come about as far.
            let fewest = projects.iter().map(|project| self.step(project.id)).min().unwrap_or_default();
            let next: Vec<u64> =
                projects.iter().map(|project| project.id).filter(|id| self.step(*id) == fewest).collect();
            for project in next {
                if made() < share {
                    self.do_next(field, project);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Makes up what is missing: projects that came late leave work for the end.
    async fn finish(&mut self, field: &Field) {
        let begun = Instant::now();
        while begun.elapsed() < field.size.patience() && !field.is_over() {
            self.work(field, BURSTS).await;
            if u64::from(field.size.deliveries) <= field.outside.opensolar.deliveries().len() as u64 {
                return;
            }
            tokio::time::sleep(TURN).await;
        }
    }

    fn step(&self, project: u64) -> u32 {
        self.steps.get(&project).copied().unwrap_or_default()
    }

    fn do_next(&mut self, field: &Field, project: u64) {
        let step = self.step(project);
        let day = Utc::now().date_naive() + Days::new(DAYS_OFF);
        let work = match step {
            0 => Work::Design { kw: 3.3 },
            1 => Work::SendProposal,
            2 => Work::Sell,
            3 => Work::ScheduleInstallation { date: Some(day) },
            _ => Work::Redesign { kw: 3.3 + 0.1 * f64::from(step) },
        };
        // A project that the fake would not let be worked on stays where it is.
        if field.outside.opensolar.work(project, work).is_ok() {
            field.tally.note(|counts| counts.works += 1);
        }
        self.steps.insert(project, step + 1);
    }
}

/// Waits until nothing is on its way any more, or for as long as the soak has patience.
async fn settle(field: &Field, progress: &Progress) -> Result<(), LocalError> {
    let begun = Instant::now();
    let mut open: BTreeSet<usize> = BTreeSet::new();
    let mut told = Instant::now();
    while begun.elapsed() < field.size.patience() {
        open = open_requests(field, &open).await.unwrap_or(open);
        let is_quiet = field.post.is_done() && field.queued().await.is_ok_and(|queued| queued == 0);
        if is_quiet && open.is_empty() {
            // What was open a moment ago may have caused something since: all of them once more.
            let all = (0..field.customers.len()).collect();
            open = open_requests(field, &all).await.unwrap_or(all);
            if open.is_empty() && field.queued().await.is_ok_and(|queued| queued == 0) {
                return Ok(());
            }
        }
        if open.is_empty() {
            open = (0..field.customers.len()).collect();
        }
        if Duration::from_secs(15) < told.elapsed() {
            told = Instant::now();
            progress.say(format_args!("  … {} requests are not done with", open.len()));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    progress.say("the patience is over: what has not come to its end counts as lost");
    Ok(())
}

/// Of these requests, those that are not done with: not in step, to be read, or with a message that is to go out now.
async fn open_requests(field: &Field, among: &BTreeSet<usize>) -> Result<BTreeSet<usize>, LocalError> {
    let mut open = BTreeSet::new();
    for number in among {
        let Some(customer) = field.customers.get(*number) else { continue };
        let record = field.records.request(&customer.id).await?;
        let is_done = match &record {
            Some(record) => {
                matches!(record.sync, SyncState::InStep)
                    && record.read.is_none()
                    && field.records.notices(record).await?.iter().all(super::accounts::is_done)
            }
            None => false,
        };
        if !is_done {
            open.insert(*number);
        }
    }
    Ok(open)
}
