//! Places inside an object.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

use crate::{Data, Value};

/// How deep a walk over an object goes; what lies deeper is taken for one leaf.
const MAX_DEPTH: usize = 500;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldStep {
    /// An entry of a map.
    Key(SmolStr),
    /// An item of a list whose items all have a `name` of their own.
    Named(SmolStr),
    /// An item of any other list.
    Index(usize),
}

/// The path of a field from the root of its object, such as `spec.containers[name=web].ports[0]`.
///
/// It prints as it is read: keys that are no plain words stand quoted in brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<FieldStep>);

impl FieldPath {
    /// Makes a path of keys.
    pub fn keys(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| FieldStep::Key(SmolStr::new(key))).collect())
    }

    /// Returns the path with another below it.
    #[must_use]
    pub fn join(&self, below: &[FieldStep]) -> Self {
        Self(self.0.iter().chain(below).cloned().collect())
    }

    /// Tells whether this is the other, or leads into it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns the path as [`leaves`] writes it for this value; nothing when it leads nowhere. A number may stand for a
    /// key, and a name for the item of a list that has it.
    pub fn within(&self, value: &Value) -> Option<Self> {
        let mut place = value;
        let mut steps = Vec::new();
        for step in &self.0 {
            let step = match (&place.data, step) {
                (Data::Map(_), FieldStep::Index(number)) => {
                    FieldStep::Key(SmolStr::new(number.to_string()))
                }
                (Data::List(items), FieldStep::Index(index)) => {
                    item_steps(items).into_iter().nth(*index)?
                }
                (Data::List(items), FieldStep::Key(name) | FieldStep::Named(name)) => {
                    let named = FieldStep::Named(name.clone());
                    let index = items.iter().position(|item| {
                        item.get("name").and_then(Value::as_str) == Some(name.as_str())
                    })?;
                    item_steps(items).into_iter().nth(index).unwrap_or(named)
                }
                _ => step.clone(),
            };
            place = step.find(place)?;
            steps.push(step);
        }
        Some(Self(steps))
    }

    /// Returns the path as a JSON pointer; the items of lists stand by the numbers that they have in this value.
    pub fn pointer(&self, value: &Value) -> String {
        let mut pointer = String::new();
        let mut place = Some(value);
        for step in &self.0 {
            pointer.push('/');
            match step {
                FieldStep::Key(key) => {
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                FieldStep::Index(index) => pointer.push_str(&index.to_string()),
                FieldStep::Named(name) => {
                    let items = place.and_then(Value::as_list).unwrap_or_default();
                    let is_meant = |item: &Value| {
                        item.get("name").and_then(Value::as_str) == Some(name.as_str())
                    };
                    let index = items.iter().position(is_meant).unwrap_or_default();
                    pointer.push_str(&index.to_string());
                }
            }
            place = place.and_then(|place| step.find(place));
        }
        pointer
    }

    /// Returns the value at this place, when there is one.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| step.find(value))
    }
}

impl FieldStep {
    /// Returns what the step leads to, when it is there.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Key(key) => value.get(key),
            Self::Index(index) => value.as_list()?.get(*index),
            Self::Named(name) => value
                .as_list()?
                .iter()
                .find(|item| item.get("name").and_then(Value::as_str) == Some(name)),
        }
    }
}

/// Calls `visit` for each leaf of a value with its path: scalars, and maps and lists without entries.
pub fn leaves<'a>(value: &'a Value, visit: &mut dyn FnMut(&FieldPath, &'a Value)) {
    walk(value, &mut FieldPath::default(), visit);
}

fn walk<'a>(value: &'a Value, path: &mut FieldPath, visit: &mut dyn FnMut(&FieldPath, &'a Value)) {
    match &value.data {
        Data::Map(map) if !map.is_empty() && path.0.len() < MAX_DEPTH => {
            for (key, entry) in map.iter() {
                path.0.push(FieldStep::Key(key.clone()));
                walk(entry, path, visit);
                path.0.pop();
            }
        }
        Data::List(items) if !items.is_empty() && path.0.len() < MAX_DEPTH => {
            for (step, item) in item_steps(items).into_iter().zip(items.iter()) {
                path.0.push(step);
                walk(item, path, visit);
                path.0.pop();
            }
        }
        _ => visit(path, value),
    }
}

