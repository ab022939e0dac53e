//! The `weir` binary.

use std::io::{BufWriter, IsTerminal, LineWriter, Write};
use std::process::ExitCode;

use weir_cli::{Streams, Terminal, run};

/// Rendering makes and drops many small values on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A plan has tens of thousands of lines; commands flush before they say anything on standard error.
    let mut out = BufWriter::new(anstream::AutoStream::auto(std::io::stdout()));
    let mut err = LineWriter::new(anstream::AutoStream::auto(std::io::stderr()));
    let interactive = std::io::stderr().is_terminal();
    let terminal = terminal();
    let mut streams = Streams { out: &mut out, err: &mut err, interactive, terminal };
    let code = run(std::env::args_os(), &mut streams);
    // Who closed the pipe does not want the rest.
    out.flush().ok();
    ExitCode::from(code)
}

/// Describes the terminal that standard output is, when it is one.
fn terminal() -> Option<Terminal> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let (columns, rows) = terminal_size::terminal_size()
        .map_or((80, 24), |(width, height)| (width.0.into(), height.0.into()));
    let colours = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    let pager = std::env::var("WEIR_PAGER").or_else(|_| std::env::var("PAGER"));
    let pager = Some(pager.unwrap_or_else(|_| "less".to_owned()));
    Some(Terminal { columns, rows, colours, pager })
}
