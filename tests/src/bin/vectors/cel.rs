//! The set `cel`: expressions as Flux evaluates them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use weir_cel::{CelError, ErrorKind, Library, Program, Type, Val};
use weir_golang::time::{self, Duration, Time};
use weir_model::{Map, Source};

use super::text;

/// Answers a vector of the set `cel`.
pub fn answer(vector: &Value) -> Result<Value, String> {
    let data = data(&vector["data"])?;
    let expression = text(vector, "expr");
    let of_expression = |error: CelError| explained(expression, &error);
    match text(vector, "mode") {
        "eval" => Ok(typed(&evaluate(expression, &data).map_err(of_expression)?)),
        "bool" => Ok(json!(truth(expression, &data)?)),
        "compile" => {
            let (program, kind) =
                Program::compile_typed(expression, Library::Flux, &variables(vector))
                    .map_err(of_expression)?;
            let wants_bool = vector["bool_output"] == true;
            if wants_bool && kind != Type::bool() {
                return Err(format!(
                    "CEL expression output type mismatch: expected bool, got {kind}"
                ));
            }
            let value = program.evaluate_fields(&data).map_err(of_expression)?;
            Ok(if wants_bool { json!(value.as_bool()) } else { typed(&value) })
        }
        "health" => health(&vector["expressions"], &data),
        other => panic!("unknown mode {other}"),
    }
}

fn data(value: &Value) -> Result<Map, String> {
    let value = weir_yaml::json::read(value.to_string().as_bytes(), Source::default())
        .map_err(|error| error.to_string())?;
    Ok(value.as_map().cloned().unwrap_or_default())
}

fn variables(vector: &Value) -> Vec<(&str, Type)> {
    let names = |field: &str, kind: Type| {
        let names = vector[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(|name| (name, kind.clone())).collect::<Vec<_>>()
    };
    let structs = names("struct_variables", Type::object());
    structs.into_iter().chain(names("string_variables", Type::string())).collect()
}

fn evaluate(expression: &str, data: &Map) -> Result<Val, CelError> {
    Program::compile(expression, Library::Flux)?.evaluate_fields(data)
}

fn truth(expression: &str, data: &Map) -> Result<bool, String> {
    let value = evaluate(expression, data).map_err(|error| explained(expression, &error))?;
    let not_bool = || format!("failed to evaluate CEL expression as boolean: '{expression}'");
    value.as_bool().ok_or_else(not_bool)
}

/// Says what was being done, as Flux does.
fn explained(expression: &str, error: &CelError) -> String {
    let doing = if error.kind == ErrorKind::Parse { "parse" } else { "evaluate" };
    format!("failed to {doing} the CEL expression '{expression}': {error}")
}

/// As Flux: what is in progress first, then what has failed, then what is current. A wrong expression fails at once.
fn health(expressions: &Value, data: &Map) -> Result<Value, String> {
    if text(expressions, "current").is_empty() {
        return Err("expression Current not specified".into());
    }
    let states = [("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current")];
    for (field, _) in states {
        let expression = text(expressions, field);
        if !expression.is_empty() {
            Program::compile(expression, Library::Flux).map_err(|error| error.to_string())?;
        }
    }
    let generation = data.get("metadata").and_then(|metadata| metadata.get("generation"));
    let observed = data.get("status").and_then(|status| status.get("observedGeneration"));
    if let (Some(generation), Some(observed)) = (
        generation.and_then(weir_model::Value::as_int),
        observed.and_then(weir_model::Value::as_int),
    ) && generation != observed
    {
        return Ok(json!("InProgress"));
    }
    for (field, state) in states {
        let expression = text(expressions, field);
        if !expression.is_empty() && truth(expression, data)? {
            return Ok(json!(state));
        }
    }
    Ok(json!("InProgress"))
}

/// Writes a value with its type.
fn typed(value: &Val) -> Value {
    let content = match value {
        Val::Null => Value::Null,
        Val::Bool(value) => json!(value),
        Val::Int(value) => json!(value),
        Val::Uint(value) => json!(value),
        Val::Double(value) if value.is_nan() => json!("NaN"),
        Val::Double(value) if value.is_infinite() => {
            json!(if *value > 0.0 { "+Inf" } else { "-Inf" })
        }
        Val::Double(value) => json!(value),
        Val::String(text) => json!(text.as_str()),
        Val::Bytes(bytes) => json!(STANDARD.encode(bytes)),
        Val::Data(items) => items.iter().map(|item| typed(&Val::from(item))).collect(),
        Val::List(items) => items.iter().map(typed).collect(),
        Val::Map(map) => {
            let mut entries: Vec<Value> = map
                .entries()
                .iter()
                .map(|(key, value)| json!([typed(key), typed(value)]))
                .collect();
            entries.sort_by_key(ToString::to_string);
            Value::Array(entries)
        }
        Val::Timestamp(seconds, nanos) => {
            json!(Time::unix(*seconds, *nanos).format(time::RFC3339_NANO))
        }
        Val::Duration(nanos) => json!(Duration(*nanos).to_string()),
        Val::Type(name) => json!(name.as_str()),
        Val::Optional(value) => value.as_ref().map_or(Value::Null, |value| typed(value)),
        Val::Kubernetes(_) => unreachable!("Flux has no such values"),
    };
    json!({ "type": value.type_name(), "value": content })
}
