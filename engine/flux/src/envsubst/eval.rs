//! From nodes to text.

use weir_model::Meter;

use super::parse::Node;
use super::{EnvsubstError, functions};

/// Expands nodes. The result may cut characters, so it is bytes.
pub(super) fn evaluate<'a>(
    nodes: &[Node],
    variable: &dyn Fn(&str) -> Option<&'a str>,
    meter: &mut Meter,
) -> Result<Vec<u8>, EnvsubstError> {
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Text(text) => out.extend_from_slice(text.as_bytes()),
            Node::Variable { name, function, arguments } => {
                let arguments = arguments
                    .iter()
                    .map(|argument| evaluate(std::slice::from_ref(argument), variable, meter))
                    .collect::<Result<Vec<_>, _>>()?;
                let value = match variable(name) {
                    Some(value) => value,
                    None if is_default(function) => "",
                    None => return Err(EnvsubstError::NotSet(name.clone())),
                };
                let expanded = functions::apply(function, value, &arguments, meter)?;
                meter.bytes(expanded.len())?;
                out.extend_from_slice(&expanded);
            }
        }
    }
    Ok(out)
}

/// Tells whether a function copes with a variable that is not set.
fn is_default(function: &str) -> bool {
    matches!(function, "=" | ":-" | ":+" | ":=" | ":?")
}
