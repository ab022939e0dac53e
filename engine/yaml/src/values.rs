//! From events straight to values, as `sigs.k8s.io/yaml` decodes: yaml.v2's rules, then JSON's.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use smol_str::SmolStr;
use weir_model::{Data, Map, Origin, Source, Value};

use crate::aliasing::Expansion;
use crate::base64;
use crate::compose::{too_many, unknown_anchor};
use crate::dialect::Dialect;
use crate::error::YamlError;
use crate::events::{Event, EventKind, Parser};
use crate::gosyntax::{self, Maps};
use crate::input;
use crate::number::{self, Integer};
use crate::resolve::{self, Resolved};
use crate::scan::{Mark, Problem};

/// How many values the text of one document may hold.
const MAX_VALUES: usize = 2_500_000;

/// How a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As `YAMLToJSON` does.
    Json,
    /// As `YAMLToJSONStrict` does: no key may stand twice.
    Strict,
    /// As yaml.v2 does, not yet on its way through JSON: a whole number with a fraction or exponent stays a float.
    Exact,
}

/// Reads the first document of a text. Lines are counted on from those before it.
pub(crate) fn read(
    bytes: &[u8],
    source: Source,
    lines_before: u32,
    mode: Mode,
) -> Result<Value, YamlError> {
    let input = input::decode(bytes);
    let mut reader = Reader {
        parser: Parser::new(&input, Dialect::V2),
        source,
        lines_before,
        mode,
        anchors: BTreeMap::new(),
        in_key: false,
        expansion: Expansion::default(),
        text: 0,
        failure: None,
        duplicates: Vec::new(),
        bad_key: None,
        not_finite: false,
    };
    let value = reader
        .document()
        .map_err(|problem| YamlError::new(&problem, Dialect::V2, &input, source, lines_before))?;
    reader.finish(value)
}

struct Reader<'a> {
    parser: Parser<'a>,
    source: Source,
    lines_before: u32,
    mode: Mode,
    anchors: BTreeMap<SmolStr, Anchor>,
    /// Whether a key is being read, whose numbers do not go through JSON.
    in_key: bool,
    expansion: Expansion,
    /// How much text there is in the scalars read so far.
    text: usize,
    /// Go parses all before it decodes, so a decoding error waits for the end of the document; the first one counts.
    failure: Option<YamlError>,
    duplicates: Vec<String>,
    bad_key: Option<YamlError>,
    not_finite: bool,
}

/// What an anchor stands for.
struct Anchor {
    /// Where it was set; a later one of the same name may be set within its own node.
    at: usize,
    /// Nothing while the node is still being read.
    item: Option<Rc<Item>>,
}

/// A value with what an alias or a merge needs to know of it.
#[derive(Clone)]
struct Item {
    value: Value,
    /// Entries in the order of the text, when it is a map.
    entries: Option<Entries>,
    /// How often Go would decode to make it.
    weight: u64,
    /// How much text it has.
    bytes: usize,
}

/// The entries of a map in the order of the text.
#[derive(Clone, Default)]
struct Entries {
    list: Vec<(SmolStr, Value)>,
    /// The keys as they were resolved, when duplicates matter; a key that was refused has no entry.
    typed: Vec<Value>,
    seen: BTreeSet<(&'static str, SmolStr)>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Box<Problem>> {
        let event = self.parser.next()?;
        if event.kind != EventKind::DocumentStart {
            return Ok(Value::null());
        }
        let event = self.parser.next()?;
        let value = self.value(event)?;
        self.parser.next()?;
        Ok(value)
    }

