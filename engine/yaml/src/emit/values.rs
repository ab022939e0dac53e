//! Values as yaml.v2 writes them: keys in natural order, block style, long lines folded.

use smol_str::SmolStr;
use weir_model::{Data, Map, Value};

use super::analysis::{self, analyse};
use super::scalars;
use super::writer::Writer;
use crate::dialect::Dialect;
use crate::natural;
use crate::number;
use crate::resolve::{self, Resolved};
use crate::scan::ScalarStyle;
use crate::values::float_through_json;

/// Longer keys are written with `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// Writes a value with a final line break. Floats that are whole are written as integers, as those are that came through
/// JSON, or else exactly as they are.
pub(crate) fn to_yaml(value: &Value, exact_floats: bool) -> String {
    let mut writer = Writer::new(Dialect::V2);
    writer.exact_floats = exact_floats;
    writer.value(value, false);
    writer.write_indent();
    writer.out
}

/// Writes a value as `sigs.k8s.io/yaml` does, but for the order of keys, which is that of their bytes.
pub(crate) fn to_yaml_by_bytes(value: &Value) -> String {
    let mut writer = Writer::new(Dialect::V2);
    writer.keys_by_bytes = true;
    writer.value(value, false);
    writer.write_indent();
    writer.out
}

/// Returns the style in which Go writes a text that must stay one.
pub(crate) fn value_style(text: &str, dialect: Dialect) -> ScalarStyle {
    if memchr::memchr(b'\n', text.as_bytes()).is_some() {
        return ScalarStyle::Literal;
    }
    let old = dialect == Dialect::V3 && resolve::is_old_bool(text);
    if resolve::plain(text, dialect) == Resolved::Str && !old && !is_base60(text) {
        ScalarStyle::Plain
    } else {
        ScalarStyle::DoubleQuoted
    }
}

/// Tells whether YAML 1.1 reads a number of base 60, such as `1:30`.
fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) || !unsigned.contains(':') {
        return false;
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let sixty = |part: &str| match part.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => matches!(a, b'0'..=b'5') && b.is_ascii_digit(),
        _ => false,
    };
    parts.next().is_some_and(digits) && parts.all(sixty) && digits(fraction)
}

impl Writer {
    fn value(&mut self, value: &Value, in_mapping: bool) {
        match &value.data {
            Data::Null => self.plain("null"),
            Data::Bool(true) => self.plain("true"),
            Data::Bool(false) => self.plain("false"),
            Data::Int(value) => self.plain(&value.to_string()),
            Data::Uint(value) => self.plain(&value.to_string()),
            Data::Float(value) if self.exact_floats => self.plain(&number::yaml_float(*value)),
            Data::Float(value) => match float_through_json(*value) {
                Data::Int(value) => self.plain(&value.to_string()),
                Data::Uint(value) => self.plain(&value.to_string()),
                _ if *value == 0.0 => self.plain("0"),
                _ => self.plain(&number::yaml_float(*value)),
            },
            Data::String(text) => self.string(text, false),
            Data::List(items) if items.is_empty() => self.write_indicator("[]", true, false, false),
            Data::List(items) => {
                self.increase_indent(false, in_mapping && !self.indention, false, false);
                for item in items.iter() {
                    self.write_indent();
                    self.write_indicator("-", true, false, true);
                    self.value(item, false);
                }
                self.decrease_indent();
            }
            Data::Map(map) if map.is_empty() => self.write_indicator("{}", true, false, false),
            Data::Map(map) => self.map(map),
        }
    }

    fn plain(&mut self, text: &str) {
        self.write_plain(text, false);
    }

    fn map(&mut self, map: &Map) {
        self.increase_indent(false, false, false, false);
        if self.keys_by_bytes || in_natural_order(map) {
            for (key, value) in map.iter() {
                self.entry(key, value);
            }
        } else {
            let mut entries: Vec<(&SmolStr, &Value)> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| natural::compare(a, b, Dialect::V2));
            for (key, value) in entries {
                self.entry(key, value);
            }
        }
        self.decrease_indent();
    }

    fn entry(&mut self, key: &str, value: &Value) {
        self.write_indent();
        let simple = key.len() <= MAX_SIMPLE_KEY && !analysis::has_break(key);
        if simple {
            self.string(key, true);
            self.write_indicator(":", false, false, false);
        } else {
            self.write_indicator("?", true, false, true);
            self.string(key, false);
            self.write_indent();
            self.write_indicator(":", true, false, true);
        }
        self.value(value, true);
    }

    fn string(&mut self, text: &str, simple_key: bool) {
        let wanted = value_style(text, Dialect::V2);
        let style = scalars::choose(wanted, text, analyse(text, Dialect::V2), false, simple_key);
        self.increase_indent(true, false, false, false);
        match style {
            ScalarStyle::Plain => self.write_plain(text, !simple_key),
            ScalarStyle::SingleQuoted => self.write_single_quoted(text, !simple_key),
            ScalarStyle::DoubleQuoted => self.write_double_quoted(text, !simple_key),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                self.write_indicator("|", true, false, false);
                self.write_block_hints(text);
                self.put_break();
                self.write_literal_lines(text);
            }
        }
        self.decrease_indent();
    }
}

/// Tells whether the order of bytes, which the map has, is the natural one already.
fn in_natural_order(map: &Map) -> bool {
    let mut keys = map.keys();
    let Some(mut last) = keys.next() else { return true };
    keys.all(|key| {
        let sorted = natural::compare(last, key, Dialect::V2).is_lt();
        last = key;
        sorted
    })
}
