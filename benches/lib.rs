//! How long things take, as whole processes, side by side with other tools.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// What one run of a process took.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From start to end.
    pub wall: Duration,
    /// On all cores, in the program and in the system for it.
    pub cpu: Duration,
    /// The most memory at one time, in KiB.
    pub peak: u64,
}

/// Runs a program to its end, its output thrown away. Returns nothing when it cannot be started.
pub fn run(program: &str, arguments: &[String]) -> Option<Run> {
    let start = Instant::now();
    let child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let used = child.wait4().ok()?.rusage;
    Some(Run { wall: start.elapsed(), cpu: used.utime + used.stime, peak: used.maxrss / 1024 })
}

/// The run in the middle of several, by CPU time.
pub fn median(mut runs: Vec<Run>) -> Option<Run> {
    runs.sort_by_key(|run| run.cpu);
    runs.get(runs.len() / 2).copied()
}
