//! The fields in which two objects differ, and the folding of those that need not be read.

use weir_model::{Data, Map, SmolStr, Value};

use crate::align::{align, digests};

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
/// `name` are matched by it; of others equal items are matched, and the rest by their place. A list whose items only
/// stand in another order is one change.
pub fn field_changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    fold::<()>(before, after, &|_| None).own
}

/// A difference on which a rule decides.
pub(crate) struct Difference<'a> {
    /// The keys from the root; items of lists are `[]`.
    pub(crate) keys: &'a [SmolStr],
    pub(crate) before: Option<&'a Value>,
    pub(crate) after: Option<&'a Value>,
    /// Whether both are lists of the same items in another order.
    pub(crate) only_order: bool,
}

impl Difference<'_> {
    /// Returns the texts on both sides, when both are texts.
    pub(crate) fn texts(&self) -> Option<(&str, &str)> {
        Some((self.before?.as_str()?, self.after?.as_str()?))
    }

    /// Returns the key of the label or annotation that differs, when it is one.
    pub(crate) fn metadata_key(&self) -> Option<&str> {
        match self.keys {
            [.., metadata, field, key]
                if metadata == "metadata" && (field == "labels" || field == "annotations") =>
            {
                Some(key)
            }
            _ => None,
        }
    }
}

/// Two objects with some of their differences set aside.
pub(crate) struct Folded<Reason> {
    /// The old object, in which each folded field is already as it will be.
    pub(crate) before: Value,
    /// What is left.
    pub(crate) own: Vec<FieldChange>,
    /// What was set aside, with the reason the rule gave.
    pub(crate) aside: Vec<(Reason, FieldChange)>,
}

/// Walks two objects and sets aside the differences for which the rule gives a reason.
pub(crate) fn fold<Reason>(
    before: &Value,
    after: &Value,
    rule: &dyn Fn(&Difference<'_>) -> Option<Reason>,
) -> Folded<Reason> {
    let mut walk =
        Walk { rule, keys: Vec::new(), path: String::new(), own: Vec::new(), aside: Vec::new() };
    let quiet = walk.pair(Some(before), Some(after));
    Folded { before: quiet.unwrap_or_default(), own: walk.own, aside: walk.aside }
}

struct Walk<'rule, Reason> {
    rule: &'rule dyn Fn(&Difference<'_>) -> Option<Reason>,
    keys: Vec<SmolStr>,
    path: String,
    own: Vec<FieldChange>,
    aside: Vec<(Reason, FieldChange)>,
}

