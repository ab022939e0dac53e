//! Values as JSON has them, each with where it came from.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::{DigestBuilder, Origin};

/// A value as JSON has it, with its origin and whether it came from a secret.
///
/// Cloning is cheap: lists and maps are shared until one of them is changed.
/// Equality, and the digest, look at the data alone.
#[derive(Clone, Default)]
pub struct Value {
    /// The data.
    pub data: Data,
    /// Where it came from.
    pub origin: Origin,
    /// Whether it came from a secret; then no output may show it.
    pub sensitive: bool,
}

/// The data of a [`Value`].
#[derive(Clone, Default, PartialEq)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits with sign.
    Int(i64),
    /// A whole number above that, up to 64 bits without sign.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A text.
    String(SmolStr),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map.
    Map(Arc<Map>),
}

impl Value {
    /// Makes a value of unknown origin.
    pub fn new(data: Data) -> Self {
        Self { data, origin: Origin::default(), sensitive: false }
    }

    /// Makes the null value.
    pub fn null() -> Self {
        Self::default()
    }

    /// Makes a text.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self::new(Data::String(text.into()))
    }

    /// Makes a list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::new(Data::List(Arc::new(items)))
    }

    /// Makes a map.
    pub fn map(map: Map) -> Self {
        Self::new(Data::Map(Arc::new(map)))
    }

    /// Says where the value came from.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Tells whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Returns the text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data { Some(text) } else { None }
    }

    /// Returns the truth value, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = self.data { Some(value) } else { None }
    }

    /// Returns the whole number, when it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(value) => Some(value),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            Data::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            _ => None,
        }
    }

    /// Returns the items, when it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Data::List(items) = &self.data { Some(items) } else { None }
    }

    /// Returns the map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Data::Map(map) = &self.data { Some(map) } else { None }
    }

    /// Returns the map to change it, when it is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Data::Map(map) = &mut self.data { Some(Arc::make_mut(map)) } else { None }
    }

    /// Returns the items to change them, when it is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Data::List(items) = &mut self.data { Some(Arc::make_mut(items)) } else { None }
    }

    /// Returns the entry of this key, when it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Follows keys from map to map.
    pub fn pointer(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Returns the word for the kind of data: `null`, `bool`, `number`, `string`, `list` or `map`.
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
            Data::String(_) => "string",
            Data::List(_) => "list",
            Data::Map(_) => "map",
        }
    }

    /// Adds the data to a digest: a kind byte as a number, then the content; counts before lists and maps.
    pub fn digest_into(&self, digest: &mut DigestBuilder) {
        match &self.data {
            Data::Null => {
                digest.number(0);
            }
            Data::Bool(value) => {
                digest.number(1).number(u64::from(*value));
            }
            Data::Int(value) => {
                digest.number(2).number(value.cast_unsigned());
            }
            Data::Uint(value) => {
                digest.number(3).number(*value);
            }
            // 1.0 and 1 are the same number in JSON.
            Data::Float(value) => match self.as_int() {
                Some(whole) => {
                    digest.number(2).number(whole.cast_unsigned());
                }
                None => {
                    digest.number(4).number(value.to_bits());
                }
            },
            Data::String(text) => {
                digest.number(5).text(text);
            }
            Data::List(items) => {
                digest.number(6).number(items.len() as u64);
                for item in items.iter() {
                    item.digest_into(digest);
                }
            }
            Data::Map(map) => {
                digest.number(7).number(map.len() as u64);
                for (key, value) in map.iter() {
                    digest.text(key);
                    value.digest_into(digest);
                }
            }
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("(hidden)");
        }
        match &self.data {
            Data::Null => f.write_str("null"),
            Data::Bool(value) => fmt::Debug::fmt(value, f),
            Data::Int(value) => fmt::Debug::fmt(value, f),
            Data::Uint(value) => fmt::Debug::fmt(value, f),
            Data::Float(value) => fmt::Debug::fmt(value, f),
            Data::String(text) => fmt::Debug::fmt(text, f),
            Data::List(items) => f.debug_list().entries(items.iter()).finish(),
            Data::Map(map) => f.debug_map().entries(map.iter()).finish(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::new(Data::Bool(value))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::new(Data::Int(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::map(value)
    }
}

impl From<Vec<Self>> for Value {
    fn from(value: Vec<Self>) -> Self {
        Self::list(value)
    }
}

/// A map with text keys, kept sorted by the bytes of its keys, as Go prints maps.
#[derive(Clone, Default, PartialEq)]
pub struct Map(Vec<(SmolStr, Value)>);

impl Map {
    /// Makes an empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the entry of this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).ok().map(|index| &self.0[index].1)
    }

    /// Returns the entry of this key to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.find(key).ok().map(|index| &mut self.0[index].1)
    }

    /// Returns the entry of this key; makes a null one when there is none.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let index = self.find(key).unwrap_or_else(|index| {
            self.0.insert(index, (key.into(), Value::null()));
            index
        });
        &mut self.0[index].1
    }

    /// Sets an entry and returns what was there.
    pub fn insert(&mut self, key: impl Into<SmolStr>, value: Value) -> Option<Value> {
        let key = key.into();
        match self.find(&key) {
            Ok(index) => Some(std::mem::replace(&mut self.0[index].1, value)),
            Err(index) => {
                self.0.insert(index, (key, value));
                None
            }
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.find(key).ok().map(|index| self.0.remove(index).1)
    }

    /// Tells whether there is an entry of this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// Returns the entries in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&SmolStr, &Value)> + ExactSizeIterator {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Returns the entries to change their values.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&SmolStr, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Returns the keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &SmolStr> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Keeps the entries for which this holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&SmolStr, &mut Value) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        // Short maps and appends in order are the common cases.
        match self.0.last() {
            None => return Err(0),
            Some((last, _)) if last.as_str() < key => return Err(self.0.len()),
            Some(_) => {}
        }
        self.0.binary_search_by(|(probe, _)| probe.as_str().cmp(key))
    }
}

impl FromIterator<(SmolStr, Value)> for Map {
    /// Collects entries; of two with one key the later stays.
    fn from_iter<I: IntoIterator<Item = (SmolStr, Value)>>(entries: I) -> Self {
        let mut sorted: Vec<(SmolStr, Value)> = entries.into_iter().collect();
        if !sorted.is_sorted_by(|(a, _), (b, _)| a < b) {
            sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
            sorted.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        Self(sorted)
    }
}

impl IntoIterator for Map {
    type Item = (SmolStr, Value);
    type IntoIter = std::vec::IntoIter<(SmolStr, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_sorted_and_the_last_of_a_key_stays() {
        let map: Map = [("b", 1), ("a", 2), ("b", 3)]
            .into_iter()
            .map(|(key, value)| (key.into(), Value::from(value)))
            .collect();
        assert_eq!(format!("{map:?}"), r#"{"a": 2, "b": 3}"#);
        let mut map = map;
        map.insert("aa", Value::null());
        map.entry("0").data = Data::Bool(true);
        assert_eq!(map.keys().map(SmolStr::as_str).collect::<Vec<_>>(), ["0", "a", "aa", "b"]);
    }

    #[test]
    fn a_sensitive_value_hides_itself() {
        let mut value = Value::from("hunter2");
        value.sensitive = true;
        assert_eq!(format!("{value:?}"), "(hidden)");
    }
}
