//! A text that may be longer than the terminal, through the pager of the person who sits there.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use crate::{Streams, Terminal};

/// Writes a text: through the pager when a person looks at a terminal that is too low for it, otherwise as it is.
pub(crate) fn write(text: &str, streams: &mut Streams<'_>) -> io::Result<()> {
    if let Some(terminal) = &streams.terminal
        && text.lines().count() >= terminal.rows
        && page(text, terminal)
    {
        return Ok(());
    }
    streams.out.write_all(text.as_bytes())
}

/// Tells whether the pager took the text. One that cannot be started is no reason to show nothing.
fn page(text: &str, terminal: &Terminal) -> bool {
    let Some(pager) = terminal.pager.as_deref() else { return false };
    let mut words = pager.split_whitespace();
    let Some(program) = words.next().filter(|program| *program != "cat") else { return false };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Colours as they are, no pager for a short text, and the text stays on the screen.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        let plain;
        let bytes = if terminal.colours {
            text.as_bytes()
        } else {
            plain = anstream::adapter::strip_str(text).to_string();
            plain.as_bytes()
        };
        // Whoever quits the pager early has read enough.
        input.write_all(bytes).ok();
    }
    child.wait().is_ok()
}
