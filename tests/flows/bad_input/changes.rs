//! A change of a project or of its contact that OpenSolar refuses, does not answer, answers without sense, or applies
//! long after.

use chrono::TimeDelta;
use domain::log::SyncType;
use domain::phone::EmailAddress;
use domain::project::{GoneBecause, SyncState, WaitReason};
use domain::request::InstallationRequest;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::MINUTE;
use testkit::{Calls, Fault, LateAnswer};

use super::{PARKED, REFUSALS, done_and_not_told, failed_rows, is_in_step, not_done_and_not_told, refusal};

/// So long a change in doubt is left alone: the time that its answer may take, ten minutes, and a little.
const SETTLED_BY: TimeDelta = TimeDelta::minutes(11);

/// One of the two writes that change something.
struct Write {
    sync_type: SyncType,
    /// Its calls.
    calls: fn(&Platform) -> Calls,
    /// How often it was sent.
    sent: fn(&World<Platform>) -> usize,
    /// What the CRM changes, so that this write alone follows.
    change: fn(&mut InstallationRequest),
    /// Whether OpenSolar has it.
    has_arrived: fn(&World<Platform>) -> bool,
}

const PROJECT: Write = Write {
    sync_type: SyncType::UpdateProject,
    calls: |_| Calls::to("PATCH", "/projects/"),
    sent: |world| world.changes().len(),
    change: |request| request.address = Some("14 Example Street".to_owned()),
    has_arrived: |world| world.opensolar.projects()[0].address == "14 Example Street",
};

const CONTACT: Write = Write {
    sync_type: SyncType::UpdateContact,
    calls: Platform::contact_writes,
    sent: |world| world.contact_changes().len(),
    change: |request| request.customer.email = EmailAddress::parse("t.moyo@example.com"),
    has_arrived: |world| world.opensolar.contacts()[0].email == "t.moyo@example.com",
};

impl Write {
    /// A system with a project, in which the CRM changes something and the write meets these.
    async fn made(&self, contract: Contract, faults: impl IntoIterator<Item = Fault>) -> World<Platform> {
        let (mut world, _) = World::under_with_project(contract).await;
        for fault in faults {
            world.opensolar.fail_next((self.calls)(&world.opensolar), fault);
        }
        let mut request = customer_request("1042");
        request.version.revision = Some(4);
        (self.change)(&mut request);
        world.crm_asks_for(&request).await;
        world
    }

