//! Ledger entries.

use chrono::NaiveDate;
use domain::ids::{RequestId, Revision};
use domain::notification::{Channel, News, Notice, NoticeKey, NoticeState, SkippedBecause};
use domain::remote::ProposalLink;

use super::{MINUTE, NOON, ORG, claim};

/// A new entry, due at [`NOON`].
pub fn notice(request: &RequestId, news: News, epoch: u32) -> Notice {
    Notice {
        org: ORG,
        key: NoticeKey { request_id: request.clone(), milestone: news.milestone(), epoch },
        revision: Revision::NONE,
        news,
        state: NoticeState::Due { until: NOON, reason: None },
        attempts: 0,
        created_at: NOON,
    }
}

/// One of each kind of news.
pub fn every_news() -> Vec<News> {
    let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
    let link = "https://opensolar.example.com/share/9000001/?token=example";
    vec![
        News::DesignComplete,
        News::ProposalSent(ProposalLink::parse(link).expect("a link")),
        News::ContractSigned,
        News::InstallationScheduled(day),
        News::InstallationReminder(day),
    ]
}

/// One of each state, with each reason that it can have.
pub fn every_notice_state() -> Vec<NoticeState> {
    let sent = |channel| NoticeState::Sent { message_id: "wamid.example".to_owned(), channel, at: NOON };
    let mut states = vec![
        NoticeState::Due { until: NOON + MINUTE, reason: None },
        NoticeState::Due { until: NOON + MINUTE, reason: Some("quiet hours".to_owned()) },
        NoticeState::Sending { claim: claim(8), channel: Channel::Text },
        NoticeState::Sending { claim: claim(9), channel: Channel::Template },
        sent(Channel::Text),
        sent(Channel::Template),
        NoticeState::Superseded,
        NoticeState::Held { reason: "whatsapp's answer is unknown".to_owned() },
        NoticeState::Failed { reason: "whatsapp rejected the message with status 400".to_owned() },
    ];
    states.extend(SkippedBecause::ALL.map(NoticeState::Skipped));
    states
}
