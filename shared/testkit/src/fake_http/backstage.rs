//! What happens around a fake's API: logging each call, and the faults.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{self, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::calls::{Call, CallLog};
use super::clock::Clock;
use super::faults::{Calls, Fault, Faults, LateAnswer, Spoil, WaitingFault};
use super::late::LateCalls;
use super::line::Line;
use super::{Answer, Request};

/// Bodies above this are refused, as a web server in front of the real service would.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// What a fake is for: it applies a call to its state and says what the caller gets.
pub(crate) trait Api: Send + Sync + 'static {
    /// Applies the call, wholly or not at all.
    fn answer(&self, request: &Request) -> Answer;

    /// Whether the call is let in: all that is decided before it is looked into.
    ///
    /// # Errors
    /// It is not; what the caller is told.
    fn admit(&self, request: &Request) -> Result<(), Answer>;

    /// Applies a call that was admitted earlier. Nobody waits for the answer.
    fn apply_late(&self, request: &Request, at: DateTime<Utc>);

    /// Applies the late calls whose time has come.
    fn catch_up(&self) {
        for (at, request) in self.backstage().late.take_due(self.backstage().clock.now()) {
            self.apply_late(&request, at);
        }
    }

    /// The body of a refusal for which the test gave none, in the service's own shape.
    fn refusal(&self, status: u16) -> Value;

    fn backstage(&self) -> &Backstage;
}

/// The calls so far, the faults to come, and the time.
#[derive(Debug, Default)]
pub(crate) struct Backstage {
    pub(super) log: CallLog,
    pub(super) faults: Faults,
    late: LateCalls,
    pub(crate) clock: Clock,
}

impl Backstage {
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.log.all()
    }

    pub(crate) fn call_count(&self) -> usize {
        self.log.count()
    }

    pub(crate) fn fail_next(&self, calls: Calls, fault: Fault) {
        self.faults.add(WaitingFault { calls, fault });
    }
}

/// Takes every call that is not for `/_fake/`.
pub(super) async fn receive<A: Api>(
    State(api): State<Arc<A>>,
    ConnectInfo(line): ConnectInfo<Line>,
    call: http::Request<Body>,
) -> Response<Body> {
    let (parts, body) = call.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Answer::json(413, json!({"detail": "Request body is too large."})).into_response();
    };
    let request = Request::new(&parts, body);
    let log = &api.backstage().log;
    let number = log.arrived(&request);

    let Some(answer) = perform(&api, &request).await else {
        line.cut();
        return Answer::no_content().into_response();
    };
    log.answered(number, answer.status);
    answer.into_response()
}

/// The answer to the call, after what the next fault makes of it; none if the caller gets none.
async fn perform<A: Api>(api: &Arc<A>, request: &Request) -> Option<Answer> {
    api.catch_up();
    match api.backstage().faults.take(request) {
        None => Some(api.answer(request)),
        Some(Fault::Refuse { status, body, retry_after }) => {
            let answer = match body {
                Value::Null => Answer::json(status, api.refusal(status)),
                Value::String(page) => Answer::page(status, &page),
                body => Answer::json(status, body),
            };
            Some(answer.retry_after(retry_after))
        }
        Some(Fault::DropBeforeApplying) => None,
        Some(Fault::ApplyThenDrop) => {
            api.answer(request);
            None
        }
        Some(Fault::ApplyThenGarble) => Some(api.answer(request).spoilt(Spoil::Truncated)),
        Some(Fault::ApplyThenSpoil { spoil }) => Some(api.answer(request).spoilt(spoil)),
        Some(Fault::ApplyThenFail { status }) => {
            api.answer(request);
            Some(Answer::json(status, api.refusal(status)))
        }
        Some(Fault::ApplyLate { seconds, answer }) => match api.admit(request) {
            Ok(()) => {
                keep_for_later(api, request, seconds);
                match answer {
                    LateAnswer::Drop => None,
                    LateAnswer::Status(status) => Some(Answer::json(status, api.refusal(status))),
                }
            }
            Err(refused) => Some(refused),
        },
        Some(Fault::Delay { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            Some(api.answer(request))
        }
        Some(Fault::ApplyThenDelay { milliseconds }) => {
            let answer = api.answer(request);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            Some(answer)
        }
    }
}

fn keep_for_later<A: Api>(api: &Arc<A>, request: &Request, seconds: u32) {
    let backstage = api.backstage();
    backstage.late.add(backstage.clock.now() + TimeDelta::seconds(seconds.into()), request.clone());
    // While the clock runs nobody may look at the fake again, and its webhooks should still go out.
    let api = Arc::downgrade(api);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
        if let Some(api) = api.upgrade() {
            api.catch_up();
        }
    });
}
