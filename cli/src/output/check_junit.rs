//! A report of checks as JUnit's XML: a suite for each unit, a case for each finding, and one for a unit without any.

use std::fmt::Write as _;
use std::io::{self, Write};

use weir_check::{Deny, Finding, Report};
use weir_model::Severity;

use super::check_sarif::sentence;

/// Prints a report.
pub(crate) fn print(report: &Report, denied: &[Deny], out: &mut dyn Write) -> io::Result<()> {
    let mut suites: Vec<(String, Vec<&Finding>)> = Vec::new();
    for unit in &report.units {
        let of_unit = |finding: &&Finding| finding.unit.as_ref() == Some(&unit.id);
        suites.push((unit.id.to_string(), report.findings.iter().filter(of_unit).collect()));
    }
    let others: Vec<&Finding> = report.findings.iter().filter(|f| f.unit.is_none()).collect();
    if !others.is_empty() {
        suites.push(("repository".to_owned(), others));
    }
    let mut body = String::new();
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for (name, findings) in &suites {
        let fails = findings.iter().filter(|finding| is_failure(finding, denied)).count();
        let ignored = findings.iter().filter(|finding| finding.ignored.is_some()).count();
        let count = findings.len().max(1);
        tests += count;
        failures += fails;
        skipped += ignored;
        let name = escape(name);
        let _ = writeln!(
            body,
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{fails}\" errors=\"0\" skipped=\"{ignored}\">"
        );
        if findings.is_empty() {
            let _ = writeln!(body, "    <testcase classname=\"{name}\" name=\"check\"/>");
        }
        for finding in findings {
            case(&name, finding, denied, &mut body);
        }
        body.push_str("  </testsuite>\n");
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"weir check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    )?;
    writeln!(out, "{body}</testsuites>")
}

fn is_failure(finding: &Finding, denied: &[Deny]) -> bool {
    finding.ignored.is_none() && denied.iter().any(|deny| deny.covers(finding))
}

fn case(suite: &str, finding: &Finding, denied: &[Deny], body: &mut String) {
    let object = finding.object.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = [finding.rule, object.as_str(), finding.field.as_str()].join(" ");
    let name = escape(name.trim_end());
    let mut place = String::new();
    if finding.at.is_known() {
        let _ = write!(place, " file=\"{}\"", escape(&finding.at.source.name()));
        if finding.at.line > 0 {
            let _ = write!(place, " line=\"{}\"", finding.at.line);
        }
    }
    let _ = writeln!(body, "    <testcase classname=\"{suite}\" name=\"{name}\"{place}>");
    let text = format!("{}\nat {}", sentence(finding), finding.at);
    let message = escape(&finding.message);
    if let Some(reason) = &finding.ignored {
        let _ = writeln!(body, "      <skipped message=\"{}\"/>", escape(reason));
    } else if is_failure(finding, denied) {
        let kind = finding.rule;
        let _ = writeln!(
            body,
            "      <failure message=\"{message}\" type=\"{kind}\">{}</failure>",
            escape(&text)
        );
    } else {
        let word = if finding.severity == Severity::Warning { "warning" } else { "info" };
        let _ = writeln!(body, "      <system-out>{word}: {}</system-out>", escape(&text));
    }
    body.push_str("    </testcase>\n");
}

/// Escapes a text for XML; characters that XML has not are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}
