//! `project.proposal_sent`, and that the customer looked at it.

use chrono::TimeDelta;
use domain::notification::Milestone::ProposalSent;
use integration_tests::World;
use serde_json::json;
use testkit::builders::NOON;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{CopiedLink, ShareLink};
use testkit::{Calls, Fault};

use super::{happens, is_noted, told_alone};

#[tokio::test]
async fn a_sent_proposal_is_a_link_for_the_crm_and_the_customer_since_when_it_was_sent() {
    for since in [ShareLink::FromTheStart, ShareLink::OnceSent] {
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(|quirks| quirks.projects.share_link = since);
        assert_eq!(world.crm_state("1042").proposal_url, None);
        happens(&mut world, project, Work::SendProposal).await;
        let told = world.crm_state("1042");
        let link = told.proposal_url.expect("a link");
        assert!(link.starts_with("https://"));
        assert_eq!(
            (told.proposal_sent_at.map(|at| at.date_naive()), told.status.as_deref()),
            (Some(NOON.date_naive()), Some("pending"))
        );
        told_alone(&world, ProposalSent, 1);
        assert!(world.messages()[0].starts_with("☀️") && world.messages()[0].contains(&link));
        happens(&mut world, project, Work::SendProposal).await;
        told_alone(&world, ProposalSent, 1);
    }
}

#[tokio::test]
async fn a_proposal_whose_link_is_not_to_be_had_is_told_once_it_is() {
    let (none, plain, half) = (json!(null), json!("http://opensolar.example.com/share/1"), json!("share/1"));
    // What is told is that it can be opened: since when it was sent does not make that old.
    for (link, days) in [(none.clone(), 0), (plain, 0), (half, 0), (none, 4)] {
        let (mut world, project) = World::with_project().await;
        let original = world.opensolar.projects()[0].identifier.clone();
        let without = json!({
            "id": project, "identifier": original, "share_link": link, "sold_date": null, "system_sold": null,
            "events_data": [{"id": 88_001, "event_type_id": 0, "created_date": "2026-11-20T12:00:00.000000Z"}],
        });
        let answer = Fault::Refuse { status: 200, body: without, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), answer);
        happens(&mut world, project, Work::SendProposal).await;
        let told = world.crm_state("1042");
        assert_eq!((told.proposal_sent_at, told.proposal_url), (Some(NOON), None));
        told_alone(&world, ProposalSent, 0);

        world.advance(TimeDelta::days(days));
        happens(&mut world, project, Work::Note { event_type_id: 72 }).await;
        assert!(world.crm_state("1042").proposal_url.is_some());
        told_alone(&world, ProposalSent, 1);
    }
}

#[tokio::test]
async fn a_copied_link_is_sent_only_if_opensolar_notes_it() {
    for (copied, times) in [(CopiedLink::Nothing, 0), (CopiedLink::SentEvent, 1)] {
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(|quirks| quirks.events.copied_link = copied);
        happens(&mut world, project, Work::CopyShareLink).await;
        told_alone(&world, ProposalSent, times);
        assert_eq!(world.crm_state("1042").proposal_url.is_some(), times == 1);
    }
}

#[tokio::test]
async fn that_it_was_looked_at_is_noted_by_each_of_its_events_and_told_to_nobody() {
    for event in [1, 2, 105] {
        let (mut world, project) = World::with_project().await;
        is_noted(&mut world, project, event).await;
        let told = world.crm_state("1042");
        assert_eq!((told.proposal_viewed_at.is_some(), told.proposal_sent_at), (true, None), "{event}");
        assert_eq!((told.status.as_deref(), world.ledger("1042")), (Some("pending"), Vec::new()));
    }
}
