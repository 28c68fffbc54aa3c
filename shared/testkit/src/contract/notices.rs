use domain::ids::{OrgId, Revision};
use domain::notification::{Milestone, News, Notice, NoticeKey, NoticeState};
use domain::ports::Change;

use super::{Bench, Case, case, id};
use crate::builders::{ORG, every_news, every_notice_state, notice};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_ledger_entry_comes_back_in_each_state),
        case(a_ledger_entry_comes_back_with_each_kind_of_news),
        case(one_epoch_of_a_milestone_has_one_entry),
        case(an_entry_that_has_changed_meanwhile_is_not_updated),
    ]
}

async fn stored(bench: &Bench, key: &NoticeKey) -> Option<Notice> {
    bench.store.notice(ORG, key).await.expect("the store answers")
}

async fn a_ledger_entry_comes_back_in_each_state(bench: Bench) {
    for (epoch, state) in (1..).zip(every_notice_state()) {
        let entry = Notice { state, attempts: epoch, ..notice(&id("1042"), News::ContractSigned, epoch) };
        bench.commit([Change::CreateNotice(entry.clone())]).await;
        assert_eq!(stored(&bench, &entry.key).await, Some(Notice { revision: Revision(1), ..entry }));
    }
}

async fn a_ledger_entry_comes_back_with_each_kind_of_news(bench: Bench) {
    for news in every_news() {
        let entry = notice(&id("1042"), news, 1);
        assert_eq!(stored(&bench, &entry.key).await, None);
        bench.commit([Change::CreateNotice(entry.clone())]).await;
        assert_eq!(stored(&bench, &entry.key).await, Some(Notice { revision: Revision(1), ..entry }));
    }
}

async fn one_epoch_of_a_milestone_has_one_entry(bench: Bench) {
    let entry = |epoch| notice(&id("1042"), News::DesignComplete, epoch);
    bench.commit([Change::CreateNotice(entry(1))]).await;
    let other = Notice { state: NoticeState::Superseded, ..entry(1) };
    bench.refuses([Change::CreateNotice(other)]).await;
    assert_eq!(stored(&bench, &entry(1).key).await.map(|entry| entry.state), Some(entry(1).state));
    bench
        .commit([Change::CreateNotice(entry(2)), Change::CreateNotice(notice(&id("1043"), News::DesignComplete, 1))])
        .await;
    let elsewhere = NoticeKey { request_id: id("1042"), milestone: Milestone::ProposalSent, epoch: 1 };
    assert_eq!(stored(&bench, &elsewhere).await, None);
    assert_eq!(bench.store.notice(OrgId(5678), &entry(1).key).await.expect("the store answers"), None);
}

async fn an_entry_that_has_changed_meanwhile_is_not_updated(bench: Bench) {
    let entry = notice(&id("1042"), News::ContractSigned, 1);
    bench.refuses([Change::UpdateNotice(Notice { revision: Revision(1), ..entry.clone() })]).await;
    bench.commit([Change::CreateNotice(entry.clone())]).await;
    let read = stored(&bench, &entry.key).await.expect("it is there");
    bench.commit([Change::UpdateNotice(Notice { attempts: 1, ..read.clone() })]).await;
    bench.refuses([Change::UpdateNotice(Notice { attempts: 9, ..read })]).await;
    bench.refuses([Change::UpdateNotice(Notice { attempts: 9, ..entry.clone() })]).await;
    let stored = stored(&bench, &entry.key).await.expect("it is there");
    assert_eq!((stored.revision, stored.attempts), (Revision(2), 1));
}
