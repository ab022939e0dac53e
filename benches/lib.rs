//! How long things take, as whole processes, side by side with other tools.

pub mod overlay;
pub mod registries;
pub mod repository;

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
    /// Bytes on standard output: a program that renders nothing is not fast.
    pub output: u64,
}

/// Runs a program to its end, with these variables in its environment, its output counted and thrown away. Returns nothing
/// when it cannot be started.
pub fn run(program: &str, arguments: &[String], environment: &[(&str, String)]) -> Option<Run> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let output = std::io::copy(&mut child.stdout.take()?, &mut std::io::sink()).ok()?;
    let used = child.wait4().ok()?.rusage;
    let cpu = used.utime + used.stime;
    Some(Run { wall: start.elapsed(), cpu, peak: used.maxrss / 1024, output })
}

/// The run in the middle of several, by CPU time.
pub fn median(mut runs: Vec<Run>) -> Option<Run> {
    runs.sort_by_key(|run| run.cpu);
    runs.get(runs.len() / 2).copied()
}

/// The program that a variable names, or the one of this name.
pub fn named(variable: &str, program: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| program.to_owned())
}
