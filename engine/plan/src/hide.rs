//! Copies of objects that may be shown: secret values are replaced, and whether they changed stays visible.
//!
//! What stands in a secret's place never depends on the secret itself, only on which secrets of one report are equal:
//! numbers are given in the order in which values are met. So nothing that is printed can be used to test a guess.

use std::collections::BTreeMap;

use weir_model::{
    Data, Digest, DigestBuilder, Manifest, Map, ObjectId, SmolStr, Value, decode_base64,
};

use crate::align::align;

/// What stands in the place of a secret value.
pub const HIDDEN: &str = "(hidden)";

/// Hides the secrets of the objects of one report and numbers those that come, go or change; equal values have equal
/// numbers.
#[derive(Default)]
pub struct Hider {
    numbers: BTreeMap<Digest, usize>,
}

impl std::fmt::Debug for Hider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hider").finish_non_exhaustive()
    }
}

impl Hider {
    /// Hides an object that comes or goes.
    ///
    /// Secret are: the `data` and `stringData` of a Secret, copies of a Secret in annotations, and every value that is
    /// marked as sensitive wherever it stands.
    pub fn one(&mut self, manifest: &Manifest) -> Value {
        let mut value = marked(manifest);
        self.number(&mut value, is_encoded(manifest));
        value
    }

    /// Hides both sides of a change. A secret value that differs has a number on both sides and says so after the change,
    /// so that the difference shows while neither value does; one that stays is [`HIDDEN`].
    pub fn pair(&mut self, before: &Manifest, after: &Manifest) -> (Value, Value) {
        let (mut old, mut new) = (marked(before), marked(after));
        let encoded = is_encoded(before) || is_encoded(after);
        self.walk(&mut old, &mut new, encoded);
        (old, new)
    }

    fn walk(&mut self, old: &mut Value, new: &mut Value, encoded: bool) {
        if old.sensitive || new.sensitive {
            // A whole map may be sensitive, when a secret is in its keys.
            if old.data == new.data {
                cover(old, HIDDEN);
                cover(new, HIDDEN);
            } else {
                let numbers = (self.number_of(old, encoded), self.number_of(new, encoded));
                cover(old, &format!("(hidden {})", numbers.0));
                cover(new, &format!("(hidden {}, changed)", numbers.1));
            }
            return;
        }
        match (&old.data, &new.data) {
            (Data::Map(_), Data::Map(_)) => {
                let (Some(old), Some(new)) = (old.as_map_mut(), new.as_map_mut()) else { return };
                for (key, value) in old.iter_mut() {
                    match new.get_mut(key) {
                        Some(other) => self.walk(value, other, encoded),
                        None => self.number(value, encoded),
                    }
                }
                for (key, value) in new.iter_mut() {
                    if !old.contains_key(key) {
                        self.number(value, encoded);
                    }
                }
            }
            (Data::List(old_items), Data::List(new_items)) => {
                let pairs = align(old_items, new_items).pairs;
                let (Some(old), Some(new)) = (old.as_list_mut(), new.as_list_mut()) else { return };
                for (before, after) in pairs {
                    let before = before.and_then(|index| old.get_mut(index));
                    let after = after.and_then(|index| new.get_mut(index));
                    match (before, after) {
                        (Some(before), Some(after)) => self.walk(before, after, encoded),
                        (Some(one), None) | (None, Some(one)) => self.number(one, encoded),
                        (None, None) => {}
                    }
                }
            }
            _ => {
                self.number(old, encoded);
                self.number(new, encoded);
            }
        }
    }

    /// Replaces every secret below by its number; what holds none stays shared with the original.
    fn number(&mut self, value: &mut Value, encoded: bool) {
        replace(value, &mut |secret| {
            let number = self.number_of(secret, encoded);
            format!("(hidden {number})")
        });
    }

    fn number_of(&mut self, secret: &Value, encoded: bool) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(digest_of(secret, encoded)).or_insert(next)
    }
}

/// Returns the object with each secret value replaced by [`HIDDEN`].
pub fn hide(manifest: &Manifest) -> Value {
    let mut value = marked(manifest);
    replace(&mut value, &mut |_| HIDDEN.to_owned());
    value
}

/// Hides both sides of a single change, as [`Hider::pair`] does.
pub fn hide_pair(before: &Manifest, after: &Manifest) -> (Value, Value) {
    Hider::default().pair(before, after)
}

/// Returns the identity of an object with a name or namespace that came from a secret hidden.
pub fn hide_id(id: &ObjectId, manifest: &Manifest) -> ObjectId {
    let hidden = |part: &str| {
        let value = manifest.pointer(&["metadata", part]);
        value.is_some_and(|value| value.sensitive)
    };
    let mut id = id.clone();
    if hidden("name") {
        id.name = HIDDEN.into();
    }
    if hidden("namespace") {
        id.namespace = Some(HIDDEN.into());
    }
    id
}

/// Returns a copy of the object for a digest that anyone may see; nothing when the object holds no secret. What SOPS
/// encrypted stays: the ciphertext is in the repository.
pub(crate) fn without_secrets(manifest: &Manifest) -> Option<Value> {
    let mut value = marked(manifest);
    if !holds_sensitive(&value) {
        return None;
    }
    replace(&mut value, &mut |secret| match secret.as_str() {
        Some(text) if text.starts_with("ENC[") => text.to_owned(),
        _ => HIDDEN.to_owned(),
    });
    Some(value)
}

