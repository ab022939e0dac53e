//! Secrets in YAML and JSON. A document that holds none stays byte for byte; one that does is written anew, without comments.

use std::collections::BTreeSet;

use weir_flux::data::{ObjectData, object_data};
use weir_model::{Data, Manifest, Map, Source, Value};

use super::{Holds, STAND_IN, STAND_IN_BASE64};

/// How deep documents may stand inside texts of documents.
const MAX_DEPTH: u32 = 4;

/// Goes through documents.
pub(super) struct Documents<'a> {
    secrets: &'a mut BTreeSet<String>,
    /// Files that the documents say hold secrets, as they name them.
    pub(super) named: Vec<(String, Holds)>,
    depth: u32,
    changed: bool,
}

impl<'a> Documents<'a> {
    pub(super) fn new(secrets: &'a mut BTreeSet<String>) -> Self {
        Self { secrets, named: Vec::new(), depth: 0, changed: false }
    }

    /// Hides what documents hold; returns nothing when they hold none.
    pub(super) fn text(&mut self, text: &str) -> Option<String> {
        self.depth += 1;
        let mut all = String::new();
        let mut any = false;
        for (document, _) in weir_yaml::split_documents(text.as_bytes()) {
            let document = std::str::from_utf8(document).unwrap_or_default();
            if !all.is_empty() {
                all.push_str("---\n");
            }
            match self.document(document) {
                Some(hidden) => {
                    any = true;
                    all.push_str(&hidden);
                }
                None => all.push_str(document),
            }
            if !all.is_empty() && !all.ends_with('\n') {
                all.push('\n');
            }
        }
        self.depth -= 1;
        any.then_some(all)
    }

    /// Hides the values of a patch of operations.
    pub(super) fn operations(&mut self, text: &str) -> Option<String> {
        let mut value = weir_yaml::read_value(text.as_bytes(), Source::default()).ok()?;
        for operation in value.as_list_mut()? {
            if let Some(value) = operation.as_map_mut().and_then(|map| map.get_mut("value")) {
                self.leaves(value, false);
            }
        }
        Some(weir_yaml::to_yaml(&value))
    }

    /// Hides what a value holds.
    pub(super) fn value(&mut self, mut value: Value) -> Value {
        self.walk(&mut value);
        value
    }

    fn document(&mut self, text: &str) -> Option<String> {
        if !text.contains("Secret") && !text.contains("secretGenerator") {
            return None;
        }
        let outer = std::mem::replace(&mut self.changed, false);
        let hidden = match weir_yaml::read_value(text.as_bytes(), Source::default()) {
            Ok(mut value) => {
                self.walk(&mut value);
                self.changed.then(|| weir_yaml::to_yaml(&value))
            }
            // What is no YAML is a template or a mistake.
            Err(_) if is_secret(text) => Some(self.lines(text)),
            Err(_) => None,
        };
        self.changed = outer || hidden.is_some();
        hidden
    }

