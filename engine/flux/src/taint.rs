//! How a secret is followed without a trace through templates: render once with the secret, once with a decoy of the
//! same shape, and mark what differs.

use weir_model::{Data, Map, Value};

/// Returns a text of the same length and shape as a secret, but different: letters stay letters of the same case,
/// digits stay digits, and everything else stays as it is.
///
/// A text without letters and digits gives itself; there is nothing in it to follow.
pub fn decoy(secret: &str) -> String {
    secret
        .chars()
        .map(|character| match character {
            // A rotation, so that no letter keeps its place; `y`, `n` and the like may not turn into booleans.
            'a'..='z' => rotate(character, 'a', 26),
            'A'..='Z' => rotate(character, 'A', 26),
            '1'..='9' => rotate(character, '1', 9),
            // A zero at the start changes how a number is read, so it stays one.
            other => other,
        })
        .collect()
}

fn rotate(character: char, first: char, count: u32) -> char {
    let index = (character as u32 - first as u32 + 7) % count;
    char::from_u32(first as u32 + index).unwrap_or(character)
}

/// Returns a value with every text, number and truth value replaced by a decoy; the shape stays.
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
        // A number or truth value steers templates more often than it is a secret.
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

/// Takes secrets out of a message. Texts shorter than three characters are left: they would hide half of any message.
pub fn hide<'a>(message: String, secrets: impl Iterator<Item = &'a str>) -> String {
    secrets
        .flat_map(str::lines)
        .map(str::trim)
        .filter(|secret| secret.len() >= 3)
        .fold(message, |message, secret| message.replace(secret, "(hidden)"))
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
