//! Keeps the values of secrets out of what API servers say about objects.

use weir_model::{Data, Value};

/// What stands for a value of a secret.
const HIDDEN: &str = "(hidden)";

/// Shorter values are not looked for: they would be found in words that have nothing to do with them.
const SHORTEST: usize = 4;

/// Returns a text without the sensitive values of an object, whether they stand there as they are or decoded.
pub(crate) fn without_secrets(text: &str, object: &Value) -> String {
    let mut secrets = Vec::new();
    collect(object, false, 0, &mut secrets);
    // The longest first: one may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
}

/// Tells whether an object holds values that SOPS has encrypted and nobody has decrypted.
pub(crate) fn is_still_encrypted(object: &Value) -> bool {
    fn search(value: &Value, depth: u32) -> bool {
        if depth > 100 {
            return false;
        }
        match &value.data {
            Data::String(text) => text.starts_with("ENC[AES256_GCM,"),
            Data::List(items) => items.iter().any(|item| search(item, depth + 1)),
            Data::Map(map) => map.iter().any(|(_, value)| search(value, depth + 1)),
            Data::Null | Data::Bool(_) | Data::Int(_) | Data::Uint(_) | Data::Float(_) => false,
        }
    }
    search(object, 0)
}

fn collect(value: &Value, sensitive: bool, depth: u32, secrets: &mut Vec<String>) {
    use base64::Engine;
    let sensitive = sensitive || value.sensitive;
    if depth > 100 {
        return;
    }
    match &value.data {
        Data::String(text) if sensitive && text.len() >= SHORTEST => {
            secrets.push(text.to_string());
            let decoded = base64::engine::general_purpose::STANDARD.decode(text.as_str()).ok();
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            secrets.extend(decoded.filter(|decoded| decoded.len() >= SHORTEST));
        }
        Data::List(items) => {
            items.iter().for_each(|item| collect(item, sensitive, depth + 1, secrets));
        }
        Data::Map(map) => {
            map.iter().for_each(|(_, value)| collect(value, sensitive, depth + 1, secrets));
        }
        _ => {}
    }
}

/// Marks in `to` what is sensitive in the same places of `from`. Lists of different lengths are marked as a whole when
/// anything in them is sensitive.
pub(crate) fn copy_marks(from: &Value, to: &mut Value) {
    fn marks(from: &Value, to: &mut Value, depth: u32) {
        if from.sensitive || depth > 100 {
            to.sensitive = true;
            return;
        }
        match (&from.data, &to.data) {
            (Data::Map(from), Data::Map(_)) => {
                for (key, value) in to.as_map_mut().into_iter().flat_map(weir_model::Map::iter_mut)
                {
                    if let Some(from) = from.get(key) {
                        marks(from, value, depth + 1);
                    }
                }
            }
            (Data::List(from), Data::List(items)) if from.len() == items.len() => {
                for (from, value) in from.iter().zip(to.as_list_mut().into_iter().flatten()) {
                    marks(from, value, depth + 1);
                }
            }
            (Data::List(items), _) if items.iter().any(|item| is_any_sensitive(item, depth)) => {
                to.sensitive = true;
            }
            _ => {}
        }
    }
    marks(from, to, 0);
}

fn is_any_sensitive(value: &Value, depth: u32) -> bool {
    value.sensitive
        || depth > 100
        || match &value.data {
            Data::List(items) => items.iter().any(|item| is_any_sensitive(item, depth + 1)),
            Data::Map(map) => map.iter().any(|(_, value)| is_any_sensitive(value, depth + 1)),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use weir_model::Source;

    use super::*;

    #[test]
    fn values_of_secrets_are_hidden_in_texts() {
        let mut object = weir_yaml::read_value(
            b"{kind: Secret, data: {password: aHVudGVyMjI=, short: YQ==}}",
            Source::default(),
        )
        .unwrap();
        if let Some(data) = object.as_map_mut().and_then(|map| map.get_mut("data")) {
            data.sensitive = true;
        }
        for (text, expected) in [
            ("bad value \"hunter22\" in Secret", "bad value \"(hidden)\" in Secret"),
            ("bad value \"aHVudGVyMjI=\"", "bad value \"(hidden)\""),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_secrets(text, &object), expected);
        }
    }

    #[test]
    fn encrypted_values_are_recognised() {
        let read = |text: &str| weir_yaml::read_value(text.as_bytes(), Source::default()).unwrap();
        assert!(is_still_encrypted(&read("{data: {a: ['ENC[AES256_GCM,data:x]']}}")));
        assert!(!is_still_encrypted(&read("{data: {a: ENC}}")));
    }
}
