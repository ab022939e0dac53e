//! Go's text/template without extra functions.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;
use weir_gotmpl::{
    Context, Error, FloatKind, FuncValue, Function, Functions, IntKind, List, Map, MissingKey,
    Output, Set, Type, UintKind, Value, format,
};
use weir_model::{Limits, Meter};

/// Answers one vector.
pub fn answer(vector: &Json) -> Result<Json, String> {
    let functions = Functions::new(&[]);
    let mut set = Set::named("t");
    if let Some(templates) = vector["templates"].as_object() {
        let mut sorted: Vec<_> = templates.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        for (name, text) in sorted {
            set.parse(name, text.as_str().unwrap_or_default(), &functions)
                .map_err(|error| error.to_string())?;
        }
    }
    set.parse("t", vector["template"].as_str().unwrap_or_default(), &functions)
        .map_err(|error| error.to_string())?;
    let missing_key = match vector["missingkey"].as_str() {
        Some("zero") => MissingKey::Zero,
        Some("error") => MissingKey::Error,
        _ => MissingKey::Invalid,
    };
    let data = convert(&vector["data"], vector["numbers"].as_str().unwrap_or_default());
    // Go's own bound on depth is to be seen, and it is far beyond what a chart may use.
    let mut meter = Meter::new(Limits { depth: 200_000, ..Limits::default() });
    let mut out = Output::new();
    let set = Arc::new(set);
    let result =
        Context::new(&set, &functions, missing_key, &mut meter, &()).execute("t", &data, &mut out);
    let text = out.into_text();
    if let (Err(_), Some(partial)) = (&result, vector["partial"].as_str())
        && partial != text
    {
        return Err(format!("written before the error: {text:?}"));
    }
    result.map(|()| text.into()).map_err(|error| error.to_string())
}

fn convert(json: &Json, numbers: &str) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => {
            Value::list(items.iter().map(|item| convert(item, numbers)).collect())
        }
        Json::Number(number) => match (number.as_i64(), numbers) {
            (Some(value), "int64") => Value::int64(value),
            (Some(value), "int") => Value::int(value),
            _ => Value::float64(number.as_f64().unwrap_or_default()),
        },
        Json::Object(map) => {
            if let (1, Some((name, inner))) = (map.len(), map.iter().next())
                && name.starts_with('$')
            {
                return typed(name, inner);
            }
            Value::Map(
                map.iter().map(|(key, value)| (key.into(), convert(value, numbers))).collect(),
            )
        }
    }
}

/// Makes a value of the type that a key with `$` names.
fn typed(name: &str, inner: &Json) -> Value {
    let text = inner.as_str().map_or_else(|| inner.to_string(), str::to_owned);
    let items = || inner.as_array().into_iter().flatten();
    let entries = |key: &'static Type, element: &'static Type| {
        let entries = inner.as_object().into_iter().flatten();
        let value = |value: &Json| match value {
            Json::String(text) => Value::string(text.as_str()),
            number => Value::int(number.as_i64().unwrap_or_default()),
        };
        Value::Map(Map::typed(
            key,
            element,
            entries.map(|(key, item)| (key.into(), value(item))).collect(),
        ))
    };
    match name {
        "$int" => Value::int(text.parse().unwrap_or_default()),
        "$int64" => Value::int64(text.parse().unwrap_or_default()),
        "$uint8" => Value::Uint(text.parse().unwrap_or_default(), UintKind::Uint8),
        "$uint64" => Value::Uint(text.parse().unwrap_or_default(), UintKind::Uint64),
        "$float64" => Value::float64(text.parse().unwrap_or_default()),
        "$float32" => {
            Value::Float(f64::from(text.parse::<f32>().unwrap_or_default()), FloatKind::Float32)
        }
        "$strings" => {
            Value::List(List::strings(items().map(|item| item.as_str().unwrap_or_default())))
        }
        "$ints" => {
            let ints =
                items().map(|item| Value::Int(item.as_i64().unwrap_or_default(), IntKind::Int));
            Value::List(List::typed(&Type::INT, ints.collect()))
        }
        "$mapss" => entries(&Type::String, &Type::String),
        "$mapsi" => entries(&Type::String, &Type::INT),
        "$mapis" => entries(&Type::INT, &Type::String),
        "$bytes" => Value::Bytes(text.as_bytes().into()),
        "$nilmap" => Value::Map(Map::nil(&Type::String, &Type::Any)),
        "$nilslice" => Value::List(List::nil(&Type::Any)),
        "$complex" => Value::Complex(Rc::new((1.0, 2.0))),
        "$func" => function(&text),
        other => panic!("the vector has an unknown type {other}"),
    }
}

fn function(name: &str) -> Value {
    let (function, signature, results) = match name {
        "add" => (
            Function::new("add", &[Type::INT, Type::INT], |_, args| {
                Ok(Value::int(args.int(0) + args.int(1)))
            }),
            "func(int, int) int",
            1,
        ),
        "fail" => (
            Function::new("fail", &[Type::String], |_, args| Err(Error::new(args.text(0)))),
            "func(string) (string, error)",
            2,
        ),
        "nop" => (Function::new("nop", &[], |_, _| Ok("called".into())), "func() string", 1),
        "cat" => (
            Function::variadic("cat", &[Type::String], |_, args| {
                Ok(args.iter().map(format::to_text).collect::<Vec<_>>().join("+").into())
            }),
            "func(...string) string",
            1,
        ),
        "iface" => (
            Function::new("iface", &[Type::Any], |_, args| {
                let both = [args.value(0).clone(), args.value(0).clone()];
                Ok(Value::from_bytes(format::sprintf(b"%T:%v", &both)))
            }),
            "func(interface {}) string",
            1,
        ),
        "panic" => (Function::new("panic", &[], |_, _| Err("boom".into())), "func() string", 1),
        "three" => {
            (Function::new("three", &[], |_, _| Ok(Value::Nil)), "func() (int, int, error)", 3)
        }
        other => panic!("the vector has an unknown function {other}"),
    };
    Value::Func(Rc::new(FuncValue { function, signature, results }))
}
