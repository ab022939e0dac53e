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

/// What stands before a value's content.
struct Head {
    kind: u8,
    origin: Origin,
    sensitive: bool,
}

impl<'bytes> Unpacker<'_, 'bytes> {
    fn head(&mut self) -> Option<Head> {
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
        Some(Head { kind: head & 0x0f, origin, sensitive: head & SENSITIVE != 0 })
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        let Head { kind, origin, sensitive } = self.head()?;
        let data = match kind {
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
        Some(Value { data, origin, sensitive })
    }

    /// Passes over a value.
    fn skip(&mut self, depth: u32) -> Option<()> {
        match self.head()?.kind {
            0..=2 => {}
            3 => drop(self.reader.signed()?),
            4 | 5 => drop(self.reader.fixed()?),
            6 => drop(self.reader.bytes()?),
            kind @ (7 | 8) if depth < MAX_DEPTH => {
                for _ in 0..self.reader.count()? {
                    if kind == 8 {
                        self.reader.bytes()?;
                    }
                    self.skip(depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Goes on to the entry of a key of the map that is next.
    fn enter(&mut self, wanted: &str) -> Option<()> {
        if self.head()?.kind != 8 {
            return None;
        }
        for _ in 0..self.reader.count()? {
            if self.reader.text()? == wanted {
                return Some(());
            }
            self.skip(0)?;
        }
        None
    }

    fn text(&mut self) -> Option<&'bytes str> {
        if self.head()?.kind == 6 { self.reader.text() } else { None }
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
        Value::unpack(&mut self.reader(), &self.sources)
    }

    /// Follows keys from map to map and reads what they lead to, and nothing else.
    pub fn pointer(&self, keys: &[&str]) -> Option<Value> {
        let mut reader = self.reader();
        self.at(&mut reader, keys)?.value(0)
    }

    /// Follows keys from map to map to a text.
    pub fn text(&self, keys: &[&str]) -> Option<&str> {
        let mut reader = self.reader();
        self.at(&mut reader, keys)?.text()
    }

    fn reader(&self) -> PackReader<'_> {
        PackReader::new(self.bytes.get(self.start..self.end).unwrap_or_default())
    }

    fn at<'a, 'bytes>(
        &'bytes self,
        reader: &'a mut PackReader<'bytes>,
        keys: &[&str],
    ) -> Option<Unpacker<'a, 'bytes>>
    where
        'bytes: 'a,
    {
        let mut unpacker = Unpacker { reader, sources: &self.sources, last: Origin::default() };
        keys.iter().try_for_each(|key| unpacker.enter(key))?;
        Some(unpacker)
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
        let packed = PackedValue::new(Arc::clone(&bytes), 0, length, Arc::clone(&sources)).unwrap();
        for (key, inside) in value.as_map().into_iter().flat_map(Map::iter) {
            assert!(same(&packed.pointer(&[key]).unwrap(), inside));
            assert_eq!(packed.text(&[key]), inside.as_str());
            assert!(packed.pointer(&[key, "no"]).is_none());
        }
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
