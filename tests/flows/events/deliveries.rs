//! The same story in whatever way its deliveries come: twice, out of order, much later, or one after the other.

use integration_tests::{Contract, Platform, Snapshot, World};
use testkit::fake_opensolar::ReleaseOrder;
use testkit::fake_opensolar::quirks::{Alternative, Quirks};

use crate::webhook_to_whatsapp::{everything_happens, everything_is_told_once};

/// The usual way, and each other.
fn ways() -> Vec<Alternative> {
    let usual: Alternative = ("the usual way", |_| {});
    let others = Quirks::alternatives().into_iter();
    let others = others.filter(|(name, _)| name.starts_with("delivery.") || name.starts_with("webhooks."));
    std::iter::once(usual).chain(others).collect()
}

/// Everything has happened; its deliveries are the caller's, in the order in which OpenSolar sent them.
async fn everything_happened(way: fn(&mut Quirks), order: ReleaseOrder) -> (World<Platform>, Vec<Vec<u8>>) {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.opensolar.live().behave(way);
    world.hold_webhooks();
    world.opensolar.live().hold_deliveries();
    everything_happens(&world, project);
    world.opensolar.live().release_deliveries(order);
    let deliveries = world.webhooks_on_their_way().await;
    (world, deliveries.into_iter().map(|delivery| delivery.body.into_bytes()).collect())
}

/// Repeats of everything in both directions change nothing that can be seen.
async fn repeats_change_nothing(world: &mut World<Platform>, deliveries: &[Vec<u8>]) {
    let before: Snapshot = world.snapshot().await;
    for body in deliveries.iter().chain(deliveries.iter().rev()) {
        world.hand_over(body).await;
        world.hand_over_again(body).await;
        world.run_until_quiet().await;
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn in_any_order_and_number_the_deliveries_tell_the_same() {
    for (name, way) in ways() {
        for order in [ReleaseOrder::AsHappened, ReleaseOrder::Reversed, ReleaseOrder::SecondHalfFirst] {
            println!("{name}, {order:?}");
            let (mut world, deliveries) = everything_happened(way, order).await;
            for body in &deliveries {
                world.hand_over(body).await;
            }
            world.run_until_quiet().await;
            everything_is_told_once(&world);
            repeats_change_nothing(&mut world, &deliveries).await;
        }
    }
}

#[tokio::test]
async fn one_by_one_with_each_repeated_at_once_they_tell_the_same() {
    for (name, way) in ways() {
        println!("{name}");
        let (mut world, deliveries) = everything_happened(way, ReleaseOrder::SecondHalfFirst).await;
        for body in &deliveries {
            world.hand_over(body).await;
            world.hand_over_again(body).await;
            world.run_until_quiet().await;
        }
        everything_is_told_once(&world);
        repeats_change_nothing(&mut world, &deliveries).await;
    }
}
