//! The rules that CRDs state in CEL, and values as those rules see them.

use std::sync::Arc;

use weir_cel::{Library, Program, Val};
use weir_golang::time;
use weir_model::{Data, SmolStr, Value};

use super::limits::number;
use super::{Kind, Node, NodeId, Schema};

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    program: Arc<Program>,
    pub(crate) text: SmolStr,
    message: Option<SmolStr>,
    message_expression: Option<Arc<Program>>,
    /// Whether it looks at the object as it was before.
    pub(crate) is_transition: bool,
    /// Whether it also holds of new objects, with an optional in place of the old one.
    is_optional: bool,
}

/// Words of the language beside its reserved ones. Fields of these names are escaped, too.
const WORDS: &[&str] = &["true", "false", "null", "in"];

impl Rule {
    /// Reads an entry of `x-kubernetes-validations`.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let field = |key: &str| value.get(key).and_then(Value::as_str);
        let text = field("rule").unwrap_or_default();
        let compile = |text: &str| {
            Program::compile(text, Library::Kubernetes)
                .map(Arc::new)
                .map_err(|error| format!("the rule `{text}` cannot be read: {error}"))
        };
        Ok(Self {
            program: compile(text)?,
            text: text.trim().into(),
            message: field("message").map(SmolStr::new),
            // Without it there is still the message.
            message_expression: field("messageExpression").and_then(|text| compile(text).ok()),
            is_transition: text.contains("oldSelf"),
            is_optional: value.get("optionalOldSelf").and_then(Value::as_bool) == Some(true),
        })
    }

    /// Says why the rule does not hold; nothing when it holds, or when it cannot be computed within the steps.
    pub(crate) fn problem(&self, new: &Val, old: Option<&Val>, steps: &mut u64) -> Option<String> {
        if self.is_transition && old.is_none() && !self.is_optional {
            return None;
        }
        let variables = |name: &str| match name {
            "self" => Some(new.clone()),
            "oldSelf" if self.is_optional => Some(Val::Optional(old.cloned().map(Arc::new))),
            "oldSelf" => old.cloned(),
            _ => None,
        };
        match self.program.evaluate_within(&variables, steps) {
            Ok(Val::Bool(true)) => None,
            Ok(Val::Bool(false)) => {
                let computed = self.message_expression.as_ref().and_then(|program| {
                    let value = program.evaluate_within(&variables, steps).ok()?;
                    value.as_str().map(str::to_owned)
                });
                Some(
                    computed
                        .or_else(|| self.message.as_ref().map(ToString::to_string))
                        .unwrap_or_else(|| format!("failed rule: {}", self.text)),
                )
            }
            Err(error) if error.is_cost() => None,
            Err(error) => Some(format!("the rule `{}` cannot be computed: {error}", self.text)),
            Ok(_) => None,
        }
    }
}

/// Returns a value as rules see it: numbers, times and durations by the schema, defaults filled in, names escaped.
pub(crate) fn seen(schema: &Schema, node: NodeId, value: &Value) -> Val {
    let Some(node) = schema.get(node) else { return Val::from(value) };
    match &value.data {
        Data::String(text) => of_text(node, text),
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => match (node.kind, number(value)) {
            (Kind::Number, Some(number)) => Val::Double(number),
            (Kind::Int | Kind::Long | Kind::IntOrString, _) => {
                value.as_int().map_or_else(|| Val::from(value), Val::Int)
            }
            _ => Val::from(value),
        },
        Data::List(items) => match node.items {
            Some(id) => Val::list(items.iter().map(|item| seen(schema, id, item)).collect()),
            None => Val::from(value),
        },
        Data::Map(map) => {
            let mut fields = Vec::new();
            if node.fields.is_empty() {
                match node.values {
                    Some(id) => {
                        fields
                            .extend(map.iter().map(|(key, v)| (key.clone(), seen(schema, id, v))));
                    }
                    None => return Val::from(value),
                }
                return Val::fields(fields);
            }
            for field in &node.fields {
                let present = map.get(&field.name).filter(|value| {
                    !value.is_null() || schema.get(field.node).is_some_and(|node| node.nullable)
                });
                if let Some(value) = present.or(field.default.as_ref()) {
                    fields.push((escaped(&field.name), seen(schema, field.node, value)));
                }
            }
            if node.embedded {
                for key in ["apiVersion", "kind", "metadata"] {
                    if let Some(value) = map.get(key)
                        && node.field(key).is_none_or(|_| key == "metadata")
                    {
                        fields.push((key.into(), Val::from(value)));
                    }
                }
            }
            Val::fields(fields)
        }
        Data::Null | Data::Bool(_) => Val::from(value),
    }
}

fn of_text(node: &Node, text: &SmolStr) -> Val {
    let format = node.limits.as_ref().and_then(|limits| limits.format.as_deref());
    let moment = |layout: &str| {
        let time = time::parse(layout, text).ok()?;
        Some(Val::Timestamp(time.unix_seconds(), time.nanosecond()))
    };
    let converted = match format {
        Some("date-time" | "datetime") => moment(time::RFC3339_NANO),
        Some("date") => moment("2006-01-02"),
        Some("duration") => time::Duration::parse(text).ok().map(|d| Val::Duration(d.0)),
        Some("byte") => {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::STANDARD.decode(text.as_bytes());
            bytes.ok().map(|bytes| Val::Bytes(Arc::from(bytes)))
        }
        _ => None,
    };
    converted.unwrap_or_else(|| Val::String(text.clone()))
}

/// Writes a field's name as rules must write it.
fn escaped(name: &SmolStr) -> SmolStr {
    if WORDS.iter().chain(weir_cel::RESERVED).any(|word| name == word) {
        return format!("__{name}__").into();
    }
    if !name.contains(['.', '-', '/']) && !name.contains("__") {
        return name.clone();
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
        .into()
}
