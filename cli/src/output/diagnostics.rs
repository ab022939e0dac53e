//! Diagnostics for people: on standard error, each with its place and what to try.

use std::io::{self, Write};

use weir_model::{Diagnostic, Severity};

use super::{safe, style};

/// Prints diagnostics, errors last so that they stand next to the prompt.
pub(crate) fn print(diagnostics: &[Diagnostic], out: &mut dyn Write) -> io::Result<()> {
    for severity in [Severity::Info, Severity::Warning, Severity::Error] {
        let mut of_it =
            diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).peekable();
        while let Some(diagnostic) = of_it.next() {
            print_one(diagnostic, out)?;
            let goes_on = |next: &&&Diagnostic| {
                next.code == diagnostic.code && next.hints == diagnostic.hints
            };
            // What helps against many of a kind is said once, after the last of them.
            if of_it.peek().filter(goes_on).is_none() {
                print_hints(diagnostic, out)?;
            }
        }
    }
    Ok(())
}

fn print_hints(diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    for hint in &diagnostic.hints {
        writeln!(out, "  {}hint:{} {}", style::HINT, style::RESET, safe::line(hint))?;
    }
    Ok(())
}

/// Prints the line of input that is meant, and a mark below the column.
pub(crate) fn excerpt(diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let Some(excerpt) = &diagnostic.excerpt else { return Ok(()) };
    let excerpt: String = excerpt.chars().take(200).collect();
    writeln!(out, "   | {}", safe::line(&excerpt))?;
    if let Some(column) = diagnostic.column.filter(|column| *column <= 200) {
        writeln!(out, "   | {:>width$}", "^", width = column as usize)?;
    }
    Ok(())
}

fn print_one(diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let colour = match diagnostic.severity {
        Severity::Error => style::ERROR,
        Severity::Warning => style::WARNING,
        Severity::Info => style::HEADING,
    };
    let reset = style::RESET;
    write!(out, "{colour}{}[{}]:{reset} ", diagnostic.severity.word(), diagnostic.code)?;
    // Helm's errors have several lines; each but the first is set in.
    let mut lines = diagnostic.message.lines();
    writeln!(out, "{}", safe::line(lines.next().unwrap_or_default()))?;
    for line in lines {
        writeln!(out, "  {}", safe::line(line))?;
    }
    if diagnostic.at.is_known() {
        let column = diagnostic.column.map(|column| format!(":{column}")).unwrap_or_default();
        writeln!(out, "  at {}{column}", safe::line(&diagnostic.at.to_string()))?;
    }
    excerpt(diagnostic, out)?;
    for cause in &diagnostic.causes {
        writeln!(out, "  caused by: {}", safe::line(cause))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_for_many_is_given_once() {
        let found = |code, hint: &str| Diagnostic::error(code, "bad").hint(hint);
        let all = [found("a", "x"), found("a", "x"), found("a", "y"), found("b", "y")];
        let mut shown = Vec::new();
        print(&all, &mut shown).unwrap();
        let shown = anstream::adapter::strip_bytes(&shown).into_vec();
        insta::assert_snapshot!(String::from_utf8(shown).unwrap(), @r"
        error[a]: bad
        error[a]: bad
          hint: x
        error[a]: bad
          hint: y
        error[b]: bad
          hint: y
        ");
    }
}
