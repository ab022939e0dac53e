//! `--set`, `--set-string`, `--set-json` and `--set-file`: assignments such as `a.b[0].c=1,d={x,y}`.

use std::fmt;
use std::sync::Arc;

use weir_golang::strconv::quote;
use weir_model::{Data, Map, SmolStr, Value};

use crate::HelmVersion;

/// Why an assignment was refused, in Helm's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError(pub String);

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetError {}

/// Applies assignments as `--set` does: `true`, `false`, `null` and whole numbers get their types, all else is text.
pub fn set(values: &mut Value, text: &str, helm: HelmVersion) -> Result<(), SetError> {
    Parser::new(text, helm, Reader::Typed).run(values)
}

/// Applies assignments as `--set-string` does: everything is text.
pub fn set_string(values: &mut Value, text: &str, helm: HelmVersion) -> Result<(), SetError> {
    Parser::new(text, helm, Reader::Text).run(values)
}

/// Applies assignments as `--set-json` does: values are JSON. Helm 4 also takes one JSON object for all.
pub fn set_json(values: &mut Value, text: &str, helm: HelmVersion) -> Result<(), SetError> {
    let trimmed = text.trim();
    if helm == HelmVersion::V4 && trimmed.starts_with('{') {
        let whole = serde_json::from_str(trimmed)
            .map_err(|_| SetError(format!("failed parsing --set-json data JSON: {text}")))?;
        *values = super::merge(values, &from_serde(whole));
        return Ok(());
    }
    Parser::new(text, helm, Reader::Json).run(values)
}

/// Applies assignments as `--set-file` does: each value names a file whose text `read` gives.
pub fn set_file(
    values: &mut Value,
    text: &str,
    helm: HelmVersion,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<(), SetError> {
    Parser::new(text, helm, Reader::File(read)).run(values)
}

/// The highest index of a list, and the deepest nesting of names, that Helm accepts.
pub(super) const MAX_INDEX: i64 = 65_536;
pub(super) const MAX_NESTING: u32 = 30;

/// What ends a step early.
pub(super) enum Stop {
    /// The text has ended; at the top this is success.
    End,
    Failed(String),
}

impl Stop {
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

/// The characters left to read.
pub(super) struct Input<'a> {
    rest: &'a str,
}

impl<'a> Input<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Reads up to one of these characters. Gives what came before it and the character; none at the end.
    pub(super) fn until(&mut self, stops: &str, escapes: bool) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(c) {
                return (text, Some(c));
            }
            if escapes && c == '\\' {
                match self.next() {
                    Some(escaped) => text.push(escaped),
                    None => return (text, None),
                }
            } else {
                text.push(c);
            }
        }
        (text, None)
    }

    /// Reads a list index and its closing bracket.
    pub(super) fn index(&mut self, helm: HelmVersion, escapes: bool) -> Result<i64, Stop> {
        let (text, stop) = self.until("]", escapes);
        if stop.is_none() {
            // Helm 4 takes the end for success, for it looks through its own wrapping.
            return Err(match helm {
                HelmVersion::V3 => Stop::failed("error parsing index: EOF"),
                HelmVersion::V4 => Stop::End,
            });
        }
        weir_golang::strconv::atoi(&text)
            .map_err(|error| Stop::Failed(format!("error parsing index: {error}")))
    }

    pub(super) fn take_rest(&mut self) -> String {
        std::mem::take(&mut self.rest).to_owned()
    }
}

enum Reader<'a> {
    Typed,
    Text,
    Json,
    File(&'a dyn Fn(&str) -> Result<String, String>),
}

