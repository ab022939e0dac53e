//! Ignore rules (`spec.ignore`): fields that others may change.

use weir_golang::regexp::Regexp;
use weir_model::{Data, Manifest, Map, Value};

use crate::held::is_same;
use crate::takeover::entries;

/// One rule, ready to be used.
#[derive(Clone, Debug)]
pub struct IgnoreRule {
    paths: Vec<String>,
    /// The parts of the object that must fit; all of them do without a target.
    patterns: Vec<(Part, Regexp)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Group,
    Version,
    Kind,
    Namespace,
    Name,
}

const PARTS: &[(&str, Part)] = &[
    ("group", Part::Group),
    ("version", Part::Version),
    ("kind", Part::Kind),
    ("namespace", Part::Namespace),
    ("name", Part::Name),
];

impl IgnoreRule {
    /// Reads the rules of a list, such as `spec.ignore`. What cannot be used is said, not left out.
    pub fn read_all(list: Option<&Value>) -> Result<Vec<Self>, String> {
        list.and_then(Value::as_list).unwrap_or_default().iter().map(Self::read).collect()
    }

    fn read(rule: &Value) -> Result<Self, String> {
        let texts = |value: Option<&Value>| -> Vec<String> {
            let items = value.and_then(Value::as_list).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let target = rule.get("target");
        let selected = |key| target.and_then(|target| target.get(key)?.as_str());
        for selector in ["labelSelector", "annotationSelector"] {
            if selected(selector).is_some_and(|text| !text.is_empty()) {
                return Err(format!("ignore rules by `{selector}` are not supported yet"));
            }
        }
        let mut patterns = Vec::new();
        for (key, part) in PARTS {
            let Some(pattern) = selected(key).filter(|text| !text.is_empty()) else { continue };
            let whole = format!("^(?:{pattern})$");
            let pattern = Regexp::compile(&whole)
                .map_err(|error| format!("`{key}` of an ignore rule is no pattern: {error}"))?;
            patterns.push((*part, pattern));
        }
        Ok(Self { paths: texts(rule.get("paths")), patterns })
    }

    fn fits(&self, manifest: &Manifest) -> bool {
        self.patterns.iter().all(|(part, pattern)| {
            pattern.is_match(match part {
                Part::Group => manifest.group(),
                Part::Version => manifest.version(),
                Part::Kind => manifest.kind(),
                Part::Namespace => manifest.namespace().unwrap_or_default(),
                Part::Name => manifest.name(),
            })
        })
    }
}

/// Returns the paths, as JSON pointers, that rules ignore of an object.
pub fn ignored_paths<'a>(rules: &'a [IgnoreRule], manifest: &Manifest) -> Vec<&'a str> {
    let fitting = rules.iter().filter(|rule| rule.fits(manifest));
    fitting.flat_map(|rule| &rule.paths).map(String::as_str).collect()
}

/// Returns what is to be sent so that ignored fields that differ stay as they are: one that another applies is left out,
/// any other gets the value that is there.
pub fn respect(desired: &Value, live: &Value, paths: &[&str], manager: &str) -> Value {
    let mut sent = desired.clone();
    for path in paths {
        let (wanted, there) = (at(desired, path), at(live, path));
        let differs = match (wanted, there) {
            (Some(wanted), Some(there)) => !is_same(wanted, there),
            (None, None) => false,
            _ => true,
        };
        if !differs || wanted.is_none() {
            continue;
        }
        match there.filter(|_| !is_applied_by_another(live, path, manager)) {
            Some(there) => replace(&mut sent, path, Some(there.clone())),
            None => replace(&mut sent, path, None),
        }
    }
    sent
}

/// Takes paths out of an object.
pub fn without(object: &Value, paths: &[&str]) -> Value {
    let mut left = object.clone();
    for path in paths {
        replace(&mut left, path, None);
    }
    left
}

