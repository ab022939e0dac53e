//! The set `semver`: versions and constraints.

use serde_json::{Value, json};
use weir_golang::semver::{Constraint, SemverError, Version};

use super::text;

/// Answers a vector of the set `semver`.
pub fn answer(vector: &Value) -> Result<Value, String> {
    try_answer(vector).map_err(|error| {
        // An increment that overflows is a panic in Go.
        let prefix = if error.to_string().contains("would overflow") { "panic: " } else { "" };
        format!("{prefix}{error}")
    })
}

fn try_answer(vector: &Value) -> Result<Value, SemverError> {
    Ok(match text(vector, "mode") {
        "match" => {
            let constraint = Constraint::parse(text(vector, "constraint"))?;
            let versions =
                vector["versions"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let matching: Vec<&str> = versions
                .filter(|version| {
                    Version::parse(version).is_ok_and(|version| constraint.check(&version))
                })
                .collect();
            json!({ "matching": matching, "constraint": constraint.to_string() })
        }
        "parse" => parts(&Version::parse(text(vector, "version"))?)?,
        "parse-strict" => parts(&Version::parse_strict(text(vector, "version"))?)?,
        "compare" => {
            let version = Version::parse(text(vector, "version"))?;
            let other = Version::parse(text(vector, "other"))?;
            json!({ "compare": version.cmp(&other) as i8, "equal": version == other })
        }
        "validate" => {
            let constraint = Constraint::parse(text(vector, "constraint"))?;
            let outcome = constraint.validate(&Version::parse(text(vector, "version"))?);
            json!({ "ok": outcome.is_ok(), "reasons": outcome.err().unwrap_or_default() })
        }
        other => panic!("unknown mode {other}"),
    })
}

fn parts(version: &Version) -> Result<Value, SemverError> {
    Ok(json!({
        "string": version.to_string(),
        "original": version.original(),
        "major": version.major,
        "minor": version.minor,
        "patch": version.patch,
        "prerelease": version.prerelease,
        "metadata": version.metadata,
        "inc_patch": version.next_patch()?.original(),
        "inc_minor": version.next_minor()?.original(),
        "inc_major": version.next_major()?.original(),
    }))
}
