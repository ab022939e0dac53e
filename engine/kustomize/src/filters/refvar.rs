//! Variables: `$(NAME)` in fields becomes a value.

use weir_model::{Data, Value};
use weir_yaml::{Content, Node, ScalarTag, Style};

use crate::fields::{FieldError, FieldSpec, apply_field_spec};

/// Expands the variables in the texts that the spec leads to: a scalar, or the values of a map or list.
///
/// `value_of` gives the value of a name. A name without one, or whose value is a list or map, stays as it is. A text
/// that is one variable takes over the kind of its value.
pub fn expand(
    object: &mut Node,
    spec: &FieldSpec,
    value_of: &mut dyn FnMut(&str) -> Option<Value>,
) -> Result<(), FieldError> {
    apply_field_spec(object, spec, None, &mut |node| {
        if node.is_null() {
            return Ok(());
        }
        match &mut node.content {
            Content::Scalar(..) => {
                expand_scalar(node, value_of);
                Ok(())
            }
            Content::Mapping(pairs) => pairs.iter_mut().try_for_each(|pair| {
                let Content::Scalar(_, ScalarTag::Str) = pair.key.content else {
                    return Err(FieldError::Other(format!(
                        "invalid map key: value='{}', tag='{}'",
                        pair.key.text().unwrap_or_default(),
                        tag(&pair.key)
                    )));
                };
                expand_scalar(&mut pair.value, value_of);
                Ok(())
            }),
            Content::Sequence(items) => items.iter_mut().try_for_each(|item| {
                if item.as_str().is_none() {
                    return Err(FieldError::Other("invalid value type expect a string".into()));
                }
                expand_scalar(item, value_of);
                Ok(())
            }),
            Content::Alias(_) => Err(FieldError::Other("invalid type encountered 16".into())),
        }
    })
}

fn tag(node: &Node) -> &'static str {
    match node.content {
        Content::Scalar(_, tag) => match tag {
            ScalarTag::Int => "!!int",
            ScalarTag::Float => "!!float",
            ScalarTag::Bool => "!!bool",
            ScalarTag::Null => "!!null",
            ScalarTag::Timestamp => "!!timestamp",
            ScalarTag::Binary => "!!binary",
            ScalarTag::Merge => "!!merge",
            ScalarTag::Str | ScalarTag::Custom => "!!str",
        },
        Content::Sequence(_) => "!!seq",
        Content::Mapping(_) => "!!map",
        Content::Alias(_) => "",
    }
}

fn expand_scalar(node: &mut Node, value_of: &mut dyn FnMut(&str) -> Option<Value>) {
    let Some(text) = node.as_str() else { return };
    let value = expand_text(text, value_of);
    let (text, tag) = match &value.data {
        Data::Bool(is) => (is.to_string(), ScalarTag::Bool),
        Data::Int(number) => (number.to_string(), ScalarTag::Int),
        Data::Uint(number) => (number.to_string(), ScalarTag::Int),
        Data::Float(number) => (number.to_string(), ScalarTag::Float),
        _ => (value.as_str().unwrap_or_default().to_owned(), ScalarTag::Str),
    };
    node.content = Content::Scalar(text.into(), tag);
    // The style is chosen when the text is written.
    node.style = Style::Default;
}

/// Expands the variables of a text; `$$` is a dollar.
pub fn expand_text(text: &str, value_of: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
    let primitive =
        |value: &Value| !matches!(value.data, Data::List(_) | Data::Map(_) | Data::Null);
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|at| at + 1 < rest.len()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        let Some((name, after)) = name else {
            out.push('$');
            let length = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        };
        let value = value_of(name).filter(primitive);
        if text.len() == name.len() + 3 && text.starts_with("$(") {
            return value.unwrap_or_else(|| text.into());
        }
        match value.map(|value| value.data) {
            Some(Data::String(text)) => out.push_str(&text),
            Some(Data::Bool(is)) => out.push_str(if is { "true" } else { "false" }),
            Some(Data::Int(number)) => out.push_str(&number.to_string()),
            Some(Data::Uint(number)) => out.push_str(&number.to_string()),
            Some(Data::Float(number)) => out.push_str(&number.to_string()),
            _ => {
                out.push_str("$(");
                out.push_str(name);
                out.push(')');
            }
        }
        rest = after;
    }
    Value::string(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded() {
        for (text, expected) in [
            ("$(A)", r#""a""#),
            ("$(N)", "7"),
            ("x$(N)y", r#""x7y""#),
            ("$(B)", r#""$(B)""#),
            ("$$(A)", r#""$(A)""#),
            ("$(A", r#""$(A""#),
            ("$x$", r#""$x$""#),
        ] {
            let mut value_of = |name: &str| match name {
                "A" => Some("a".into()),
                "N" => Some(7.into()),
                _ => None,
            };
            assert_eq!(format!("{:?}", expand_text(text, &mut value_of)), expected, "{text}");
        }
    }
}
