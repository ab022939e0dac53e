//! How a secret is followed without a trace through templates: render once with the secret, once with a decoy of the
//! same shape, and mark what differs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use weir_model::{Data, Map, Value, decode_base64};

/// Returns a text of the same length and shape as a secret, but different: letters stay letters of the same case,
/// digits stay digits, and everything else stays as it is. A text without any of them gives a letter.
pub fn decoy(secret: &str) -> String {
    let mut inside_number = false;
    let rotated: String = secret
        .chars()
        .map(|character| {
            let was_inside = std::mem::replace(&mut inside_number, character.is_ascii_digit());
            match character {
                // A rotation, so that no letter keeps its place; `y`, `n` and the like may not turn into booleans.
                'a'..='z' => rotate(character, 'a', 26),
                'A'..='Z' => rotate(character, 'A', 26),
                '1'..='9' => rotate(character, '1', 9),
                // A zero at the start changes how a number is read, so it stays one.
                '0' if was_inside => '7',
                other => other,
            }
        })
        .collect();
    if rotated == secret && !secret.is_empty() { "x".to_owned() } else { rotated }
}

fn rotate(character: char, first: char, count: u32) -> char {
    let index = (character as u32 - first as u32 + 7) % count;
    char::from_u32(first as u32 + index).unwrap_or(character)
}

/// Whole numbers from here on are followed; smaller ones count and switch things more often than they are secrets.
const SECRET_NUMBER: i64 = 1_000;

/// Returns a value with every text and every large whole number replaced by a decoy; the shape stays.
pub fn decoy_value(value: &Value) -> Value {
    let data = match &value.data {
        Data::String(text) => Data::String(decoy(text).into()),
        Data::List(items) => {
            Data::List(std::sync::Arc::new(items.iter().map(decoy_value).collect()))
        }
        Data::Map(map) => {
            let map: Map =
                map.iter().map(|(key, value)| (key.clone(), decoy_value(value))).collect();
            Data::Map(std::sync::Arc::new(map))
        }
        Data::Int(number) if number.checked_abs().is_some_and(|size| size >= SECRET_NUMBER) => {
            decoy(&number.to_string()).parse().map_or(Data::Null, Data::Int)
        }
        Data::Uint(number) => decoy(&number.to_string()).parse().map_or(Data::Null, Data::Uint),
        // Helm's numbers are floats, whole ones too.
        Data::Float(number) if number.abs() >= 1_000.0 => Data::Float(number / 2.0 + 7.0),
        // A small number or a truth value steers templates more often than it is a secret.
        other => other.clone(),
    };
    Value { data, ..value.clone() }
}

/// Marks as sensitive what differs from another rendering of the same input with decoys.
pub fn mark_differences(value: &mut Value, other: &Value) {
    if value.data == other.data {
        return;
    }
    match (&mut value.data, &other.data) {
        (Data::Map(map), Data::Map(others)) => {
            let lacks = |one: &Map, other: &Map| one.keys().any(|key| !other.contains_key(key));
            if lacks(map, others) && lacks(others, map) {
                // The keys themselves differ: a secret is in them.
                value.sensitive = true;
                return;
            }
            for (key, value) in std::sync::Arc::make_mut(map).iter_mut() {
                match others.get(key) {
                    Some(other) => mark_differences(value, other),
                    None => mark_all(value),
                }
            }
        }
        (Data::List(items), Data::List(others)) if items.len() == others.len() => {
            for (item, other) in std::sync::Arc::make_mut(items).iter_mut().zip(others.iter()) {
                mark_differences(item, other);
            }
        }
        _ => mark_all(value),
    }
}

/// Marks every leaf as sensitive.
pub fn mark_all(value: &mut Value) {
    match &mut value.data {
        Data::Map(map) => {
            for (_, value) in std::sync::Arc::make_mut(map).iter_mut() {
                mark_all(value);
            }
        }
        Data::List(items) => {
            for item in std::sync::Arc::make_mut(items).iter_mut() {
                mark_all(item);
            }
        }
        _ => value.sensitive = true,
    }
}

/// Carries origins and marks over to a value that was written and read again.
pub fn copy_marks(value: &mut Value, original: &Value) {
    value.origin = original.origin;
    value.sensitive |= original.sensitive;
    match (&mut value.data, &original.data) {
        (Data::Map(map), Data::Map(originals)) => {
            for (key, value) in std::sync::Arc::make_mut(map).iter_mut() {
                if let Some(original) = originals.get(key) {
                    copy_marks(value, original);
                }
            }
        }
        (Data::List(items), Data::List(originals)) => {
            for (item, original) in std::sync::Arc::make_mut(items).iter_mut().zip(originals.iter())
            {
                copy_marks(item, original);
            }
        }
        _ => {}
    }
}

/// Takes secrets out of a message, also where they stand in base64. Texts shorter than three characters are left: they
/// would hide half of any message.
pub fn hide<'a>(message: String, secrets: impl Iterator<Item = &'a str>) -> String {
    secrets.fold(message, |message, secret| {
        let lines = secret.lines().map(str::trim).filter(|line| line.len() >= MIN_HIDDEN);
        let encoded = STANDARD.encode(secret.as_bytes());
        let encoded = Some(encoded.trim_end_matches('=')).filter(|_| secret.len() >= MIN_HIDDEN);
        lines.chain(encoded).fold(message, |message, text| message.replace(text, "(hidden)"))
    })
}

/// Shorter texts stand in messages by chance.
const MIN_HIDDEN: usize = 3;

