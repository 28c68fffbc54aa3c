//! A table of faults, played: each fault to each kind of call, on a server of its own.

use std::sync::Arc;
use std::time::Duration;

use opensolar::OpenSolarClient;
use outbound::scripted_server::{End, Reply, ScriptedServer};
use tokio::task::JoinSet;

use crate::Verdict::{Done, Doubt};
use crate::{Call, LONG, RETRIES, SHORT, Verdict, account, client, make};

/// A fault, and what it is to each kind of call.
#[derive(Clone)]
pub(crate) struct Fault {
    name: String,
    reply: Reply,
    create: Verdict,
    change: Verdict,
    read: Verdict,
    /// Whether a read is made again after it.
    is_passing: bool,
}

impl Fault {
    /// One that leaves everything in doubt.
    pub(crate) fn doubt(name: &str, reply: Reply) -> Self {
        Self { name: name.to_owned(), reply, create: Doubt, change: Doubt, read: Doubt, is_passing: true }
    }

    /// None at all: the answer is good, however odd it looks.
    pub(crate) fn none(name: &str, reply: Reply) -> Self {
        Self { create: Done, change: Done, read: Done, ..Self::doubt(name, reply) }
    }

    /// A definite refusal.
    pub(crate) fn refusal(name: &str, status: u16, reply: Reply) -> Self {
        let refused = Verdict::Refused(status);
        Self { create: refused, change: refused, read: refused, ..Self::doubt(name, reply) }
    }

    /// Another verdict on the create.
    pub(crate) fn creates_are(self, create: Verdict) -> Self {
        Self { create, ..self }
    }

    /// Another verdict on the changes.
    pub(crate) fn changes_are(self, change: Verdict) -> Self {
        Self { change, ..self }
    }

    /// It would be no different the next time, so that a read is not made again either.
    pub(crate) fn for_good(self) -> Self {
        Self { is_passing: false, ..self }
    }

    /// How many requests of one call the server reads to their end.
    fn requests(&self) -> usize {
        usize::from(!matches!(self.reply, Reply::Early(..)))
    }

    fn verdict(&self, call: Call) -> Verdict {
        match call {
            Call::Create => self.create,
            Call::ChangeProject | Call::ChangeContact => self.change,
            Call::Read => self.read,
        }
    }
}

/// Bytes instead of an answer, and the end of the connection.
pub(crate) fn cut(bytes: impl AsRef<[u8]>, end: End) -> Reply {
    Reply::Cut(bytes.as_ref().to_vec(), end)
}

/// Plays each fault to each call, over and over if it is asked again, and holds the outcome and the number of requests
/// against what is promised. Then once to a read that is answered well the next time.
pub(crate) async fn play(faults: Vec<Fault>) {
    let client = Arc::new(client());
    let mut games = JoinSet::new();
    for fault in &faults {
        for call in Call::ALL {
            games.spawn(game(Arc::clone(&client), fault.clone(), call, LONG));
        }
        if fault.read == Doubt && fault.is_passing {
            games.spawn(passes(Arc::clone(&client), fault.clone()));
        }
    }
    all(games).await;
}

/// The same with so little time that it is over before the server is, and for fewer at once.
pub(crate) async fn play_until_time_is_up(faults: Vec<Fault>) {
    let client = Arc::new(client());
    for few in faults.chunks(4) {
        let mut games = JoinSet::new();
        for (fault, call) in few.iter().flat_map(|fault| Call::ALL.map(|call| (fault, call))) {
            games.spawn(game(Arc::clone(&client), fault.clone(), call, SHORT));
        }
        all(games).await;
    }
}

async fn all(mut games: JoinSet<()>) {
    while let Some(game) = games.join_next().await {
        if let Err(panic) = game {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
}

async fn game(client: Arc<OpenSolarClient>, fault: Fault, call: Call, api_timeout: Duration) {
    let server = ScriptedServer::start(vec![fault.reply.clone(); 9]).await;
    let verdict = make(call, &client, &account(&server.url, api_timeout)).await;
    let (requests, connections, name) = (server.seen().len(), server.connections(), &fault.name);
    assert_eq!(verdict, fault.verdict(call), "{name}: {call:?}");
    match call {
        Call::Create | Call::ChangeProject | Call::ChangeContact => {
            assert_eq!((requests, connections), (fault.requests(), 1), "{name}: {call:?}, sent once");
        }
        Call::Read => {
            let asked = requests.max(connections);
            assert!(asked <= most_requests(), "{name}: {requests} requests, {connections} connections");
        }
    }
}

/// A read is made again, and has its answer.
async fn passes(client: Arc<OpenSolarClient>, fault: Fault) {
    let server = ScriptedServer::start(vec![fault.reply.clone(), Reply::text(200, GOOD)]).await;
    let verdict = make(Call::Read, &client, &account(&server.url, LONG)).await;
    let expected = 1 + fault.requests();
    assert_eq!((verdict, server.seen().len()), (Done, expected), "{}: then a good answer", fault.name);
}

fn most_requests() -> usize {
    usize::try_from(1 + RETRIES).expect("few")
}

/// An answer that suits every call: all are about records of this number.
pub(crate) const GOOD: &str = r#"{"id": 9000001}"#;
