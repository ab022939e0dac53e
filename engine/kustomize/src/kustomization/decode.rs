//! Reading values into settings as Go's `encoding/json` does: keys in any case, unknown ones refused, types checked.

use smol_str::SmolStr;
use weir_model::{Data, Origin, Value};

use crate::error::{BuildError, Errors};

/// Reads values, and keeps what is wrong with them.
pub(crate) struct Decoder {
    /// Whether unknown keys are an error.
    strict: bool,
    /// Whether numbers and truth values pass as texts, as `sigs.k8s.io/yaml` lets them.
    lenient: bool,
    /// The structs on the way to the value.
    structs: Vec<&'static str>,
    /// The keys on the way to the value, with the names of structs that are part of others.
    path: Vec<String>,
    errors: Errors,
}

/// A text and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    pub(crate) text: SmolStr,
    pub(crate) at: Origin,
}

impl Entry {
    /// Returns how many lines of the file stand above the text: one of many lines begins below its key, one of a single
    /// line behind it.
    pub(crate) fn lines_above(&self) -> u32 {
        let is_block = self.text.trim().contains('\n');
        if is_block { self.at.line } else { self.at.line.saturating_sub(1) }
    }
}

/// Which keys of a struct belong to a struct that is part of it. Go names that struct in errors.
const EMBEDDED: &[(&str, &str, &str)] = &[
    ("Kustomization", "apiversion", "TypeMeta"),
    ("Kustomization", "kind", "TypeMeta"),
    ("Selector", "group", "ResId.Gvk"),
    ("Selector", "version", "ResId.Gvk"),
    ("Selector", "kind", "ResId.Gvk"),
    ("Selector", "name", "ResId"),
    ("Selector", "namespace", "ResId"),
    ("SourceSelector", "group", "ResId.Gvk"),
    ("SourceSelector", "version", "ResId.Gvk"),
    ("SourceSelector", "kind", "ResId.Gvk"),
    ("SourceSelector", "name", "ResId"),
    ("SourceSelector", "namespace", "ResId"),
    ("FieldSpec", "group", "Gvk"),
    ("FieldSpec", "version", "Gvk"),
    ("FieldSpec", "kind", "Gvk"),
    ("NameBackReferences", "group", "Gvk"),
    ("NameBackReferences", "version", "Gvk"),
    ("NameBackReferences", "kind", "Gvk"),
    ("Target", "group", "Gvk"),
    ("Target", "version", "Gvk"),
    ("Target", "kind", "Gvk"),
    ("ConfigMapArgs", "name", "GeneratorArgs"),
    ("ConfigMapArgs", "namespace", "GeneratorArgs"),
    ("ConfigMapArgs", "behavior", "GeneratorArgs"),
    ("ConfigMapArgs", "options", "GeneratorArgs"),
    ("ConfigMapArgs", "literals", "GeneratorArgs.KvPairSources"),
    ("ConfigMapArgs", "files", "GeneratorArgs.KvPairSources"),
    ("ConfigMapArgs", "envs", "GeneratorArgs.KvPairSources"),
    ("ConfigMapArgs", "env", "GeneratorArgs.KvPairSources"),
    ("SecretArgs", "name", "GeneratorArgs"),
    ("SecretArgs", "namespace", "GeneratorArgs"),
    ("SecretArgs", "behavior", "GeneratorArgs"),
    ("SecretArgs", "options", "GeneratorArgs"),
    ("SecretArgs", "literals", "GeneratorArgs.KvPairSources"),
    ("SecretArgs", "files", "GeneratorArgs.KvPairSources"),
    ("SecretArgs", "envs", "GeneratorArgs.KvPairSources"),
    ("SecretArgs", "env", "GeneratorArgs.KvPairSources"),
    ("ReplacementField", "source", "Replacement"),
    ("ReplacementField", "targets", "Replacement"),
    ("ReplacementField", "sourcevalue", "Replacement"),
];

impl Decoder {
    /// Reads as the kustomization file itself is read.
    pub(crate) fn strict() -> Self {
        Self { strict: true, ..Self::typed() }
    }

    /// Reads texts as texts only, and passes unknown keys over.
    pub(crate) fn typed() -> Self {
        Self {
            strict: false,
            lenient: false,
            structs: Vec::new(),
            path: Vec::new(),
            errors: Errors::default(),
        }
    }

    /// Reads as the configuration of a generator or transformer is read.
    pub(crate) fn lenient() -> Self {
        Self { lenient: true, ..Self::typed() }
    }

