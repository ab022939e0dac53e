//! Name suffixes.

use serde_json::Value;

/// Computes the suffix of the vector's `input`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let node = super::kustomize_node(&vector["input"])?;
    weir_kustomize::hash::suffix(&node).map(Value::from).map_err(|error| error.to_string())
}
