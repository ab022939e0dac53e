//! TOML in the layout of BurntSushi's library, which Helm uses.

mod read;

use weir_golang::strconv;
use weir_gotmpl::{FloatKind, Type, Value};

use super::{DurationObject, TimeObject, cast};

pub(super) use read::decode;

/// Values nested deeper are refused.
const DEEPEST: usize = 200;

/// Why a value could not be written: in Go an error, which `toToml` gives as text, or a panic.
pub(super) enum Failure {
    /// An error.
    Error(String),
    /// A panic.
    Panic(String),
}

/// Writes a value. A value that is no map is written alone, if it can be.
pub(super) fn encode(value: &Value) -> Result<String, Failure> {
    if cast::is_bare_nil(value) {
        return Err(Failure::Panic("reflect: call of reflect.Value.Type on zero Value".to_owned()));
    }
    let mut encoder = Encoder { out: String::new() };
    encoder.entry(&mut Vec::new(), value).map_err(Failure::Error)?;
    Ok(encoder.out)
}

/// What TOML takes a value for.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Nothing,
    Table,
    Tables,
    Other,
}

struct Encoder {
    out: String,
}

impl Encoder {
    /// Writes an entry of a table, or the value alone where there is no key.
    fn entry(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), String> {
        if key.len() > DEEPEST {
            return Err("toml: the value is nested too deeply".to_owned());
        }
        match shape(value)? {
            Shape::Nothing => {}
            Shape::Table => {
                if key.len() == 1 {
                    self.newline();
                }
                if !key.is_empty() {
                    self.header(key, "[", "]");
                }
                self.table(key, value)?;
            }
            Shape::Tables => {
                if key.is_empty() {
                    return Err("toml: top-level values must be Go maps or structs".to_owned());
                }
                for item in
                    cast::items(value).unwrap_or_default().iter().filter(|item| !item.is_nil())
                {
                    self.newline();
                    self.header(key, "[[", "]]");
                    self.table(key, item)?;
                }
            }
            Shape::Other => {
                if let Some(last) = key.last() {
                    let start = format!("{}{} = ", indent(key), quoted_key(last));
                    self.out.push_str(&start);
                }
                self.element(value, 0)?;
                if !key.is_empty() {
                    self.newline();
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), String> {
        let (direct, tables) = parted(value)?;
        for (name, value) in direct.into_iter().chain(tables) {
            key.push(name);
            let written = self.entry(key, &value);
            key.pop();
            written?;
        }
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err("toml: the value is nested too deeply".to_owned());
        }
        match value {
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value, _) => self.out.push_str(&value.to_string()),
            Value::Uint(value, _) => self.out.push_str(&value.to_string()),
            Value::Float(value, kind) => self.out.push_str(&float(*value, *kind)),
            Value::String(_) | Value::RawString(_) => {
                self.out.push_str(&quoted(&value.to_text().unwrap_or_default()));
            }
            Value::Map(_) => {
                let (direct, tables) = parted(value)?;
                self.out.push('{');
                let (first, count) = (direct.len(), direct.len() + tables.len());
                for (index, (name, value)) in direct.into_iter().chain(tables).enumerate() {
                    if value.is_nil() {
                        continue;
                    }
                    self.out.push_str(&format!("{} = ", quoted_key(&name)));
                    self.element(&value, depth + 1)?;
                    // The last of the direct entries is followed by a comma when tables come behind.
                    if index + 1 != count && (index + 1 != first || first < count) {
                        self.out.push_str(", ");
                    }
                }
                self.out.push('}');
            }
            Value::Object(object) => {
                if let Some(time) = TimeObject::of(value) {
                    self.out.push_str(&read::written(time));
                } else if let Some(duration) = DurationObject::of(value) {
                    self.out.push_str(&quoted(&duration.to_string()));
                } else if let Some(under) = object.underlying() {
                    self.element(&under, depth + 1)?;
                } else {
                    self.out.push_str(&quoted(&object.string().unwrap_or_default()));
                }
            }
            value => match cast::items(value) {
                Some(items) => {
                    self.out.push('[');
                    for (index, item) in items.iter().enumerate() {
                        if index > 0 {
                            self.out.push_str(", ");
                        }
                        self.element(item, depth + 1)?;
                    }
                    self.out.push(']');
                }
                None => return Err(format!("unexpected type: {}", value.type_of())),
            },
        }
        Ok(())
    }

    fn header(&mut self, key: &[String], open: &str, close: &str) {
        let name: Vec<String> = key.iter().map(|part| quoted_key(part)).collect();
        self.out.push_str(&format!("{}{open}{}{close}", indent(key), name.join(".")));
        self.newline();
    }

    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }
}

fn indent(key: &[String]) -> String {
    "  ".repeat(key.len().saturating_sub(1))
}

fn shape(value: &Value) -> Result<Shape, String> {
    match value {
        value if value.is_nil() => Ok(Shape::Nothing),
        Value::Map(_) => Ok(Shape::Table),
        Value::Object(object) => match object.underlying() {
            Some(under @ (Value::Map(_) | Value::List(_))) => shape(&under),
            Some(_) => Ok(Shape::Other),
            None if object.fields().is_empty() => Ok(Shape::Other),
            None => Ok(Shape::Table),
        },
        Value::List(items) if !items.is_empty() => {
            let mut tables = true;
            for item in items.iter() {
                match shape(item)? {
                    Shape::Nothing => {
                        return Err("toml: cannot encode array with nil element".to_owned());
                    }
                    found => tables &= found == Shape::Table,
                }
            }
            Ok(if tables { Shape::Tables } else { Shape::Other })
        }
        Value::Func(_) | Value::Complex(_) => {
            Err(format!("unsupported type: {}", cast::kind(value)))
        }
        _ => Ok(Shape::Other),
    }
}

type Entries = Vec<(String, Value)>;

/// Parts the entries of a table into plain ones and tables, each sorted by key.
fn parted(value: &Value) -> Result<(Entries, Entries), String> {
    let entries: Entries = match value {
        Value::Map(map) if *map.key() != Type::String => {
            return Err("toml: cannot encode a map with non-string key type".to_owned());
        }
        Value::Map(map) => {
            map.entries().iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
        }
        Value::Object(object) => match object.underlying() {
            Some(under) => return parted(&under),
            None => {
                let field =
                    |name: &&str| ((*name).to_owned(), object.field(name).unwrap_or_default());
                object.fields().iter().map(field).collect()
            }
        },
        _ => Vec::new(),
    };
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        let is_table = matches!(shape(&value)?, Shape::Table | Shape::Tables);
        if is_table { &mut tables } else { &mut direct }.push((key, value));
    }
    Ok((direct, tables))
}

fn quoted_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x08' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\x0c' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn float(value: f64, kind: FloatKind) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_nan() {
        return format!("{sign}nan");
    }
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    let bits = if kind == FloatKind::Float32 { 32 } else { 64 };
    let text = strconv::format_float(value, b'g', -1, bits);
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}