/// Returns the steps to the items of a list: by name when each has one and no two are equal, otherwise by place.
pub fn item_steps(items: &[Value]) -> Vec<FieldStep> {
    let names: Option<Vec<&str>> =
        items.iter().map(|item| item.get("name").and_then(Value::as_str)).collect();
    let unique = |names: &[&str]| {
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
    };
    match names {
        Some(names) if unique(&names) => {
            names.into_iter().map(|name| FieldStep::Named(name.into())).collect()
        }
        _ => (0..items.len()).map(FieldStep::Index).collect(),
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |key: &str| {
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        };
        for (index, step) in self.0.iter().enumerate() {
            match step {
                FieldStep::Key(key) if is_plain(key) => {
                    if index > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                FieldStep::Key(key) => write!(f, "[{key:?}]")?,
                FieldStep::Named(name) => write!(f, "[name={name}]")?,
                FieldStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Why a text is no path of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFieldPathError(String);

impl fmt::Display for ParseFieldPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseFieldPathError {}

impl FromStr for FieldPath {
    type Err = ParseFieldPathError;

    /// Reads a path. Beside its own form it takes a leading dot, and JSON pointers (`/spec/containers/0`).
    fn from_str(text: &str) -> Result<Self, ParseFieldPathError> {
        if let Some(pointer) = text.strip_prefix('/') {
            let part = |part: &str| part.replace("~1", "/").replace("~0", "~");
            return Ok(Self(pointer.split('/').map(|text| word(&part(text))).collect()));
        }
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after) = bracket(inner)
                    .ok_or_else(|| ParseFieldPathError(format!("`[{inner}` is no step")))?;
                steps.push(step);
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if key.is_empty() {
                    return Err(ParseFieldPathError("two dots stand side by side".to_owned()));
                }
                steps.push(word(key));
                rest = after;
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err(ParseFieldPathError("it ends with a dot".to_owned()));
                }
                rest = after;
            }
        }
        Ok(Self(steps))
    }
}

/// A word that stands alone may be a key or, when it is a number, the place in a list.
fn word(text: &str) -> FieldStep {
    text.parse().map_or_else(|_| FieldStep::Key(text.into()), FieldStep::Index)
}

/// Reads what stands in brackets, and returns what comes after them.
fn bracket(inner: &str) -> Option<(FieldStep, &str)> {
    if inner.starts_with('"') {
        let end = inner.char_indices().skip(1).scan(false, |escaped, (at, c)| {
            let ends = c == '"' && !*escaped;
            *escaped = c == '\\' && !*escaped;
            Some(ends.then_some(at))
        });
        let end = end.flatten().next()?;
        let key = inner.get(1..end)?.replace("\\\"", "\"").replace("\\\\", "\\");
        return Some((FieldStep::Key(key.into()), inner.get(end + 1..)?.strip_prefix(']')?));
    }
    let (content, after) = inner.split_once(']')?;
    let step = match content.strip_prefix("name=") {
        Some(name) => FieldStep::Named(name.into()),
        None => content
            .parse()
            .map_or_else(|_| FieldStep::Key(content.trim_matches('\'').into()), FieldStep::Index),
    };
    Some((step, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_it_is_read() {
        for text in [
            "spec.template.spec.containers[name=web].image",
            r#"metadata.annotations["a.b/c"]"#,
            "spec.args[0]",
            r#"data["a\"b"].x"#,
            "",
        ] {
            let path: FieldPath = text.parse().unwrap();
            assert_eq!(path.to_string(), text);
        }
        let pointer: FieldPath = "/metadata/annotations/a.b~1c".parse().unwrap();
        assert_eq!(pointer.to_string(), r#"metadata.annotations["a.b/c"]"#);
        for wrong in ["a..b", "a[", "a.", "a[\"b]"] {
            assert!(wrong.parse::<FieldPath>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn leaves_are_named_where_all_items_have_names_of_their_own() {
        let item = |name: &str| -> Value {
            crate::Map::from_iter([("name".into(), Value::from(name))]).into()
        };
        let value: Value = crate::Map::from_iter([
            ("a".into(), Value::list(vec![item("x"), item("y")])),
            ("b".into(), Value::list(vec![item("x"), item("x")])),
            ("c".into(), Value::list(Vec::new())),
        ])
        .into();
        let mut found = Vec::new();
        leaves(&value, &mut |path, leaf| {
            assert_eq!(path.find(&value), Some(leaf));
            found.push(path.to_string());
        });
        let second: FieldPath = "a[name=y].name".parse().unwrap();
        assert_eq!(second.pointer(&value), "/a/1/name");
        let given: FieldPath = "a.1.name".parse().unwrap();
        assert_eq!(given.within(&value).unwrap().to_string(), "a[name=y].name");
        assert!("a.2".parse::<FieldPath>().unwrap().within(&value).is_none());
        assert_eq!(found, ["a[name=x].name", "a[name=y].name", "b[0].name", "b[1].name", "c"]);
    }
}