struct Parser<'a> {
    input: Input<'a>,
    helm: HelmVersion,
    reader: Reader<'a>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, helm: HelmVersion, reader: Reader<'a>) -> Self {
        Self { input: Input::new(text), helm, reader }
    }

    fn run(&mut self, values: &mut Value) -> Result<(), SetError> {
        if values.as_map().is_none() {
            *values = super::empty();
        }
        let Some(map) = values.as_map_mut() else { return Ok(()) };
        loop {
            match self.key(map, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Failed(message)) => return Err(SetError(message)),
            }
        }
    }

    fn key(&mut self, map: &mut Map, nesting: u32) -> Result<(), Stop> {
        let (key, stop) = self.input.until("=[,.", true);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::Failed(format!("key {} has no value", quote(&key)))),
            Some('[') => {
                let index = self.input.index(self.helm, true)?;
                let mut list = take_list(map, &key)?;
                let done = self.item(&mut list, index, nesting);
                put(map, &key, Value::list(list));
                done
            }
            Some('=') => {
                let (value, done) = self.value()?;
                put(map, &key, value);
                done
            }
            Some(',') => {
                put(map, &key, Value::string(""));
                Err(Stop::Failed(format!("key {} has no value (cannot end with ,)", quote(&key))))
            }
            Some(_) => {
                let nesting = deeper(nesting)?;
                let (mut inner, existed) = take_map(map, &key)?;
                let done = self.key(&mut inner, nesting);
                if done.is_ok() && inner.is_empty() {
                    return Err(Stop::Failed(format!("key map {} has no value", quote(&key))));
                }
                if existed || !inner.is_empty() {
                    put(map, &key, Value::map(inner));
                }
                done
            }
        }
    }

    fn item(&mut self, list: &mut Vec<Value>, index: i64, nesting: u32) -> Result<(), Stop> {
        if index < 0 {
            return Err(Stop::Failed(format!("negative {index} index not allowed")));
        }
        let (junk, stop) = self.input.until("[.=", true);
        if !junk.is_empty() {
            return Err(Stop::Failed(format!(
                "unexpected data at end of array index: {}",
                quote(&junk)
            )));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, done) = self.value()?;
                set_index(list, index, value)?;
                // The end after an empty value is no end inside a list.
                match done {
                    Err(Stop::End) => Ok(()),
                    other => other,
                }
            }
            Some('[') => {
                let next = self.input.index(self.helm, true)?;
                let mut inner = take_inner_list(list, index)?;
                self.item(&mut inner, next, nesting)?;
                set_index(list, index, Value::list(inner))
            }
            Some(_) => {
                let mut inner = take_inner_map(list, index);
                let done = self.key(&mut inner, nesting);
                let exists = usize::try_from(index).is_ok_and(|index| index < list.len());
                if done.is_ok() || exists {
                    set_index(list, index, Value::map(inner))?;
                }
                done
            }
        }
    }

    /// Reads a value. The second result tells whether the text ended with it.
    fn value(&mut self) -> Result<(Value, Result<(), Stop>), Stop> {
        if let Reader::Json = self.reader {
            return Ok((self.json()?, Ok(())));
        }
        match self.input.peek() {
            None => Ok((Value::string(""), Err(Stop::End))),
            Some('{') => {
                self.input.next();
                Ok((self.list()?, Ok(())))
            }
            Some(_) => {
                let (text, _) = self.input.until(",", true);
                Ok((self.read(text)?, Ok(())))
            }
        }
    }

    fn list(&mut self) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.input.until(",}", true);
            match stop {
                None => return Err(Stop::failed("list must terminate with '}'")),
                Some('}') => {
                    if self.input.peek() == Some(',') {
                        self.input.next();
                    }
                    items.push(self.read(text)?);
                    return Ok(Value::list(items));
                }
                Some(_) => items.push(self.read(text)?),
            }
        }
    }

    fn read(&self, text: String) -> Result<Value, Stop> {
        match self.reader {
            Reader::Typed => Ok(typed(text)),
            Reader::Text | Reader::Json => Ok(Value::string(text)),
            Reader::File(read) => read(&text).map(Value::string).map_err(Stop::Failed),
        }
    }

    fn json(&mut self) -> Result<Value, Stop> {
        if self.is_blank() {
            return Ok(Value::null());
        }
        let mut stream =
            serde_json::Deserializer::from_str(self.input.rest).into_iter::<serde_json::Value>();
        let value = match stream.next() {
            Some(Ok(value)) => from_serde(value),
            Some(Err(error)) => return Err(Stop::Failed(error.to_string())),
            None => return Err(Stop::failed("unexpected end of JSON input")),
        };
        self.input.rest = self.input.rest.get(stream.byte_offset()..).unwrap_or_default();
        self.is_blank();
        Ok(value)
    }

    /// Skips spaces and a comma after them; tells whether there was nothing else.
    fn is_blank(&mut self) -> bool {
        loop {
            match self.input.peek() {
                None => return true,
                Some(',') => {
                    self.input.next();
                    return true;
                }
                Some(c) if c.is_whitespace() => {
                    self.input.next();
                }
                Some(_) => return false,
            }
        }
    }
}

