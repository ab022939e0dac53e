//! A report of checks for people: each unit with what is wrong in it, then what was and was not checked.

use std::io::{self, Write};

use weir_check::{Deny, Finding, Report, UnitResult, rules};
use weir_model::Severity;

use super::{plural, safe};
use crate::output::style::{ADDED, ERROR, FAINT, HEADING, HINT, RESET, WARNING};

/// Prints a report.
pub(crate) fn print(report: &Report, denied: &[Deny], out: &mut dyn Write) -> io::Result<()> {
    for unit in &report.units {
        let findings: Vec<&Finding> =
            report.counted().filter(|finding| finding.unit.as_ref() == Some(&unit.id)).collect();
        head(unit, &findings, out)?;
        for finding in findings {
            print_one(finding, out)?;
        }
    }
    let others: Vec<&Finding> = report.counted().filter(|finding| finding.unit.is_none()).collect();
    if !others.is_empty() {
        writeln!(out, "{HEADING}The repository{RESET}")?;
    }
    for finding in others {
        print_one(finding, out)?;
    }
    summary(report, denied, out)
}

/// Lists the rules.
pub(crate) fn rules(out: &mut dyn Write) -> io::Result<()> {
    for rule in rules::ALL {
        let (name, severity) = (rule.name, rule.severity.word());
        writeln!(out, "{HEADING}{name}{RESET} {FAINT}{severity}{RESET}\n  {}", rule.about)?;
    }
    Ok(())
}

fn head(unit: &UnitResult, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let worst = findings.iter().map(|finding| finding.severity).min();
    let (colour, word) = match worst {
        Some(Severity::Error) => (ERROR, "failed"),
        Some(Severity::Warning) => (WARNING, "warned"),
        Some(Severity::Info) | None => (ADDED, "passed"),
    };
    let id = safe::line(&unit.id.to_string()).into_owned();
    let count = match unit.state {
        "ready" => {
            format!("{}, {} checked against a schema", plural(unit.objects, "object"), unit.checked)
        }
        state => state.to_owned(),
    };
    writeln!(out, "{colour}{word}{RESET} {HEADING}{id}{RESET} {FAINT}{count}{RESET}")
}

fn print_one(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let colour = match finding.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Info => HEADING,
    };
    write!(out, "  {colour}{}[{}]:{RESET} ", finding.severity.word(), finding.rule)?;
    if let Some(object) = &finding.object {
        write!(out, "{}: ", safe::line(&object.to_string()))?;
    }
    if !finding.field.is_empty() {
        write!(out, "`{}` ", safe::line(&finding.field))?;
    }
    let mut lines = finding.message.lines();
    writeln!(out, "{}", safe::line(lines.next().unwrap_or_default()))?;
    for line in lines {
        writeln!(out, "    {}", safe::line(line))?;
    }
    if finding.at.is_known() {
        writeln!(out, "    at {}", safe::line(&finding.at.to_string()))?;
    }
    for cause in &finding.causes {
        writeln!(out, "    caused by: {}", safe::line(cause))?;
    }
    for hint in &finding.hints {
        writeln!(out, "    {HINT}hint:{RESET} {}", safe::line(hint))?;
    }
    Ok(())
}

fn summary(report: &Report, denied: &[Deny], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{FAINT}Kubernetes {} ({}){RESET}",
        report.kube_version,
        safe::line(&report.kube_version_reason)
    )?;
    let unchecked: usize = report.without_schema.values().sum();
    if unchecked > 0 {
        let mut kinds: Vec<(&(String, String), &usize)> = report.without_schema.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let shown: Vec<String> = kinds
            .iter()
            .take(8)
            .map(|((api_version, kind), count)| format!("{kind} of {api_version} ({count})"))
            .collect();
        let more = if kinds.len() > shown.len() { ", …" } else { "" };
        let shown = shown.join(", ");
        let objects = plural(unchecked, "object");
        writeln!(
            out,
            "{FAINT}{objects} not checked, no schema for: {}{more}{RESET}",
            safe::line(&shown)
        )?;
    }
    let ignored = report.findings.iter().filter(|finding| finding.ignored.is_some()).count();
    let fails = report.counted().filter(|f| denied.iter().any(|deny| deny.covers(f))).count();
    writeln!(
        out,
        "{}: {}, {}, {} ignored; {} denied",
        plural(report.units.len(), "unit"),
        plural(report.count(Severity::Error), "error"),
        plural(report.count(Severity::Warning), "warning"),
        ignored,
        fails
    )
}
