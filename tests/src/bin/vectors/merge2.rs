//! Two-way merges: `source` onto `dest`.

use serde_json::Value;
use weir_kustomize::merge::{Outcome, Settings, two_way};
use weir_kustomize::schema::Schema;

/// Merges the vector's `source` into its `dest`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let settings = Settings {
        infer: vector["infer"] == true,
        prepend: vector["list_increase_direction"] == "prepend",
    };
    let mut dest = super::kustomize_node(&vector["dest"])?;
    let source = super::kustomize_node(&vector["source"])?;
    let outcome = two_way(&mut dest, &source, &Schema::builtin(), settings)
        .map_err(|error| error.to_string())?;
    Ok(if outcome == Outcome::Kept { weir_yaml::emit(&dest).into() } else { "".into() })
}
