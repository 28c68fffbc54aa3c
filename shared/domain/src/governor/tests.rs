//! The governor against models too simple to be wrong: a list of every grant ever given.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::ports::SecretText;
use crate::retry::{TOKEN_PROBE, WALLET_PROBE};

const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

/// Pauses between asks in milliseconds: mostly short, sometimes as long as a window.
fn pauses(most: usize) -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![4 => 0_i64..50, 3 => 0_i64..5_000, 1 => 20_000_i64..90_000];
    proptest::collection::vec(pause, 1..most)
}

fn class() -> impl Strategy<Value = Class> {
    proptest::sample::select(Class::ALL.to_vec())
}

/// The most grants in any half-open window of this length.
fn most_within(grants: &[DateTime<Utc>], window: TimeDelta) -> usize {
    grants
        .iter()
        .map(|first| grants.iter().filter(|at| *first <= **at && **at < *first + window).count())
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn the_log_grants_exactly_what_a_list_of_all_grants_allows(pauses in pauses(120), most in 1_u32..12) {
        let (mut meter, mut all, mut now) = (WriteMeter::default(), Vec::new(), noon());
        for pause in pauses {
            now += TimeDelta::milliseconds(pause);
            let counted = all.iter().filter(|at| now < **at + WINDOW).count();
            let outcome = meter.ask(most, 10_000, now);
            prop_assert_eq!(outcome.is_ok(), counted < most as usize);
            match outcome {
                Ok(()) => all.push(now),
                Err(denied) => {
                    // Exactly then one more fits, and not a millisecond before.
                    let early = denied.until - TimeDelta::milliseconds(1);
                    prop_assert!(now < denied.until && denied.until <= now + WINDOW);
                    prop_assert!(meter.clone().ask(most, 10_000, early).is_err());
                    prop_assert!(meter.clone().ask(most, 10_000, denied.until).is_ok());
                }
            }
        }
        prop_assert!(most_within(&all, TimeDelta::seconds(61)) <= most as usize);
        prop_assert!(most_within(&all, WINDOW) <= most as usize);
    }

    /// As OpenSolar sees it: each call arrives within the time that its grant is kept, and a little later for the way.
    #[test]
    fn whenever_grants_are_used_opensolar_counts_no_more_than_ten_in_a_minute(
        asks in proptest::collection::vec((0_i64..4_000, 0_i64..=2_900), 1..200),
    ) {
        let (mut meter, mut arrivals, mut now) = (WriteMeter::default(), Vec::new(), noon());
        for (pause, delay) in asks {
            now += TimeDelta::milliseconds(pause);
            if meter.ask(10, 10_000, now).is_ok() {
                arrivals.push(now + TimeDelta::milliseconds(delay));
            }
        }
        prop_assert!(most_within(&arrivals, MINUTE) <= 10);
    }

    #[test]
    fn clocks_that_differ_cost_no_grant_too_many(
        asks in proptest::collection::vec((0_i64..3_000, -400_i64..400), 1..150),
    ) {
        let (mut meter, mut all, mut now) = (WriteMeter::default(), Vec::new(), noon());
        for (pause, skew) in asks {
            now += TimeDelta::milliseconds(pause);
            if meter.ask(10, 10_000, now + TimeDelta::milliseconds(skew)).is_ok() {
                all.push(now);
            }
        }
        prop_assert!(most_within(&all, TimeDelta::seconds(61)) <= 10);
    }

    #[test]
    fn no_window_of_reads_has_more_than_their_quota_whoever_asks(
        asks in proptest::collection::vec((0_i64..1_500, class(), 1_u32..3), 1..300),
        per_minute in 1_u32..120,
        burst_percent in 1_u32..=100,
    ) {
        let quota = ReadQuota { per_minute, burst_percent, per_day: 10_000 };
        let (mut meter, mut all, mut now) = (ReadMeter::default(), Vec::new(), noon());
        for (pause, class, weight) in asks {
            now += TimeDelta::milliseconds(pause);
            let weight = weight.min(per_minute);
            match meter.ask(quota, class, weight, now) {
                Ok(()) => all.extend((0..weight).map(|_| now)),
                Err(denied) => {
                    prop_assert!(now < denied.until);
                    prop_assert!(meter.clone().ask(quota, class, weight, denied.until).is_ok(), "until is the time");
                    let early = denied.until - TimeDelta::milliseconds(1);
                    prop_assert!(meter.clone().ask(quota, class, weight, early).is_err(), "and no earlier");
                }
            }
        }
        // One call that counts for two may be let into the last place.
        prop_assert!(most_within(&all, TimeDelta::seconds(61)) <= per_minute as usize + 1);
    }

    /// The model: calls drip out of a bucket, one an interval, and one fits if it does not overflow.
    #[test]
    fn a_cell_is_a_leaking_bucket(pauses in pauses(200), quota in 2_u32..120, burst in 1_u32..60) {
        let burst = burst.min(quota);
        let pace = Pace::new(quota, burst);
        let steps = f64::from(quota - burst + 1);
        let interval = (63_000.0 / steps).ceil();
        let (mut cell, mut level, mut now) = (Cell::default(), 0.0_f64, noon());
        for pause in pauses {
            now += TimeDelta::milliseconds(pause);
            level = (level - pause as f64 / interval).max(0.0);
            let fits = cell.free_at(pace, Class::New, 1, now) <= now;
            let overflow = level + 1.0 - f64::from(burst);
            // Between the two only rounding may lie.
            prop_assert!(overflow.abs() < 1e-6 || fits == (overflow < 0.0), "{fits} {overflow}");
            if fits {
                cell.add(pace, 1, now);
                level += 1.0;
            }
        }
    }

    #[test]
    fn however_much_lower_classes_take_a_new_request_finds_a_place(
        asks in proptest::collection::vec((0_i64..3_000, class()), 1..300),
    ) {
        let quota = ReadQuota { per_minute: 30, burst_percent: 67, per_day: 10_000 };
        let (mut meter, mut now) = (ReadMeter::default(), noon());
        for (pause, class) in asks {
            now += TimeDelta::milliseconds(pause);
            if class != Class::New {
                let _ = meter.ask(quota, class, 1, now);
            }
            prop_assert!(meter.clone().ask(quota, Class::New, 2, now).is_ok(), "there is a reserve");
        }
    }

    #[test]
    fn no_sliding_day_has_more_than_its_budget(
        asks in proptest::collection::vec((0_i64..7_200, 1_u32..40), 1..150),
    ) {
        let (mut day, mut all, mut now) = (DayBudget::default(), Vec::new(), noon());
        for (pause, weight) in asks {
            now += TimeDelta::seconds(pause);
            let free_at = day.free_at(100, weight, now);
            if free_at <= now {
                day.add(weight, now);
                all.push((now, weight));
            } else {
                prop_assert!(day.free_at(100, weight, free_at) <= free_at, "then there is room");
                prop_assert!(free_at <= now + TimeDelta::hours(26));
            }
            let counted: u32 =
                all.iter().filter(|(at, _)| now < *at + TimeDelta::days(1)).map(|(_, weight)| weight).sum();
            prop_assert!(counted <= 100);
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_stays_small(pauses in pauses(300)) {
        let (mut creates, mut reads, mut now) = (Creates::default(), ReadMeter::default(), noon());
        let quota = ReadQuota { per_minute: 100, burst_percent: 40, per_day: 10_000 };
        for pause in pauses {
            now += TimeDelta::milliseconds(pause * 60);
            let _ = creates.ask(10, 10_000, now);
            let _ = reads.ask(quota, Class::Sweep, 1, now);
        }
        reads.pause(now + MINUTE, now);
        let (json, other) = (crate::jobs::to_json(&creates), crate::jobs::to_json(&reads));
        prop_assert_eq!(serde_json::from_str::<Creates>(&json).expect("JSON"), creates);
        prop_assert_eq!(serde_json::from_str::<ReadMeter>(&other).expect("JSON"), reads);
        prop_assert!(json.len() < 900 && other.len() < 900, "one write unit: {} {}", json.len(), other.len());
    }
}

#[test]
fn what_is_left_of_a_minute_is_what_it_grants() {
    let quota = ReadQuota { per_minute: 30, burst_percent: 67, per_day: 10_000 };
    for class in Class::ALL {
        for used in 0..20 {
            let (mut reads, mut writes) = (ReadMeter::default(), WriteMeter::default());
            for _ in 0..used {
                let _ = reads.ask(quota, class, 1, noon());
                let _ = writes.ask(10, 10_000, noon());
            }
            let (by, mut granted) = (noon() + TimeDelta::seconds(7), (0, 0));
            let (room, other) = (reads.room(quota, class, by), writes.room(10, 10_000, by));
            while reads.ask(quota, class, 1, by).is_ok() {
                granted.0 += 1;
            }
            while writes.ask(10, 10_000, by).is_ok() {
                granted.1 += 1;
            }
            assert_eq!((room, other), granted, "{class:?} {used}");
        }
    }
}

#[test]
fn the_sweeps_turn_of_fifteen_pages_fits_into_the_published_guess() {
    let quota = ReadQuota { per_minute: 30, burst_percent: 67, per_day: 10_000 };
    let mut meter = ReadMeter::default();
    let pages = (0..30).filter(|_| meter.ask(quota, Class::Sweep, 1, noon()).is_ok()).count();
    assert_eq!(pages, 15);
}

#[test]
fn after_a_429_nothing_of_that_kind_comes_before_its_time_and_reads_come_slower_for_an_hour() {
    let mut writes = WriteMeter::default();
    writes.pause(noon() + MINUTE * 5);
    writes.pause(noon() + MINUTE);
    assert_eq!(writes.ask(10, 10_000, noon()), Err(Denied::quota(noon() + MINUTE * 5)));
    assert_eq!(writes.ask(10, 10_000, noon() + MINUTE * 5), Ok(()));

    let quota = ReadQuota { per_minute: 30, burst_percent: 67, per_day: 10_000 };
    let at_once = |meter: &ReadMeter, now| {
        let mut meter = meter.clone();
        (0..100).filter(|_| meter.ask(quota, Class::New, 1, now).is_ok()).count()
    };
    let mut reads = ReadMeter::default();
    assert_eq!(at_once(&reads, noon()), 20);
    for (expected, until) in [(10, 1), (4, 2), (4, 3)] {
        let until = noon() + MINUTE * until;
        reads.pause(until, until - MINUTE);
        assert_eq!(at_once(&reads, until - TimeDelta::seconds(1)), 0);
        assert_eq!(at_once(&reads, until), expected);
    }
    assert_eq!(at_once(&reads, noon() + MINUTE * 63), 20);
}

fn refuse(wallet: &mut Wallet, status: u16, project: u128) -> bool {
    wallet.refused(status, uuid::Uuid::from_u128(project), noon())
}

#[test]
fn only_402_or_three_different_requests_that_agree_say_that_the_wallet_is_empty() {
    for (refusals, expected) in [
        (vec![(402, 1)], true),
        (vec![(403, 1), (403, 2)], false),
        (vec![(403, 1), (403, 2), (403, 3)], true),
        (vec![(403, 1), (403, 2), (403, 1), (403, 2)], false),
        (vec![(403, 1), (403, 2), (400, 3), (403, 4)], false),
        (vec![(403, 1), (400, 2), (400, 3), (400, 4)], true),
    ] {
        let mut wallet = Wallet::default();
        let said = refusals.iter().map(|(status, project)| refuse(&mut wallet, *status, *project));
        assert_eq!(said.last(), Some(expected), "{refusals:?}");
        assert_eq!(wallet.look(noon()).is_err(), expected);
    }
    let mut wallet = Wallet::default();
    refuse(&mut wallet, 403, 1);
    refuse(&mut wallet, 403, 2);
    wallet.refilled(noon());
    assert!(!refuse(&mut wallet, 403, 3), "one in between succeeded");
}

#[test]
fn an_empty_wallet_lets_one_create_an_hour_through_and_all_once_it_is_refilled() {
    let mut creates = Creates::default();
    creates.wallet.refused(402, uuid::Uuid::nil(), noon());
    let mut granted = Vec::new();
    for minute in 0..180 {
        let now = noon() + MINUTE * minute;
        for _ in 0..3 {
            granted.extend(creates.ask(10, 10_000, now).is_ok().then_some(minute));
        }
    }
    assert_eq!(granted, [60, 120]);
    creates.wallet.refilled(noon() + MINUTE * 180);
    assert_eq!(creates.ask(10, 10_000, noon() + MINUTE * 180), Ok(()));
    assert_eq!(creates.wallet.waiters_until(), Some(noon() + MINUTE * 241), "who was told to wait need not");
}

#[test]
fn the_probe_of_an_empty_wallet_is_not_spent_on_who_has_no_quota() {
    let mut creates = Creates::default();
    creates.wallet.refused(402, uuid::Uuid::nil(), noon());
    let probe = noon() + WALLET_PROBE;
    creates.meter.pause(probe + MINUTE);
    assert_eq!(creates.ask(10, 10_000, probe), Err(Denied::quota(probe + MINUTE)));
    assert_eq!(creates.ask(10, 10_000, probe + MINUTE), Ok(()));
}

fn token(text: &str) -> Fingerprint {
    Fingerprint::of(&SecretText::new(text))
}

#[test]
fn a_refused_token_is_probed_once_in_a_quarter_of_an_hour_and_another_one_at_once() {
    let mut health = Health::default();
    let (old, new) = (token("an invented old token"), token("an invented new token"));
    health.refused_token(old.clone(), noon());
    let denied = Denied { why: Limited::Token, until: noon() + TOKEN_PROBE };
    assert_eq!(health.elect(Some(&old), noon()), Err(denied));
    assert_eq!(health.elect(None, noon()), Err(denied), "a token that cannot be read is no other one");
    assert_eq!(health.elect(Some(&new), noon()), Ok(Leave::Free));

    let probe = noon() + TOKEN_PROBE;
    assert_eq!(health.elect(Some(&old), probe), Ok(Leave::Probe));
    health.refused_token(old.clone(), probe);
    assert_eq!(health.elect(Some(&old), probe), Err(Denied { why: Limited::Token, until: probe + TOKEN_PROBE }));
    health.answered(probe);
    assert_eq!((health.elect(Some(&old), probe), health.is_spotless()), (Ok(Leave::Free), true));
}

#[test]
fn a_fingerprint_tells_tokens_apart_and_nothing_else() {
    let secret = "an invented token that nobody may see";
    let kept = crate::jobs::to_json(&token(secret));
    assert_eq!(kept.len(), 16 + 2);
    assert_ne!(token(secret), token("another one"));
    let mut health = Health::default();
    health.refused_token(token(secret), noon());
    assert!(!crate::jobs::to_json(&health).contains("invented"));
}

#[test]
fn five_failures_in_a_row_open_the_breaker_and_any_answer_closes_it() {
    let mut health = Health::default();
    let second = TimeDelta::seconds(1);
    for number in 0..5 {
        assert!(!health.is_parked(), "{number}");
        health.failed(noon() + second * number);
    }
    let opened = noon() + second * 4;
    assert_eq!(health.look(None, opened), Err(Denied { why: Limited::Outage, until: opened + OUTAGE_PROBE }));
    // Of all who come when it is time one is let through; should it vanish, its lease ends and another one is.
    for probe in [opened + OUTAGE_PROBE, opened + OUTAGE_PROBE * 2] {
        assert_eq!(health.elect(None, probe), Ok(Leave::Probe));
        assert!(health.elect(None, probe).is_err());
    }
    health.answered(opened);
    assert!(health.is_spotless());

    // One that failed long ago, or was answered since, is in no row.
    for number in 0..20 {
        health.failed(noon() + MINUTE * 2 * number);
    }
    assert!(!health.is_parked());
    for number in 0..20 {
        health.failed(noon());
        if number % 4 == 3 {
            health.answered(noon());
        }
    }
    assert!(!health.is_parked());
}
