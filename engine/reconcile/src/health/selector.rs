//! Label selectors.

use std::fmt;

use weir_model::{Data, SmolStr, Value};

/// A selector over labels: all requirements must hold; without any it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<(SmolStr, Requirement)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(Vec<SmolStr>),
    NotIn(Vec<SmolStr>),
    Exists,
    DoesNotExist,
}

/// Why a selector cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(pub String);

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Reads a selector with `matchLabels` and `matchExpressions`.
    pub fn read(selector: &Value) -> Result<Self, SelectorError> {
        let fail = |text: &str| SelectorError(text.to_owned());
        let map = selector.as_map().ok_or_else(|| fail("the selector is no map"))?;
        let mut requirements = Vec::new();
        match map.get("matchLabels").map(|labels| &labels.data) {
            None | Some(Data::Null) => {}
            Some(Data::Map(labels)) => {
                for (key, value) in labels.iter() {
                    let value = value
                        .as_str()
                        .ok_or_else(|| fail("a value of `matchLabels` is no text"))?;
                    requirements.push((key.clone(), Requirement::In(vec![value.into()])));
                }
            }
            Some(_) => return Err(fail("`matchLabels` is no map")),
        }
        match map.get("matchExpressions").map(|list| &list.data) {
            None | Some(Data::Null) => {}
            Some(Data::List(items)) => {
                for item in items.iter() {
                    requirements.push(expression(item)?);
                }
            }
            Some(_) => return Err(fail("`matchExpressions` is no list")),
        }
        if let Some((key, _)) = requirements.iter().find(|(key, _)| !is_key(key)) {
            return Err(SelectorError(format!("`{key}` is no key of a label")));
        }
        let values = requirements.iter().filter_map(|(_, requirement)| match requirement {
            Requirement::In(values) | Requirement::NotIn(values) => Some(values),
            Requirement::Exists | Requirement::DoesNotExist => None,
        });
        if let Some(value) = values.flatten().find(|value| !value.is_empty() && !is_name(value)) {
            return Err(SelectorError(format!("`{value}` is no value of a label")));
        }
        Ok(Self { requirements })
    }

    /// Tells whether an object's labels fit.
    pub fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object.pointer(&["metadata", "labels", key])?.as_str();
        self.requirements.iter().all(|(key, requirement)| match (requirement, label(key)) {
            (Requirement::In(values), found) => {
                found.is_some_and(|value| values.iter().any(|one| one == value))
            }
            (Requirement::NotIn(values), found) => {
                found.is_none_or(|value| values.iter().all(|one| one != value))
            }
            (Requirement::Exists, found) => found.is_some(),
            (Requirement::DoesNotExist, found) => found.is_none(),
        })
    }
}

fn expression(item: &Value) -> Result<(SmolStr, Requirement), SelectorError> {
    let fail = |text: String| SelectorError(text);
    let text = |key: &str| match item.get(key).map(|value| &value.data) {
        None | Some(Data::Null) => Ok(SmolStr::default()),
        Some(Data::String(text)) => Ok(text.clone()),
        Some(_) => Err(SelectorError(format!("`{key}` of an expression is no text"))),
    };
    let (key, operator) = (text("key")?, text("operator")?);
    let values: Vec<SmolStr> = match item.get("values").map(|values| &values.data) {
        None | Some(Data::Null) => Vec::new(),
        Some(Data::List(items)) => items
            .iter()
            .map(|value| value.as_str().map(SmolStr::new))
            .collect::<Option<_>>()
            .ok_or_else(|| fail("`values` of an expression has what is no text".to_owned()))?,
        Some(_) => return Err(fail("`values` of an expression is no list".to_owned())),
    };
    let requirement = match (operator.as_str(), values.is_empty()) {
        ("In", false) => Requirement::In(values),
        ("NotIn", false) => Requirement::NotIn(values),
        ("Exists", true) => Requirement::Exists,
        ("DoesNotExist", true) => Requirement::DoesNotExist,
        ("In" | "NotIn", true) => return Err(fail(format!("`{operator}` needs `values`"))),
        ("Exists" | "DoesNotExist", false) => {
            return Err(fail(format!("`{operator}` takes no `values`")));
        }
        (other, _) => return Err(fail(format!("`{other}` is no operator of a selector"))),
    };
    Ok((key, requirement))
}

/// A key is a name, or a domain, a slash and a name.
fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        None => is_name(key),
        Some((domain, name)) => {
            let is_part = |part: &str| {
                part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && is_bounded(part)
            };
            domain.len() <= 253 && domain.split('.').all(is_part) && is_name(name)
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    name.len() <= 63 && name.bytes().all(is_allowed) && is_bounded(name)
}

/// Tells whether a word begins and ends with a letter or a digit.
fn is_bounded(word: &str) -> bool {
    let is_outer = |b: &u8| b.is_ascii_alphanumeric();
    word.as_bytes().first().is_some_and(is_outer) && word.as_bytes().last().is_some_and(is_outer)
}
