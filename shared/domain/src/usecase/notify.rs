//! `notify`: one WhatsApp message per ledger entry. A send whose outcome is unknown is held, never repeated.

use std::ops::ControlFlow;

use chrono::TimeDelta;
use tracing::warn;

use super::draft::Draft;
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::{Claim, ClaimId};
use crate::jobs::NoticeJob;
use crate::jobs::crm_update::{Cause, CauseKind, SentMessage};
use crate::log::chain;
use crate::notification::{Channel, Milestone, Notice, NoticeState, channel_for};
use crate::observe::{not_to_be_told, still_holds};
use crate::ports::{Change, Deadline, MessageContent, Notifier, NotifierError, OutboundMessage, StoreError};
use crate::project::Project;
use crate::retry::{QUOTA_WAIT, TOKEN_PROBE, next_try};

/// The longest that a send takes.
pub const SEND_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// Sends the ledger entry if it is due, and writes down what became of it.
pub async fn notify(
    core: &Core,
    notifier: &dyn Notifier,
    job: NoticeJob,
    deadline: Deadline,
) -> Result<(), UseCaseError> {
    let Some(config) = core.configuration_of(job.org_id).await? else { return Ok(()) };
    let sender = Sender { core, notifier, config: &config, deadline };
    for _ in 0..CONFLICT_LIMIT {
        let Some(notice) = core.store.notice(job.org_id, &job.key).await? else { return Ok(()) };
        let Some(project) = core.store.project(job.org_id, &job.key.request_id).await? else { return Ok(()) };
        match sender.attend(notice, project).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

struct Sender<'a> {
    core: &'a Core,
    notifier: &'a dyn Notifier,
    config: &'a Configuration,
    deadline: Deadline,
}

impl Sender<'_> {
    async fn attend(&self, notice: Notice, project: Project) -> Result<(), StoreError> {
        let now = self.core.now();
        match &notice.state {
            NoticeState::Due { until, .. } if *until <= now => {}
            NoticeState::Sending { claim, .. } if claim.lease_end <= now => {
                let reason = "the worker that was sending it ended: look whether the customer has it".to_owned();
                return self.write(&notice, NoticeState::Held { reason }).await;
            }
            NoticeState::Due { .. }
            | NoticeState::Sending { .. }
            | NoticeState::Sent { .. }
            | NoticeState::Skipped(_)
            | NoticeState::Superseded
            | NoticeState::Held { .. }
            | NoticeState::Failed { .. } => return Ok(()),
        }
        if let Some(state) = self.not_now(&notice, &project) {
            return self.write(&notice, state).await;
        }
        // Two sends, should the window turn out to be closed.
        if !self.deadline.allows(SEND_TIMEOUT * 2, now) {
            return Ok(());
        }
        let mut notice = notice;
        let mut channel = channel_for(project.desired.customer.last_inbound_at, now);
        loop {
            let Some(content) = self.content(&notice, &project, channel) else {
                let reason = format!(
                    "whatsapp's window is closed and {} has no template: configure one",
                    notice.key.milestone.as_str()
                );
                let failed = Notice { attempts: notice.attempts + 1, ..notice };
                return self.write(&failed, self.later(failed.attempts, reason)).await;
            };
            let unclaimed = notice.clone();
            notice = match self.claim(notice, &project, channel).await {
                // The text was refused, so nothing is out: the entry goes back to where it was.
                Err(StoreError::Conflict) if matches!(unclaimed.state, NoticeState::Sending { .. }) => {
                    let state = NoticeState::Due { until: now, reason: Some("whatsapp's window is closed".to_owned()) };
                    self.write(&unclaimed, state).await?;
                    return Err(StoreError::Conflict);
                }
                claimed => claimed?,
            };
            let message = OutboundMessage { to: project.desired.customer.phone.clone(), content };
            let answer = self.notifier.send(&self.config.whatsapp, &message).await;
            match self.settle(&notice, channel, answer).await? {
                ControlFlow::Continue(()) => channel = Channel::Template,
                ControlFlow::Break(()) => return Ok(()),
            }
        }
    }

    /// What keeps a due message from being sent now.
    fn not_now(&self, notice: &Notice, project: &Project) -> Option<NoticeState> {
        let is_current = project.is_current(notice.key.milestone, notice.key.epoch);
        if !is_current || !still_holds(&notice.news, project.observed.as_ref()) {
            return Some(NoticeState::Superseded);
        }
        if let Some(reason) = not_to_be_told(project) {
            return Some(NoticeState::Skipped(reason));
        }
        let morning = self.config.quiet_hours?.end_after(self.core.now(), self.config.time_zone)?;
        // What waited through the night goes out in the order in which it is to be heard.
        let place = Milestone::ALL.iter().zip(0..).find(|(milestone, _)| **milestone == notice.key.milestone);
        let until = morning + TimeDelta::seconds(place.map_or(0, |(_, place)| place));
        Some(NoticeState::Due { until, reason: Some("quiet hours".to_owned()) })
    }

    fn content(&self, notice: &Notice, project: &Project, channel: Channel) -> Option<MessageContent> {
        let name = project.desired.customer.first_name.as_deref().unwrap_or("there");
        match channel {
            Channel::Text => Some(MessageContent::Text(notice.news.text(name))),
            Channel::Template => {
                let template = self.config.messages.get(&notice.key.milestone)?.template.clone()?;
                Some(MessageContent::Template { template, parameters: notice.news.template_parameters(name) })
            }
        }
    }

    /// Takes the entry, on condition that the record, and so the epoch, is still what was read.
    async fn claim(&self, notice: Notice, project: &Project, channel: Channel) -> Result<Notice, StoreError> {
        let id = ClaimId(uuid::Uuid::from_u128(self.core.ambient.random()));
        let claim = Claim { id, lease_end: self.deadline.lease_end() };
        // A template after a text that was refused is the same attempt.
        let attempts = notice.attempts + u32::from(!matches!(notice.state, NoticeState::Sending { .. }));
        let claimed = Notice { state: NoticeState::Sending { claim, channel }, attempts, ..notice };
        let unchanged =
            Change::CheckProject { org: project.org, request: project.request_id().clone(), read: project.revision };
        self.core.store.commit(vec![Change::UpdateNotice(claimed.clone()), unchanged]).await?;
        Ok(Notice { revision: claimed.revision.next(), ..claimed })
    }

    async fn settle(
        &self,
        notice: &Notice,
        channel: Channel,
        answer: Result<String, NotifierError>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let error = match answer {
            Ok(message_id) => return self.sent(notice, channel, message_id).await.map(ControlFlow::Break),
            Err(NotifierError::OutsideWindow) if channel == Channel::Text => return Ok(ControlFlow::Continue(())),
            Err(error) => error,
        };
        warn!(
            request.id = %notice.key.request_id,
            error = chain(&error),
            "a message of request {} was not sent", notice.key.request_id
        );
        let now = self.core.now();
        let due = |until, reason: &str| NoticeState::Due { until, reason: Some(reason.to_owned()) };
        let tried = notice.attempts;
        // What only waits for a throttle or a token does not use up the schedule.
        let (state, attempts) = match error {
            NotifierError::RateLimited => (due(now + QUOTA_WAIT, "whatsapp's throttle"), tried.saturating_sub(1)),
            NotifierError::Unauthorized => {
                (due(now + TOKEN_PROBE, "whatsapp refuses the token: put a new one"), tried.saturating_sub(1))
            }
            NotifierError::NotSent(_) => (self.later(tried, "whatsapp was not reached".to_owned()), tried),
            NotifierError::Rejected { .. } | NotifierError::OutsideWindow => {
                (NoticeState::Failed { reason: error.to_string() }, tried)
            }
            NotifierError::InDoubt(_) => {
                let reason = "whatsapp's answer is unknown: look whether the customer has it".to_owned();
                (NoticeState::Held { reason }, tried)
            }
        };
        self.write(&Notice { attempts, ..notice.clone() }, state).await.map(ControlFlow::Break)
    }

    /// Due again by the schedule; used up, it has failed.
    fn later(&self, failures: u32, reason: String) -> NoticeState {
        match next_try(failures, self.core.ambient.random(), self.core.now()) {
            Some(until) => NoticeState::Due { until, reason: Some(reason) },
            None => NoticeState::Failed { reason: format!("{reason}, given up") },
        }
    }

    /// The message is out: that is written, whatever happens to the record meanwhile, and told to the CRM.
    async fn sent(&self, notice: &Notice, channel: Channel, message_id: String) -> Result<(), StoreError> {
        for _ in 0..CONFLICT_LIMIT {
            let request = &notice.key.request_id;
            let Some(project) = self.core.store.project(notice.org, request).await? else { return Ok(()) };
            let mut draft = Draft::of(self.core, &project);
            let name = project.desired.customer.first_name.as_deref().unwrap_or("there");
            let state = NoticeState::Sent { message_id: message_id.clone(), channel, at: draft.now };
            draft.change(Change::UpdateNotice(Notice { state, ..notice.clone() }));
            let (milestone, body) = (notice.key.milestone, notice.news.text(name));
            draft.tell_message(SentMessage::new(milestone, channel, body, message_id.clone()));
            match draft.commit(Cause { kind: CauseKind::Message, id: message_id.clone() }).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        // The entry stays claimed: past its lease it is held, and nobody sends it again.
        let limit = TimeDelta::minutes(1);
        warn!("a message was sent and could not be written down; it is held {limit} after this worker's end");
        Ok(())
    }

    async fn write(&self, notice: &Notice, state: NoticeState) -> Result<(), StoreError> {
        self.core.store.commit(vec![Change::UpdateNotice(Notice { state, ..notice.clone() })]).await
    }
}
