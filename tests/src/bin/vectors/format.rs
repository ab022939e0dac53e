//! The formatter.

use serde_json::Value;

/// Formats the documents of the vector's `input`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let mut nodes = super::kustomize_nodes(&vector["input"])?;
    for node in &mut nodes {
        weir_kustomize::format::format(node).map_err(|error| error.to_string())?;
    }
    Ok(weir_yaml::emit_all(&nodes).into())
}
