//! What a repository says of its own checks, in `.weir/check.yaml`: which findings do not count and why, and what fails.

use weir_model::{Diagnostic, Severity, Source, Tree, TreePath, Value, Warned};

use crate::report::Finding;
use crate::rules;

/// The file with the settings, from the root of the source.
pub const FILE: &str = ".weir/check.yaml";

/// What does not count, and what fails a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Findings that do not count.
    pub ignore: Vec<Ignore>,
    /// The rules and severities that fail a check, beyond errors.
    pub deny: Vec<Deny>,
}

/// Findings that do not count. What is left out matches anything; `*` in a pattern stands for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// The rule.
    pub rule: Option<String>,
    /// The unit, as `HelmRelease/apps/web`.
    pub unit: Option<String>,
    /// The object, as `Secret/apps/token`.
    pub object: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The message.
    pub message: Option<String>,
    /// Why.
    pub reason: String,
    /// The line of the file.
    pub at: weir_model::Origin,
}

/// What fails a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deny {
    /// Findings at least this bad.
    Severity(Severity),
    /// Findings of a rule.
    Rule(String),
}

impl Deny {
    /// Reads `error`, `warning`, `info` or the name of a rule. A name that is none of weir's own rules may be the code of a
    /// diagnostic, such as `flux-source-missing`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "error" => Self::Severity(Severity::Error),
            "warning" => Self::Severity(Severity::Warning),
            "info" => Self::Severity(Severity::Info),
            name if rules::find(name).is_some() => Self::Rule(name.into()),
            name if ["flux-", "helm-", "kustomize-", "yaml-", "unit-"]
                .iter()
                .any(|start| name.starts_with(start)) =>
            {
                Self::Rule(name.into())
            }
            _ => return None,
        })
    }

    /// Tells whether a finding fails the check.
    pub fn covers(&self, finding: &Finding) -> bool {
        match self {
            Self::Severity(severity) => finding.severity <= *severity,
            Self::Rule(name) => finding.rule == name,
        }
    }
}

impl Settings {
    /// Reads the file of a tree; without one nothing is ignored. What is wrong with it is an error.
    pub fn read(tree: &Tree) -> Warned<Self> {
        let mut settings = Warned::clean(Self::default());
        let Some(blob) = TreePath::parse(FILE).ok().and_then(|path| tree.file(&path).cloned())
        else {
            return settings;
        };
        match weir_yaml::read_value_strict(blob.bytes(), Source::named(FILE)) {
            Ok(value) => take(&value, &mut settings),
            Err(error) => {
                let message = format!("could not read `{FILE}`");
                let diagnostic =
                    Diagnostic::error("check-settings", message).cause(error.to_string());
                settings.diagnostics.push(diagnostic);
            }
        }
        settings
    }
}

fn take(value: &Value, settings: &mut Warned<Settings>) {
    let Some(map) = value.as_map() else {
        if !value.is_null() {
            wrong(settings, value, "must be a map with `ignore` and `deny`");
        }
        return;
    };
    for (key, entries) in map.iter() {
        let Some(list) = entries.as_list() else {
            wrong(settings, entries, &format!("`{key}` must be a list"));
            continue;
        };
        for entry in list {
            match key.as_str() {
                "ignore" => match ignore(entry) {
                    Ok(ignore) => settings.value.ignore.push(ignore),
                    Err(problem) => wrong(settings, entry, &problem),
                },
                "deny" => match entry.as_str().and_then(Deny::parse) {
                    Some(deny) => settings.value.deny.push(deny),
                    None => wrong(settings, entry, "`deny` must name rules or severities"),
                },
                other => wrong(settings, entry, &format!("there is no setting `{other}`")),
            }
        }
    }
}

fn wrong(settings: &mut Warned<Settings>, value: &Value, problem: &str) {
    let diagnostic = Diagnostic::error("check-settings", format!("in `{FILE}`: {problem}"));
    settings.diagnostics.push(diagnostic.at(value.origin));
}

fn ignore(entry: &Value) -> Result<Ignore, String> {
    let map = entry.as_map().ok_or("an entry of `ignore` must be a map")?;
    let mut ignore = Ignore { at: entry.origin, ..Ignore::default() };
    for (key, value) in map.iter() {
        let text = value.as_str().ok_or(format!("`{key}` must be a text"))?.to_owned();
        let place = match key.as_str() {
            "rule" => &mut ignore.rule,
            "unit" => &mut ignore.unit,
            "object" => &mut ignore.object,
            "field" => &mut ignore.field,
            "message" => &mut ignore.message,
            "reason" => {
                ignore.reason = text;
                continue;
            }
            other => return Err(format!("there is no `{other}` in an entry of `ignore`")),
        };
        *place = Some(text);
    }
    if ignore.reason.trim().is_empty() {
        return Err("an entry of `ignore` must say why, as `reason`".into());
    }
    if ignore.rule.is_none() && ignore.object.is_none() && ignore.unit.is_none() {
        return Err("an entry of `ignore` must name a `rule`, a `unit` or an `object`".into());
    }
    Ok(ignore)
}

impl Ignore {
    /// Tells whether a finding is meant.
    pub(crate) fn matches(&self, finding: &Finding) -> bool {
        let is = |pattern: &Option<String>, text: &dyn Fn() -> String| {
            pattern.as_ref().is_none_or(|pattern| glob(pattern, &text()))
        };
        let id = |id: Option<String>| id.unwrap_or_default();
        is(&self.rule, &|| finding.rule.to_owned())
            && is(&self.unit, &|| id(finding.unit.as_ref().map(ToString::to_string)))
            && is(&self.object, &|| id(finding.object.as_ref().map(ToString::to_string)))
            && is(&self.field, &|| finding.field.clone())
            && is(&self.message, &|| finding.message.clone())
    }
}

/// Tells whether a text is as a pattern says, in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("Secret/*/token", "Secret/apps/token", true),
            ("Secret/*", "Secret/apps/token", true),
            ("*", "", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ba", false),
            ("abc", "abcd", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
