//! The set `gotime`: Go's times and durations.

use serde_json::{Value, json};
use weir_golang::strconv::format_float;
use weir_golang::time::{self, Duration, RFC3339_NANO, Time, Zone};

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
        other => Err(format!("unknown mode {other}")),
    }
}

fn time_of(vector: &Value) -> Result<Time, String> {
    time::parse(RFC3339_NANO, text(vector, "time"))
}
