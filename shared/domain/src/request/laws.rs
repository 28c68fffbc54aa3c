//! Which snapshot is newer: what holds for any versions.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// A version as it can be read: with a revision, a time, or both.
fn version() -> impl Strategy<Value = RequestVersion> {
    let counted = (0..6_u64, proptest::option::of(0..6_i64)).prop_map(|(revision, time)| (Some(revision), time));
    let dated = (0..6_i64).prop_map(|time| (None, Some(time)));
    prop_oneof![counted, dated].prop_map(|(revision, time)| RequestVersion { revision, at: time.map(at) })
}

/// What a CRM sends of one request, one after the other: it dates its snapshots, and at some time begins to count them;
/// then it may leave the times out.
fn history() -> impl Strategy<Value = Vec<RequestVersion>> {
    (proptest::collection::vec(any::<bool>(), 1..8), 0..8_usize).prop_map(|(dated, counted_from)| {
        let one = |(number, is_dated): (usize, bool)| {
            let (is_counted, place) = (counted_from <= number, i64::try_from(number).unwrap_or_default());
            let revision = is_counted.then(|| u64::try_from(number).unwrap_or_default());
            RequestVersion { revision, at: (is_dated || !is_counted).then(|| at(place)) }
        };
        dated.into_iter().enumerate().map(one).collect()
    })
}

/// The version that is stored once these arrived: each is taken unless an older one or the same is.
fn stored_after(arrivals: &[RequestVersion]) -> Option<RequestVersion> {
    arrivals.iter().copied().fold(None, |stored, arrived| match stored {
        Some(stored) if arrived.compare(&stored) != Ordering::Greater => Some(stored),
        Some(_) | None => Some(arrived),
    })
}

proptest! {
    #[test]
    fn two_versions_stand_to_one_another_as_they_do_the_other_way_round(a in version(), b in version()) {
        prop_assert_eq!(a.compare(&a), Ordering::Equal);
        prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
    }

    #[test]
    fn versions_of_one_kind_are_in_one_order(a in version(), b in version(), c in version()) {
        let all = [a, b, c];
        let is_of_one_kind = all.iter().all(|one| one.revision.is_some()) || all.iter().all(|one| one.revision.is_none());
        if is_of_one_kind && a.compare(&b) != Ordering::Greater && b.compare(&c) != Ordering::Greater {
            prop_assert_ne!(a.compare(&c), Ordering::Greater);
        }
    }

    #[test]
    fn in_whatever_order_and_however_often_snapshots_arrive_the_newest_stays(
        (history, order) in history().prop_flat_map(|history| {
            let repeated = [history.clone(), history.clone()].concat();
            (Just(history), Just(repeated).prop_shuffle())
        }),
        cut in any::<proptest::sample::Index>(),
    ) {
        prop_assert_eq!(stored_after(&order), history.last().copied());
        // An older one never wins: of those that arrived so far, the newest is stored.
        let arrived = &order[..=cut.index(order.len())];
        let place = |version: &RequestVersion| history.iter().position(|other| other == version);
        prop_assert_eq!(stored_after(arrived).as_ref().and_then(place), arrived.iter().filter_map(place).max());
    }
}
