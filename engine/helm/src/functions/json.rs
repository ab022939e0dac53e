//! JSON of templates' values, as `encoding/json` writes it.

use weir_golang::strconv;
use weir_golang::time::RFC3339_NANO;
use weir_gotmpl::{Error, FloatKind, Object, Type, Value};

use super::semver::VersionObject;
use super::{TimeObject, base_n};

/// Values nested deeper are refused; Go takes them for a cycle.
const DEEPEST: u32 = 1000;

/// How JSON is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Whether `<`, `>` and `&` are escaped.
    pub(super) escape_html: bool,
    /// Whether entries stand on lines of their own, indented by two blanks.
    pub(super) pretty: bool,
}

/// As `json.Marshal` writes.
pub(super) const PLAIN: Style = Style { escape_html: true, pretty: false };

/// Writes a value. Fails for what JSON does not have.
pub(super) fn encode(value: &Value, style: Style) -> Result<String, Error> {
    let mut encoder = Encoder { out: String::new(), style };
    encoder.value(value, 0)?;
    Ok(encoder.out)
}

struct Encoder {
    out: String,
    style: Style,
}

impl Encoder {
    fn value(&mut self, value: &Value, depth: u32) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(format!(
                "json: unsupported value: encountered a cycle via {}",
                value.type_of()
            )
            .into());
        }
        match value {
            Value::NoValue | Value::Nil => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value, _) => self.out.push_str(&value.to_string()),
            Value::Uint(value, _) => self.out.push_str(&value.to_string()),
            Value::Float(value, kind) => {
                let bits = if *kind == FloatKind::Float32 { 32 } else { 64 };
                self.out.push_str(&float(*value, bits)?);
            }
            Value::String(text) => self.string(text.as_bytes()),
            Value::RawString(bytes) => self.string(bytes),
            Value::Bytes(bytes) => {
                self.out.push('"');
                self.out.push_str(&base_n::encode_64(bytes));
                self.out.push('"');
            }
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) => {
                let items = list.iter().map(|item| (None, item.clone()));
                self.entries(items, list.is_empty(), depth, ['[', ']'])?;
            }
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.entries();
                let mut sorted: Vec<_> = entries.iter().collect();
                if *map.key() != Type::String {
                    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                let entries =
                    sorted.into_iter().map(|(key, value)| (Some(key.as_str()), value.clone()));
                self.entries(entries, map.is_empty(), depth, ['{', '}'])?;
            }
            Value::Object(object) => self.object(&**object, depth)?,
            Value::Func(_) | Value::Complex(_) => {
                return Err(format!("json: unsupported type: {}", value.type_of()).into());
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: u32) -> Result<(), Error> {
        if object.is_nil() {
            self.out.push_str("null");
        } else if let Some(text) = marshalled(object) {
            self.string(text.as_bytes());
        } else if let Some(fields) = object.json() {
            let empty = fields.is_empty();
            self.entries(
                fields.into_iter().map(|(name, value)| (Some(name), value)),
                empty,
                depth,
                ['{', '}'],
            )?;
        } else if let Some(value) = object.underlying() {
            self.value(&value, depth)?;
        } else {
            let names = object.fields();
            let fields =
                names.iter().map(|name| (Some(*name), object.field(name).unwrap_or_default()));
            self.entries(fields, names.is_empty(), depth, ['{', '}'])?;
        }
        Ok(())
    }

    fn entries<'a>(
        &mut self,
        entries: impl Iterator<Item = (Option<&'a str>, Value)>,
        empty: bool,
        depth: u32,
        brackets: [char; 2],
    ) -> Result<(), Error> {
        self.out.push(brackets[0]);
        for (index, (key, value)) in entries.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(depth + 1);
            if let Some(key) = key {
                self.string(key.as_bytes());
                self.out.push_str(if self.style.pretty { ": " } else { ":" });
            }
            self.value(&value, depth + 1)?;
        }
        if !empty {
            self.line(depth);
        }
        self.out.push(brackets[1]);
        Ok(())
    }

    fn line(&mut self, depth: u32) {
        if self.style.pretty {
            self.out.push('\n');
            self.out.extend((0..depth).map(|_| "  "));
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        self.out.push('"');
        for chunk in bytes.utf8_chunks() {
            let mut from = 0;
            for (at, c) in chunk.valid().char_indices() {
                let plain = match c {
                    '<' | '>' | '&' => !self.style.escape_html,
                    '"' | '\\' | '\0'..='\x1f' | '\u{2028}' | '\u{2029}' => false,
                    _ => true,
                };
                if plain {
                    continue;
                }
                self.out.push_str(chunk.valid().get(from..at).unwrap_or_default());
                from = at + c.len_utf8();
                match c {
                    '"' | '\\' => self.out.extend(['\\', c]),
                    '\n' => self.out.push_str("\\n"),
                    '\r' => self.out.push_str("\\r"),
                    '\t' => self.out.push_str("\\t"),
                    '\x08' => self.out.push_str("\\b"),
                    '\x0c' => self.out.push_str("\\f"),
                    c => self.out.push_str(&format!("\\u{:04x}", u32::from(c))),
                }
            }
            self.out.push_str(chunk.valid().get(from..).unwrap_or_default());
            self.out.extend(chunk.invalid().iter().map(|_| "\\ufffd"));
        }
        self.out.push('"');
    }
}

/// The text that a type with a `MarshalJSON` or `MarshalText` of its own becomes.
fn marshalled(object: &dyn Object) -> Option<String> {
    if let Some(time) = object.as_any().downcast_ref::<TimeObject>() {
        return Some(time.0.format(RFC3339_NANO));
    }
    object.as_any().is::<VersionObject>().then(|| object.string().unwrap_or_default().to_string())
}

/// Writes a float as JSON in Go: with an exponent only when very large or small, and that without a leading zero.
fn float(value: f64, bits: u32) -> Result<String, Error> {
    if !value.is_finite() {
        let shown = strconv::format_float(value, b'g', -1, 64);
        return Err(format!("json: unsupported value: {shown}").into());
    }
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Ok(strconv::format_float(value, b'f', -1, bits));
    }
    let text = strconv::format_float(value, b'e', -1, bits);
    Ok(match text.split_once("e-0") {
        Some((digits, exponent)) => format!("{digits}e-{exponent}"),
        None => text,
    })
}
