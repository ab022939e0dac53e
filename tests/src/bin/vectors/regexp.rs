//! The set `regexp`: Go's regular expressions.

use serde_json::{Value, json};
use weir_golang::regexp::Regexp;

use super::text;

/// Answers a vector of the set `regexp`.
pub fn answer(vector: &Value) -> Result<Value, String> {
    let regexp = Regexp::compile(text(vector, "pattern")).map_err(|error| error.to_string())?;
    let replacement = text(vector, "replacement");
    let results: Vec<Value> = vector["inputs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|input| {
            let all: Vec<Vec<i64>> =
                regexp.find_all_submatch_index(input, None).iter().map(|m| offsets(m)).collect();
            json!({
                "match": regexp.is_match(input),
                "all": all,
                "replaced": regexp.replace_all(input, replacement),
                "literal": regexp.replace_all_literal(input, replacement),
                "split": regexp.split(input, -1),
            })
        })
        .collect();
    Ok(json!({ "groups": regexp.names(), "results": results }))
}

fn offsets(groups: &[Option<(usize, usize)>]) -> Vec<i64> {
    let pair = |group: &Option<(usize, usize)>| {
        group.map_or([-1, -1], |(start, end)| [start as i64, end as i64])
    };
    groups.iter().flat_map(pair).collect()
}
