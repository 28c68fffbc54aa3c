//! `notify`: one WhatsApp message per ledger entry. A send whose outcome is unknown is held, never repeated.

mod record;
mod verdict;
mod words;

use std::ops::ControlFlow;

use chrono::TimeDelta;
use tracing::warn;

use self::verdict::{later, verdict};
use self::words::{Words, text, words};
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::{Claim, ClaimId};
use crate::jobs::NoticeJob;
use crate::log::chain;
use crate::notification::{
    Channel, Milestone, Notice, NoticeKey, NoticeState, SkippedBecause, as_it_holds, channel_for, leads_elsewhere,
    not_to_be_told, out_of_sight, switched_off, untrue,
};
use crate::ports::{Change, Deadline, Notifier, NotifierError, OutboundMessage, StoreError};
use crate::project::Project;

/// So long a message waits for an earlier one of its project: one that cannot go must not hold up the others for days.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

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
            NoticeState::Sending { claim, channel } if claim.lease_end <= now => {
                let reason = "the worker that was sending it ended: look whether the customer has it".to_owned();
                let words = words(&notice, &project, *channel, self.config, now);
                let body = words.map_or_else(|| text(&notice, &project, self.config, now), |words| words.body);
                return self.tell(&notice, NoticeState::Held { reason }, body).await;
            }
            NoticeState::Due { .. }
            | NoticeState::Sending { .. }
            | NoticeState::Sent { .. }
            | NoticeState::Skipped(_)
            | NoticeState::Superseded
            | NoticeState::Held { .. }
            | NoticeState::Failed { .. } => return Ok(()),
        }
        match self.not_now(&notice, &project) {
            Some(state @ NoticeState::Skipped(SkippedBecause::TakenBack)) => {
                return self.leave_untold(&notice, &project, state).await;
            }
            Some(state) => return self.write(&notice, state).await,
            None => {}
        }
        if let Some(state) = self.after_an_earlier_one(&notice, &project).await? {
            return self.write(&notice, state).await;
        }
        if !self.deadline.allows_sending(now) {
            return Ok(());
        }
        let news = as_it_holds(notice.news.clone(), project.observed.as_ref());
        let notice = Notice { news, ..notice };
        if let Some(reason) = leads_elsewhere(&notice.news, self.config) {
            let body = text(&notice, &project, self.config, now);
            return self.tell(&notice, NoticeState::Failed { reason: reason.to_owned() }, body).await;
        }
        self.send(notice, &project).await
    }

    async fn send(&self, mut notice: Notice, project: &Project) -> Result<(), StoreError> {
        let now = self.core.now();
        let mut channel = channel_for(project.desired.customer.last_inbound_at, now);
        loop {
            let Some(words) = words(&notice, project, channel, self.config, now) else {
                return self.has_no_template(notice, project).await;
            };
            let unclaimed = notice.clone();
            notice = match self.claim(notice, project, channel).await {
                // The text was refused, so nothing is out: the entry goes back to where it was.
                Err(StoreError::Conflict) if matches!(unclaimed.state, NoticeState::Sending { .. }) => {
                    let state = NoticeState::Due { until: now, reason: Some("whatsapp's window is closed".to_owned()) };
                    self.write(&unclaimed, state).await?;
                    return Err(StoreError::Conflict);
                }
                claimed => claimed?,
            };
            let message =
                OutboundMessage { to: project.desired.customer.phone.clone(), content: words.content.clone() };
            let answer = self.notifier.send(&self.config.whatsapp, &message).await;
            match self.settle(&notice, channel, &words, answer).await? {
                ControlFlow::Continue(()) => channel = Channel::Template,
                ControlFlow::Break(()) => return Ok(()),
            }
        }
    }

    /// What keeps a due message from being sent now.
    fn not_now(&self, notice: &Notice, project: &Project) -> Option<NoticeState> {
        let (milestone, now) = (notice.key.milestone, self.core.now());
        if !project.is_current(milestone, notice.key.epoch) {
            return Some(NoticeState::Superseded);
        }
        let reason = not_to_be_told(project)
            .or_else(|| switched_off(milestone, self.config))
            .or_else(|| untrue(&notice.news, project.observed.as_ref(), self.config.today(now)));
        if let Some(reason) = reason {
            return Some(NoticeState::Skipped(reason));
        }
        if let Some(state) = out_of_sight(notice, project, now) {
            return Some(state);
        }
        let morning = self.config.quiet_hours?.end_after(now, self.config.time_zone)?;
        // What waited through the night goes out in the order in which it is to be heard.
        let place = Milestone::ALL.iter().zip(0..).find(|(other, _)| **other == milestone);
        let until = morning + TimeDelta::seconds(place.map_or(0, |(_, place)| place));
        Some(NoticeState::Due { until, reason: Some("quiet hours".to_owned()) })
    }

    /// What a customer is to hear before this goes out before it, as long as that is soon.
    async fn after_an_earlier_one(
        &self,
        notice: &Notice,
        project: &Project,
    ) -> Result<Option<NoticeState>, StoreError> {
        let now = self.core.now();
        for milestone in notice.key.milestone.earlier() {
            let Some(epoch) = project.epochs.get(&milestone) else { continue };
            let key = NoticeKey { milestone, epoch: *epoch, ..notice.key.clone() };
            let earlier = self.core.store.notice(notice.org, &key).await?;
            let Some(at) = earlier.and_then(|earlier| earlier.next_attempt_at()) else { continue };
            if (at - now).abs() <= PATIENCE {
                let reason = format!("the message of {} goes first", milestone.as_str());
                // One that should be out by now may have lost its worker: the sweep comes each minute, not sooner.
                let until = if now < at { at + TimeDelta::seconds(1) } else { now + TimeDelta::minutes(1) };
                return Ok(Some(NoticeState::Due { until, reason: Some(reason) }));
            }
        }
        Ok(None)
    }

    /// Takes the entry, on condition that the record, and so the epoch, is still what was read.
    async fn claim(&self, notice: Notice, project: &Project, channel: Channel) -> Result<Notice, StoreError> {
        let id = ClaimId(uuid::Uuid::from_u128(self.core.ambient.random()));
        let claim = Claim { id, lease_end: self.deadline.lease_end() };
        let (attempts, state) = (attempts_with_this(&notice), NoticeState::Sending { claim, channel });
        let claimed = Notice { state, attempts, ..notice };
        let unchanged =
            Change::CheckProject { org: project.org, request: project.request_id().clone(), read: project.revision };
        self.core.store.commit(vec![Change::UpdateNotice(claimed.clone()), unchanged]).await?;
        Ok(Notice { revision: claimed.revision.next(), ..claimed })
    }

    async fn settle(
        &self,
        notice: &Notice,
        channel: Channel,
        words: &Words,
        answer: Result<String, NotifierError>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let error = match answer {
            Ok(message_id) => {
                let state = NoticeState::Sent { message_id, channel, at: self.core.now() };
                return self.conclude(notice, state, &words.body).await.map(ControlFlow::Break);
            }
            Err(NotifierError::OutsideWindow) if channel == Channel::Text => return Ok(ControlFlow::Continue(())),
            Err(error) => error,
        };
        let request = &notice.key.request_id;
        warn!(request.id = %request, error = chain(&error), "a message of request {request} was not sent");
        let (state, attempts) = verdict(&error, notice.attempts, self.core.ambient.random(), self.core.now());
        let settled = Notice { attempts, ..notice.clone() };
        self.conclude(&settled, state, &words.body).await.map(ControlFlow::Break)
    }

    /// It waits, or staff hear how it ended.
    async fn conclude(&self, notice: &Notice, state: NoticeState, body: &str) -> Result<(), StoreError> {
        match state {
            NoticeState::Held { .. } | NoticeState::Failed { .. } | NoticeState::Sent { .. } => {
                self.tell(notice, state, body.to_owned()).await
            }
            NoticeState::Due { .. }
            | NoticeState::Sending { .. }
            | NoticeState::Skipped(_)
            | NoticeState::Superseded => self.write(notice, state).await,
        }
    }

    async fn has_no_template(&self, notice: Notice, project: &Project) -> Result<(), StoreError> {
        let now = self.core.now();
        let milestone = notice.key.milestone.as_str();
        let reason = format!("whatsapp's window is closed and {milestone} has no template: configure one");
        let attempts = attempts_with_this(&notice);
        let state = later(attempts, self.core.ambient.random(), reason, now);
        let body = text(&notice, project, self.config, now);
        self.conclude(&Notice { attempts, ..notice }, state, &body).await
    }
}

/// A template after a text that was refused is the same attempt.
fn attempts_with_this(notice: &Notice) -> u32 {
    notice.attempts + u32::from(!matches!(notice.state, NoticeState::Sending { .. }))
}
