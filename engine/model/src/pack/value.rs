//! Values with their origins and marks.
//!
//! A value is a byte for its kind and marks, then what is needed of origin and content. The files that origins name
//! stand in a list of their own, shared by all values that are packed together: process by process a source has another
//! number.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Data, Map, Origin, PackReader, PackWriter, SmolStr, Source, Value};

/// How deep a value may be; deeper ones are not packed. The stack of a thread bears this.
const MAX_DEPTH: u32 = 512;

const SENSITIVE: u8 = 0x10;
/// The origin: none, one more or less lines in the same file, or another file.
const SAME_SOURCE: u8 = 0x20;
const OTHER_SOURCE: u8 = 0x40;

/// The names of the sources that packed values came from, each by its place in the list.
#[derive(Debug, Default)]
pub struct SourceNames {
    numbers: BTreeMap<SmolStr, u64>,
    names: Vec<SmolStr>,
}

impl SourceNames {
    /// Returns the place of a source in the list; takes it up when it is new.
    pub fn number(&mut self, source: Source) -> u64 {
        let name = source.name();
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = self.names.len() as u64;
        self.numbers.insert(name.clone(), number);
        self.names.push(name);
        number
    }

    /// Writes the list, to be read with [`SourceNames::read`].
    pub fn write(&self, writer: &mut PackWriter) {
        writer.number(self.names.len() as u64);
        for name in &self.names {
            writer.text(name);
        }
    }

    /// Reads a list.
    pub fn read(reader: &mut PackReader<'_>) -> Option<Arc<[Source]>> {
        let count = reader.count()?;
        (0..count).map(|_| reader.text().map(Source::named)).collect()
    }
}

impl Value {
    /// Writes the value; tells whether it could: one that is too deep is not packed.
    pub fn pack(&self, writer: &mut PackWriter, names: &mut SourceNames) -> bool {
        let mut packer = Packer { writer, names, last: Origin::default(), number: 0 };
        packer.value(self, 0)
    }

    /// Reads what [`Value::pack`] wrote.
    pub fn unpack(reader: &mut PackReader<'_>, sources: &[Source]) -> Option<Self> {
        Unpacker { reader, sources, last: Origin::default() }.value(0)
    }
}

struct Packer<'a> {
    writer: &'a mut PackWriter,
    names: &'a mut SourceNames,
    /// The last origin, with the place of its source in the list.
    last: Origin,
    number: u64,
}

impl Packer<'_> {
    fn value(&mut self, value: &Value, depth: u32) -> bool {
        let kind = match &value.data {
            Data::Null => 0,
            Data::Bool(false) => 1,
            Data::Bool(true) => 2,
            Data::Int(_) => 3,
            Data::Uint(_) => 4,
            Data::Float(_) => 5,
            Data::String(_) => 6,
            Data::List(_) => 7,
            Data::Map(_) => 8,
        };
        let sensitive = if value.sensitive { SENSITIVE } else { 0 };
        let Origin { source, line } = value.origin;
        if value.origin == Origin::default() {
            self.writer.byte(kind | sensitive);
        } else if source == self.last.source {
            let lines = i64::from(line) - i64::from(self.last.line);
            self.writer.byte(kind | sensitive | SAME_SOURCE).signed(lines);
            self.last = value.origin;
        } else {
            self.number = self.names.number(source);
            self.writer.byte(kind | sensitive | OTHER_SOURCE).number(self.number);
            self.writer.number(u64::from(line));
            self.last = value.origin;
        }
        match &value.data {
            Data::Null | Data::Bool(_) => {}
            Data::Int(number) => drop(self.writer.signed(*number)),
            Data::Uint(number) => drop(self.writer.fixed(*number)),
            Data::Float(number) => drop(self.writer.fixed(number.to_bits())),
            Data::String(text) => drop(self.writer.text(text)),
            Data::List(items) => {
                self.writer.number(items.len() as u64);
                return depth < MAX_DEPTH && items.iter().all(|item| self.value(item, depth + 1));
            }
            Data::Map(map) => {
                self.writer.number(map.len() as u64);
                return depth < MAX_DEPTH
                    && map.iter().all(|(key, value)| {
                        self.writer.text(key);
                        self.value(value, depth + 1)
                    });
            }
        }
        true
    }
}

struct Unpacker<'a, 'bytes> {
    reader: &'a mut PackReader<'bytes>,
    sources: &'a [Source],
    last: Origin,
}