    fn walk(&mut self, value: &mut Value) {
        match &mut value.data {
            Data::List(items) => {
                std::sync::Arc::make_mut(items).iter_mut().for_each(|item| self.walk(item));
            }
            Data::Map(map) => self.map(std::sync::Arc::make_mut(map)),
            Data::String(text) if self.depth < MAX_DEPTH && is_secret(text) => {
                if let Some(hidden) = self.text(&text.clone()) {
                    value.data = Data::String(hidden.into());
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, map: &mut Map) {
        let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "Secret" => self.secret(map),
            "SecretGenerator" => self.generator(map),
            _ => {}
        }
        if let Some(generators) = map.get_mut("secretGenerator").and_then(Value::as_list_mut) {
            for generator in generators {
                if let Some(generator) = generator.as_map_mut() {
                    self.generator(generator);
                }
            }
        }
        let target = map.get("target").and_then(|target| target.get("kind"));
        if target.and_then(Value::as_str) == Some("Secret") {
            self.patch(map);
        }
        map.iter_mut().for_each(|(_, value)| self.walk(value));
    }

    fn secret(&mut self, map: &mut Map) {
        if let Ok(manifest) = Manifest::lenient(map.clone().into())
            && let ObjectData::Plain(data) = object_data(&manifest)
        {
            let secrets = data.into_values().filter(|text| !is_reference(text));
            self.secrets.extend(secrets.filter(|text| text != STAND_IN));
        }
        for (field, is_base64) in [("data", true), ("stringData", false)] {
            if let Some(value) = map.get_mut(field) {
                self.leaves(value, is_base64);
            }
        }
        let annotations = map.get_mut("metadata").and_then(Value::as_map_mut);
        let annotations = annotations.and_then(|metadata| metadata.get_mut("annotations"));
        if let Some(copy) = annotations
            .and_then(Value::as_map_mut)
            .and_then(|map| map.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
        {
            self.leaves(copy, false);
        }
    }

    fn generator(&mut self, map: &mut Map) {
        for (field, holds) in [("files", Holds::Whole), ("envs", Holds::Variables)] {
            for name in map.get(field).and_then(Value::as_list).unwrap_or_default() {
                let name = name.as_str().unwrap_or_default();
                let path = name.split_once('=').filter(|_| holds == Holds::Whole);
                self.named.push((path.map_or(name, |(_, path)| path).to_owned(), holds));
            }
        }
        if let Some(name) = map.get("env").and_then(Value::as_str) {
            self.named.push((name.to_owned(), Holds::Variables));
        }
        let literals = map.get_mut("literals").and_then(Value::as_list_mut);
        for literal in literals.into_iter().flatten() {
            let Some((name, secret)) = literal.as_str().and_then(|text| text.split_once('='))
            else {
                continue;
            };
            if !is_reference(secret) && secret != STAND_IN {
                self.secrets.insert(secret.trim_matches(['"', '\'']).to_owned());
                literal.data = Data::String(format!("{name}={STAND_IN}").into());
                self.changed = true;
            }
        }
    }

    /// A patch for Secrets: operations, or a part of an object that may not say its kind.
    fn patch(&mut self, map: &mut Map) {
        if let Some(path) = map.get("path").and_then(Value::as_str) {
            self.named.push((path.to_owned(), Holds::Operations));
        }
        let Some(patch) = map.get_mut("patch") else { return };
        let text = patch.as_str().unwrap_or_default();
        let hidden = self.operations(text).or_else(|| {
            let mut value = weir_yaml::read_value(text.as_bytes(), Source::default()).ok()?;
            self.secret(value.as_map_mut()?);
            Some(weir_yaml::to_yaml(&value))
        });
        if let Some(hidden) = hidden {
            patch.data = Data::String(hidden.into());
            self.changed = true;
        }
    }

    /// Hides every text and number below; references stay, and what SOPS has encrypted.
    fn leaves(&mut self, value: &mut Value, is_base64: bool) {
        match &mut value.data {
            Data::Map(map) => {
                let map = std::sync::Arc::make_mut(map);
                map.iter_mut().for_each(|(_, value)| self.leaves(value, is_base64));
            }
            Data::List(items) => {
                let items = std::sync::Arc::make_mut(items);
                items.iter_mut().for_each(|item| self.leaves(item, is_base64));
            }
            Data::Null => {}
            Data::String(text)
                if text.is_empty() || text.starts_with("ENC[") || is_reference(text) => {}
            other => {
                let stand_in = if is_base64 { STAND_IN_BASE64 } else { STAND_IN };
                if let Data::String(text) = other {
                    if *text == stand_in {
                        return;
                    }
                    self.secrets.insert(text.trim().to_owned());
                    self.secrets.extend(text.lines().map(|line| line.trim().to_owned()));
                }
                *other = Data::String(stand_in.into());
                self.changed = true;
            }
        }
    }

    /// Hides line by line what stands under `data` and `stringData`, as far as no template makes it.
    fn lines(&mut self, text: &str) -> String {
        let mut all = String::new();
        let mut inside = None;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            let word = line.trim();
            let is_over = inside.is_some_and(|outer| indent <= outer && !word.is_empty());
            if inside.is_none() || is_over {
                let opens = ["data:", "stringData:"].iter().find(|key| word.starts_with(**key));
                inside = opens.map(|_| indent);
                let rest = opens.and_then(|key| word.strip_prefix(key)).unwrap_or_default();
                if rest.trim().is_empty() {
                    all.push_str(line);
                } else {
                    // A map on one line that cannot be read is not taken apart.
                    all.push_str(line.get(..line.len() - rest.len()).unwrap_or_default());
                    all.push_str(" {}");
                }
            } else if word.is_empty() || word.contains("{{") {
                all.push_str(line);
            } else {
                self.secrets.insert(word.to_owned());
                all.push_str(line.get(..indent).unwrap_or_default());
                match word.split_once(": ") {
                    Some((key, secret)) => {
                        self.secrets.insert(secret.trim().to_owned());
                        all.push_str(&format!("{key}: {STAND_IN}"));
                    }
                    None if word.ends_with(':') => all.push_str(word),
                    None => all.push_str(STAND_IN),
                }
            }
            all.push('\n');
        }
        all
    }
}

/// Tells whether a text looks like a document of a Secret.
fn is_secret(text: &str) -> bool {
    text.contains("kind") && text.contains("Secret") && text.contains(':')
}

/// Tells whether a text is a reference to a variable and nothing else.
fn is_reference(text: &str) -> bool {
    text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
