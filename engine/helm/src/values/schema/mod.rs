//! `values.schema.json`: values are checked against the JSON schemas of all charts.
//!
//! A schema may refer to others by URL. There is no network here, so a reference that leads out of the document holds for
//! every value, and that is said. Helm itself would fetch it, and fail without a network.

mod cost;
mod patterns;
mod references;
mod report;

use boon::{Compiler, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value as Json;
use weir_model::{Data, Diagnostic, Map, Origin, Value};

use crate::Chart;
use crate::instance::{Id, Instances};

/// Checks values against the schemas of all charts. The error is Helm's text.
pub(crate) fn validate(
    instances: &Instances,
    values: &Map,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), String> {
    let mut wrong = String::new();
    chart(instances, Instances::ROOT, values, &mut wrong, diagnostics);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{wrong}"
    ))
}

fn chart(
    instances: &Instances,
    id: Id,
    values: &Map,
    wrong: &mut String,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let instance = instances.get(id);
    if let Some(schema) = instance.chart.compiled_schema() {
        let checked = schema.as_ref().map_err(Clone::clone).and_then(|schema| {
            for reference in &schema.skipped {
                let at = Origin::file(&format!("{}/values.schema.json", instance.name));
                let message = format!("the schema's reference `{reference}` is not followed, and holds for every value");
                diagnostics.push(Diagnostic::info("helm-schema-reference", message).at(at));
            }
            schema.check(values)
        });
        if let Err(error) = checked {
            wrong.extend([&instance.name, ":\n", &error]);
        }
    }
    for below in &instance.dependencies {
        let name = &instances.get(*below).name;
        match values.get(name) {
            None => {}
            Some(value) if value.is_null() => {}
            Some(value) => match value.as_map() {
                Some(map) => chart(instances, *below, map, wrong, diagnostics),
                None => wrong.push_str(&format!(
                    "{name}:\ninvalid type for values: expected object (map), got {}\n",
                    go_type(value)
                )),
            },
        }
    }
}

/// A schema made ready. A chart keeps it.
pub(crate) struct Compiled {
    schemas: Schemas,
    root: SchemaIndex,
    /// The schema as it was read.
    document: Json,
    /// The references that lead out of the document.
    skipped: Vec<String>,
}

impl Compiled {
    /// Makes a chart's schema ready. The error is Helm's text.
    pub(crate) fn new(schema: &[u8]) -> Result<Self, String> {
        let mut document: Json =
            serde_json::from_slice(schema).map_err(|error| match error.is_eof() {
                true => "unexpected EOF".to_owned(),
                false => error.to_string(),
            })?;
        let skipped = references::cut(&mut document);
        patterns::check(&document)?;
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(Nowhere));
        let mut schemas = Schemas::new();
        compiler
            .add_resource(URL, document.clone())
            .map_err(|error| report::compilation(&error))?;
        let compiled =
            compiler.compile(URL, &mut schemas).map_err(|error| report::compilation(&error))?;
        Ok(Self { schemas, root: compiled, document, skipped })
    }

    /// Checks values. The error is Helm's text.
    pub(crate) fn check(&self, values: &Map) -> Result<(), String> {
        let document = Json::Object(
            values.iter().map(|(key, value)| (key.to_string(), json(value))).collect(),
        );
        if cost::is_too_much(&self.document, &document) {
            return Err("the schema makes too much work of these values\n".to_owned());
        }
        self.schemas.validate(&document, self.root).map_err(|error| report::validation(&error))
    }
}

const URL: &str = "file:///values.schema.json";

/// Gives every document that a schema refers to as one that holds for everything.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, _: &str) -> Result<Json, Box<dyn std::error::Error>> {
        Ok(Json::Bool(true))
    }
}

fn json(value: &Value) -> Json {
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Int(value) => (*value).into(),
        Data::Uint(value) => (*value).into(),
        Data::Float(number) => match value.as_int() {
            Some(whole) => whole.into(),
            None => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        },
        Data::String(text) => Json::String(text.to_string()),
        Data::List(items) => Json::Array(items.iter().map(json).collect()),
        Data::Map(map) => {
            Json::Object(map.iter().map(|(key, value)| (key.to_string(), json(value))).collect())
        }
    }
}

fn go_type(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "<nil>",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Uint(_) | Data::Float(_) => "float64",
        Data::String(_) => "string",
        Data::List(_) => "[]interface {}",
        Data::Map(_) => "map[string]interface {}",
    }
}

impl Chart {
    /// Returns the chart's schema made ready, or why it cannot be; nothing when there is none.
    pub(crate) fn compiled_schema(&self) -> Option<&Result<Compiled, String>> {
        let schema = self.schema()?;
        Some(self.schema_cell().get_or_init(|| Compiled::new(schema)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, values: &str) -> Result<(), String> {
        let values =
            super::super::read(values.as_bytes(), "values.yaml", crate::HelmVersion::V4).unwrap();
        Compiled::new(schema.as_bytes())?.check(values.as_map().unwrap())
    }

    #[test]
    fn errors_are_worded_as_helm_words_them() {
        for (schema, values, expected) in [
            (r#"{"required": ["a", "b"]}"#, "c: 1", "- at '': missing properties 'a', 'b'\n"),
            (
                r#"{"properties": {"a": {"type": "string"}}}"#,
                "a: 1",
                "- at '/a': got number, want string\n",
            ),
            (
                r#"{"properties": {"a": {"maximum": 65535}}}"#,
                "a: 70000",
                "- at '/a': maximum: got 70,000, want 65,535\n",
            ),
            (
                r#"{"properties": {"a": {"enum": ["x", 1, null]}}}"#,
                "a: y",
                "- at '/a': value must be one of 'x', 1, <nil>\n",
            ),
            (
                r#"{"properties": {"a": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}}"#,
                "a: true",
                "- at '/a': 'oneOf' failed, none matched\n  - at '/a': got boolean, want string\n  - at '/a': got boolean, want integer\n",
            ),
            ("{", "a: 1", "unexpected EOF"),
        ] {
            assert_eq!(check(schema, values).unwrap_err(), expected);
        }
    }

    #[test]
    fn references_out_of_the_document_hold_for_everything() {
        let schema = r##"{"properties": {"a": {"$ref": "https://example.com/x.json#/definitions/y"}, "b": {"$ref": "#/definitions/z"}}, "definitions": {"z": {"type": "string"}}}"##;
        assert_eq!(check(schema, "{a: 1, b: x}"), Ok(()));
        assert!(check(schema, "{b: 1}").is_err());
        assert_eq!(Compiled::new(schema.as_bytes()).unwrap().skipped.len(), 1);
    }
}
