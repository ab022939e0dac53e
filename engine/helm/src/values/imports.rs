//! Values that a chart takes from the charts below it (`import-values`).

use weir_model::{Map, SmolStr, Value};

/// What has been imported so far.
///
/// A table that is imported to where nothing was yet is, in Helm, the very table of the chart below: what later imports lay
/// into it, that chart sees too. So those tables are remembered and written back.
#[derive(Default)]
pub(super) struct Imports {
    gathered: Map,
    shared: Vec<Shared>,
}

/// A table that stands in two places: in what is imported and in the values it was taken from.
struct Shared {
    gathered: Vec<SmolStr>,
    values: Vec<SmolStr>,
}

impl Imports {
    /// Imports the table at one path of the values to another; `.` is the top.
    pub(super) fn add(&mut self, values: &mut Map, from: &str, to: &str) {
        let from: Vec<SmolStr> = from.split('.').map(SmolStr::from).collect();
        let Some(table) = at(values, &from).cloned() else { return };
        let to: Vec<SmolStr> =
            if to == "." { Vec::new() } else { to.split('.').map(SmolStr::from).collect() };
        place(&mut self.gathered, &to, 0, &table, &from, &mut self.shared);
        for Shared { gathered, values: own } in &self.shared {
            if let (Some(table), Some(own)) = (at(&self.gathered, gathered), at_mut(values, own)) {
                own.clone_from(table);
            }
        }
    }

    /// Returns all that was imported.
    pub(super) fn gathered(self) -> Map {
        self.gathered
    }
}

/// Walks down to where a table goes and lays it there.
fn place(
    into: &mut Map,
    to: &[SmolStr],
    depth: usize,
    table: &Map,
    from: &[SmolStr],
    shared: &mut Vec<Shared>,
) {
    let Some(key) = to.get(depth) else {
        return lay(into, table, &mut to.to_vec(), &mut from.to_vec(), shared);
    };
    match into.get_mut(key) {
        Some(inner) => {
            if let Some(inner) = inner.as_map_mut() {
                place(inner, to, depth + 1, table, from, shared);
            }
        }
        None => {
            let wrap = |inner: Map, key: &SmolStr| {
                [(key.clone(), Value::map(inner))].into_iter().collect()
            };
            let below = to.get(depth + 1..).unwrap_or_default();
            let inner = below.iter().rev().fold(table.clone(), wrap);
            into.insert(key.clone(), Value::map(inner));
            shared.push(Shared { gathered: to.to_vec(), values: from.to_vec() });
        }
    }
}

/// Lays a table under another, null included.
fn lay(
    into: &mut Map,
    table: &Map,
    to: &mut Vec<SmolStr>,
    from: &mut Vec<SmolStr>,
    shared: &mut Vec<Shared>,
) {
    for (key, value) in table.iter() {
        to.push(key.clone());
        from.push(key.clone());
        match into.get_mut(key) {
            None => {
                into.insert(key.clone(), value.clone());
                if value.as_map().is_some() {
                    shared.push(Shared { gathered: to.clone(), values: from.clone() });
                }
            }
            Some(old) => {
                if let (Some(old), Some(table)) = (old.as_map_mut(), value.as_map()) {
                    lay(old, table, to, from, shared);
                }
            }
        }
        to.pop();
        from.pop();
    }
}

fn at<'a>(map: &'a Map, path: &[SmolStr]) -> Option<&'a Map> {
    path.iter().try_fold(map, |map, key| map.get(key)?.as_map())
}

fn at_mut<'a>(map: &'a mut Map, path: &[SmolStr]) -> Option<&'a mut Map> {
    path.iter().try_fold(map, |map, key| map.get_mut(key)?.as_map_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_into_an_imported_table_reaches_where_it_came_from() {
        let mut values = super::super::read(
            b"c: {data: {k: 1}, exports: {e: {imp: {k: 2, q: 3}}}}",
            "values.yaml",
            crate::HelmVersion::V4,
        )
        .unwrap();
        let values = values.as_map_mut().unwrap();
        let mut imports = Imports::default();
        imports.add(values, "c.data", "imp");
        imports.add(values, "c.exports.e", ".");
        assert_eq!(format!("{:?}", imports.gathered()), r#"{"imp": {"k": 1.0, "q": 3.0}}"#);
        assert_eq!(
            format!("{:?}", at(values, &["c".into(), "data".into()]).unwrap()),
            r#"{"k": 1.0, "q": 3.0}"#
        );
    }
}