    /// OpenSolar has what the CRM wants, after so many writes.
    async fn is_there_after(&self, world: &World<Platform>, sent: usize) {
        assert!((self.has_arrived)(world));
        assert_eq!(((self.sent)(world), world.creates()), (sent, 1), "{}", self.sync_type.as_str());
        is_in_step(world).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_refusal_is_recorded_by_its_status_and_left_alone_until_its_time(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        for status in REFUSALS {
            let mut world = write.made(contract, [refusal(status)]).await;
            let SyncState::Waiting { reason: WaitReason::BackOff(why), failures: 1, until } =
                world.project("1042").await.sync
            else {
                panic!("{status} is a failure to be tried again")
            };
            assert!(why.contains(&format!("status {status}")), "{why}");
            assert_eq!(failed_rows(&world, write.sync_type), [why], "{status}");
            world.wake("1042").await;
            world.sweep().await;
            assert_eq!(((write.sent)(&world), (write.has_arrived)(&world)), (1, false), "{status}");

            world.advance_to(until);
            world.sweep().await;
            write.is_there_after(&world, 2).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_only_waiting_helps_against_never_uses_up_the_schedule(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        for (status, retry_after, reason, wait) in PARKED {
            let times = 12;
            let refusal = Fault::Refuse { status, body: Value::Null, retry_after };
            let mut world = write.made(contract, vec![refusal; times]).await;
            for time in 1..=times {
                let project = world.project("1042").await;
                let SyncState::Waiting { failures: 0, until, .. } = project.sync else { panic!("{:?}", project.sync) };
                assert_eq!((until - world.now(), (write.sent)(&world)), (wait, time), "{status}");
                assert_eq!(world.crm_reason("1042").as_deref(), Some(reason));
                world.wake("1042").await;
                world.advance_to(until);
                world.sweep().await;
            }
            write.is_there_after(&world, times + 1).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_project_that_cannot_be_changed_because_it_is_gone_is_an_operators(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (status, why) in [(403, GoneBecause::OutOfReach), (404, GoneBecause::Deleted), (410, GoneBecause::Deleted)] {
        let mut world = PROJECT.made(contract, [refusal(status)]).await;
        let state = world.project("1042").await.sync;
        assert!(matches!(state, SyncState::RemoteGone { why: told, .. } if told == why), "{state:?}");
        world.advance(TimeDelta::days(2));
        world.sweep().await;
        assert_eq!((world.crm_reason("1042").as_deref(), (PROJECT.sent)(&world)), (Some("remote_gone"), 1));

        // It was there all the time: the next look at it, whatever causes it, sends what is missing.
        let project = world.opensolar.projects()[0].id;
        world.opensolar.design(project, 6.6);
        world.notice("1042").await;
        PROJECT.is_there_after(&world, 2).await;
    }
}

#[rstest]
#[tokio::test]
async fn whatever_hides_that_it_was_done_it_is_done_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        for fault in done_and_not_told() {
            println!("{} after {fault:?}", write.sync_type.as_str());
            let mut world = write.made(contract, [fault]).await;
            world.wake("1042").await;
            for _ in 0..2 {
                world.advance(SETTLED_BY);
                world.sweep().await;
            }
            write.is_there_after(&world, 1).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn whatever_hides_that_it_was_not_done_it_is_sent_again_once_a_read_says_so(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        for fault in not_done_and_not_told() {
            println!("{} after {fault:?}", write.sync_type.as_str());
            let mut world = write.made(contract, [fault]).await;
            assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
            world.wake("1042").await;
            world.advance(MINUTE);
            world.sweep().await;
            assert_eq!((write.sent)(&world), 1, "nothing is sent on a guess");
            world.advance(SETTLED_BY);
            world.sweep().await;
            write.is_there_after(&world, 2).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_change_that_opensolar_applies_minutes_later_is_not_sent_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        for answer in [LateAnswer::Drop, LateAnswer::Status(504)] {
            let mut world = write.made(contract, [Fault::ApplyLate { seconds: 300, answer }]).await;
            assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
            world.advance(MINUTE * 5);
            world.sweep().await;
            world.advance(SETTLED_BY);
            world.sweep().await;
            write.is_there_after(&world, 1).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn an_answer_that_comes_too_late_is_doubt_like_any_other(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for write in [PROJECT, CONTACT] {
        let (mut world, _) = World::under_with_project(contract).await;
        world.configure(|document| document.api_timeout = 2).await;
        let late = Fault::ApplyThenDelay { milliseconds: 2_500 };
        world.opensolar.fail_next((write.calls)(&world.opensolar), late);
        let mut request = customer_request("1042");
        request.version.revision = Some(4);
        (write.change)(&mut request);
        world.crm_asks_for(&request).await;
        assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
        world.configure(|document| document.api_timeout = 10).await;
        world.advance(SETTLED_BY);
        world.sweep().await;
        write.is_there_after(&world, 1).await;
    }
}

#[rstest]
#[tokio::test]
async fn while_the_project_cannot_be_compared_nothing_is_sent(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (status, times) in [(400, 1), (405, 1), (409, 1), (422, 1), (429, 1), (401, 1), (402, 1), (500, 2), (503, 2)] {
        let (mut world, _) = World::under_with_project(contract).await;
        for _ in 0..times {
            world.opensolar.fail_next(Calls::to("GET", "/projects/"), refusal(status));
        }
        let mut request = customer_request("1042");
        request.version.revision = Some(4);
        (PROJECT.change)(&mut request);
        world.crm_asks_for(&request).await;
        assert_eq!((PROJECT.sent)(&world), 0, "{status}");
        let (at, _) = world.project("1042").await.wake().expect("it is tried again");
        world.advance_to(at);
        world.sweep().await;
        PROJECT.is_there_after(&world, 1).await;
    }
}
