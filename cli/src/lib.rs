//! The command line: reads arguments, calls the engine, prints.
//!
//! [`run`] is the whole program as a function of its arguments, so that tests call it without a process.
//! Nothing here decides what a repository means; that is the engine's.

mod args;
mod commands;
mod error;
mod output;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::error::CommandError;

/// Where a command writes.
pub struct Streams<'streams> {
    /// Data: manifests, plans, diffs.
    pub out: &'streams mut dyn Write,
    /// Everything else: diagnostics, progress, counts.
    pub err: &'streams mut dyn Write,
    /// Whether a person watches `err` on a terminal; progress is shown only then.
    pub interactive: bool,
    /// The terminal that `out` is; none when it is a file or a pipe.
    pub terminal: Option<Terminal>,
}

/// The terminal that a person looks at.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// How many columns it has.
    pub columns: usize,
    /// How many rows it has.
    pub rows: usize,
    /// Whether colours are wanted.
    pub colours: bool,
    /// The command that shows long texts; none when there shall be none.
    pub pager: Option<String>,
}

/// How a command ended, as the exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well; `diff` found no difference.
    Success = 0,
    /// `diff` found differences, or `check` what is denied.
    Differences = 1,
    /// Something failed: bad arguments, or a unit that could not be rendered.
    Failure = 2,
    /// A policy refuses the change.
    Refused = 3,
    /// What was reviewed does not hold any more, so nothing was written.
    Outdated = 4,
}

/// Runs one command with the arguments of a process, the program's name first, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return print_usage(&error, streams),
    };
    let result = match arguments.command {
        Command::Build(command) => commands::build::run(&command, streams),
        Command::Plan(command) => commands::plan::run(&command, streams),
        Command::Diff(command) => commands::diff::run(&command, streams),
        Command::Check(command) => commands::check::run(&command, streams),
        Command::Apply(command) => commands::apply::run(&command, streams),
        Command::Test(command) => commands::test::run(&command, streams),
        Command::Images(command) => commands::images::run(&command, streams),
        Command::Get(command) => commands::get::run(&command, streams),
        Command::Why(command) => commands::why::run(&command, streams),
        Command::Log(command) => commands::log::run(&command, streams),
        Command::Facts(command) => commands::facts::run(&command, streams),
        Command::Graph(command) => commands::graph::run(&command, streams),
        Command::Lock(command) => commands::lock::run(&command, streams),
        Command::Snapshot(command) => commands::snapshot::run(&command, streams),
        Command::Kustomize(command) => commands::kustomize::run(&command, streams),
        Command::Helm(command) => commands::helm::run(&command, streams),
    };
    let exit = result.unwrap_or_else(|error| {
        if error.is_broken_pipe() {
            return Exit::Success;
        }
        // A failure to report a failure has nowhere to go.
        error.print(streams.err).ok();
        Exit::Failure
    });
    exit as u8
}

fn print_usage(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let text = error.render();
    let written = if error.use_stderr() {
        write!(streams.err, "{}", text.ansi())
    } else {
        write!(streams.out, "{}", text.ansi())
    };
    match written {
        Ok(()) if !error.use_stderr() => Exit::Success as u8,
        _ => Exit::Failure as u8,
    }
}