impl<Reason> Walk<'_, Reason> {
    /// Compares two values and returns the old one with the folded differences applied.
    fn pair(&mut self, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
        if before == after {
            return before.cloned();
        }
        match (before, after) {
            (Some(old), Some(new)) => match (&old.data, &new.data) {
                (Data::Map(old_map), Data::Map(new_map)) => {
                    let map = self.maps(old_map, new_map);
                    Some(Value { data: Value::map(map).data, ..old.clone() })
                }
                (Data::List(old_items), Data::List(new_items)) => {
                    let items = self.lists((old, old_items), (new, new_items));
                    Some(Value { data: Value::list(items).data, ..old.clone() })
                }
                _ => self.leaf(before, after, false),
            },
            _ => self.leaf(before, after, false),
        }
    }

    fn leaf(
        &mut self,
        before: Option<&Value>,
        after: Option<&Value>,
        only_order: bool,
    ) -> Option<Value> {
        let change =
            FieldChange { path: self.path.clone(), before: before.cloned(), after: after.cloned() };
        match (self.rule)(&Difference { keys: &self.keys, before, after, only_order }) {
            Some(reason) => {
                self.aside.push((reason, change));
                after.cloned()
            }
            None => {
                self.own.push(change);
                before.cloned()
            }
        }
    }

    fn maps(&mut self, old: &Map, new: &Map) -> Map {
        let mut keys: Vec<&SmolStr> = old.keys().chain(new.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut quiet = Vec::with_capacity(keys.len());
        for key in keys {
            let part = key_step(key, self.path.is_empty());
            let value = self.step(key.clone(), &part, old.get(key), new.get(key));
            quiet.extend(value.map(|value| (key.clone(), value)));
        }
        quiet.into_iter().collect()
    }

    fn lists(
        &mut self,
        (old, old_items): (&Value, &[Value]),
        (new, new_items): (&Value, &[Value]),
    ) -> Vec<Value> {
        let found = align(old_items, new_items);
        let same_set = !found.named && is_permutation(old_items, new_items);
        if same_set {
            let quiet = self.leaf(Some(old), Some(new), true);
            return quiet
                .and_then(|list| list.as_list().map(<[Value]>::to_vec))
                .unwrap_or_default();
        }
        let mut quiet: Vec<(Option<usize>, Value)> = Vec::new();
        for (old_index, new_index) in &found.pairs {
            let before = old_index.and_then(|index| old_items.get(index));
            let after = new_index.and_then(|index| new_items.get(index));
            let part = item_step(before.or(after), old_index.or(*new_index), found.named);
            let value = self.step(SmolStr::new_static("[]"), &part, before, after);
            quiet.extend(value.map(|value| (*new_index, value)));
        }
        if found.reordered {
            let folded = self.aside.len();
            self.leaf(Some(old), Some(new), true);
            if self.aside.len() > folded {
                // Items that go stand last.
                quiet.sort_by_key(|(index, _)| index.unwrap_or(usize::MAX));
            }
        }
        quiet.into_iter().map(|(_, value)| value).collect()
    }

    fn step(
        &mut self,
        key: SmolStr,
        part: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<Value> {
        let length = self.path.len();
        self.path.push_str(part);
        self.keys.push(key);
        let value = self.pair(before, after);
        self.keys.pop();
        self.path.truncate(length);
        value
    }
}

/// Tells whether two lists of plain values hold the same in another order.
fn is_permutation(old: &[Value], new: &[Value]) -> bool {
    if old.len() != new.len() || old.iter().chain(new).any(is_nested) {
        return false;
    }
    let (mut old, mut new) = (digests(old), digests(new));
    old.sort_unstable();
    new.sort_unstable();
    old == new
}

fn is_nested(item: &Value) -> bool {
    matches!(item.data, Data::Map(_) | Data::List(_))
}

fn item_step(item: Option<&Value>, index: Option<usize>, named: bool) -> String {
    match item.and_then(|item| item.get("name")?.as_str()).filter(|_| named) {
        Some(name) => format!("[name={name}]"),
        None => format!("[{}]", index.unwrap_or_default()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    fn item(name: &str, image: &str) -> Value {
        map(&[("name", name.into()), ("image", image.into())])
    }

    fn object(items: Vec<Value>, label: &str) -> Value {
        let labels = map(&[("app.kubernetes.io/x", label.into())]);
        map(&[("c", Value::list(items)), ("labels", labels)])
    }

    #[test]
    fn paths_name_list_items_and_quote_odd_keys() {
        let changes = field_changes(
            &object(vec![item("a", "1"), item("b", "1")], "x"),
            &object(vec![item("a", "2"), item("b", "1")], "y"),
        );
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["c[name=a].image", r#"labels["app.kubernetes.io/x"]"#]);
    }

    #[test]
    fn another_order_is_one_change() {
        let before = object(vec![item("a", "1"), item("b", "1")], "x");
        let after = object(vec![item("b", "1"), item("a", "1")], "x");
        let changes = field_changes(&before, &after);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, "c");
    }

    #[test]
    fn what_is_set_aside_is_already_done_in_the_old_object() {
        let before = object(vec![item("a", "1"), item("b", "1")], "x");
        let after = object(vec![item("b", "2"), item("a", "1")], "y");
        let folded = fold(&before, &after, &|difference| {
            (difference.only_order || difference.keys.len() == 2).then_some(())
        });
        assert_eq!(folded.aside.len(), 2);
        let paths: Vec<&str> = folded.own.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["c[name=b].image"]);
        assert_eq!(folded.before, object(vec![item("b", "1"), item("a", "1")], "y"));
    }
}