/// Marks texts that hold a secret of one of the objects' Secrets, as it is or in base64: kustomize's replacements copy
/// them anywhere. Only secrets that no word is by chance are looked for.
pub fn mark_copies(values: &mut [Value]) {
    let mut secrets = Vec::new();
    for value in values.iter().filter(|value| is_secret(value)) {
        for (field, encoded) in [("data", true), ("stringData", false)] {
            for (_, entry) in
                value.get(field).and_then(Value::as_map).into_iter().flat_map(Map::iter)
            {
                secret_texts(entry.as_str().unwrap_or_default(), encoded, &mut secrets);
            }
        }
    }
    secrets.sort_unstable();
    secrets.dedup();
    if secrets.is_empty() {
        return;
    }
    for value in values.iter_mut().filter(|value| !is_secret(value)) {
        if holds_one(value, &secrets) {
            mark_holders(value, &secrets);
        }
    }
}

fn is_secret(value: &Value) -> bool {
    let field = |name: &str| value.get(name).and_then(Value::as_str);
    field("kind") == Some("Secret") && field("apiVersion") == Some("v1")
}

/// Adds a secret in both ways of writing, when it cannot be taken for a word.
fn secret_texts(text: &str, encoded: bool, into: &mut Vec<String>) {
    let plain = if encoded {
        decode_base64(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    } else {
        Some(text.to_owned())
    };
    let Some(plain) = plain else { return };
    let plain = plain.trim();
    let has_digit = plain.bytes().any(|byte| byte.is_ascii_digit());
    if plain.len() >= 20 || (plain.len() >= 8 && has_digit) {
        into.push(STANDARD.encode(plain.as_bytes()).trim_end_matches('=').to_owned());
        into.push(plain.to_owned());
    }
}

fn holds_one(value: &Value, secrets: &[String]) -> bool {
    let in_text = |text: &str| {
        // The shortest secret that is looked for has eight characters.
        text.len() >= 8 && secrets.iter().any(|secret| text.contains(secret.as_str()))
    };
    match &value.data {
        Data::String(text) => in_text(text),
        Data::List(items) => items.iter().any(|item| holds_one(item, secrets)),
        Data::Map(map) => map.iter().any(|(key, value)| in_text(key) || holds_one(value, secrets)),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Uint(_) | Data::Float(_) => false,
    }
}

fn mark_holders(value: &mut Value, secrets: &[String]) {
    match &mut value.data {
        Data::Map(map) => {
            let in_keys = |key: &str| secrets.iter().any(|secret| key.contains(secret.as_str()));
            if map.keys().any(|key| in_keys(key)) {
                value.sensitive = true;
                return;
            }
            for (_, entry) in std::sync::Arc::make_mut(map).iter_mut() {
                if holds_one(entry, secrets) {
                    mark_holders(entry, secrets);
                }
            }
        }
        Data::List(items) => {
            for item in std::sync::Arc::make_mut(items).iter_mut() {
                if holds_one(item, secrets) {
                    mark_holders(item, secrets);
                }
            }
        }
        _ => value.sensitive = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoy_keeps_the_shape_and_changes_every_letter() {
        let secret = "Hunter-2 0x9\n";
        let other = decoy(secret);
        assert_eq!(other.len(), secret.len());
        let kept = secret.chars().zip(other.chars()).filter(|(a, b)| a == b && a.is_alphabetic());
        assert_eq!(kept.count(), 0);
        for secret in ["000000", "!!!", "100", "~"] {
            assert_ne!(decoy(secret), secret);
        }
    }

    #[test]
    fn large_numbers_are_followed_and_small_ones_are_not() {
        let number = |number: i64| Value::from(number);
        assert_ne!(decoy_value(&number(4_711_000)), number(4_711_000));
        assert_eq!(decoy_value(&number(3)), number(3));
    }

    #[test]
    fn a_map_with_a_secret_among_its_keys_is_marked_as_a_whole() {
        let map = |key: &str| -> Value { Map::from_iter([(key.into(), Value::from("x"))]).into() };
        let mut value = map("secret");
        mark_differences(&mut value, &map("zljyla"));
        assert!(value.sensitive);
    }

    #[test]
    fn copies_of_a_secret_are_found_in_other_objects() {
        let object = |kind: &str, text: &str| -> Value {
            let data: Map = Map::from_iter([("k".into(), Value::from(text))]);
            Map::from_iter([
                ("apiVersion".into(), "v1".into()),
                ("kind".into(), Value::from(kind)),
                ("data".into(), data.into()),
            ])
            .into()
        };
        let encoded = STANDARD.encode(b"s3cr3t-word");
        let mut values = vec![
            object("Secret", &encoded),
            object("ConfigMap", "url: http://u:s3cr3t-word@host"),
            object("ConfigMap", &format!("x {encoded} y")),
            object("ConfigMap", "nothing of it"),
        ];
        mark_copies(&mut values);
        let marks: Vec<bool> = values
            .iter()
            .map(|value| value.pointer(&["data", "k"]).is_some_and(|value| value.sensitive))
            .collect();
        assert_eq!(marks, [false, true, true, false]);
    }

    #[test]
    fn messages_hide_secrets_in_base64_too() {
        let message = format!("cannot read hunter2 nor {}", STANDARD.encode(b"hunter2"));
        assert_eq!(hide(message, ["hunter2"].into_iter()), "cannot read (hidden) nor (hidden)==");
    }

    #[test]
    fn only_what_differs_is_marked() {
        let map = |text: &str| -> Value {
            Map::from_iter([("a".into(), Value::from(text)), ("b".into(), Value::from("same"))])
                .into()
        };
        let mut value = map("secret");
        mark_differences(&mut value, &map("jvjylk"));
        assert!(value.get("a").is_some_and(|value| value.sensitive));
        assert!(!value.get("b").is_some_and(|value| value.sensitive));
    }
}
