//! What OpenAPI definitions of custom resources say of their fields, by extensions such as
//! `x-kubernetes-object-ref-kind`.

use weir_model::{Map, Value};

use super::{BackReference, TransformerConfig, merge_specs};
use crate::budget::Budget;
use crate::error::{BuildError, Result};
use crate::fields::FieldSpec;

/// How deep definitions may refer to each other.
const MAX_DEPTH: usize = 50;

/// How many steps looking at a property counts for.
const PROPERTY_STEPS: usize = 8;

/// Refuses what is no map of definitions.
pub(super) fn check(definitions: &Value) -> Result<()> {
    let is_object = |value: &Value| value.is_null() || value.as_map().is_some();
    match definitions.as_map() {
        _ if definitions.is_null() => Ok(()),
        None => Err(unfit(definitions, "map[string]accumulator.OpenAPIDefinition")),
        Some(map) => match map.iter().find(|(_, value)| !is_object(value)) {
            Some((_, value)) => Err(unfit(value, "accumulator.OpenAPIDefinition")),
            None => Ok(()),
        },
    }
}

fn unfit(value: &Value, wanted: &str) -> BuildError {
    let is = match value.kind() {
        "list" => "array",
        "map" => "object",
        kind => kind,
    };
    BuildError::new(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {is} into Go value of type {wanted}"
    ))
    .at(value.origin)
}

/// Collects the fields of all definitions that look like objects.
pub(super) fn config(definitions: &Value, budget: &Budget) -> Result<TransformerConfig> {
    let mut config = TransformerConfig::default();
    for (name, _) in definitions.as_map().into_iter().flat_map(Map::iter) {
        let is_object = properties(definitions, name).is_some_and(|properties| {
            ["kind", "apiVersion", "metadata"].iter().all(|field| properties.contains_key(field))
        });
        if is_object {
            let kind = name.rsplit('.').next().unwrap_or_default();
            Walk { definitions, kind, config: &mut config, budget }.definition(name, "", 0)?;
        }
    }
    config.sort();
    Ok(config)
}

fn properties<'a>(definitions: &'a Value, name: &str) -> Option<&'a Map> {
    let definition = definitions.get(name)?;
    let schema = definition.get("Schema").or_else(|| definition.get("schema"))?;
    schema.get("properties")?.as_map()
}

struct Walk<'a> {
    definitions: &'a Value,
    kind: &'a str,
    config: &'a mut TransformerConfig,
    budget: &'a Budget,
}

impl Walk<'_> {
    fn definition(&mut self, name: &str, path: &str, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(BuildError::new(format!(
                "definition `{name}` refers to itself, or more than {MAX_DEPTH} levels deep"
            )));
        }
        let definitions = self.definitions;
        let Some(properties) = properties(definitions, name) else { return Ok(()) };
        // Definitions that refer to the next twice double with each level.
        self.budget.step(PROPERTY_STEPS * (properties.len() + 1) + path.len())?;
        for (name, property) in properties.iter() {
            let path = if path.is_empty() { name.to_string() } else { format!("{path}/{name}") };
            self.property(property, &path)?;
            if let Some(target) = property.get("$ref").and_then(Value::as_str) {
                self.definition(target, &path, depth + 1)?;
            }
        }
        Ok(())
    }

    fn property(&mut self, property: &Value, path: &str) -> Result<()> {
        let says = |extension: &str| property.get(extension).and_then(Value::as_str);
        let kind = self.kind.to_owned();
        let spec =
            |path: String| vec![FieldSpec { kind: kind.clone(), path, ..FieldSpec::default() }];
        if says("x-kubernetes-annotation").is_some() {
            let specs = &mut self.config.common_annotations;
            *specs = merge_specs(specs, &spec(path.to_owned()), self.budget)?;
        }
        if says("x-kubernetes-label-selector").is_some() {
            let specs = &mut self.config.common_labels;
            *specs = merge_specs(specs, &spec(path.to_owned()), self.budget)?;
        }
        if says("x-kubernetes-identity").is_some() {
            let specs = &mut self.config.name_prefix;
            *specs = merge_specs(specs, &spec(path.to_owned()), self.budget)?;
        }
        if let (Some(version), Some(target)) =
            (says("x-kubernetes-object-ref-api-version"), says("x-kubernetes-object-ref-kind"))
        {
            let key = says("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let reference = BackReference {
                group: String::new(),
                version: version.to_owned(),
                kind: target.to_owned(),
                referrers: spec(format!("{path}/{key}")),
            };
            self.budget.step(self.config.name_reference.len())?;
            self.config.add_reference(&reference, self.budget)?;
        }
        Ok(())
    }
}
