//! The `weir` binary.

use std::io::IsTerminal;
use std::process::ExitCode;

use weir_cli::{Streams, run};

/// Rendering makes and drops many small values on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut out = anstream::AutoStream::auto(std::io::stdout());
    let mut err = anstream::AutoStream::auto(std::io::stderr());
    let interactive = std::io::stderr().is_terminal();
    let mut streams = Streams { out: &mut out, err: &mut err, interactive };
    ExitCode::from(run(std::env::args_os(), &mut streams))
}
