//! How replacements are written down.

use weir_model::Value;

use crate::filters::selector::ResId;

/// A value and the fields it goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replacement {
    /// The field the value is read from.
    pub source: Option<Source>,
    /// The value itself, in place of a source.
    pub source_value: Option<String>,
    /// The fields it goes to.
    pub targets: Option<Vec<Target>>,
}

/// The field a value is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The object; parts that are empty are not asked for.
    pub id: ResId,
    /// The path of the field; `metadata.name` when empty.
    pub field_path: String,
    /// Which part of the field is taken.
    pub options: FieldOptions,
}

/// The fields a value goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The objects.
    pub select: Option<Selector>,
    /// Objects that are left out.
    pub reject: Vec<Selector>,
    /// The paths of the fields; `metadata.name` when there is none.
    pub field_paths: Vec<String>,
    /// Which part of the field is set, and whether it is made.
    pub options: FieldOptions,
}

/// Objects by patterns for their identity, and by annotations and labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Patterns for the parts of the identity.
    pub id: ResId,
    /// A selector of annotations.
    pub annotations: String,
    /// A selector of labels.
    pub labels: String,
}

/// Which part of a field is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldOptions {
    /// What the parts are parted by; empty when the whole field is meant.
    pub delimiter: String,
    /// The number of the part, from 0. In a target, a negative one is before the first, a high one behind the last.
    pub index: i64,
    /// Whether a missing field is made.
    pub create: bool,
}

impl Replacement {
    /// Reads a replacement as kustomizations have it. Unknown fields are not looked at.
    pub fn read(value: &Value) -> Self {
        Self {
            source: value.get("source").filter(|source| !source.is_null()).map(|source| Source {
                id: read_id(source),
                field_path: text(source, "fieldPath"),
                options: read_options(source),
            }),
            source_value: value
                .get("sourceValue")
                .filter(|value| !value.is_null())
                .map(|_| text(value, "sourceValue")),
            targets: value
                .get("targets")
                .and_then(Value::as_list)
                .map(|targets| targets.iter().map(read_target).collect()),
        }
    }
}

fn read_target(target: &Value) -> Target {
    let list = |key: &str| target.get(key).and_then(Value::as_list).unwrap_or_default();
    Target {
        select: target.get("select").filter(|select| !select.is_null()).map(read_selector),
        reject: list("reject").iter().map(read_selector).collect(),
        field_paths: list("fieldPaths")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        options: read_options(target),
    }
}

fn read_selector(selector: &Value) -> Selector {
    Selector {
        id: read_id(selector),
        annotations: text(selector, "annotationSelector"),
        labels: text(selector, "labelSelector"),
    }
}

fn read_id(value: &Value) -> ResId {
    ResId {
        group: text(value, "group").into(),
        version: text(value, "version").into(),
        kind: text(value, "kind").into(),
        name: text(value, "name").into(),
        namespace: text(value, "namespace").into(),
    }
}

fn read_options(value: &Value) -> FieldOptions {
    let option = |key: &str| value.pointer(&["options", key]);
    FieldOptions {
        delimiter: option("delimiter").and_then(Value::as_str).unwrap_or_default().into(),
        index: option("index").and_then(Value::as_int).unwrap_or_default(),
        create: option("create").and_then(Value::as_bool).unwrap_or_default(),
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().into()
}

impl std::fmt::Display for Source {
    /// Writes the source as kustomize names it in errors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.id)?;
        if !self.field_path.is_empty() {
            write!(f, ":{}", self.field_path)?;
        }
        let FieldOptions { delimiter, index, create } = &self.options;
        if !delimiter.is_empty() || *create {
            write!(f, ":{delimiter}({index}), create={create}")?;
        }
        Ok(())
    }
}
