//! The nightly run, where there is no account of deliveries to compare with.

use domain::usecase::status_sweep::{DeliveryLogIs, Run, TurnEnd};
use testkit::fake_relay::Work;

use super::{staff, with_project};

#[tokio::test]
async fn the_night_finds_what_nobody_told_of_and_says_that_there_is_no_log_to_compare_with() {
    let mut world = with_project().await;
    world.status_sweep(Run::Now).await;
    staff(&world, Work::Move { status: "contract".to_owned() });
    world.advance(chrono::TimeDelta::days(1));
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.end, report.turn.changed), (Some(TurnEnd::Finished), 1));
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("contract"));
    let audit = report.run.and_then(|run| run.audit).expect("it was looked for");
    assert_eq!((audit.log, audit.cut_short, audit.never_sent), (DeliveryLogIs::NotAvailable, None, None));
}
