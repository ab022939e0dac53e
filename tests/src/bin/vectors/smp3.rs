//! The set `smp3`: three-way merges as Helm 3 and kubectl make them.

use serde_json::{Value, json};
use weir_model::{Source, Value as Object};
use weir_reconcile::merge;

/// Answers one vector of mode `strategic`, `merge3` or `merge2`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let read = |name: &str| {
        weir_yaml::read_value_exact(vector[name].to_string().as_bytes(), Source::default())
            .map_err(|error| error.to_string())
    };
    let (original, modified, current) = (read("original")?, read("modified")?, read("current")?);
    let (kind, patch, result) = match vector["mode"].as_str() {
        Some("strategic") => {
            let overwrite = vector["overwrite_false"] != true;
            let patch = merge::strategic(Some(&original), &modified, &current, overwrite);
            let patch = patch.map_err(|error| error.0)?;
            let result = merge::apply_strategic(&current, &patch).map_err(|error| error.0)?;
            ("strategic", patch, result)
        }
        mode => {
            let patch = if mode == Some("merge3") {
                merge::json_three_way(Some(&original), &modified, &current)
            } else {
                merge::json_two_way(&original, &modified)
            };
            let patch = patch.map_err(|error| error.0)?;
            let result = merge::apply_json(&current, &patch).map_err(|error| error.0)?;
            ("merge", patch, result)
        }
    };
    Ok(json!({ "type": kind, "patch": plain(&patch), "result": plain(&result) }))
}

fn plain(value: &Object) -> Value {
    serde_json::from_str(&weir_yaml::json::write(value)).unwrap_or_default()
}
