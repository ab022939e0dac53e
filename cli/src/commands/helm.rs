//! `weir helm`: stands in for the helm command.

mod template;

use clap::Subcommand;

use crate::args::Helm;
use crate::{CommandError, Exit, Streams};

/// The helm commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum HelmCommand {
    /// Render a chart as `helm template` does
    Template(Box<template::Template>),
}

/// Runs `weir helm`.
pub(crate) fn run(command: &Helm, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    match &command.command {
        HelmCommand::Template(command) => template::run(command, streams),
    }
}