/// Hashes a secret so that a Secret's base64 and the text itself are equal.
fn digest_of(secret: &Value, encoded: bool) -> Digest {
    let mut digest = DigestBuilder::new("secret");
    let decoded = secret.as_str().filter(|_| encoded).and_then(decode_base64);
    match (decoded, secret.as_str()) {
        (Some(bytes), _) => digest.bytes(&bytes),
        (None, Some(text)) => digest.bytes(text.as_bytes()),
        (None, None) => {
            secret.digest_into(&mut digest);
            &mut digest
        }
    };
    digest.finish()
}

fn is_secret(manifest: &Manifest) -> bool {
    manifest.kind() == "Secret" && manifest.group().is_empty()
}

/// Tells whether the object's secrets are written in base64.
fn is_encoded(manifest: &Manifest) -> bool {
    is_secret(manifest) && manifest.value().get("data").is_some()
}

/// Returns the object with the fields marked that are secret by its kind.
fn marked(manifest: &Manifest) -> Value {
    let mut value = manifest.value().clone();
    if !is_secret(manifest) {
        return value;
    }
    let Some(map) = value.as_map_mut() else { return value };
    for field in ["data", "stringData"] {
        if let Some(secrets) = map.get_mut(field) {
            mark_leaves(secrets);
        }
    }
    let annotations = map
        .get_mut("metadata")
        .and_then(Value::as_map_mut)
        .and_then(|metadata| metadata.get_mut("annotations"))
        .and_then(Value::as_map_mut);
    // `kubectl apply` keeps a copy of the whole object there.
    if let Some(copy) =
        annotations.and_then(|map| map.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
    {
        copy.sensitive = true;
    }
    value
}

fn mark_leaves(value: &mut Value) {
    match &value.data {
        Data::Map(_) => {
            for (_, entry) in value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
                mark_leaves(entry);
            }
        }
        _ => value.sensitive = true,
    }
}

fn cover(value: &mut Value, text: &str) {
    value.sensitive = false;
    value.data = Data::String(SmolStr::new(text));
}

fn replace(value: &mut Value, word: &mut dyn FnMut(&Value) -> String) {
    if value.sensitive {
        let text = word(value);
        cover(value, &text);
        return;
    }
    if !holds_sensitive(value) {
        return;
    }
    for (_, entry) in value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
        replace(entry, word);
    }
    for entry in value.as_list_mut().into_iter().flatten() {
        replace(entry, word);
    }
}

/// Tells whether anything below is sensitive.
fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::Map(map) => map.iter().any(|(_, entry)| holds_sensitive(entry)),
            Data::List(items) => items.iter().any(holds_sensitive),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, field: &str, data: &[(&str, Value)]) -> Manifest {
        let entry = |key: &str, value: Value| (key.into(), value);
        let data: Map = data.iter().map(|(key, value)| entry(key, value.clone())).collect();
        let metadata: Map = [entry("name", "db".into())].into_iter().collect();
        let map: Map = [
            entry("apiVersion", "v1".into()),
            entry("kind", kind.into()),
            entry("metadata", metadata.into()),
            entry(field, data.into()),
        ]
        .into_iter()
        .collect();
        Manifest::new(map.into()).unwrap()
    }

    fn secret(password: &str) -> Manifest {
        object("Secret", "stringData", &[("password", password.into()), ("user", "admin".into())])
    }

    fn shown<'a>(value: &'a Value, field: &str, key: &str) -> Option<&'a str> {
        value.pointer(&[field, key]).and_then(Value::as_str)
    }

    #[test]
    fn a_secret_never_shows_and_its_change_does() {
        assert_eq!(shown(&hide(&secret("hunter2")), "stringData", "password"), Some(HIDDEN));
        let (old, new) = hide_pair(&secret("hunter2"), &secret("hunter3"));
        assert_eq!(shown(&old, "stringData", "password"), Some("(hidden 1)"));
        assert_eq!(shown(&new, "stringData", "password"), Some("(hidden 2, changed)"));
        assert_eq!(shown(&new, "stringData", "user"), Some(HIDDEN));
    }

    #[test]
    fn equal_secrets_have_one_number_also_in_base64() {
        let mut hider = Hider::default();
        hider.pair(&secret("hunter2"), &secret("hunter3"));
        let encoded = object("Secret", "data", &[("p", "aHVudGVyMw==".into())]);
        assert_eq!(shown(&hider.one(&encoded), "data", "p"), Some("(hidden 2)"));
    }

    #[test]
    fn a_value_that_was_secret_before_stays_hidden_on_both_sides() {
        let mut entry = Value::from("a");
        entry.sensitive = true;
        let before = object("ConfigMap", "data", &[("key", entry)]);
        let (old, new) = hide_pair(&before, &object("ConfigMap", "data", &[("key", "b".into())]));
        assert_eq!(shown(&old, "data", "key"), Some("(hidden 1)"));
        assert_eq!(shown(&new, "data", "key"), Some("(hidden 2, changed)"));
    }

    #[test]
    fn an_unchanged_secret_stays_so_when_an_item_is_put_before_it() {
        let item = |name: &str, text: &str, sensitive: bool| {
            let mut value = Value::from(text);
            value.sensitive = sensitive;
            Value::map(
                [("name".into(), name.into()), ("value".into(), value)].into_iter().collect(),
            )
        };
        let env = |items: Vec<Value>| object("ConfigMap", "x", &[("env", Value::list(items))]);
        let (_, new) = hide_pair(
            &env(vec![item("T", "hunter2", true)]),
            &env(vec![item("A", "1", false), item("T", "hunter2", true)]),
        );
        let items = new.pointer(&["x", "env"]).unwrap().as_list().unwrap();
        assert_eq!(items[1].get("value").unwrap().as_str(), Some(HIDDEN));
    }
}
