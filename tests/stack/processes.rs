//! What this process started, and everything that those started: whether it is still there, and where it listens.
//!
//! Read from `/proc` (proc(5)); an entry that goes away while it is read is one that is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// State of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// This process and its descendants.
#[derive(Debug)]
pub(crate) struct Descendants {
    ours: u32,
    others: BTreeSet<u32>,
}

impl Descendants {
    pub(crate) fn of_this_process() -> Self {
        let ours = std::process::id();
        let parents: Vec<(u32, u32)> =
            process_ids().into_iter().filter_map(|process| Some((process, parent(process)?))).collect();
        let mut others = BTreeSet::new();
        loop {
            let is_new = |(process, parent): &&(u32, u32)| {
                !others.contains(process) && (*parent == ours || others.contains(parent))
            };
            let found: Vec<u32> = parents.iter().filter(is_new).map(|(process, _)| *process).collect();
            if found.is_empty() {
                return Self { ours, others };
            }
            others.extend(found);
        }
    }

    /// How many besides this process.
    pub(crate) fn count(&self) -> usize {
        self.others.len()
    }

    /// Those that have not ended.
    pub(crate) fn still_there(&self) -> Vec<u32> {
        self.others.iter().copied().filter(|process| parent(*process).is_some()).collect()
    }

    /// The addresses, as `/proc` writes them, that any of them listens at and that are not this machine's own.
    pub(crate) fn listening_beyond_loopback(&self) -> Vec<String> {
        let processes = self.others.iter().copied().chain([self.ours]);
        let sockets: BTreeSet<String> = processes.flat_map(sockets).collect();
        let listening = listeners("/proc/net/tcp").into_iter().chain(listeners("/proc/net/tcp6"));
        let listening: Vec<Listener> = listening.filter(|listener| sockets.contains(&listener.inode)).collect();
        assert!(listening.len() >= 3, "the local AWS and both fakes listen");
        listening.into_iter().map(|listener| listener.address).filter(|address| !is_loopback(address)).collect()
    }
}

struct Listener {
    address: String,
    inode: String,
}

fn listeners(table: &str) -> Vec<Listener> {
    let text = fs::read_to_string(table).unwrap_or_default();
    let rows = text.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(3) == Some(&LISTEN))
        .filter_map(|row| Some(Listener { address: (*row.get(1)?).to_owned(), inode: (*row.get(9)?).to_owned() }))
        .collect()
}

/// 127.0.0.0/8, whose last byte stands first, or `::1`, the same in each group of four.
fn is_loopback(address: &str) -> bool {
    let (host, _port) = address.split_once(':').unwrap_or((address, ""));
    match host.len() {
        8 => host.ends_with("7F"),
        _ => {
            host == "00000000000000000000000001000000"
                || host.starts_with("0000000000000000FFFF0000") && host.ends_with("7F")
        }
    }
}

fn sockets(process: u32) -> Vec<String> {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
    let target = |entry: std::io::Result<fs::DirEntry>| fs::read_link(entry.ok()?.path()).ok();
    let inode = |path: &Path| Some(path.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    entries.filter_map(target).filter_map(|path| inode(&path)).collect()
}

fn process_ids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("/proc is there");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The parent of a process that runs; one that has ended and waits to be noticed runs no more.
fn parent(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in brackets and may have anything in it.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" { None } else { fields.next()?.parse().ok() }
}

#[test]
fn an_address_of_this_machine_alone_is_told_from_others() {
    assert!(is_loopback("0100007F:11D6") && is_loopback("00000000000000000000000001000000:11D6"));
    assert!(!is_loopback("00000000:11D6") && !is_loopback("00000000000000000000000000000000:11D6"));
    assert!(!is_loopback("0200A8C0:11D6"));
}
