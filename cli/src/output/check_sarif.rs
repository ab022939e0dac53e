//! A report of checks as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use weir_check::{Finding, Report, rules};
use weir_model::{Map, Origin, Severity, Value};

use super::check_json::map;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes a report as SARIF.
pub(crate) fn value(report: &Report) -> Value {
    let mut names: BTreeMap<&str, Option<&rules::Rule>> =
        rules::ALL.iter().map(|rule| (rule.name, Some(rule))).collect();
    for finding in &report.findings {
        names.entry(finding.rule).or_insert(None);
    }
    let places: BTreeMap<&str, usize> =
        names.keys().enumerate().map(|(place, name)| (*name, place)).collect();
    let rules = names.iter().map(|(name, rule)| {
        let about = rule.map_or("The unit cannot be rendered as it is.", |rule| rule.about);
        let severity = rule.map_or(Severity::Error, |rule| rule.severity);
        map([
            ("id", Value::from(*name)),
            ("shortDescription", text(about)),
            ("defaultConfiguration", map([("level", Value::from(level(severity)))])),
        ])
    });
    let driver = map([
        ("name", Value::from("weir")),
        ("version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("rules", Value::list(rules.collect())),
    ]);
    let results = report.findings.iter().map(|finding| result(finding, report, &places));
    let run = map([
        ("tool", map([("driver", driver)])),
        ("columnKind", Value::from("unicodeCodePoints")),
        ("results", Value::list(results.collect())),
    ]);
    map([
        ("$schema", Value::from(SCHEMA)),
        ("version", Value::from("2.1.0")),
        ("runs", Value::list(vec![run])),
    ])
}

fn text(text: &str) -> Value {
    map([("text", Value::from(text))])
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(finding: &Finding, report: &Report, places: &BTreeMap<&str, usize>) -> Value {
    let place = places.get(finding.rule).copied().unwrap_or_default();
    let mut entries: Map = [
        ("ruleId".into(), Value::from(finding.rule)),
        ("ruleIndex".into(), super::check_json::count(place)),
        ("level".into(), Value::from(level(finding.severity))),
        ("message".into(), text(&sentence(finding))),
    ]
    .into_iter()
    .collect();
    let unit = report.units.iter().find(|unit| Some(&unit.id) == finding.unit.as_ref());
    let of_unit = unit.map(|unit| unit.origin).filter(|origin| origin.is_known());
    let own = Some(finding.at).filter(|origin| origin.is_known());
    // Code scanning shows files of the repository; what a chart's template gave is at its release.
    let is_release =
        finding.unit.as_ref().is_some_and(|id| id.kind == weir_plan::UnitKind::HelmRelease);
    let (shown, related) =
        if is_release { (of_unit.or(own), own) } else { (own.or(of_unit), None) };
    if let Some(shown) = shown {
        entries.insert("locations", Value::list(vec![location(shown)]));
    }
    if let Some(related) = related.filter(|related| Some(*related) != shown) {
        entries.insert("relatedLocations", Value::list(vec![location(related)]));
    }
    let unit = finding.unit.as_ref().map(ToString::to_string).unwrap_or_default();
    let object = finding.object.as_ref().map(ToString::to_string).unwrap_or_default();
    let print = format!("{}|{unit}|{object}|{}", finding.rule, finding.field);
    entries.insert("partialFingerprints", map([("weir/v1", Value::string(print))]));
    if let Some(reason) = &finding.ignored {
        let suppression = map([
            ("kind", Value::from("external")),
            ("justification", Value::string(reason.as_str())),
        ]);
        entries.insert("suppressions", Value::list(vec![suppression]));
    }
    Value::map(entries)
}

/// Writes all that a finding says in one text.
pub(super) fn sentence(finding: &Finding) -> String {
    let mut text = String::new();
    if let Some(object) = &finding.object {
        text.push_str(&format!("{object}: "));
    }
    if !finding.field.is_empty() {
        text.push_str(&format!("`{}` ", finding.field));
    }
    text.push_str(&finding.message);
    for cause in &finding.causes {
        text.push_str(&format!("\ncaused by: {cause}"));
    }
    for hint in &finding.hints {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

fn location(origin: Origin) -> Value {
    let artifact = map([("uri", Value::string(uri(&origin.source.name())))]);
    let physical = if origin.line > 0 {
        let region = map([("startLine", Value::from(i64::from(origin.line)))]);
        map([("artifactLocation", artifact), ("region", region)])
    } else {
        map([("artifactLocation", artifact)])
    };
    map([("physicalLocation", physical)])
}

/// Writes a path as a relative address.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            uri.push(byte as char);
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
