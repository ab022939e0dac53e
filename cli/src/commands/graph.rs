//! `weir graph`: units and sources as a picture.

use std::path::PathBuf;

use weir_plan::compare;

use super::session::{Session, report};
use super::sides::both_sides;
use crate::args::{Graph as Arguments, GraphFormat};
use crate::output::graph::{self, Graph};
use crate::{CommandError, Exit, Streams};

/// Runs `weir graph`. With two sides the units are coloured by what changes, otherwise by their state.
pub(crate) fn run(command: &Arguments, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let session = Session::new(&command.repository)?;
    let range = &command.range;
    let (graph, diagnostics) = if range.from.is_some() || range.to.is_some() || range.dirs.len() > 1
    {
        let both = both_sides(&session, range, streams)?;
        let (before, after) = (&both.before.plan, &both.after.plan);
        (Graph::of_changes(before, after, &compare(before, after)), both.diagnostics())
    } else {
        let dir = range.dirs.first().map(PathBuf::as_path);
        let evaluation = session.evaluate_folder(dir, streams)?;
        (Graph::of(&evaluation.plan), evaluation.diagnostics)
    };
    let text = match command.output {
        GraphFormat::Svg => graph::svg(&graph),
        GraphFormat::Mermaid => graph::mermaid(&graph),
        GraphFormat::Dot => graph::dot(&graph),
    };
    streams.out.write_all(text.as_bytes())?;
    streams.out.flush()?;
    report(diagnostics.iter().filter(|diagnostic| diagnostic.is_error()), streams.err)?;
    Ok(Exit::Success)
}