    fn finish(self, value: Value) -> Result<Value, YamlError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if !self.duplicates.is_empty() {
            let message = format!("yaml: unmarshal errors:\n  {}", self.duplicates.join("\n  "));
            return Err(YamlError::about(message, value.origin, 0));
        }
        if let Some(error) = self.bad_key {
            return Err(error);
        }
        if self.not_finite
            && let Some((number, at)) = first_not_finite(&value)
        {
            let word = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(YamlError::about(format!("json: unsupported value: {word}"), at, 0));
        }
        Ok(value)
    }

    fn origin(&self, mark: Mark) -> Origin {
        Origin::new(self.source, self.lines_before + mark.line + 1)
    }

    fn fail(&mut self, message: impl Into<String>, at: Mark) {
        if self.failure.is_none() {
            let origin = self.origin(at);
            self.failure = Some(YamlError::about(message, origin, at.column + 1));
        }
    }

    fn count(&mut self, at: Mark) {
        self.expansion.count();
        if self.expansion.is_excessive() {
            self.fail("yaml: document contains excessive aliasing", at);
        }
    }

    /// Makes a value of an event and those that follow it.
    fn value(&mut self, event: Event) -> Result<Value, Box<Problem>> {
        if event.kind == EventKind::Alias || !event.anchor.is_empty() {
            return Ok(self.item(event)?.value);
        }
        self.count(event.start);
        if self.expansion.own() > MAX_VALUES as u64 {
            return Err(too_many(MAX_VALUES, event.start));
        }
        let origin = self.origin(event.start);
        let data = match event.kind {
            EventKind::Scalar { value, plain_implicit, .. } => {
                self.scalar(value, plain_implicit, &event.tag, event.start)
            }
            EventKind::SequenceStart { .. } => self.sequence()?,
            EventKind::MappingStart { .. } => {
                Data::Map(self.mapping()?.list.into_iter().collect::<Map>().into())
            }
            _ => Data::Null,
        };
        Ok(Value { data, origin, sensitive: false })
    }

    /// Makes a value that has or is an anchor, or is to be merged.
    fn item(&mut self, mut event: Event) -> Result<Item, Box<Problem>> {
        let anchor = std::mem::take(&mut event.anchor);
        let start = event.start;
        if event.kind == EventKind::Alias {
            return self.alias(&anchor, start);
        }
        let (decoded, text) = (self.expansion.decoded(), self.text);
        if !anchor.is_empty() {
            self.anchors.insert(anchor.clone(), Anchor { at: start.index, item: None });
        }
        let mut entries = None;
        let value = if matches!(event.kind, EventKind::MappingStart { .. }) {
            self.count(start);
            let found = self.mapping()?;
            let map = found.list.iter().cloned().collect::<Map>();
            entries = Some(found);
            Value::map(map).at(self.origin(start))
        } else {
            self.value(event)?
        };
        let weight = self.expansion.decoded() - decoded;
        let item = Item { value, entries, weight, bytes: self.text - text };
        if let Some(known) = self.anchors.get_mut(&anchor)
            && known.at == start.index
        {
            known.item = Some(Rc::new(item.clone()));
        }
        Ok(item)
    }

    fn alias(&mut self, name: &SmolStr, at: Mark) -> Result<Item, Box<Problem>> {
        self.count(at);
        match self.anchors.get(name).map(|anchor| anchor.item.clone()) {
            None => Err(unknown_anchor(name, at)),
            Some(None) => {
                self.fail(format!("yaml: anchor '{name}' value contains itself"), at);
                Ok(Item { value: Value::null(), entries: None, weight: 1, bytes: 0 })
            }
            Some(Some(item)) => {
                self.expansion.expand(item.weight);
                self.expansion.repeat(item.bytes);
                self.text = self.text.saturating_add(item.bytes);
                if self.expansion.is_excessive() {
                    self.fail("yaml: document contains excessive aliasing", at);
                }
                Ok(Item::clone(&item))
            }
        }
    }

    fn scalar(&mut self, text: SmolStr, plain_implicit: bool, tag: &SmolStr, at: Mark) -> Data {
        self.text += text.len();
        if tag.is_empty() && !plain_implicit {
            return Data::String(text);
        }
        let resolved = if tag.is_empty() {
            resolve::plain(&text, Dialect::V2)
        } else {
            let tag = resolve::short_tag(tag);
            if tag == "!!binary" {
                return match base64::decode(&text) {
                    Some(bytes) => Data::String(base64::to_text(&bytes).into()),
                    None => {
                        self.fail("yaml: !!binary value contains invalid base64 data", at);
                        Data::Null
                    }
                };
            }
            match resolve::tagged(&tag, &text, Dialect::V2) {
                Ok(resolved) => resolved,
                Err(message) => {
                    self.fail(format!("yaml: {message}"), at);
                    Resolved::Null
                }
            }
        };
        match resolved {
            Resolved::Null => Data::Null,
            Resolved::Bool(value) => Data::Bool(value),
            Resolved::Int(value) => Data::Int(value),
            Resolved::Uint(value) => Data::Uint(value),
            Resolved::Float(value) => {
                self.not_finite |= !value.is_finite();
                if self.in_key || self.mode == Mode::Exact {
                    Data::Float(value)
                } else {
                    float_through_json(value)
                }
            }
            Resolved::Timestamp(_) | Resolved::Str => Data::String(text),
        }
    }

    fn sequence(&mut self) -> Result<Data, Box<Problem>> {
        let mut items = Vec::new();
        loop {
            let event = self.parser.next()?;
            if event.kind == EventKind::SequenceEnd {
                return Ok(Data::List(items.into()));
            }
            items.push(self.value(event)?);
        }
    }

    fn mapping(&mut self) -> Result<Entries, Box<Problem>> {
        let mut entries = Entries::default();
        loop {
            let event = self.parser.next()?;
            match &event.kind {
                EventKind::MappingEnd => return Ok(entries),
                EventKind::Scalar { value, plain_implicit, .. }
                    if value == "<<" && (*plain_implicit || event.tag.ends_with(":merge")) =>
                {
                    let event = self.parser.next()?;
                    self.merge(event, &mut entries)?;
                    continue;
                }
                _ => {}
            }
            let at = event.start;
            let outer = std::mem::replace(&mut self.in_key, true);
            let key = self.value(event)?;
            self.in_key = outer;
            let event = self.parser.next()?;
            let value = self.value(event)?;
            if matches!(key.data, Data::List(_) | Data::Map(_)) {
                let shown = gosyntax::inner(&key, Maps::General);
                self.fail(format!("yaml: invalid map key: {shown}"), at);
                continue;
            }
            let text = match key_text(&key) {
                Some(text) => text,
                None => {
                    // Of several null keys the last one stays, and it is the one that Go shows.
                    let message = bad_key(&key, &value);
                    self.bad_key = Some(YamlError::about(message, key.origin, at.column + 1));
                    SmolStr::new_static("null")
                }
            };
            self.set(&mut entries, key, text, value);
        }
    }

    fn set(&mut self, entries: &mut Entries, typed: Value, key: SmolStr, value: Value) {
        if self.mode == Mode::Strict {
            if !entries.seen.insert((typed.kind(), key.clone())) {
                let line = value.origin.line.saturating_sub(self.lines_before);
                let shown = gosyntax::outer(&typed, Maps::General);
                self.duplicates.push(format!("line {line}: key {shown} already set in map"));
                return;
            }
            entries.typed.push(typed);
        }
        entries.list.push((key, value));
    }

    /// Merges a map, or several of which the first counts most, into the entries read so far.
    fn merge(&mut self, event: Event, entries: &mut Entries) -> Result<(), Box<Problem>> {
        let at = event.start;
        let mut sources = Vec::new();
        if matches!(event.kind, EventKind::SequenceStart { .. }) {
            loop {
                let event = self.parser.next()?;
                if event.kind == EventKind::SequenceEnd {
                    break;
                }
                sources.push(self.item(event)?);
            }
        } else {
            sources.push(self.item(event)?);
        }
        for source in sources.into_iter().rev() {
            match source.entries {
                Some(list) => {
                    let mut typed = list.typed.into_iter();
                    for (key, value) in list.list {
                        self.set(entries, typed.next().unwrap_or_default(), key, value);
                    }
                }
                None => {
                    self.fail("yaml: map merge requires map or sequence of maps as the value", at);
                }
            }
        }
        Ok(())
    }
}

