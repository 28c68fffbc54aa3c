//! Where a soak takes place: who is there, and what goes on all the time.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use domain::ids::{OrgId, RequestId};
use domain::project::identifier;
use reqwest::Client;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::customers::Customer;
use super::post::Post;
use super::tally::Tally;
use super::{Outside, Size};
use crate::aws::Aws;
use crate::crm::Crm;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;
use crate::progress::Progress;
use crate::records::Records;
use crate::stack::Stack;

/// A turn of whoever looks again and again.
pub(super) const TURN: Duration = Duration::from_millis(300);

/// The schedule sweeps each minute; so long a soak does not want to wait.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(5);

const BETWEEN_REPORTS: Duration = Duration::from_secs(5);

/// Everybody, and what they share.
pub(super) struct Field {
    pub(super) size: Size,
    pub(super) begun: Instant,
    pub(super) outside: Outside,
    pub(super) endpoints: Endpoints,
    pub(super) aws: Aws,
    pub(super) http: Client,
    pub(super) records: Records,
    pub(super) crm: Mutex<Crm>,
    pub(super) customers: Vec<Customer>,
    pub(super) post: Post,
    pub(super) tally: Tally,
    namespace: Uuid,
    aws_process: AtomicU32,
    is_over: AtomicBool,
    is_calm: AtomicBool,
}

impl Field {
    pub(super) fn of(stack: &Stack, outside: Outside, size: Size) -> Result<Self, LocalError> {
        let now = Utc::now();
        let customers = (0..size.requests as usize).filter_map(|number| Customer::number(number, now)).collect();
        Ok(Self {
            size,
            begun: Instant::now(),
            outside,
            endpoints: stack.endpoints().clone(),
            aws: stack.aws().clone(),
            http: http::client()?,
            records: Records::of(stack.endpoints(), stack.aws()),
            crm: Mutex::new(Crm::of(stack.endpoints())?),
            customers,
            post: Post::default(),
            tally: Tally::default(),
            namespace: stack.namespace(),
            aws_process: AtomicU32::new(stack.aws_process()),
            is_over: AtomicBool::new(false),
            is_calm: AtomicBool::new(false),
        })
    }

    /// From now on nobody makes trouble.
    pub(super) fn calm_down(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
    }

    /// Whether nobody makes trouble any more.
    pub(super) fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    /// Everybody goes home.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether everybody goes home.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// The local AWS is another process now, or none: 0.
    pub(super) fn aws_is(&self, process: u32) {
        self.aws_process.store(process, Ordering::Relaxed);
    }

    /// The process of the local AWS, while it is there.
    pub(super) fn aws_process(&self) -> Option<u32> {
        Some(self.aws_process.load(Ordering::Relaxed)).filter(|process| *process != 0)
    }

    /// Our key of a request's project.
    pub(super) fn identifier(&self, request: &RequestId) -> String {
        identifier(self.namespace, OrgId(self.endpoints.org_id), request, 1).to_string()
    }

    /// Sleeps until this part of the time, in percent, or not at all.
    pub(super) async fn until_part(&self, percent: u32) {
        tokio::time::sleep_until((self.begun + self.size.part(percent)).into()).await;
    }

    /// Messages in all queues, dead letters included.
    pub(super) async fn queued(&self) -> Result<u32, LocalError> {
        let mut sum = 0;
        for queue in self.endpoints.queues.values() {
            for url in [&queue.url, &queue.dlq_url] {
                let depth = self.aws.depth(url).await?;
                sum += depth.waiting + depth.in_flight;
            }
        }
        Ok(sum)
    }

    /// Lets due work be woken.
    pub(super) async fn sweep_often(&self) {
        let Ok(sweep) = self.endpoints.function("retry-sweep") else { return };
        while !self.is_over() {
            // A sweep that was killed, or found no local AWS, is made up for by the next.
            let _swept = self.aws.invoke(sweep, r#"{"sweep": "retry"}"#).await;
            self.pause(BETWEEN_SWEEPS).await;
        }
    }

    /// Reads what the CRM is told. While the local AWS is away there is nothing to be heard.
    pub(super) async fn hear_as_the_crm(&self) {
        while !self.is_over() {
            let _heard = self.crm.lock().await.listen().await;
            tokio::time::sleep(TURN).await;
        }
    }

    /// Says every few seconds how far everything is.
    pub(super) async fn report(&self, progress: &Progress) {
        while !self.is_over() {
            self.pause(BETWEEN_REPORTS).await;
            let (counts, queued) = (self.tally.counts(), self.queued().await);
            progress.say(format_args!(
                "  … {} of {} requests asked for, {} projects; {} deliveries made, {} answered; {} messages; {} queued; \
                 {} kills",
                counts.asked,
                self.size.requests,
                self.outside.opensolar.projects().len(),
                self.post.picked_up(),
                self.post.answered().len(),
                self.outside.whatsapp.messages().len(),
                queued.map_or_else(|_| "? ".to_owned(), |queued| queued.to_string()),
                counts.killed(),
            ));
        }
    }

    /// Waits so long, or until everybody goes home.
    pub(super) async fn pause(&self, wait: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < wait && !self.is_over() {
            tokio::time::sleep(TURN.min(wait)).await;
        }
    }
}
