//! Go maps.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use smol_str::SmolStr;
use weir_golang::strconv;

use super::{FloatKind, Type, Value, dismantle};

/// The entries of a map, sorted by key.
pub type Entries = Vec<(SmolStr, Value)>;

/// A Go map: a reference, so that a change is seen by all who hold it.
///
/// Keys of other types than `string` are kept as their text; [`Map::key_value`] gives them their type back.
#[derive(Clone)]
pub struct Map(Rc<MapData>);

struct MapData {
    key: &'static Type,
    element: &'static Type,
    nil: bool,
    entries: RefCell<Rc<Entries>>,
}

impl Map {
    /// Makes an empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::typed(&Type::String, &Type::Any, Vec::new())
    }

    /// Makes a map of these types from entries in any order; of two with one key the later stays.
    pub fn typed(key: &'static Type, element: &'static Type, entries: Entries) -> Self {
        let mut sorted = entries;
        if !sorted.is_sorted_by(|(a, _), (b, _)| order(*key, a, b) == Ordering::Less) {
            // The sort is stable; of equal keys the last is kept.
            sorted.sort_by(|(a, _), (b, _)| order(*key, a, b));
            sorted.reverse();
            sorted.dedup_by(|(a, _), (b, _)| a == b);
            sorted.reverse();
        }
        Self(Rc::new(MapData { key, element, nil: false, entries: RefCell::new(Rc::new(sorted)) }))
    }

    /// Makes the nil map of these types.
    pub fn nil(key: &'static Type, element: &'static Type) -> Self {
        Self(Rc::new(MapData { key, element, nil: true, entries: RefCell::default() }))
    }

    /// Returns the key type.
    pub fn key(&self) -> &'static Type {
        self.0.key
    }

    /// Returns the element type.
    pub fn element(&self) -> &'static Type {
        self.0.element
    }

    /// Tells whether nobody else holds the map.
    pub(crate) fn is_unshared(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }

    /// Tells whether this is the nil map.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// Tells whether both are the same map, not merely equal ones.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Returns the value of this key.
    pub fn get(&self, key: &str) -> Option<Value> {
        let entries = self.0.entries.borrow();
        let index = self.find(&entries, key).ok()?;
        entries.get(index).map(|(_, value)| value.clone())
    }

    /// Tells whether there is an entry of this key.
    pub fn contains(&self, key: &str) -> bool {
        self.find(&self.0.entries.borrow(), key).is_ok()
    }

    /// Sets an entry. On the nil map, where Go panics, it does nothing: ask [`Map::is_nil`] first.
    pub fn insert(&self, key: impl Into<SmolStr>, value: Value) {
        if self.0.nil {
            return;
        }
        let key = key.into();
        let mut entries = self.0.entries.borrow_mut();
        let entries = Rc::make_mut(&mut entries);
        match self.find(entries, &key) {
            Ok(index) => entries[index].1 = value,
            Err(index) => entries.insert(index, (key, value)),
        }
    }

    /// Takes an entry out.
    pub fn remove(&self, key: &str) -> Option<Value> {
        let mut entries = self.0.entries.borrow_mut();
        let index = self.find(&entries, key).ok()?;
        Some(Rc::make_mut(&mut entries).remove(index).1)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.entries.borrow().len()
    }

    /// Tells whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the entries as they are now, in the order of their keys. This costs nothing; later changes are not seen.
    pub fn entries(&self) -> Rc<Entries> {
        Rc::clone(&self.0.entries.borrow())
    }

    /// Makes another map with the same entries; what they refer to is shared.
    #[must_use]
    pub fn copy(&self) -> Self {
        let entries = RefCell::new(self.entries());
        Self(Rc::new(MapData {
            key: self.0.key,
            element: self.0.element,
            nil: self.0.nil,
            entries,
        }))
    }

    /// Gives a key its type back.
    pub fn key_value(&self, key: &SmolStr) -> Value {
        match *self.0.key {
            Type::Int(kind) => Value::Int(key.parse().unwrap_or_default(), kind),
            Type::Uint(kind) => Value::Uint(key.parse().unwrap_or_default(), kind),
            Type::Float(kind) => Value::Float(float(key), kind),
            Type::Bool => Value::Bool(key == "true"),
            _ => Value::String(key.clone()),
        }
    }

    fn find(&self, entries: &[(SmolStr, Value)], key: &str) -> Result<usize, usize> {
        if *self.0.key == Type::String {
            return entries.binary_search_by(|(probe, _)| probe.as_str().cmp(key));
        }
        entries.binary_search_by(|(probe, _)| order(*self.0.key, probe, key))
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(SmolStr, Value)> for Map {
    /// Collects entries into a `map[string]interface {}`.
    fn from_iter<I: IntoIterator<Item = (SmolStr, Value)>>(entries: I) -> Self {
        Self::typed(&Type::String, &Type::Any, entries.into_iter().collect())
    }
}

impl Drop for MapData {
    fn drop(&mut self) {
        dismantle(take(&self.entries));
    }
}

impl Map {
    /// Gives the values out when nobody else holds the map, so that deep values come apart without recursion.
    pub(super) fn into_values(self) -> Vec<Value> {
        Rc::into_inner(self.0).map_or_else(Vec::new, |data| take(&data.entries))
    }
}

fn take(entries: &RefCell<Rc<Entries>>) -> Vec<Value> {
    let entries = Rc::into_inner(entries.take());
    entries.into_iter().flatten().map(|(_, value)| value).collect()
}

fn order(key: Type, a: &str, b: &str) -> Ordering {
    match key {
        Type::Int(_) | Type::Uint(_) => {
            a.parse::<i128>().unwrap_or_default().cmp(&b.parse::<i128>().unwrap_or_default())
        }
        Type::Float(_) => float(a).total_cmp(&float(b)),
        _ => a.cmp(b),
    }
}

fn float(text: &str) -> f64 {
    strconv::parse_float(text, 64).unwrap_or_default()
}

/// Gives the text under which a value is kept as a key of a map of this key type; nothing when it is not of that type.
pub(crate) fn key_text(key: Type, value: &Value) -> Option<SmolStr> {
    Some(match (key, value) {
        (Type::String | Type::Any, Value::String(text)) => text.clone(),
        (Type::Int(_) | Type::Any, Value::Int(value, _)) => smol_str::format_smolstr!("{value}"),
        (Type::Uint(_) | Type::Any, Value::Uint(value, _)) => smol_str::format_smolstr!("{value}"),
        (Type::Float(_) | Type::Any, Value::Float(value, kind)) => strconv::format_float(
            *value,
            b'g',
            -1,
            if *kind == FloatKind::Float32 { 32 } else { 64 },
        )
        .into(),
        (Type::Bool | Type::Any, Value::Bool(value)) => smol_str::format_smolstr!("{value}"),
        _ => return None,
    })
}
