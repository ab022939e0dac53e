//! Expressions in schemas that are too large: the validator would panic on them.

use regex::{Error, RegexBuilder};
use serde_json::Value as Json;

/// Refuses a schema with an expression that takes too much memory. The error names it.
pub(super) fn check(schema: &Json) -> Result<(), String> {
    match schema {
        Json::Object(map) => map.iter().try_for_each(|(key, value)| {
            match (key.as_str(), value) {
                ("pattern", Json::String(pattern)) => refuse_large(pattern)?,
                ("patternProperties", Json::Object(properties)) => {
                    properties.keys().try_for_each(|pattern| refuse_large(pattern))?;
                }
                _ => {}
            }
            check(value)
        }),
        Json::Array(items) => items.iter().try_for_each(check),
        _ => Ok(()),
    }
}

fn refuse_large(pattern: &str) -> Result<(), String> {
    // A short expression without repetition by number is never large.
    if pattern.len() < 1_000 && !pattern.contains('{') {
        return Ok(());
    }
    // Classes are those of ASCII, as in JavaScript, unless the expression is wrong then.
    let build = |unicode| RegexBuilder::new(pattern).unicode(unicode).size_limit(SIZE).build();
    let built = build(false).or_else(|error| match error {
        Error::CompiledTooBig(_) => Err(error),
        _ => build(true),
    });
    match built {
        Err(Error::CompiledTooBig(_)) => {
            Err(format!("the expression {} is too large\n", weir_golang::strconv::quote(pattern)))
        }
        _ => Ok(()),
    }
}

/// Below what the validator's own expressions may take.
const SIZE: usize = 8 << 20;
