//! `weir helm`: stands in for the helm command.

mod template;

use clap::Subcommand;
use weir_helm::HelmVersion;

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
    let helm = if command.helm4 { HelmVersion::V4 } else { HelmVersion::V3 };
    match &command.command {
        HelmCommand::Template(command) => template::run(command, helm, streams),
    }
}
