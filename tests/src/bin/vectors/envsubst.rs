//! The set `envsubst`: variables as Flux expands them.

use serde_json::Value;
use weir_flux::envsubst;
use weir_flux::substitute::{Variables, substitute_text};
use weir_model::{Meter, Source};

/// Answers one vector of mode `eval` or `flux`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let template = vector["template"].as_str().unwrap_or_default();
    let strict = vector["strict"] == true;
    let variables: Vec<(&str, &str)> = vector["vars"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect();
    let mut meter = Meter::default();
    if vector["mode"] == "flux" {
        let mut set = Variables::default();
        for (name, value) in variables {
            set.set(name, value, false);
        }
        let value = substitute_text(template, &set, strict, Source::default(), &mut meter)?;
        return serde_json::from_str(&weir_yaml::json::write(&value))
            .map_err(|error| error.to_string());
    }
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        if strict { found } else { Some(found.unwrap_or_default()) }
    };
    envsubst::expand(template, &lookup, &mut meter)
        .map(Value::from)
        .map_err(|error| error.to_string())
}
