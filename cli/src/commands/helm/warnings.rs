//! How the two helms write their warnings to standard error.

use std::io::Write;

use weir_helm::HelmVersion;
use weir_model::Severity;

use crate::CommandError;
use crate::output::safe;

/// Prints a warning as helm does.
pub(super) fn print(
    helm: HelmVersion,
    severity: Severity,
    message: &str,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let message = safe::line(message);
    match helm {
        HelmVersion::V3 if severity == Severity::Info => writeln!(out, "info: {message}")?,
        // Helm 3 begins such a message with a capital letter.
        HelmVersion::V3 => {
            let mut letters = message.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            writeln!(out, "WARNING: {}{}", first.unwrap_or_default(), letters.as_str())?;
        }
        HelmVersion::V4 => {
            let level = if severity == Severity::Info { "INFO" } else { "WARN" };
            writeln!(out, "level={level} msg={message:?}")?;
        }
    }
    Ok(())
}
