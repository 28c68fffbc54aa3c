//! Which run a turn works for.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::progress::{Phase, Progress, Share};
use super::report::RunReport;

/// Whether a run was asked for, or the schedule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// By the schedule: a run is due each night at this local time, and unfinished until it is finished.
    Nightly(NaiveTime),
    /// A new one, now.
    Now,
}

/// What a turn begins with.
#[derive(Debug, PartialEq)]
pub(super) struct Begun {
    pub(super) progress: Progress,
    /// The run that was given up for it.
    pub(super) closed: Option<RunReport>,
}

/// The run to work for now; nothing if none is due or unfinished.
pub(super) fn begin(run: Run, before: Option<Progress>, zone: Tz, now: DateTime<Utc>) -> Option<Begun> {
    let share = match run {
        // Whoever presses the button all day gets one day's share of the reads.
        Run::Now => before.as_ref().map_or_else(|| Share::whole(now), |before| before.share.left_of(now)),
        Run::Nightly(time) => {
            let due = last_due(time, zone, now)?;
            match before {
                Some(Progress { begun_at, phase: Phase::Finished { .. }, .. }) if due <= begun_at => return None,
                Some(unfinished) if due <= unfinished.begun_at => {
                    return Some(Begun { progress: unfinished, closed: None });
                }
                Some(_) | None => Share::whole(now),
            }
        }
    };
    let all_seen_at = before.as_ref().and_then(|before| before.all_seen_at);
    let audited_until = before.as_ref().and_then(|before| before.audited_until);
    let closed = before.filter(|before| !matches!(before.phase, Phase::Finished { .. })).map(|before| before.report());
    Some(Begun { progress: Progress::new(share, all_seen_at, audited_until, now), closed })
}

/// When the last night's run became due.
fn last_due(time: NaiveTime, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    [Some(today), today.pred_opt()]
        .into_iter()
        .flatten()
        .filter_map(|day| due_on(day, time, zone))
        .find(|due| *due <= now)
}

fn due_on(day: NaiveDate, time: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    let local = day.and_time(time);
    let shown = local.and_local_timezone(zone).earliest();
    // Where a clock that is set forward leaves the time out, the run is due an hour later.
    let shown = shown.or_else(|| (local + TimeDelta::hours(1)).and_local_timezone(zone).earliest());
    shown.map(|due| due.to_utc())
}

#[cfg(test)]
mod tests {
    use chrono_tz::Africa::{Cairo, Harare};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn local(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
    }

    fn nightly() -> Run {
        Run::Nightly(local(2, 0))
    }

    fn finished(progress: Progress, at: DateTime<Utc>) -> Progress {
        Progress { phase: Phase::Finished { at }, ..progress }
    }

    #[test]
    fn a_run_is_due_from_its_local_time_on() {
        // Harare is two hours ahead of UTC.
        for (now, due) in [
            ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
            ("2026-11-20T23:59:59Z", "2026-11-20T00:00:00Z"),
            ("2026-11-19T23:59:59Z", "2026-11-19T00:00:00Z"),
            ("2026-11-20T21:50:00Z", "2026-11-20T00:00:00Z"),
        ] {
            assert_eq!(last_due(local(2, 0), Harare, at(now)), Some(at(due)), "{now}");
        }
        assert_eq!(last_due(local(23, 50), Harare, at("2026-11-20T21:49:00Z")), Some(at("2026-11-19T21:50:00Z")));
    }

    #[test]
    fn a_time_that_a_clock_leaves_out_is_due_an_hour_later_and_one_that_comes_twice_at_first() {
        // Cairo's clocks go from 00:00 to 01:00 on 24 April 2026, and from 24:00 back to 23:00 on 29 October 2026.
        assert_eq!(last_due(local(0, 30), Cairo, at("2026-04-24T12:00:00Z")), Some(at("2026-04-23T22:30:00Z")));
        assert_eq!(last_due(local(23, 30), Cairo, at("2026-10-30T12:00:00Z")), Some(at("2026-10-29T20:30:00Z")));
    }

    #[test]
    fn a_night_has_one_run() {
        let night = at("2026-11-20T00:05:00Z");
        let begun = begin(nightly(), None, Harare, night).expect("due").progress;
        let later = at("2026-11-20T00:20:00Z");
        let gone_on = begin(nightly(), Some(begun.clone()), Harare, later).expect("unfinished");
        assert_eq!(gone_on, Begun { progress: begun.clone(), closed: None });

        let done = finished(begun, later);
        assert_eq!(begin(nightly(), Some(done.clone()), Harare, at("2026-11-20T23:59:00Z")), None);
        let next = begin(nightly(), Some(done), Harare, at("2026-11-21T00:00:00Z")).expect("due");
        assert_eq!((next.progress.begun_at, next.closed), (at("2026-11-21T00:00:00Z"), None));
    }

    #[test]
    fn a_run_that_was_missed_is_made_up_for() {
        let done = finished(
            begin(nightly(), None, Harare, at("2026-11-18T00:05:00Z")).expect("due").progress,
            at("2026-11-18T00:05:00Z"),
        );
        assert!(begin(nightly(), Some(done), Harare, at("2026-11-20T17:00:00Z")).is_some());
    }

    #[test]
    fn a_run_that_is_not_finished_by_the_next_night_is_closed() {
        let begun = begin(nightly(), None, Harare, at("2026-11-20T00:05:00Z")).expect("due").progress;
        let next = begin(nightly(), Some(begun.clone()), Harare, at("2026-11-21T00:00:00Z")).expect("due");
        assert_eq!(next.closed, Some(begun.report()));
        assert_eq!(next.progress.begun_at, at("2026-11-21T00:00:00Z"));
    }

    #[test]
    fn a_run_that_is_asked_for_begins_whatever_was_and_shares_the_nights_reads() {
        let night = at("2026-11-20T00:05:00Z");
        let mut begun = begin(nightly(), None, Harare, night).expect("due").progress;
        begun.share.used = 7;
        begun.all_seen_at = Some(at("2026-11-19T00:05:00Z"));
        let noon = at("2026-11-20T12:00:00Z");
        let asked = begin(Run::Now, Some(begun.clone()), Harare, noon).expect("asked for");
        assert_eq!(asked.closed, Some(begun.report()));
        assert_eq!((asked.progress.share.used, asked.progress.all_seen_at), (7, begun.all_seen_at));

        let asked = begin(Run::Now, Some(finished(begun, noon)), Harare, noon).expect("asked for");
        assert_eq!((asked.progress.begun_at, asked.closed), (noon, None));
        let next =
            begin(nightly(), Some(finished(asked.progress, noon)), Harare, at("2026-11-21T00:00:00Z")).expect("due");
        assert_eq!(next.progress.share.used, 0);
    }
}
