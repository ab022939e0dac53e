//! The few colours. The streams drop them where they don't belong (`NO_COLOR`, no terminal).

use anstyle::{AnsiColor, Reset, Style};

/// Ends any style.
pub(crate) const RESET: Reset = Reset;
/// The word `error`, and what goes away.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word `warning`, and what changes.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The word `hint`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Lines that come.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// Lines that go.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// Lines that change.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Words of a line that differ.
pub(crate) const MARKED: Style = Style::new().bold().underline();
/// What somebody should think twice about.
pub(crate) const GRAVE: Style = AnsiColor::Magenta.on_default().bold();