/// A number goes through JSON's text, where a whole one looks like an integer.
pub(crate) fn float_through_json(value: f64) -> Data {
    if value == 0.0 && value.is_sign_negative() || value.fract() != 0.0 || value.abs() >= 1e21 {
        return Data::Float(value);
    }
    match number::parse_integer(&number::json_float(value)) {
        Some(Integer::Int(value)) => Data::Int(value),
        Some(Integer::Uint(value)) => Data::Uint(value),
        None => Data::Float(value),
    }
}

/// Returns the text that a key becomes in JSON; none for those that are refused.
fn key_text(key: &Value) -> Option<SmolStr> {
    match &key.data {
        Data::String(text) => Some(text.clone()),
        Data::Bool(value) => Some(SmolStr::new_static(if *value { "true" } else { "false" })),
        Data::Int(value) => Some(smol_str::format_smolstr!("{value}")),
        Data::Float(value) => Some(number::yaml_float32(*value).into()),
        Data::Null | Data::Uint(_) | Data::List(_) | Data::Map(_) => None,
    }
}

fn bad_key(key: &Value, value: &Value) -> String {
    let kind = if key.is_null() { "%!s(<nil>)" } else { "uint64" };
    let (key, value) = (gosyntax::outer(key, Maps::General), gosyntax::outer(value, Maps::General));
    format!("unsupported map key of type: {kind}, key: {key}, value: {value}")
}

fn first_not_finite(value: &Value) -> Option<(f64, Origin)> {
    match &value.data {
        Data::Float(number) if !number.is_finite() => Some((*number, value.origin)),
        Data::List(items) => items.iter().find_map(first_not_finite),
        Data::Map(map) => map.iter().find_map(|(_, value)| first_not_finite(value)),
        _ => None,
    }
}