    /// Reads as a file of field specs is read.
    pub(crate) fn lenient_but_known() -> Self {
        Self { strict: true, ..Self::lenient() }
    }

    /// Gives the value, or what is wrong with it.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, BuildError> {
        self.errors.finish(value)
    }

    fn fail(&mut self, message: String, at: Origin) {
        self.errors.note(Err::<(), _>(BuildError::new(message).at(at)));
    }

    fn mismatch(&mut self, value: &Value, wanted: &str) {
        let is = match &value.data {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
            Data::String(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
        };
        let place = match self.structs.last() {
            Some(name) => format!("Go struct field {name}.{}", self.path.join(".")),
            None => "Go value".into(),
        };
        self.fail(
            format!("json: cannot unmarshal {is} into {place} of type {wanted}"),
            value.origin,
        );
    }

    /// Reads the fields of a struct, which Go calls `name`. `read` gets each key in lower case, and tells whether it knows
    /// the key.
    pub(crate) fn fields(
        &mut self,
        name: &'static str,
        value: &Value,
        mut read: impl FnMut(&mut Self, &str, &Value) -> bool,
    ) {
        let Some(map) = value.as_map() else {
            if !value.is_null() {
                self.mismatch(value, &format!("types.{name}"));
            }
            return;
        };
        self.structs.push(name);
        for (key, value) in map.iter() {
            let lower = key.to_ascii_lowercase();
            let part = EMBEDDED.iter().find(|(of, known, _)| *of == name && *known == lower);
            self.path.push(match part {
                Some((_, _, part)) => format!("{part}.{key}"),
                None => key.to_string(),
            });
            let known = read(self, &lower, value);
            self.path.pop();
            if !known && self.strict {
                self.fail(format!("json: unknown field {key:?}"), value.origin);
            }
        }
        self.structs.pop();
    }

    /// Reads a text; null is the empty one.
    pub(crate) fn text(&mut self, value: &Value) -> SmolStr {
        match &value.data {
            Data::String(text) => text.clone(),
            Data::Null => SmolStr::default(),
            Data::Bool(truth) if self.lenient => SmolStr::new(truth.to_string()),
            Data::Int(_) | Data::Uint(_) | Data::Float(_) if self.lenient => {
                SmolStr::new(weir_yaml::json::write(value))
            }
            _ => {
                self.mismatch(value, "string");
                SmolStr::default()
            }
        }
    }

    /// Reads a text and where it stands.
    pub(crate) fn entry(&mut self, value: &Value) -> Entry {
        Entry { text: self.text(value), at: value.origin }
    }

    /// Reads a truth value; null is false.
    pub(crate) fn truth(&mut self, value: &Value) -> bool {
        match value.data {
            Data::Bool(truth) => truth,
            Data::Null => false,
            _ => {
                self.mismatch(value, "bool");
                false
            }
        }
    }

    /// Reads a whole number; null is zero.
    pub(crate) fn int(&mut self, value: &Value) -> i64 {
        match &value.data {
            Data::Null => 0,
            Data::Int(number) => *number,
            _ => value.as_int().unwrap_or_else(|| {
                self.mismatch(value, "int64");
                0
            }),
        }
    }

    /// Reads a list; null is the empty one. An item with something wrong in it is left out: what it leads to is wrong too.
    pub(crate) fn list<T>(
        &mut self,
        of: &str,
        value: &Value,
        mut read: impl FnMut(&mut Self, &Value) -> T,
    ) -> Vec<T> {
        if value.is_null() {
            return Vec::new();
        }
        let Some(items) = value.as_list() else {
            self.mismatch(value, of);
            return Vec::new();
        };
        let mut read_well = |item| {
            let before = self.errors.count();
            let item = read(self, item);
            (self.errors.count() == before).then_some(item)
        };
        items.iter().filter_map(&mut read_well).collect()
    }

    /// Reads a list of texts with their places.
    pub(crate) fn entries(&mut self, value: &Value) -> Vec<Entry> {
        self.list("[]string", value, Self::entry)
    }

    /// Reads a list of texts.
    pub(crate) fn texts(&mut self, value: &Value) -> Vec<SmolStr> {
        self.list("[]string", value, Self::text)
    }

    /// Reads a map of texts, sorted by key.
    pub(crate) fn text_map(&mut self, value: &Value) -> Vec<(SmolStr, SmolStr)> {
        if value.is_null() {
            return Vec::new();
        }
        let Some(map) = value.as_map() else {
            self.mismatch(value, "map[string]string");
            return Vec::new();
        };
        map.iter().map(|(key, value)| (key.clone(), self.text(value))).collect()
    }
}
