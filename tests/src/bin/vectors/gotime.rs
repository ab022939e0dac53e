//! The set `gotime`: Go's times and durations.

use std::sync::Arc;

use serde_json::{Value, json};
use weir_golang::strconv::format_float;
use weir_golang::time::{self, Duration, RFC3339_NANO, Time, Zone};
use weir_gotmpl::{Context, MissingKey, Output, Set};
use weir_helm::functions::{self, Sources, TimeObject};
use weir_helm::{Facts, HelmVersion};
use weir_model::Meter;

use super::text;

/// Answers a vector of the set `gotime`.
pub fn answer(vector: &Value) -> Result<Value, String> {
    match text(vector, "mode") {
        "format" => {
            let mut time = time_of(vector)?;
            if let Some(zone) = vector["zone"].as_str() {
                time = time.in_zone(Zone::load(zone)?);
            }
            Ok(json!(time.format(text(vector, "layout"))))
        }
        "parse" => {
            let zone = Zone::load(text(vector, "zone"))?;
            let time = time::parse_in(text(vector, "layout"), text(vector, "value"), &zone)?;
            Ok(
                json!({ "time": time.format(RFC3339_NANO), "unix": time.unix_seconds().to_string() }),
            )
        }
        "duration" => {
            let duration = Duration::parse(text(vector, "value"))?;
            Ok(json!({
                "nanos": duration.0.to_string(),
                "string": duration.to_string(),
                "seconds": format_float(duration.seconds(), b'g', -1, 64),
            }))
        }
        "duration-string" => {
            let nanos = vector["nanos"].as_i64().or_else(|| text(vector, "nanos").parse().ok());
            Ok(json!(Duration(nanos.unwrap_or_default()).to_string()))
        }
        "round" => {
            let value = Duration::parse(text(vector, "value"))?;
            let by = Duration::parse(text(vector, "by"))?;
            Ok(
                json!({ "round": value.round(by).to_string(), "truncate": value.truncate(by).to_string() }),
            )
        }
        "truncate-time" => {
            let (time, by) = (time_of(vector)?, Duration::parse(text(vector, "by"))?);
            Ok(json!({
                "round": time.round(by).format(RFC3339_NANO),
                "truncate": time.truncate(by).format(RFC3339_NANO),
            }))
        }
        "template" => template(vector),
        other => Err(format!("unknown mode {other}")),
    }
}

/// Executes a template over times and numbers, with sprig's functions.
fn template(vector: &Value) -> Result<Value, String> {
    let functions = functions::table(HelmVersion::V3);
    let mut set = Set::named("t");
    set.parse("t", text(vector, "template"), &functions).map_err(|error| error.to_string())?;
    let (set, mut meter, mut out) = (Arc::new(set), Meter::default(), Output::new());
    let sources = Sources::new(&Facts { now: 1_800_000_000, ..Facts::default() });
    let data = data(&vector["data"])?;
    let mut context = Context::new(&set, &functions, MissingKey::Invalid, &mut meter, &sources);
    context.execute("t", &data, &mut out).map_err(|error| error.to_string())?;
    Ok(out.into_text().into())
}

fn data(json: &Value) -> Result<weir_gotmpl::Value, String> {
    use weir_gotmpl::Value as Data;
    Ok(match json {
        Value::Null => Data::Nil,
        Value::Bool(value) => Data::Bool(*value),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Data::int64(whole),
            None => Data::float64(number.as_f64().unwrap_or_default()),
        },
        Value::Array(items) => Data::list(items.iter().map(data).collect::<Result<_, _>>()?),
        Value::Object(entries) => {
            if let Some(time) = entries.get("$time").and_then(Value::as_str) {
                return Ok(TimeObject::value(time::parse(RFC3339_NANO, time)?));
            }
            let entry =
                |(key, value): (&String, &Value)| Ok::<_, String>((key.into(), data(value)?));
            Data::Map(entries.iter().map(entry).collect::<Result<_, _>>()?)
        }
    })
}

fn time_of(vector: &Value) -> Result<Time, String> {
    time::parse(RFC3339_NANO, text(vector, "time"))
}
