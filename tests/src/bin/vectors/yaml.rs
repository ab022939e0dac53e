//! The set `yaml`: reading and writing YAML in both dialects.

use serde_json::{Value, json};
use weir_model::Source;
use weir_yaml::{Decoded, DecodedData};

pub fn answer(vector: &Value) -> Result<Value, String> {
    let bytes = match vector["yaml_base64"].as_str() {
        Some(text) => decode_base64(text),
        None => vector["yaml"].as_str().unwrap_or_default().as_bytes().to_vec(),
    };
    let text = vector["json"].as_str().unwrap_or_default().as_bytes();
    let source = Source::default();
    let shown = |error: weir_yaml::YamlError| error.to_string();
    Ok(match vector["mode"].as_str().unwrap_or_default() {
        "json" => {
            weir_yaml::json::write(&weir_yaml::read_value(&bytes, source).map_err(shown)?).into()
        }
        "json-strict" => {
            weir_yaml::json::write(&weir_yaml::read_value_strict(&bytes, source).map_err(shown)?)
                .into()
        }
        "v3-value" => {
            let documents = weir_yaml::parse(&bytes, source).map_err(shown)?;
            let decoded: Result<Vec<Value>, String> = documents
                .iter()
                .map(|document| {
                    weir_yaml::decode(document).map(|value| show(&value)).map_err(shown)
                })
                .collect();
            decoded?.into()
        }
        "v3-roundtrip" => {
            let documents = weir_yaml::parse(&bytes, source).map_err(shown)?;
            weir_yaml::emit_all(&documents).into()
        }
        "emit" => weir_yaml::json_to_yaml(text).map_err(shown)?.into(),
        "v3-emit" => {
            let value = weir_yaml::json::read(text, source).map_err(shown)?;
            weir_yaml::emit(&weir_yaml::from_value(&value)).into()
        }
        mode => return Err(format!("unknown mode `{mode}`")),
    })
}

fn show(value: &Decoded) -> Value {
    match &value.data {
        DecodedData::Null => Value::Null,
        DecodedData::Bool(value) => json!(value),
        DecodedData::Int(value) => json!(value),
        DecodedData::Uint(value) => json!(value),
        DecodedData::Float(value) => json!({ "$float": go_float(*value) }),
        DecodedData::String(text) => json!(text.as_str()),
        DecodedData::Bytes(bytes) => json!({ "$bytes": encode_base64(bytes) }),
        DecodedData::Time(time) => json!({ "$time": time.to_string() }),
        DecodedData::List(items) => items.iter().map(show).collect(),
        DecodedData::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), show(value))).collect()
        }
        DecodedData::AnyMap(entries) => {
            let mut pairs: Vec<(String, Value)> = entries
                .iter()
                .map(|(key, value)| {
                    let key = show(key);
                    (key.to_string(), json!([key, show(value)]))
                })
                .collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            json!({ "$map": pairs.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>() })
        }
    }
}

/// Writes a number as Go's `%g` does.
fn go_float(value: f64) -> String {
    let yaml = weir_yaml::emit(&weir_yaml::from_value(&weir_model::Value::new(
        weir_model::Data::Float(value),
    )));
    match yaml.trim_end() {
        ".nan" => "NaN".to_owned(),
        ".inf" => "+Inf".to_owned(),
        "-.inf" => "-Inf".to_owned(),
        number => number.to_owned(),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn decode_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let Some(digit) = ALPHABET.iter().position(|known| *known == byte) else { continue };
        bits = bits << 6 | u32::try_from(digit).unwrap_or(0);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
        }
    }
    bytes
}

fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for index in 0..4 {
            let digit = (group >> (18 - 6 * index) & 63) as usize;
            text.push(if index > chunk.len() { '=' } else { char::from(ALPHABET[digit]) });
        }
    }
    text
}
