//! Where the story plays: everybody in it, and how long one waits for what they cause.

use std::time::{Duration, Instant};

use domain::ids::{OrgId, RequestId};
use domain::project::{Project as Record, identifier};
use serde_json::json;
use testkit::fake_whatsapp::Message;
use testkit::{FakeOpenSolar, FakeWhatsApp};

use super::facts::{Facts, Sight, WIDTH, shortened};
use super::remote::Remote;
use crate::crm::{Crm, Enquiry};
use crate::door::deliver;
use crate::error::LocalError;
use crate::operators_api::OperatorsApi;
use crate::polling::poll;
use crate::progress::Progress;
use crate::records::Records;
use crate::stack::Stack;

/// What does not come in this time does not come at all.
const LIMIT: Duration = Duration::from_secs(30);

/// Everybody in the story, and who stands in OpenSolar's place.
pub(super) struct Stage<'a, R = FakeOpenSolar> {
    pub(super) stack: &'a Stack,
    pub(super) opensolar: &'a R,
    pub(super) whatsapp: &'a FakeWhatsApp,
    pub(super) crm: Crm,
    pub(super) operators_api: OperatorsApi,
    pub(super) records: Records,
    pub(super) facts: Facts,
    progress: &'a Progress,
}

/// Why the story ends before its end.
#[derive(Debug)]
pub(super) enum Cut {
    /// Something did not come, and what follows builds on it. It is among the facts.
    Waited,
    /// The stage itself broke.
    Broken(LocalError),
}

impl From<LocalError> for Cut {
    fn from(error: LocalError) -> Self {
        Self::Broken(error)
    }
}

/// What a stack without them is told.
pub(super) fn needs_fakes() -> LocalError {
    LocalError::Answer { operation: "playing the story", reason: "it needs both fakes".to_owned() }
}

impl<'a, R> Stage<'a, R> {
    /// The stack needs both fakes; one of them is `opensolar`.
    pub(super) fn of(stack: &'a Stack, opensolar: &'a R, progress: &'a Progress) -> Result<Self, LocalError> {
        Ok(Self {
            stack,
            opensolar,
            whatsapp: stack.whatsapp().ok_or_else(needs_fakes)?,
            crm: Crm::of(stack.endpoints())?,
            operators_api: OperatorsApi::of(stack.endpoints())?,
            records: Records::of(stack.endpoints(), stack.aws()),
            facts: Facts::default(),
            progress,
        })
    }

    /// A line of the story.
    pub(super) fn tell(&self, line: impl std::fmt::Display) {
        self.progress.say(line);
    }

    /// Looks until it is as expected, and tells so; the story is cut if that does not come.
    pub(super) async fn expect(
        &mut self,
        expected: &'static str,
        since: Instant,
        look: impl Fn(&Self) -> Sight,
    ) -> Result<(), Cut> {
        self.expect_recorded(expected, since, async |stage| Ok(look(stage))).await
    }

    /// The same of something that has to be asked for.
    pub(super) async fn expect_recorded(
        &mut self,
        expected: &'static str,
        since: Instant,
        look: impl AsyncFn(&Self) -> Result<Sight, LocalError>,
    ) -> Result<(), Cut> {
        self.expect_within(LIMIT, expected, since, look).await
    }

    /// The same of something that takes its time.
    pub(super) async fn expect_within(
        &mut self,
        limit: Duration,
        expected: &'static str,
        since: Instant,
        look: impl AsyncFn(&Self) -> Result<Sight, LocalError>,
    ) -> Result<(), Cut> {
        let mut last = Sight::Not(String::new());
        poll(limit, async || {
            self.crm.listen().await?;
            last = look(self).await?;
            Ok(matches!(last, Sight::Holds(_)).then_some(()))
        })
        .await?;
        let came = matches!(last, Sight::Holds(_));
        self.note(expected, since, last);
        if came { Ok(()) } else { Err(Cut::Waited) }
    }

    /// Notes what was looked at, and tells so.
    pub(super) fn note(&mut self, expected: &'static str, since: Instant, sight: Sight) {
        let took = since.elapsed();
        match &sight {
            Sight::Holds(seen) => self.tell(format_args!("  ✓ {expected}: {}", shortened(seen, WIDTH))),
            Sight::Not(seen) => self.tell(format_args!("  ✗ {expected}: {seen}")),
        }
        self.facts.note(expected, sight, took);
    }

    /// A request's record.
    pub(super) async fn record_of(&self, enquiry: &Enquiry<'_>) -> Result<Option<Record>, LocalError> {
        let Ok(request) = enquiry.id.parse::<RequestId>() else { return Ok(None) };
        self.records.request(&request).await
    }

    /// OpenSolar's webhook with this body is at the door.
    pub(super) async fn webhook_arrives(&self, body: &str) -> Result<(), LocalError> {
        deliver(self.stack.endpoints(), body.to_owned()).await.map(drop)
    }

    /// What the customer read, in order.
    pub(super) fn messages_to(&self, enquiry: &Enquiry<'_>) -> Vec<Message> {
        let to = enquiry.whatsapp_id();
        self.whatsapp.messages().into_iter().filter(|message| message.to == to).collect()
    }

    /// What the schedule does each minute: whatever is due is woken.
    pub(super) async fn wake_what_is_due(&self) -> Result<(), LocalError> {
        let function = self.stack.endpoints().function("retry-sweep")?;
        self.stack.aws().invoke(function, &json!({"sweep": "retry"}).to_string()).await.map(drop)
    }

    /// Whether all queues are empty.
    pub(super) async fn queues(&self) -> Result<Sight, LocalError> {
        let mut busy = Vec::new();
        let endpoints = self.stack.endpoints();
        // In the order in which one wakes the next, so that what is handed on meanwhile is seen there.
        for name in ["sync-requests", "webhooks", "notifications", "crm-updates"] {
            let queue = endpoints.queue(name)?;
            for (name, url) in [(name.to_owned(), &queue.url), (format!("{name} (DLQ)"), &queue.dlq_url)] {
                let depth = self.stack.aws().depth(url).await?;
                if depth.waiting + depth.in_flight != 0 {
                    busy.push(format!("{name}: {} waiting, {} in flight", depth.waiting, depth.in_flight));
                }
            }
        }
        let empty = || Sight::Holds(format!("{} queues, no message", endpoints.queues.len() * 2));
        Ok(if busy.is_empty() { empty() } else { Sight::Not(busy.join("; ")) })
    }
}

impl<R: Remote> Stage<'_, R> {
    /// The ids of the projects that carry the identifier of this request's first create.
    pub(super) fn project_ids_of(&self, enquiry: &Enquiry<'_>) -> Vec<u64> {
        let Ok(request) = enquiry.id.parse::<RequestId>() else { return Vec::new() };
        let org = OrgId(self.stack.endpoints().org_id);
        self.opensolar.projects_with(&identifier(self.stack.namespace(), org, &request, 1).to_string())
    }

    /// Waits until nothing is on its way any more, or not for ever: the queues are among the facts.
    pub(super) async fn settle(&mut self) -> Result<(), LocalError> {
        self.opensolar.deliveries_settled().await;
        poll(LIMIT, async || {
            self.crm.listen().await?;
            Ok(matches!(self.queues().await?, Sight::Holds(_)).then_some(()))
        })
        .await
        .map(drop)
    }
}
