//! What a refusal means for a ledger entry.

use chrono::{DateTime, TimeDelta, Utc};

use crate::notification::NoticeState;
use crate::ports::NotifierError;
use crate::retry::{QUOTA_WAIT, TOKEN_PROBE, next_try};

/// While the account may not send, a message tries this seldom whether an operator has helped.
const ACCOUNT_PROBE: TimeDelta = TimeDelta::hours(1);

/// What becomes of an entry after its try number `attempts` (from 1), and how many count then.
///
/// What waits for a throttle, a token or the account uses up no attempt: the message is no worse for it.
pub(super) fn verdict(error: &NotifierError, attempts: u32, noise: u128, now: DateTime<Utc>) -> (NoticeState, u32) {
    let due = |wait: TimeDelta, reason: String| NoticeState::Due { until: now + wait, reason: Some(reason) };
    let uncounted = attempts.saturating_sub(1);
    match error {
        NotifierError::RateLimited { wait } => {
            let wait = TimeDelta::from_std(*wait).unwrap_or(QUOTA_WAIT);
            (due(wait, "whatsapp's throttle".to_owned()), uncounted)
        }
        NotifierError::Unauthorized => {
            let reason = "whatsapp refuses the token: put a new one into the secret, with the permission to send";
            (due(TOKEN_PROBE, reason.to_owned()), uncounted)
        }
        NotifierError::AccountBlocked { .. } => (due(ACCOUNT_PROBE, error.to_string()), uncounted),
        NotifierError::NotSent(_) | NotifierError::Unavailable { .. } => {
            (later(attempts, noise, error.to_string(), now), attempts)
        }
        NotifierError::OutsideWindow
        | NotifierError::UnusableTemplate { .. }
        | NotifierError::Undeliverable { .. }
        | NotifierError::Rejected { .. } => (NoticeState::Failed { reason: error.to_string() }, attempts),
        NotifierError::InDoubt(_) => {
            let reason = "whatsapp's answer is unknown: look whether the customer has it".to_owned();
            (NoticeState::Held { reason }, attempts)
        }
    }
}

/// Due again by the schedule; used up, it has failed.
pub(super) fn later(failures: u32, noise: u128, reason: String, now: DateTime<Utc>) -> NoticeState {
    match next_try(failures, noise, now) {
        Some(until) => NoticeState::Due { until, reason: Some(reason) },
        None => NoticeState::Failed { reason: format!("{reason}; given up") },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    /// The wait, or the state's name, and the attempts that count, after the third.
    fn after(error: &NotifierError) -> (Result<TimeDelta, &'static str>, u32) {
        let (state, attempts) = verdict(error, 3, 0, now());
        assert!(state.reason().is_some(), "{state:?}");
        match state {
            NoticeState::Due { until, .. } => (Ok(until - now()), attempts),
            state => (Err(state.as_str()), attempts),
        }
    }

    #[test]
    fn what_is_no_fault_of_the_message_uses_up_no_attempt() {
        let throttled = NotifierError::RateLimited { wait: Duration::from_secs(61) };
        assert_eq!(after(&throttled), (Ok(TimeDelta::seconds(61)), 2));
        assert_eq!(after(&NotifierError::Unauthorized), (Ok(TimeDelta::minutes(15)), 2));
        let blocked = NotifierError::AccountBlocked { code: 131_031, remedy: "ask meta" };
        assert_eq!(after(&blocked), (Ok(TimeDelta::hours(1)), 2));
    }

    #[test]
    fn what_passes_by_itself_is_tried_by_the_schedule_until_that_is_used_up() {
        for error in
            [NotifierError::NotSent("no connection".into()), NotifierError::Unavailable { status: 400, code: 131_016 }]
        {
            assert_eq!(after(&error), (Ok(TimeDelta::minutes(24)), 3), "{error:?}");
            assert!(matches!(verdict(&error, 11, 0, now()).0, NoticeState::Failed { .. }));
        }
    }

    #[test]
    fn what_no_repetition_helps_has_failed_and_doubt_is_held() {
        for error in [
            NotifierError::OutsideWindow,
            NotifierError::UnusableTemplate { code: 132_001, remedy: "have it approved" },
            NotifierError::Undeliverable { code: 131_026, why: "no whatsapp" },
            NotifierError::Rejected { status: 400, code: Some(100) },
        ] {
            assert_eq!(after(&error), (Err("failed"), 3), "{error:?}");
        }
        assert_eq!(after(&NotifierError::InDoubt("no answer".into())), (Err("held"), 3));
    }
}
