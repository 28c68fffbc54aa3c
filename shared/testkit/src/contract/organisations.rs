use domain::ids::{ContactId, OrgId, ProjectId, RequestId, Revision};
use domain::jobs::OutboxEntry;
use domain::notification::{News, Notice};
use domain::ports::{Change, Checkpoint, ContactEntry, Limit, LimitName, Stages, SweepName};
use domain::project::Project;
use domain::webhook::{DeliveryLog, DeliveryStatus};
use uuid::Uuid;

use super::{Bench, Case, case, id};
use crate::builders::{
    MINUTE, NOON, ORG, delivery_key, delivery_log, notice, outbox_entry, payload, pending_project, phone,
};

pub(super) fn cases() -> Vec<Case> {
    vec![case(the_same_ids_in_two_organisations_are_two_things), case(a_change_in_one_organisation_is_none_in_another)]
}

/// Not the first one's, and begins with it.
const OTHER: OrgId = OrgId(12_345);
const IDENTIFIER: Uuid = Uuid::from_u128(1);

fn project() -> ProjectId {
    ProjectId::from(9_000_001)
}

/// Everything that has an organisation, under the same ids; `number` tells whose it is.
fn everything(org: OrgId, owner: &RequestId, number: i32) -> Vec<Change> {
    let log = DeliveryLog { org, received_at: NOON + MINUTE * number, ..delivery_log(1) };
    let entry = notice(&id("1042"), News::ContractSigned, 1);
    let sent = outbox_entry(&id("1042"), "01A");
    let progress = number.to_string();
    let limit = Limit { name: LimitName::Creates, revision: Revision::NONE, state: progress.clone() };
    let (sweep, read) = (SweepName::Status, Revision::NONE);
    vec![
        Change::CreateProject(Project { org, created_at: NOON + MINUTE * number, ..pending_project("1042") }),
        Change::RecordIntent { org, identifier: IDENTIFIER, request: owner.clone(), generation: 1 },
        Change::LinkProject { org, project: project(), request: owner.clone() },
        Change::ClaimContact { org, phone: phone(1), request: owner.clone() },
        Change::RecordDelivery { log, payload: payload(1) },
        Change::HoldDelivery { org, project: 1.into(), key: delivery_key(1), id: "01A".to_owned() },
        Change::CreateNotice(Notice { org, created_at: NOON + MINUTE * number, ..entry }),
        Change::Send(OutboxEntry { org, created_at: NOON + MINUTE * number, ..sent }),
        Change::KeepStages { org, stages: Stages { read_at: NOON + MINUTE * number, stages: Vec::new() } },
        Change::SaveCheckpoint { org, checkpoint: Checkpoint { sweep, revision: read, progress, wake: None } },
        Change::SaveLimit { org, limit },
    ]
}

/// Whose everything is that is found under the ids, by what tells it.
async fn found(bench: &Bench, org: OrgId) -> (RequestId, i32) {
    let store = &bench.store;
    let why = "the store answers";
    let owner = store.intended_by(org, IDENTIFIER).await.expect(why).expect("an intent");
    assert_eq!(store.linked_to(org, &project()).await.expect(why), Some(owner.clone()));
    let entry = store.contact(org, &phone(1)).await.expect(why);
    assert_eq!(entry, Some(ContactEntry::Claimed { by: owner.clone() }));
    assert_eq!(store.held(org, &1.into()).await.expect(why), [delivery_key(1)]);

    let record = store.project(org, &id("1042")).await.expect(why).expect("a record");
    let log = store.delivery(org, &delivery_key(1)).await.expect(why).expect("a delivery");
    let key = notice(&id("1042"), News::ContractSigned, 1).key;
    let entry = store.notice(org, &key).await.expect(why).expect("a ledger entry");
    let left = store.outbox(org, &id("1042")).await.expect(why).pop().expect("a message");
    let stages = store.stages(org).await.expect(why).expect("stages");
    assert_eq!([record.org, log.org, entry.org, left.org], [org; 4]);
    let times = [record.created_at, log.received_at, entry.created_at, left.created_at];
    assert_eq!(times, [stages.read_at; 4]);
    let turn = store.checkpoint(org, SweepName::Status).await.expect(why).expect("a checkpoint");
    let limit = store.limit(org, LimitName::Creates).await.expect(why).expect("a limit");
    assert_eq!(limit.state, turn.progress);
    let number: i32 = turn.progress.parse().expect("a number");
    assert_eq!(stages.read_at, NOON + MINUTE * number);
    (owner, number)
}

async fn the_same_ids_in_two_organisations_are_two_things(bench: Bench) {
    for (org, owner, number) in [(ORG, "1042", 1), (OTHER, "1043", 2)] {
        bench.commit(everything(org, &id(owner), number)).await;
    }
    assert_eq!(found(&bench, ORG).await, (id("1042"), 1));
    assert_eq!(found(&bench, OTHER).await, (id("1043"), 2));
    let nobody = OrgId(1);
    assert_eq!(bench.store.project(nobody, &id("1042")).await.expect("the store answers"), None);
    assert_eq!(bench.store.linked_to(nobody, &project()).await.expect("the store answers"), None);
    assert_eq!(bench.store.stages(nobody).await.expect("the store answers"), None);
}

async fn a_change_in_one_organisation_is_none_in_another(bench: Bench) {
    for (org, owner, number) in [(ORG, "1042", 1), (OTHER, "1043", 2)] {
        bench.commit(everything(org, &id(owner), number)).await;
    }
    let (status, request) = (DeliveryStatus::Processed, Some(id("1042")));
    let read = bench.project("1042").await.expect("it is there");
    bench
        .commit([
            Change::UpdateProject(Project { crm_revision: 9, ..read }),
            Change::KeepContact { org: ORG, phone: phone(1), contact: ContactId::from(7), request: id("1042") },
            Change::MoveDelivery { org: ORG, key: delivery_key(1), status, request, at: NOON },
            Change::DropHeld { org: ORG, project: 1.into(), key: delivery_key(1) },
            Change::Sent { org: ORG, request: id("1042"), id: "01A".to_owned() },
        ])
        .await;
    assert_eq!(found(&bench, OTHER).await, (id("1043"), 2));
    let theirs = bench.store.project(OTHER, &id("1042")).await.expect("the store answers").expect("it is there");
    assert_eq!((theirs.revision, theirs.crm_revision), (Revision(1), 0));
    let log = bench.store.delivery(OTHER, &delivery_key(1)).await.expect("the store answers").expect("it is there");
    assert_eq!(log.status, DeliveryStatus::Received);
    assert_eq!(bench.store.held(ORG, &1.into()).await.expect("the store answers"), []);
}
