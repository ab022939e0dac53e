//! How a user's values and the charts' defaults become the values that templates see.

use weir_model::{Diagnostic, Map, Value};

use crate::HelmVersion;
use crate::instance::{Id, Instances};

/// The key of values that all charts see.
const GLOBAL: &str = "global";

/// Coalesces values with the defaults of a chart and of all charts below it.
pub(crate) struct Coalescer<'a> {
    pub(crate) instances: &'a Instances,
    pub(crate) helm: HelmVersion,
    /// Whether null stays: it does while imports are gathered, and is taken out when templates' values are made.
    pub(crate) keep_null: bool,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Coalescer<'_> {
    /// Returns the values of a chart, those of the charts below it under their names. The error is Helm's text.
    pub(crate) fn coalesce(&mut self, chart: Id, values: &Map) -> Result<Map, String> {
        let mut coalesced = values.clone();
        self.chart(chart, &mut coalesced, "")?;
        Ok(coalesced)
    }

    fn chart(&mut self, chart: Id, into: &mut Map, prefix: &str) -> Result<(), String> {
        let instances = self.instances;
        let path = joined(prefix, &instances.get(chart).name);
        self.defaults(chart, into, &path);
        for below in &instances.get(chart).dependencies {
            let name = &instances.get(*below).name;
            match into.get(name) {
                None => {
                    into.insert(name.clone(), Value::map(Map::new()));
                }
                Some(value) if value.as_map().is_none() => {
                    return Err(format!("type mismatch on {name}: %!t({})", go_bool_verb(value)));
                }
                Some(_) => {}
            }
            let mut inner = std::mem::take(into.entry(name));
            if let Some(map) = inner.as_map_mut() {
                self.globals(map, into, &path);
                self.chart(*below, map, &path)?;
            }
            *into.entry(name) = inner;
        }
        Ok(())
    }

    /// Lays a chart's own defaults under the values.
    fn defaults(&mut self, chart: Id, into: &mut Map, path: &str) {
        let instance = self.instances.get(chart);
        let Some(defaults) = instance.values.as_map() else { return };
        for (key, default) in defaults.iter() {
            let Some(value) = into.get_mut(key) else {
                if self.keep_null || self.helm == HelmVersion::V3 {
                    into.insert(key.clone(), default.clone());
                } else if !default.is_null() {
                    into.insert(key.clone(), without_null(default));
                }
                continue;
            };
            if value.is_null() {
                if !self.keep_null {
                    into.remove(key);
                }
                continue;
            }
            let Some(map) = value.as_map_mut() else { continue };
            let Some(below) = default.as_map() else {
                if !default.is_null() {
                    self.warn(format!("skipped value for {path}.{key}: not a table"));
                }
                continue;
            };
            let is_chart =
                instance.dependencies.iter().any(|id| self.instances.get(*id).name == *key);
            let keep_null = self.keep_null || is_chart;
            let cleaned =
                (!keep_null && self.helm == HelmVersion::V4).then(|| without_null(default));
            let below = cleaned.as_ref().and_then(Value::as_map).unwrap_or(below);
            self.tables(map, below, &joined(path, key), keep_null);
        }
    }

    /// Gives a chart below the globals of the one above.
    fn globals(&mut self, into: &mut Map, from: &Map, path: &str) {
        let empty = Map::new();
        let mut globals = match into.get(GLOBAL) {
            None => Map::new(),
            Some(value) => match value.as_map() {
                Some(map) => map.clone(),
                None => {
                    return self.warn(format!(
                        "skipping globals because destination {GLOBAL} is not a table"
                    ));
                }
            },
        };
        let above = match from.get(GLOBAL) {
            None => &empty,
            Some(value) => match value.as_map() {
                Some(map) => map,
                None => {
                    return self
                        .warn(format!("skipping globals because source {GLOBAL} is not a table"));
                }
            },
        };
        for (key, value) in above.iter() {
            match (globals.get(key), value.as_map()) {
                (Some(old), Some(_)) => {
                    // The globals above win, so here the merge goes the other way round.
                    let Some(old) = old.as_map().cloned() else {
                        self.warn(format!("cannot merge map onto non-map for `{key}`"));
                        continue;
                    };
                    let mut merged = value.clone();
                    if let Some(map) = merged.as_map_mut() {
                        self.tables(map, &old, &joined(path, key), true);
                    }
                    globals.insert(key.clone(), merged);
                }
                (Some(old), None) if old.as_map().is_some() => {
                    self.warn(format!("key {key} is table, skipping"));
                }
                _ => {
                    globals.insert(key.clone(), value.clone());
                }
            }
        }
        into.insert(GLOBAL, Value::map(globals));
    }

    /// Lays a table under another.
    fn tables(&mut self, into: &mut Map, below: &Map, path: &str, keep_null: bool) {
        for (key, value) in below.iter() {
            let Some(old) = into.get_mut(key) else {
                into.insert(key.clone(), value.clone());
                continue;
            };
            if old.is_null() {
                // The user takes a default away; where the default is null too, the null stays.
                if !keep_null && !value.is_null() {
                    into.remove(key);
                }
                continue;
            }
            match (old.as_map_mut(), value.as_map()) {
                (Some(old), Some(value)) => self.tables(old, value, &joined(path, key), keep_null),
                (None, Some(_)) => {
                    self.warn(format!(
                        "cannot overwrite table with non table for {}",
                        joined(path, key)
                    ));
                }
                (Some(_), None) if !value.is_null() => {
                    let path = joined(path, key);
                    self.warn(format!(
                        "destination for {path} is a table, ignoring non-table value"
                    ));
                }
                _ => {}
            }
        }
    }

    fn warn(&mut self, message: String) {
        self.diagnostics.push(Diagnostic::warning("helm-values", message));
    }
}

/// Lays a table under another, null included.
pub(crate) fn merge_tables(into: &mut Map, below: &Map) {
    for (key, value) in below.iter() {
        match into.get_mut(key) {
            None => {
                into.insert(key.clone(), value.clone());
            }
            Some(old) => {
                if let (Some(old), Some(value)) = (old.as_map_mut(), value.as_map()) {
                    merge_tables(old, value);
                }
            }
        }
    }
}

/// Returns the value without entries of maps that are null; lists are left alone.
fn without_null(value: &Value) -> Value {
    if !holds_null(value) {
        return value.clone();
    }
    let mut cleaned = value.clone();
    if let Some(map) = cleaned.as_map_mut() {
        map.retain(|_, value| !value.is_null());
        for (_, value) in map.iter_mut() {
            *value = without_null(value);
        }
    }
    cleaned
}

fn holds_null(value: &Value) -> bool {
    value
        .as_map()
        .is_some_and(|map| map.iter().any(|(_, value)| value.is_null() || holds_null(value)))
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Returns what Go prints inside `%!t(…)` for a value that is no bool.
fn go_bool_verb(value: &Value) -> String {
    use weir_model::Data;
    match &value.data {
        Data::String(text) => format!("string={text}"),
        Data::Float(number) => {
            format!("float64={}", weir_golang::strconv::format_float(*number, b'g', -1, 64))
        }
        Data::Int(number) => format!("int64={number}"),
        Data::Null => "<nil>".to_owned(),
        _ => value.kind().to_owned(),
    }
}
