//! Reading typed fields out of a manifest, with diagnostics that name the field, the file and the line.

use std::cell::RefCell;
use std::collections::BTreeMap;

use weir_model::{Diagnostic, Manifest, Origin, SmolStr, Value, Warned};

/// Reads a manifest with `read`, and collects what was wrong with it.
pub(crate) fn read<T>(manifest: &Manifest, read: impl FnOnce(&Fields<'_>) -> T) -> Warned<T> {
    let found = RefCell::new(Vec::new());
    let object = manifest.id().to_string();
    let value = read(&Fields {
        value: manifest.spec(),
        path: "spec".to_owned(),
        at: manifest.value().origin,
        object: &object,
        found: &found,
    });
    Warned { value, diagnostics: found.into_inner() }
}

/// A map of a manifest whose fields are being read. Unknown fields are left alone; a null field counts as absent.
pub(crate) struct Fields<'a> {
    value: Option<&'a Value>,
    path: String,
    at: Origin,
    object: &'a str,
    found: &'a RefCell<Vec<Diagnostic>>,
}

impl<'a> Fields<'a> {
    /// Tells whether the map is there at all.
    pub(crate) fn exists(&self) -> bool {
        self.value.is_some()
    }

    /// Returns a field as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.value?.get(name).filter(|value| !value.is_null())
    }

    /// Returns a field that is a map.
    pub(crate) fn child(&self, name: &str) -> Self {
        let value = self.value(name).filter(|value| self.expect(name, value, "map"));
        self.below(name, value)
    }

    /// Returns a text.
    pub(crate) fn text(&self, name: &str) -> Option<SmolStr> {
        let value = self.value(name)?;
        self.expect(name, value, "string");
        value.as_str().map(SmolStr::new)
    }

    /// Returns a text that must be there; reports it when it is not, and then returns an empty one.
    pub(crate) fn required(&self, name: &str) -> SmolStr {
        if self.value(name).is_none() {
            self.report(name, self.at, "is missing", "flux-field-missing");
        }
        self.text(name).unwrap_or_default()
    }

    /// Returns a text that is one of a few words; reports any other.
    pub(crate) fn word(&self, name: &str, words: &[&str]) -> Option<SmolStr> {
        let text = self.text(name)?;
        if !words.contains(&text.as_str()) {
            let at = self.value(name).map_or(self.at, |value| value.origin);
            let list = words.join("`, `");
            self.report(name, at, &format!("is `{text}`, not one of `{list}`"), "flux-field-value");
        }
        Some(text)
    }

    /// Returns a truth value.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        self.expect(name, value, "bool");
        value.as_bool()
    }

    /// Returns the maps of a list.
    pub(crate) fn items(&self, name: &str) -> Vec<Self> {
        self.list(name)
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let name = format!("{name}[{index}]");
                let value = Some(value).filter(|value| self.expect(&name, value, "map"));
                self.below(&name, value)
            })
            .collect()
    }

    /// Returns the texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<SmolStr> {
        self.list(name)
            .iter()
            .enumerate()
            .filter_map(|(index, value)| {
                self.expect(&format!("{name}[{index}]"), value, "string");
                value.as_str().map(SmolStr::new)
            })
            .collect()
    }

    /// Returns a map of texts.
    pub(crate) fn text_map(&self, name: &str) -> BTreeMap<SmolStr, SmolStr> {
        let child = self.child(name);
        let entries = child.value.and_then(Value::as_map);
        entries
            .into_iter()
            .flat_map(weir_model::Map::iter)
            .filter_map(|(key, value)| {
                child.expect(key, value, "string");
                Some((key.clone(), SmolStr::new(value.as_str()?)))
            })
            .collect()
    }

    /// Reports a field that breaks a rule.
    pub(crate) fn report(&self, name: &str, at: Origin, problem: &str, code: &'static str) {
        let message = format!("`{}`: field `{}.{name}` {problem}", self.object, self.path);
        self.found.borrow_mut().push(Diagnostic::error(code, message).at(at));
    }

    /// Returns where the map stands.
    pub(crate) fn origin(&self) -> Origin {
        self.value.map_or(self.at, |value| value.origin)
    }

    fn list(&self, name: &str) -> &'a [Value] {
        let Some(value) = self.value(name) else { return &[] };
        self.expect(name, value, "list");
        value.as_list().unwrap_or_default()
    }

    fn below(&self, name: &str, value: Option<&'a Value>) -> Self {
        Self {
            value,
            path: format!("{}.{name}", self.path),
            at: value.map_or(self.at, |value| value.origin),
            object: self.object,
            found: self.found,
        }
    }

    fn expect(&self, name: &str, value: &Value, kind: &str) -> bool {
        let matches = value.kind() == kind;
        if !matches {
            let problem = format!("is a {}, not a {kind}", value.kind());
            self.report(name, value.origin, &problem, "flux-field-type");
        }
        matches
    }
}
