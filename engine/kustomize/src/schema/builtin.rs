//! The static table: what a row of it holds, and how rows are found.

use super::table;

/// Stands for no type.
pub(super) const NONE: u16 = u16::MAX;

/// What a schema says that matters for merging. Types are named by their index in [`table::TYPES`].
#[derive(Debug)]
pub(super) struct Type {
    /// The fields, sorted by name.
    pub(super) fields: &'static [(&'static str, u16)],
    /// The type of the values of a map.
    pub(super) values: u16,
    /// The type of the items of a list.
    pub(super) items: u16,
    /// The keys by which a list is merged; none when it is not, empty for a list of scalars.
    pub(super) keys: Option<&'static [&'static str]>,
}

pub(super) fn get(index: u16) -> Option<&'static Type> {
    table::TYPES.get(usize::from(index))
}

pub(super) fn of_kind(api_version: &str, kind: &str) -> Option<u16> {
    find(table::KINDS, &(api_version, kind), |row| ((row.0, row.1), row.2))
}

pub(super) fn of_definition(name: &str) -> Option<u16> {
    find(table::DEFINITIONS, &name, |row| *row)
}

pub(super) fn scope(api_version: &str, kind: &str) -> Option<bool> {
    find(table::SCOPES, &(api_version, kind), |row| ((row.0, row.1), row.2))
}

impl Type {
    pub(super) fn field(&self, name: &str) -> Option<u16> {
        find(self.fields, &name, |row| *row).or_else(|| some(self.values))
    }

    pub(super) fn items(&self) -> Option<u16> {
        some(self.items)
    }
}

fn some(index: u16) -> Option<u16> {
    (index != NONE).then_some(index)
}

fn find<R, K: Ord, V>(rows: &[R], key: &K, split: impl Fn(&R) -> (K, V)) -> Option<V> {
    let index = rows.binary_search_by(|row| split(row).0.cmp(key)).ok()?;
    rows.get(index).map(|row| split(row).1)
}
