//! The way from a chart and its values to manifests.

use weir_model::{Diagnostic, Value, Warned};

use crate::{Chart, Facts, Release, Rendered};

/// Renders a chart as `helm template` does. Gives nothing when Helm would fail; the diagnostics then hold Helm's message.
///
/// The values are in Helm's own form, as [`crate::values::read`] gives them and [`crate::values::from_json`] makes them:
/// there an integer stands for what `--set` gave, and every number from YAML or JSON is a float.
pub fn render(
    _chart: &Chart,
    _values: &Value,
    _release: &Release,
    _facts: &Facts,
) -> Warned<Option<Rendered>> {
    Warned {
        value: None,
        diagnostics: vec![Diagnostic::error("helm-render", "charts are not rendered yet")],
    }
}