pub(super) fn deeper(nesting: u32) -> Result<u32, Stop> {
    if nesting >= MAX_NESTING {
        return Err(Stop::Failed(format!(
            "value name nested level is greater than maximum supported nested level of {MAX_NESTING}"
        )));
    }
    Ok(nesting + 1)
}

/// Sets an entry; one without a name is dropped.
pub(super) fn put(map: &mut Map, key: &str, value: Value) {
    if !key.is_empty() {
        map.insert(SmolStr::new(key), value);
    }
}

/// Takes the map of this key out, or an empty one, and tells whether there was one.
pub(super) fn take_map(map: &mut Map, key: &str) -> Result<(Map, bool), Stop> {
    match map.get_mut(key).map(|value| std::mem::take(&mut value.data)) {
        None => Ok((Map::new(), false)),
        Some(Data::Map(inner)) => Ok((Arc::unwrap_or_clone(inner), true)),
        Some(other) => Err(mismatch(&other, "map[string]interface {}")),
    }
}

/// Takes the list of this key out, or an empty one.
pub(super) fn take_list(map: &mut Map, key: &str) -> Result<Vec<Value>, Stop> {
    match map.get_mut(key).map(|value| std::mem::take(&mut value.data)) {
        None => Ok(Vec::new()),
        Some(Data::List(list)) => Ok(Arc::unwrap_or_clone(list)),
        Some(other) => Err(mismatch(&other, "[]interface {}")),
    }
}

pub(super) fn take_inner_list(list: &mut [Value], index: i64) -> Result<Vec<Value>, Stop> {
    let slot = usize::try_from(index).ok().and_then(|index| list.get_mut(index));
    match slot.map(|value| std::mem::take(&mut value.data)) {
        None | Some(Data::Null) => Ok(Vec::new()),
        Some(Data::List(list)) => Ok(Arc::unwrap_or_clone(list)),
        Some(other) => Err(mismatch(&other, "[]interface {}")),
    }
}

pub(super) fn take_inner_map(list: &mut [Value], index: i64) -> Map {
    let slot = usize::try_from(index).ok().and_then(|index| list.get_mut(index));
    match slot.map(|value| std::mem::take(&mut value.data)) {
        Some(Data::Map(map)) => Arc::unwrap_or_clone(map),
        _ => Map::new(),
    }
}

pub(super) fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Stop> {
    if index > MAX_INDEX {
        return Err(Stop::Failed(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        )));
    }
    let Ok(index) = usize::try_from(index) else {
        return Err(Stop::Failed(format!("negative {index} index not allowed")));
    };
    if list.len() <= index {
        list.resize_with(index + 1, Value::null);
    }
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
    Ok(())
}