/// Tells whether a manager other than `manager` has applied a field. Items of lists are not followed.
fn is_applied_by_another(live: &Value, path: &str, manager: &str) -> bool {
    entries(live)
        .iter()
        .filter(|entry| {
            entry.operation == "Apply" && entry.manager != manager && entry.subresource.is_empty()
        })
        .any(|entry| {
            let mut steps = steps(path);
            steps.try_fold(entry.fields, |fields, step| fields.get(&format!("f:{step}"))).is_some()
        })
}

fn steps(path: &str) -> impl Iterator<Item = String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// Follows a JSON pointer.
fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).try_fold(object, |value, step| match &value.data {
        Data::Map(map) => map.get(&step),
        Data::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Replaces what a JSON pointer leads to, or takes it out. A place that is not there is left so.
fn replace(object: &mut Value, path: &str, value: Option<Value>) {
    let steps: Vec<String> = steps(path).collect();
    let Some((last, parents)) = steps.split_last() else {
        // The pointer to everything.
        *object = value.unwrap_or_else(|| Value::map(Map::new()));
        return;
    };
    let mut place = object;
    for step in parents {
        let next = match &mut place.data {
            Data::Map(map) => std::sync::Arc::make_mut(map).get_mut(step),
            Data::List(items) => step
                .parse()
                .ok()
                .and_then(|index: usize| std::sync::Arc::make_mut(items).get_mut(index)),
            _ => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
    match (&mut place.data, value) {
        (Data::Map(map), Some(value)) if map.contains_key(last) => {
            std::sync::Arc::make_mut(map).insert(last.as_str(), value);
        }
        (Data::Map(map), None) => {
            std::sync::Arc::make_mut(map).remove(last);
        }
        (Data::List(items), value) => {
            let Some(index) = last.parse().ok().filter(|index: &usize| *index < items.len()) else {
                return;
            };
            let items = std::sync::Arc::make_mut(items);
            match value {
                Some(value) => items[index] = value,
                None => {
                    items.remove(index);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{manifest, value};

    #[test]
    fn rules_fit_whole_names() {
        let rules = IgnoreRule::read_all(Some(&value(
            "[{paths: [/spec/replicas], target: {kind: Deployment, name: 'web.*'}}, {paths: [/data/x]}]",
        )))
        .unwrap();
        for (kind, name, expected) in [
            ("Deployment", "web-1", &["/spec/replicas", "/data/x"][..]),
            ("Deployment", "a-web", &["/data/x"]),
            ("DeploymentConfig", "web", &["/data/x"]),
        ] {
            let object = manifest(&format!(
                "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {name}}}}}"
            ));
            assert_eq!(ignored_paths(&rules, &object), expected, "{kind} {name}");
        }
        assert!(IgnoreRule::read_all(Some(&value("[{paths: [], target: {kind: '('}}]"))).is_err());
    }

    #[test]
    fn ignored_fields_stay_as_they_are() {
        let other = "metadata: {managedFields: [{manager: hpa, operation: Apply, fieldsV1: {'f:spec': {'f:replicas': {}}}}]}";
        for (what, desired, live, expected) in [
            (
                "equal",
                "{spec: {replicas: 1}}",
                "{spec: {replicas: 1}}".to_owned(),
                r#"{"spec":{"replicas":1}}"#,
            ),
            (
                "adopted",
                "{spec: {replicas: 1}}",
                "{spec: {replicas: 5}}".to_owned(),
                r#"{"spec":{"replicas":5}}"#,
            ),
            (
                "another's",
                "{spec: {replicas: 1}}",
                format!("{{{other}, spec: {{replicas: 5}}}}"),
                r#"{"spec":{}}"#,
            ),
            ("not wanted", "{spec: {}}", "{spec: {replicas: 5}}".to_owned(), r#"{"spec":{}}"#),
        ] {
            let sent = respect(&value(desired), &value(&live), &["/spec/replicas"], "m");
            assert_eq!(weir_yaml::json::write(&sent), expected, "{what}");
        }
        let left = without(&value("{a: [1, 2], b: {c/d: 1}}"), &["/a/0", "/b/c~1d", "/none/x"]);
        assert_eq!(weir_yaml::json::write(&left), r#"{"a":[2],"b":{}}"#);
    }
}
