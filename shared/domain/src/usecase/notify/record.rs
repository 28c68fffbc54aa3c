//! Writing down what became of a ledger entry.

use tracing::warn;

use super::Sender;
use crate::ids::{OrgId, RequestId};
use crate::jobs::crm_update::{Cause, CauseKind, CustomerMessage};
use crate::log::Decision;
use crate::notification::{Notice, NoticeState};
use crate::ports::{Change, StoreError};
use crate::project::Project;
use crate::usecase::CONFLICT_LIMIT;
use crate::usecase::draft::Draft;

impl Sender<'_> {
    /// Writes a state that concerns nobody in the chat: it waits, or it is deliberately not sent and the ledger and the
    /// timeline say why.
    pub(super) async fn write(&self, notice: &Notice, state: NoticeState) -> Result<(), StoreError> {
        let decision = match &state {
            NoticeState::Skipped(_) | NoticeState::Superseded => Some(self.decision(notice, &state)),
            NoticeState::Due { .. }
            | NoticeState::Sending { .. }
            | NoticeState::Sent { .. }
            | NoticeState::Held { .. }
            | NoticeState::Failed { .. } => None,
        };
        let mut changes = vec![Change::UpdateNotice(Notice { state, ..notice.clone() })];
        changes.extend(decision.map(Change::LogDecision));
        self.core.store.commit(changes).await
    }

    /// Writes that a fact was taken back before it was told, on the record too: should it hold again, it is news again.
    pub(super) async fn leave_untold(
        &self,
        notice: &Notice,
        project: &Project,
        state: NoticeState,
    ) -> Result<(), StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.project.note_telling(notice.key.milestone, &state);
        draft.change(Change::LogDecision(self.decision(notice, &state)));
        draft.change(Change::UpdateNotice(Notice { state, ..notice.clone() }));
        draft.commit(Cause { kind: CauseKind::Message, id: name(notice) }).await.map(|_| ())
    }

    /// Writes a state that staff see in the chat: it is with the customer, or somebody has to look after it. What
    /// happens to the record meanwhile does not matter.
    pub(super) async fn tell(&self, notice: &Notice, state: NoticeState, body: String) -> Result<(), StoreError> {
        let request = &notice.key.request_id;
        for _ in 0..CONFLICT_LIMIT {
            let Some(project) = self.core.store.project(notice.org, request).await? else { return Ok(()) };
            let mut draft = Draft::of(self.core, &project);
            draft.change(Change::LogDecision(self.decision(notice, &state)));
            draft.change(Change::UpdateNotice(Notice { state: state.clone(), ..notice.clone() }));
            let message = told(notice, &state, body.clone());
            let id = message.message_id.clone().unwrap_or_else(|| name(notice));
            draft.tell_message(message);
            match draft.commit(Cause { kind: CauseKind::Message, id }).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        // One that is claimed stays so: past its lease it is held, and nobody sends it again.
        let state = state.as_str();
        warn!(request.id = %request, "a message of request {request} is {state}, and that could not be written down");
        Err(StoreError::Conflict)
    }

    fn decision(&self, notice: &Notice, state: &NoticeState) -> Decision {
        let (org, request): (OrgId, RequestId) = (notice.org, notice.key.request_id.clone());
        let outcome = format!("{}: {}", name(notice), state.describe());
        Decision { org, request, id: self.core.ulid(), at: self.core.now(), rule: "message".into(), outcome }
    }
}

fn name(notice: &Notice) -> String {
    format!("{} {}", notice.key.milestone.as_str(), notice.key.epoch)
}

fn told(notice: &Notice, state: &NoticeState, body: String) -> CustomerMessage {
    let (message_id, channel) = match (state, &notice.state) {
        (NoticeState::Sent { message_id, channel, .. }, _) => (Some(message_id.clone()), Some(*channel)),
        (_, NoticeState::Sending { channel, .. }) => (None, Some(*channel)),
        (_, _) => (None, None),
    };
    CustomerMessage {
        milestone: notice.key.milestone,
        state: state.as_str().to_owned(),
        channel: channel.map(|channel| channel.as_str().to_owned()),
        body,
        message_id,
        reason: state.reason().map(str::to_owned),
    }
}
