//! A fake WhatsApp: sending messages by Meta's Cloud API, over real HTTP.
//!
//! `POST /{version}/{phone_number_id}/messages` as in developers.facebook.com/docs/whatsapp/cloud-api/reference/
//! messages. Templates have to be approved first; every 24-hour window is open until it is closed. State is in memory.

mod account;
mod codes;
mod control;
mod errors;
mod message;

pub use account::{OutsideWindow, Refused};
pub use codes::{ERROR_CODES, ErrorCode};
pub use message::{Content, Message};

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fake_http::{Answer, Api, Backstage, Bound, Call, Calls, Fault, Request, Server, lock};
use account::{Account, Refusals, Window};
use errors::GraphError;
use message::Order;

/// The business's one number, by Meta's id.
const PHONE_NUMBER_ID: &str = "100000000000001";
/// The only token that is let in.
const TOKEN: &str = crate::secrets::WHATSAPP_TOKEN;

/// The account with what happens around each call.
#[derive(Debug, Default)]
struct Phone {
    account: Mutex<Account>,
    backstage: Backstage,
}

impl Phone {
    fn with<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        self.catch_up();
        change(&mut lock(&self.account))
    }

    fn send(&self, request: &Request) -> Result<Value, GraphError> {
        self.check_token(request)?;
        match (request.method.as_str(), request.segments().as_slice()) {
            ("POST", [_, PHONE_NUMBER_ID, "messages"]) => {}
            (_, [_, id, ..]) => return Err(GraphError::UnknownObject((*id).to_owned())),
            _ => return Err(GraphError::UnknownObject(String::new())),
        }
        let body = request.object();
        let body = body.ok_or_else(|| GraphError::InvalidParameter("The body is no JSON object.".to_owned()))?;
        let order = Order::read(&body)?;
        self.with(|account| account.send(order, self.backstage.clock.now()))
    }

    fn check_token(&self, request: &Request) -> Result<(), GraphError> {
        if request.bearer() == Some(TOKEN) { Ok(()) } else { Err(GraphError::InvalidToken) }
    }
}

impl Api for Phone {
    fn admit(&self, request: &Request) -> Result<(), Answer> {
        self.check_token(request).map_err(|error| error.answer(self.backstage.call_count()))
    }

    fn apply_late(&self, request: &Request, _at: DateTime<Utc>) {
        self.answer(request);
    }

    fn answer(&self, request: &Request) -> Answer {
        let trace = self.backstage.call_count();
        self.send(request).map_or_else(|error| error.answer(trace), Answer::ok)
    }

    fn refusal(&self, status: u16) -> Value {
        match status {
            429 => errors::error(130_429, "(#130429) Rate limit hit", 0),
            _ => errors::error(131_000, "(#131000) Something went wrong", 0),
        }
    }

    fn backstage(&self) -> &Backstage {
        &self.backstage
    }
}

/// The state of a fake WhatsApp, to be kept and given to a later one: opaque JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(Account);

/// A running fake WhatsApp; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeWhatsApp {
    phone: Arc<Phone>,
    server: Server,
    url: String,
}

impl FakeWhatsApp {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// If loopback has no free port: no test could go on.
    pub async fn start() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::start_on(any_port).await.expect("loopback has a free port")
    }

    /// Starts on this address, with nothing sent and no template approved.
    ///
    /// # Errors
    /// The port is taken, or the address is not on loopback.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        let bound = Bound::to(address).await?;
        let url = format!("http://{}", bound.address);
        let phone = Arc::new(Phone::default());
        let server = bound.serve(Arc::clone(&phone), control::routes());
        Ok(Self { phone, server, url })
    }

    /// Ends it; the port is free afterwards.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// Where it is served, without a last slash and without the API's version.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bearer token that it lets in.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// Meta's id of the number that sends.
    pub fn phone_number_id(&self) -> &'static str {
        PHONE_NUMBER_ID
    }

    /// What was accepted, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.phone.with(|account| account.messages.clone())
    }

    /// The calls of its API, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.phone.backstage.calls()
    }

    /// Approves a template whose body has this many parameters.
    pub fn approve_template(&self, name: &str, language: &str, parameters: usize) {
        self.phone.with(|account| account.approve(name, language, parameters));
    }

    /// The customer has just written: texts reach this number.
    pub fn open_window(&self, number: &str) {
        self.phone.with(|account| account.set_window(number, Window::Open));
    }

    /// The customer has not written for 24 hours.
    pub fn close_window(&self, number: &str) {
        self.phone.with(|account| account.set_window(number, Window::Closed));
    }

    /// Closes the window of every number that is not opened or closed by itself.
    pub fn close_all_windows(&self) {
        self.phone.with(|account| account.usual_window = Window::Closed);
    }

    /// What becomes of texts outside the window from now on.
    pub fn outside_window(&self, outcome: OutsideWindow) {
        self.phone.with(|account| account.outside_window = outcome);
    }

    /// This number has no WhatsApp: what is sent to it is refused with 131026.
    pub fn make_unreachable(&self, number: &str) {
        self.phone.with(|account| account.make_unreachable(number));
    }

    /// Refuses this with one of Meta's codes ([`ERROR_CODES`] or any other) from now on.
    pub fn refuse(&self, refused: Refused, code: u64) {
        self.phone.with(|account| account.refusals.add(refused, code));
    }

    /// Takes back every [`FakeWhatsApp::refuse`].
    pub fn refuse_nothing(&self) {
        self.phone.with(|account| account.refusals = Refusals::default());
    }

    /// The next call, whatever it is, is refused with this one of Meta's codes.
    pub fn refuse_next_with(&self, code: u64) {
        let (status, body) = errors::asked(code, 0);
        self.fail_next(Calls::any(), Fault::Refuse { status, body, retry_after: None });
    }

    /// The next call that matches meets this fault, once. Faults queue up.
    pub fn fail_next(&self, calls: Calls, fault: Fault) {
        self.phone.backstage.fail_next(calls, fault);
    }

    /// The next call, whatever it is, is refused with this status.
    pub fn refuse_next(&self, status: u16) {
        self.fail_next(Calls::any(), Fault::Refuse { status, body: Value::Null, retry_after: None });
    }

    /// Everything it holds, for [`FakeWhatsApp::restore`] of a later fake.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.phone.with(|account| account.clone()))
    }

    /// Takes the place of everything it holds.
    pub fn restore(&self, snapshot: Snapshot) {
        self.phone.with(|account| *account = snapshot.0);
    }
}
