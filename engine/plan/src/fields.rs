//! The fields in which two objects differ.

use weir_model::{Data, Value};

/// One field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The path from the object's root, for instance `spec.template.spec.containers[name=web].image`.
    pub path: String,
    /// The value before; none when the field is new.
    pub before: Option<Value>,
    /// The value after; none when the field is gone.
    pub after: Option<Value>,
}

/// Returns the fields that differ, in the order of their paths in the objects. Items of lists whose items all have a
/// `name` are matched by it, others by their place.
pub fn field_changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    walk(&mut String::new(), Some(before), Some(after), &mut changes);
    changes
}

fn walk(
    path: &mut String,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    if before == after {
        return;
    }
    match (before.map(|value| &value.data), after.map(|value| &value.data)) {
        (Some(Data::Map(old)), Some(Data::Map(new))) => {
            let mut keys: Vec<&str> =
                old.keys().chain(new.keys()).map(|key| key.as_str()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                step(path, &key_step(key, path.is_empty()), old.get(key), new.get(key), changes);
            }
        }
        (Some(Data::List(old)), Some(Data::List(new))) => match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) => {
                let mut all = old_names.clone();
                all.extend(new_names.iter().filter(|name| !old_names.contains(name)));
                for name in all {
                    let find = |names: &[&str], items: &[Value]| {
                        names
                            .iter()
                            .position(|other| *other == name)
                            .and_then(|index| items.get(index).cloned())
                    };
                    let (old, new) = (find(&old_names, old), find(&new_names, new));
                    step(path, &format!("[name={name}]"), old.as_ref(), new.as_ref(), changes);
                }
            }
            _ => {
                for index in 0..old.len().max(new.len()) {
                    step(path, &format!("[{index}]"), old.get(index), new.get(index), changes);
                }
            }
        },
        _ => changes.push(FieldChange {
            path: path.clone(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn step(
    path: &mut String,
    part: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    let length = path.len();
    path.push_str(part);
    walk(path, before, after, changes);
    path.truncate(length);
}

/// Writes a key so that one with dots can be told from a path.
fn key_step(key: &str, first: bool) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    match (plain, first) {
        (true, true) => key.to_owned(),
        (true, false) => format!(".{key}"),
        (false, _) => format!("[{key:?}]"),
    }
}

/// Returns the items' names when each has one and no two are equal.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> =
        items.iter().map(|item| item.get("name")?.as_str()).collect::<Option<_>>()?;
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == names.len()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_list_items_and_quote_odd_keys() {
        let item = |name: &str, image: &str| {
            Value::map(
                [("name".into(), name.into()), ("image".into(), image.into())]
                    .into_iter()
                    .collect(),
            )
        };
        let object = |items: Vec<Value>, label: &str| {
            let labels =
                Value::map([("app.kubernetes.io/x".into(), label.into())].into_iter().collect());
            Value::map(
                [("c".into(), Value::list(items)), ("labels".into(), labels)].into_iter().collect(),
            )
        };
        let changes = field_changes(
            &object(vec![item("a", "1"), item("b", "1")], "x"),
            &object(vec![item("b", "1"), item("a", "2")], "y"),
        );
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["c[name=a].image", r#"labels["app.kubernetes.io/x"]"#]);
    }
}
