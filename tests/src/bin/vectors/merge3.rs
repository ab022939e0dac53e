//! Three-way merges: the changes from `original` to `update`, onto `dest`.

use serde_json::Value;
use weir_kustomize::merge::{Outcome, Settings, three_way};
use weir_kustomize::schema::Schema;

/// Merges the changes of the vector into its `dest`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let settings = Settings { infer: vector["infer"] == true, prepend: false };
    let mut dest = super::kustomize_node(&vector["dest"])?;
    let original = super::kustomize_node(&vector["original"])?;
    let update = super::kustomize_node(&vector["update"])?;
    let outcome = three_way(&mut dest, &original, &update, &Schema::builtin(), settings);
    let outcome = outcome.map_err(|error| error.to_string())?;
    Ok(if outcome == Outcome::Kept { weir_yaml::emit(&dest).into() } else { "".into() })
}
