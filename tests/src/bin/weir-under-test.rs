//! The command line as one process, for tests: the same program as `weir`, built with the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let mut streams = weir_cli::Streams {
        out: &mut anstream::StripStream::new(&mut out),
        err: &mut anstream::StripStream::new(&mut err),
        interactive: false,
        terminal: None,
    };
    ExitCode::from(weir_cli::run(std::env::args_os(), &mut streams))
}
