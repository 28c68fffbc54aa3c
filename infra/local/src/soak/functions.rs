//! The functions' processes: found among the children of the local AWS, and killed by their own ids.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// A variable that Lambda sets for every function, and the local AWS too.
const NAME: &str = "AWS_LAMBDA_FUNCTION_NAME=";

/// Kills every process of the function with this name that descends from the local AWS; how many there were.
pub(super) fn kill(aws_process: u32, lambda_name: &str) -> usize {
    let of_the_function = |process: &u32| name(*process).as_deref() == Some(lambda_name);
    let processes = children(aws_process).into_iter().filter(of_the_function);
    let ids = processes.filter_map(|process| Pid::from_raw(i32::try_from(process).ok()?));
    // One that has ended meanwhile needs no killing.
    ids.filter(|process| kill_process(*process, Signal::KILL).is_ok()).count()
}

/// The children of a process: proc(5).
fn children(of: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|process| parent(*process) == Some(of)).collect()
}

fn parent(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in brackets and may have anything in it; then come state and parent.
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn name(process: u32) -> Option<String> {
    let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0).filter_map(|variable| std::str::from_utf8(variable).ok());
    variables.find_map(|variable| variable.strip_prefix(NAME).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_the_function_that_is_named_is_killed() {
        let mut processes = ["invented-one", "invented-other"].map(|function| {
            let mut sleep = Command::new("sleep");
            sleep.arg("60").env("AWS_LAMBDA_FUNCTION_NAME", function).spawn().expect("a process")
        });
        // Until it has become the program, a process shows its parent's environment.
        while kill(std::process::id(), "invented-one") == 0 {}
        let [one, other] = &mut processes;
        assert_eq!(one.wait().expect("its end").signal(), Some(9));
        assert_eq!(other.try_wait().expect("its state"), None);
        other.kill().expect("killed");
        other.wait().expect("its end");
    }
}
