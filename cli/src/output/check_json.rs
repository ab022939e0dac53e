//! A report of checks for programs.

use weir_check::{Deny, Finding, Report};
use weir_model::{Map, Severity, Value};

/// Makes a map of its entries.
pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect::<Map>())
}

/// Makes a number of a count.
pub(super) fn count(count: usize) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Makes a list of texts.
pub(super) fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::string(text.as_str())).collect())
}

/// Writes a report as JSON.
pub(crate) fn value(report: &Report, denied: &[Deny]) -> Value {
    let units = report.units.iter().map(|unit| {
        let errors = report.counted().filter(|finding| {
            finding.unit.as_ref() == Some(&unit.id) && finding.severity == Severity::Error
        });
        map([
            ("unit", Value::string(unit.id.to_string())),
            ("state", Value::from(unit.state)),
            ("objects", count(unit.objects)),
            ("checked", count(unit.checked)),
            ("passes", Value::from(errors.count() == 0)),
            ("at", Value::string(unit.origin.to_string())),
        ])
    });
    let without = report.without_schema.iter().map(|((api_version, kind), objects)| {
        map([
            ("apiVersion", Value::string(api_version.as_str())),
            ("kind", Value::string(kind.as_str())),
            ("objects", count(*objects)),
        ])
    });
    map([
        ("version", Value::from(1)),
        ("kubeVersion", Value::string(report.kube_version.as_str())),
        ("kubeVersionReason", Value::string(report.kube_version_reason.as_str())),
        ("units", Value::list(units.collect())),
        ("withoutSchema", Value::list(without.collect())),
        ("findings", Value::list(report.findings.iter().map(|f| finding(f, denied)).collect())),
    ])
}

fn finding(finding: &Finding, denied: &[Deny]) -> Value {
    let is_denied = finding.ignored.is_none() && denied.iter().any(|deny| deny.covers(finding));
    let optional = |text: Option<String>| text.map_or_else(Value::null, Value::string);
    map([
        ("rule", Value::from(finding.rule)),
        ("severity", Value::from(finding.severity.word())),
        ("unit", optional(finding.unit.as_ref().map(ToString::to_string))),
        ("object", optional(finding.object.as_ref().map(ToString::to_string))),
        ("field", Value::string(finding.field.as_str())),
        ("message", Value::string(finding.message.as_str())),
        ("file", Value::string(finding.at.source.name())),
        ("line", Value::from(i64::from(finding.at.line))),
        ("causes", texts(&finding.causes)),
        ("hints", texts(&finding.hints)),
        ("ignored", optional(finding.ignored.clone())),
        ("denied", Value::from(is_denied)),
    ])
}
