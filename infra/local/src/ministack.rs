//! The local AWS: one process group of ministack and the functions that it runs, on loopback only.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::error::LocalError;
use crate::http;
use crate::process::{clean_environment, last_line};
use crate::workspace::{StackDir, Workspace};

/// Where everything runs, as far as AWS is concerned.
pub const REGION: &str = "us-east-1";
/// Accepted by the local AWS, and good for nothing else: id and secret are the same word.
pub const DUMMY_CREDENTIAL: &str = "test";

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// A running local AWS. Dropping it stops it, which takes a second or two: its data is written then.
#[derive(Debug)]
pub(crate) struct Ministack {
    process: Child,
    port: u16,
    log: PathBuf,
    launch: Launch,
}

/// What it takes to start it.
#[derive(Debug)]
struct Launch {
    python: PathBuf,
    launcher: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Ministack {
    /// Starts it on `port` with the data in `stack`, and waits until it answers.
    ///
    /// # Errors
    /// [`LocalError::Step`] with its last words if it ends instead of answering.
    pub(crate) async fn start(
        workspace: &Workspace,
        stack: &StackDir,
        python: &Path,
        port: u16,
    ) -> Result<Self, LocalError> {
        let log = stack.logs().join("ministack.log");
        let launcher = workspace.python_files().join("launch.py");
        let launch = Launch { python: python.to_owned(), launcher, settings: settings(stack, port)? };
        let output = File::create(&log).map_err(LocalError::file("write", &log))?;
        let mut ministack = Self { process: launch.spawn(output, &log)?, port, log, launch };
        ministack.wait_until_ready().await?;
        Ok(ministack)
    }

    /// Its process, which the functions are children of.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Ends it by SIGTERM, leaves it away for a while, and starts it again with what it kept.
    ///
    /// # Errors
    /// [`LocalError::Step`] if it ends instead of answering.
    pub(crate) async fn restart(&mut self, absence: Duration) -> Result<(), LocalError> {
        let begin = Instant::now();
        if let Some(process) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            kill_process(process, Signal::TERM)
                .map_err(|error| LocalError::Answer { operation: "ending the local AWS", reason: error.to_string() })?;
        }
        while begin.elapsed() < STOP_LIMIT && matches!(self.process.try_wait(), Ok(None)) {
            tokio::time::sleep(POLL).await;
        }
        // What is still there has had its time. An error means that nobody is there.
        let _gone = self.signal_all(Signal::KILL);
        let _reaped = self.process.wait();
        tokio::time::sleep(absence).await;
        let output = OpenOptions::new().append(true).open(&self.log).map_err(LocalError::file("write", &self.log))?;
        self.process = self.launch.spawn(output, &self.log)?;
        self.wait_until_ready().await
    }

    /// Its address, which is AWS's endpoint for every client here.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Why it ended, if it has.
    pub(crate) fn end(&mut self) -> Option<LocalError> {
        let status = self.process.try_wait().ok()??;
        let output = fs::read(&self.log).unwrap_or_default();
        let reason = format!("it ended ({status}), saying: {}", last_line(&String::from_utf8_lossy(&output)));
        Some(LocalError::Step { step: "running the local AWS", reason, log: self.log.clone() })
    }

    async fn wait_until_ready(&mut self) -> Result<(), LocalError> {
        let (begin, health) = (Instant::now(), format!("{}/_ministack/health", self.url()));
        let http = http::client()?;
        while begin.elapsed() < START_LIMIT {
            if http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(reason) = self.end() {
                return Err(reason);
            }
            tokio::time::sleep(POLL).await;
        }
        let reason = format!("no answer within {} s", START_LIMIT.as_secs());
        Err(LocalError::Step { step: "starting the local AWS", reason, log: self.log.clone() })
    }

    fn signal_all(&self, signal: Signal) -> io::Result<()> {
        let group = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        group.map_or(Ok(()), |group| kill_process_group(group, signal).map_err(io::Error::from))
    }
}

impl Launch {
    fn spawn(&self, output: File, log: &Path) -> Result<Child, LocalError> {
        let mut command = Command::new(&self.python);
        command.arg(&self.launcher).env_clear().envs(clean_environment()).envs(self.settings.iter().cloned());
        let errors = output.try_clone().map_err(LocalError::file("write", log))?;
        // The launcher stops when its input ends, so nothing is left running if we are killed.
        command.stdin(Stdio::piped()).stdout(output).stderr(errors).process_group(0);
        command.spawn().map_err(LocalError::file("start", &self.python))
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // The end of its input asks it to save and stop.
        drop(self.process.stdin.take());
        let begin = Instant::now();
        while begin.elapsed() < STOP_LIMIT && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(POLL);
        }
        // What is still there, a function that ignores its end or ministack itself, has had its time. An error means
        // that nobody is there.
        let _gone = self.signal_all(Signal::KILL);
        let _reaped = self.process.wait();
    }
}

/// ministack's settings; everything that it writes goes below the stack's own folder.
fn settings(stack: &StackDir, port: u16) -> Result<Vec<(&'static str, String)>, LocalError> {
    let aws = stack.aws();
    let folder = |name: &str| {
        let path = aws.join(name);
        fs::create_dir_all(&path).map_err(LocalError::file("make", &path))?;
        Ok(path.display().to_string())
    };
    Ok(vec![
        ("GATEWAY_PORT", port.to_string()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        // MINISTACK_HOST stays at its default: with an address in it, events carry a domain name that is none.
        // The functions learn from here where AWS is; without it they would ask the real one.
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("AWS_ACCESS_KEY_ID", DUMMY_CREDENTIAL.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", DUMMY_CREDENTIAL.to_owned()),
        ("MINISTACK_REGION", REGION.to_owned()),
        // Both listen on all interfaces, and are not needed.
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        ("PERSIST_STATE", "1".to_owned()),
        ("S3_PERSIST", "1".to_owned()),
        ("STATE_DIR", folder("state")?),
        ("S3_DATA_DIR", folder("s3")?),
        // It unpacks the functions' code there.
        ("TMPDIR", folder("tmp")?),
        ("FUNCTION_LOG_DIR", stack.logs().display().to_string()),
    ])
}

/// Says so if something listens on `port` already; 0 becomes a free port.
///
/// # Errors
/// [`LocalError::PortBusy`].
pub(crate) fn free_port(port: u16, purpose: &'static str, option: &'static str) -> Result<u16, LocalError> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let busy = |_| LocalError::PortBusy { port, purpose, option };
    let listener = TcpListener::bind(wanted).map_err(busy)?;
    listener.local_addr().map(|address| address.port()).map_err(busy)
}

/// Empties the log of each function: a new run, new logs.
pub(crate) fn begin_logs(stack: &StackDir, functions: impl Iterator<Item = String>) -> Result<(), LocalError> {
    let logs = stack.logs();
    fs::create_dir_all(&logs).map_err(LocalError::file("make", &logs))?;
    for function in functions {
        let log = logs.join(format!("{function}.log"));
        let mut empty = OpenOptions::new();
        empty.write(true).create(true).truncate(true).open(&log).map_err(LocalError::file("write", &log))?;
    }
    Ok(())
}
