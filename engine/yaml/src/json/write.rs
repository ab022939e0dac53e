//! Values as `json.Marshal` and `json.MarshalIndent` write them.

use weir_model::{Data, Value};

use crate::number;

/// Writes a value as `json.Marshal` does: keys sorted, `<`, `>` and `&` escaped, floats in Go's form.
/// A number that JSON does not have is written as null.
pub fn write(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), indent: None };
    writer.value(value, 0);
    writer.out
}

/// Writes a value as `json.MarshalIndent(value, "", indent)` does.
pub fn write_pretty(value: &Value, indent: &str) -> String {
    let mut writer = Writer { out: String::new(), indent: Some(indent) };
    writer.value(value, 0);
    writer.out
}

/// Writes a value behind what is there, as [`write`] does.
pub fn write_to(out: &mut String, value: &Value) {
    let mut writer = Writer { out: std::mem::take(out), indent: None };
    writer.value(value, 0);
    *out = writer.out;
}

/// Writes a text in quotes behind what is there, with the escapes of `json.Marshal`.
pub fn write_text(out: &mut String, text: &str) {
    let mut writer = Writer { out: std::mem::take(out), indent: None };
    writer.string(text);
    *out = writer.out;
}

struct Writer<'a> {
    out: String,
    /// None writes all in one line without blanks.
    indent: Option<&'a str>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) {
        match &value.data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Data::Int(value) => self.out.push_str(&value.to_string()),
            Data::Uint(value) => self.out.push_str(&value.to_string()),
            Data::Float(value) if !value.is_finite() => self.out.push_str("null"),
            Data::Float(value) => self.out.push_str(&number::json_float(*value)),
            Data::String(text) => self.string(text),
            Data::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.value(item, depth + 1);
                }
                self.end(items.is_empty(), depth, ']');
            }
            Data::Map(map) => {
                self.out.push('{');
                for (index, (key, value)) in map.iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.string(key);
                    self.out.push(':');
                    if self.indent.is_some() {
                        self.out.push(' ');
                    }
                    self.value(value, depth + 1);
                }
                self.end(map.is_empty(), depth, '}');
            }
        }
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn end(&mut self, empty: bool, depth: usize, bracket: char) {
        if !empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut from = 0;
        for (at, character) in text.char_indices() {
            let short = match character {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\x08' => "\\b",
                '\x0C' => "\\f",
                '\0'..='\x1F' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => "",
                _ => continue,
            };
            self.out.push_str(text.get(from..at).unwrap_or_default());
            from = at + character.len_utf8();
            if short.is_empty() {
                self.out.push_str(&format!("\\u{:04x}", u32::from(character)));
            } else {
                self.out.push_str(short);
            }
        }
        self.out.push_str(text.get(from..).unwrap_or_default());
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::{Map, Source};

    #[test]
    fn values_are_written_as_go_writes_them() {
        let cases = [
            (r#"{"b":1,"a":[true,null]}"#, r#"{"a":[true,null],"b":1}"#),
            (r#""<&>\u2028\u0001é""#, r#""\u003c\u0026\u003e\u2028\u0001é""#),
            ("1e21", "1e+21"),
            ("1.5e-7", "1.5e-7"),
            ("0.000001", "0.000001"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "18446744073709552000"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                write(&crate::json::read(text.as_bytes(), Source::default()).unwrap()),
                expected
            );
        }
    }

    #[test]
    fn empty_collections_stay_in_one_line() {
        let map: Map =
            [("a".into(), Value::list(vec![])), ("b".into(), Value::list(vec![Value::from(1)]))]
                .into_iter()
                .collect();
        assert_eq!(write_pretty(&map.into(), "  "), "{\n  \"a\": [],\n  \"b\": [\n    1\n  ]\n}");
    }
}