impl Unpacker<'_, '_> {
    fn value(&mut self, depth: u32) -> Option<Value> {
        let head = self.reader.byte()?;
        let origin = match head & (SAME_SOURCE | OTHER_SOURCE) {
            0 => Origin::default(),
            SAME_SOURCE => {
                let line = i64::from(self.last.line).checked_add(self.reader.signed()?)?;
                self.last.line = u32::try_from(line).ok()?;
                self.last
            }
            OTHER_SOURCE => {
                let source = self.sources.get(usize::try_from(self.reader.number()?).ok()?)?;
                self.last = Origin::new(*source, u32::try_from(self.reader.number()?).ok()?);
                self.last
            }
            _ => return None,
        };
        let data = match head & 0x0f {
            0 => Data::Null,
            1 => Data::Bool(false),
            2 => Data::Bool(true),
            3 => Data::Int(self.reader.signed()?),
            4 => Data::Uint(self.reader.fixed()?),
            5 => Data::Float(f64::from_bits(self.reader.fixed()?)),
            6 => Data::String(self.reader.text()?.into()),
            7 if depth < MAX_DEPTH => {
                let count = self.reader.count()?;
                let mut items = Vec::with_capacity(count.min(1024));
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Data::List(Arc::new(items))
            }
            8 if depth < MAX_DEPTH => {
                let count = self.reader.count()?;
                let mut entries = Vec::with_capacity(count.min(1024));
                for _ in 0..count {
                    let key = SmolStr::new(self.reader.text()?);
                    entries.push((key, self.value(depth + 1)?));
                }
                Data::Map(Arc::new(Map::from_iter(entries)))
            }
            _ => return None,
        };
        Some(Value { data, origin, sensitive: head & SENSITIVE != 0 })
    }
}

/// A value that is still packed: a part of bytes that many values share.
#[derive(Clone, Debug)]
pub struct PackedValue {
    bytes: Arc<[u8]>,
    start: usize,
    end: usize,
    sources: Arc<[Source]>,
}

impl PackedValue {
    /// Names the part of the bytes that holds a value; nothing when there is no such part.
    pub fn new(
        bytes: Arc<[u8]>,
        start: usize,
        length: usize,
        sources: Arc<[Source]>,
    ) -> Option<Self> {
        let end = start.checked_add(length)?;
        bytes.get(start..end)?;
        Some(Self { bytes, start, end, sources })
    }

    /// Reads the value.
    pub fn value(&self) -> Option<Value> {
        let part = self.bytes.get(self.start..self.end)?;
        Value::unpack(&mut PackReader::new(part), &self.sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(value: &Value) -> Value {
        let mut names = SourceNames::default();
        let mut writer = PackWriter::default();
        assert!(value.pack(&mut writer, &mut names));
        let mut head = PackWriter::default();
        names.write(&mut head);
        let sources = SourceNames::read(&mut PackReader::new(&head.finish())).unwrap();
        let bytes: Arc<[u8]> = writer.finish().into();
        for cut in 0..bytes.len() {
            assert!(Value::unpack(&mut PackReader::new(&bytes[..cut]), &sources).is_none());
        }
        let length = bytes.len();
        assert!(PackedValue::new(Arc::clone(&bytes), 1, length, Arc::clone(&sources)).is_none());
        PackedValue::new(bytes, 0, length, sources).unwrap().value().unwrap()
    }

    fn same(one: &Value, other: &Value) -> bool {
        let inside = match (&one.data, &other.data) {
            (Data::List(one), Data::List(other)) => {
                one.iter().zip(&**other).all(|(a, b)| same(a, b))
            }
            (Data::Map(one), Data::Map(other)) => {
                one.iter().zip(other.iter()).all(|((_, a), (_, b))| same(a, b))
            }
            _ => true,
        };
        inside && one == other && one.origin == other.origin && one.sensitive == other.sensitive
    }

    #[test]
    fn data_origins_and_marks_come_back() {
        let file = |name, line| Origin::new(Source::named(name), line);
        let mut secret = Value::from("hunter2").at(file("b.yaml", 3));
        secret.sensitive = true;
        let items = vec![
            Value::null(),
            Value::from(true),
            Value::from(false).at(file("a.yaml", 7)),
            Value::from(-7).at(file("a.yaml", 5)),
            Value::new(Data::Uint(u64::MAX)).at(file("a.yaml", 0)),
            Value::new(Data::Float(-0.5)),
            secret,
        ];
        let map: Map =
            [("z", Value::list(items)), ("a", Value::map(Map::new())), ("", Value::from("ü"))]
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect();
        let value = Value::map(map).at(file("a.yaml", 1));
        assert!(same(&round_trip(&value), &value));
    }

    #[test]
    fn what_is_too_deep_is_not_packed() {
        let mut value = Value::null();
        for _ in 0..=MAX_DEPTH {
            value = Value::list(vec![value]);
        }
        let (mut writer, mut names) = (PackWriter::default(), SourceNames::default());
        assert!(!value.pack(&mut writer, &mut names));
        let bytes = vec![7 | 1; 4 * MAX_DEPTH as usize];
        assert!(Value::unpack(&mut PackReader::new(&bytes), &[]).is_none());
    }
}