fn mismatch(found: &Data, wanted: &str) -> Stop {
    let found = match found {
        Data::Null => "nil",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Uint(_) | Data::Float(_) => "float64",
        Data::String(_) => "string",
        Data::List(_) => "[]interface {}",
        Data::Map(_) => "map[string]interface {}",
    };
    Stop::Failed(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

fn typed(text: String) -> Value {
    for (word, data) in
        [("true", Data::Bool(true)), ("false", Data::Bool(false)), ("null", Data::Null)]
    {
        if text.eq_ignore_ascii_case(word) {
            return Value::new(data);
        }
    }
    let is_number = text == "0" || !text.starts_with('0');
    match text.parse::<i64>() {
        Ok(number) if is_number => number.into(),
        _ => Value::string(text),
    }
}

fn from_serde(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(value) => value.into(),
        serde_json::Value::Number(number) => {
            Value::new(Data::Float(number.as_f64().unwrap_or_default()))
        }
        serde_json::Value::String(text) => Value::string(text),
        serde_json::Value::Array(items) => Value::list(items.into_iter().map(from_serde).collect()),
        serde_json::Value::Object(map) => Value::map(
            map.into_iter().map(|(key, value)| (key.into(), from_serde(value))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_as_helm_reads_them() {
        for (text, expected) in [
            ("a=1,b=x", r#"{"a": 1, "b": "x"}"#),
            ("a.b.c=true", r#"{"a": {"b": {"c": true}}}"#),
            ("a=null", r#"{"a": null}"#),
            ("a=0123", r#"{"a": "0123"}"#),
            ("a=1.5", r#"{"a": "1.5"}"#),
            ("a={x,1,}", r#"{"a": ["x", 1, ""]}"#),
            ("a={x},b=1", r#"{"a": ["x"], "b": 1}"#),
            ("a[1]=x,a[0].b=y", r#"{"a": [{"b": "y"}, "x"]}"#),
            ("a[0][1]=x", r#"{"a": [[null, "x"]]}"#),
            (r"a\.b=c\,d", r#"{"a.b": "c,d"}"#),
            ("a=", r#"{"a": ""}"#),
            ("a=,b=1", r#"{"a": "", "b": 1}"#),
            ("", "{}"),
        ] {
            let mut values = super::super::empty();
            set(&mut values, text, HelmVersion::V3).unwrap();
            assert_eq!(format!("{values:?}"), expected, "{text}");
        }
    }

    #[test]
    fn bad_assignments_are_refused_in_helms_words() {
        for (text, expected) in [
            ("a", r#"key "a" has no value"#),
            ("a,b=1", r#"key "a" has no value (cannot end with ,)"#),
            ("a[0", "error parsing index: EOF"),
            ("a[x]=1", r#"error parsing index: strconv.Atoi: parsing "x": invalid syntax"#),
            ("a[-1]=1", "negative -1 index not allowed"),
            ("a[70000]=1", "index of 70000 is greater than maximum supported index of 65536"),
            ("a[0]x=1", r#"unexpected data at end of array index: "x""#),
            ("a={x", "list must terminate with '}'"),
            (
                "a=1,a.b=2",
                "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
            ),
        ] {
            let mut values = super::super::empty();
            assert_eq!(set(&mut values, text, HelmVersion::V3).unwrap_err().0, expected, "{text}");
        }
        assert!(set(&mut super::super::empty(), "a[0", HelmVersion::V4).is_ok());
    }

    #[test]
    fn json_values_are_floats() {
        let mut values = super::super::empty();
        set_json(&mut values, r#"a={"b":[1,2]} ,c=null,d="x""#, HelmVersion::V3).unwrap();
        assert_eq!(format!("{values:?}"), r#"{"a": {"b": [1.0, 2.0]}, "c": null, "d": "x"}"#);
        set_json(&mut values, r#"{"a":{"e":1}}"#, HelmVersion::V4).unwrap();
        assert_eq!(
            format!("{values:?}"),
            r#"{"a": {"b": [1.0, 2.0], "e": 1.0}, "c": null, "d": "x"}"#
        );
    }
}
