//! A server on loopback that plays a script: one reply per request, in order, however odd. For tests.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The first byte of a TLS connection (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer; the connection stays open for the next request.
    Answer {
        /// HTTP status.
        status: u16,
        /// Further headers.
        headers: Vec<(&'static str, String)>,
        /// Any bytes.
        body: Vec<u8>,
    },
    /// These bytes instead of an answer, then the connection ends.
    Raw(Vec<u8>),
    /// These bytes instead of an answer, then this end.
    Cut(Vec<u8>, End),
    /// The same, each byte by itself.
    Drip(Vec<u8>, End),
    /// To a new connection, before a request is read: after so many bytes of it these bytes, then this end. What was not
    /// read whole is no request.
    Early(usize, Vec<u8>, End),
    /// The connection ends without an answer.
    Drop,
    /// No answer, and the connection stays open.
    Silence,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing more will come (FIN).
    Close,
    /// It is broken off (RST).
    Reset,
    /// It does not: nothing more comes, and it stays open for as long as its client likes.
    Silence,
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_string().into_bytes() }
    }

    /// An answer with any text as its body.
    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    /// An answer with one header and no body.
    pub fn header(status: u16, name: &'static str, value: &str) -> Self {
        Self::Answer { status, headers: vec![(name, value.to_owned())], body: Vec::new() }
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method, path and query, such as `GET /api/?page=1`.
    pub line: String,
    /// The header lines, names in lower case.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
    /// On which connection it came, from 1.
    pub connection: usize,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The body as JSON, null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The running server. It ends with the runtime of its test.
#[derive(Debug)]
pub struct ScriptedServer {
    /// Where it listens.
    pub url: Url,
    script: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    replies: std::vec::IntoIter<Reply>,
    seen: Vec<Seen>,
    connections: usize,
}

impl ScriptedServer {
    /// Starts a server with these replies. A request beyond them is answered 418.
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let script = Arc::new(Mutex::new(Script { replies: replies.into_iter(), ..Script::default() }));
        tokio::spawn(accept(listener, Arc::clone(&script)));
        Self { url: Url::parse(&format!("http://{address}")).expect("an address"), script }
    }

    /// After what it plays already, it plays this.
    pub fn plays_next(&self, reply: Reply) {
        locked(&self.script, |script| {
            script.replies = script.replies.by_ref().chain([reply]).collect::<Vec<_>>().into_iter();
        });
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        locked(&self.script, |script| script.connections)
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.script, |script| script.seen.clone())
    }
}

fn locked<T>(script: &Mutex<Script>, act: impl FnOnce(&mut Script) -> T) -> T {
    act(&mut script.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = locked(&script, |script| {
            script.connections += 1;
            script.connections
        });
        tokio::spawn(serve(stream, Arc::clone(&script), connection));
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>, connection: usize) -> io::Result<()> {
    if let Some((heard, bytes, end)) = locked(&script, Script::take_early) {
        stream.read_exact(&mut vec![0; heard]).await?;
        stream.write_all(&bytes).await?;
        return finish(stream, end).await;
    }
    while let Some(request) = read_request(&mut stream, connection).await? {
        let reply = locked(&script, |script| {
            script.seen.push(request);
            script.replies.next().unwrap_or_else(|| Reply::text(418, "the script is over"))
        });
        match reply {
            Reply::Answer { status, headers, body } => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
                stream.write_all(&[head.as_bytes(), &body].concat()).await?;
            }
            Reply::Raw(bytes) => return stream.write_all(&bytes).await,
            // Too late for `Early`: the request is read.
            Reply::Cut(bytes, end) | Reply::Early(_, bytes, end) => {
                stream.write_all(&bytes).await?;
                return finish(stream, end).await;
            }
            Reply::Drip(bytes, end) => {
                drip(&mut stream, &bytes).await?;
                return finish(stream, end).await;
            }
            Reply::Drop => return Ok(()),
            Reply::Silence => return finish(stream, End::Silence).await,
        }
    }
    Ok(())
}

impl Script {
    /// What comes next, if that is before a request.
    fn take_early(&mut self) -> Option<(usize, Vec<u8>, End)> {
        let Some(Reply::Early(heard, bytes, end)) = self.replies.as_slice().first().cloned() else { return None };
        self.replies.next();
        Some((heard, bytes, end))
    }
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    for byte in bytes {
        stream.write_all(std::slice::from_ref(byte)).await?;
        // The client gets a turn with each of them.
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn finish(mut stream: TcpStream, end: End) -> io::Result<()> {
    match end {
        End::Close => stream.shutdown().await,
        End::Reset => stream.set_zero_linger(),
        // Whatever comes next on this connection is not answered either; it ends with its client.
        End::Silence => stream.read(&mut [0]).await.map(|_| ()),
    }
}

/// A request with `Content-Length`, as our clients send it; nothing once the connection has ended, or if TLS begins on it.
async fn read_request(stream: &mut TcpStream, connection: usize) -> io::Result<Option<Seen>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let is_end = stream.read(&mut byte).await? == 0;
        if is_end || !byte[0].is_ascii() || byte[0] == TLS_HANDSHAKE {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines().map(str::to_owned);
    let line = lines.next().unwrap_or_default();
    let lower_name =
        |line: String| line.split_once(": ").map(|(name, value)| format!("{}: {value}", name.to_lowercase()));
    let mut request = Seen {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines.filter_map(lower_name).collect(),
        body: Vec::new(),
        connection,
    };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await?;
    Ok(Some(request))
}
