//! The record of what a unit has applied, in the exact form of `status.inventory`.

use std::collections::BTreeMap;

use weir_model::{Map, ObjectId, SmolStr, Value};

/// The objects that a unit has applied, with the version of the API they were applied in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The objects in the order in which they were applied.
    pub entries: Vec<Entry>,
}

/// One object of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which one. An object outside namespaces has none.
    pub id: ObjectId,
    /// The version of its API, without the group.
    pub version: SmolStr,
}

/// Kinds whose names may hold colons, which an id writes as two underscores.
const NAMES_WITH_COLONS: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

impl Entry {
    /// Writes the id: `<namespace>_<name>_<group>_<kind>`.
    pub fn id_text(&self) -> String {
        let ObjectId { group, kind, namespace, name } = &self.id;
        let has_colons =
            group == "rbac.authorization.k8s.io" && NAMES_WITH_COLONS.contains(&kind.as_str());
        let name = if has_colons { name.replace(':', "__") } else { name.to_string() };
        format!("{}_{name}_{group}_{kind}", namespace.as_deref().unwrap_or_default())
    }

    /// Reads an id; nothing when it has too few parts.
    pub fn parse(id: &str, version: &str) -> Option<Self> {
        let (namespace, rest) = id.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let id = ObjectId::new(group, kind, namespace, &name.replace("__", ":"));
        Some(Self { id, version: version.into() })
    }
}

impl Inventory {
    /// Reads `status.inventory` of a Flux object. Entries that cannot be read are left out; their ids are returned.
    pub fn read(object: &Value) -> (Self, Vec<String>) {
        let list = object.pointer(&["status", "inventory", "entries"]).and_then(Value::as_list);
        let (mut inventory, mut unread) = (Self::default(), Vec::new());
        for item in list.unwrap_or_default() {
            let text = |key| item.get(key).and_then(Value::as_str).unwrap_or_default();
            match Entry::parse(text("id"), text("v")) {
                Some(entry) => inventory.entries.push(entry),
                None => unread.push(text("id").to_owned()),
            }
        }
        (inventory, unread)
    }

    /// Writes the value of `status.inventory`.
    pub fn to_value(&self) -> Value {
        let entry = |entry: &Entry| {
            let fields = [
                ("id".into(), Value::string(entry.id_text())),
                ("v".into(), Value::string(entry.version.clone())),
            ];
            Value::map(Map::from_iter(fields))
        };
        let entries = Value::list(self.entries.iter().map(entry).collect());
        Value::map(Map::from_iter([("entries".into(), entries)]))
    }

    /// Adds the entries of another inventory that this one lacks.
    pub fn extend(&mut self, other: &Self) {
        let missing: Vec<Entry> = other.without(self).into_iter().cloned().collect();
        self.entries.extend(missing);
    }

    /// Returns the entries that `newer` lacks, in this inventory's order.
    pub fn without<'a>(&'a self, newer: &Self) -> Vec<&'a Entry> {
        let kept: BTreeMap<&ObjectId, ()> =
            newer.entries.iter().map(|entry| (&entry.id, ())).collect();
        self.entries.iter().filter(|entry| !kept.contains_key(&entry.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    #[test]
    fn ids_are_written_and_read_as_flux_does() {
        for (id, shown) in [
            ("default_podinfo__Service", "Service/default/podinfo"),
            ("_a_apiextensions.k8s.io_CustomResourceDefinition", "CustomResourceDefinition/a"),
            ("_system__reader_rbac.authorization.k8s.io_ClusterRole", "ClusterRole/system:reader"),
        ] {
            let entry = Entry::parse(id, "v1").unwrap();
            assert_eq!(entry.id.to_string(), shown);
            assert_eq!(entry.id_text(), id);
        }
        assert_eq!(Entry::parse("a_b", "v1"), None);
    }

    #[test]
    fn an_inventory_is_read_and_written() {
        let status = value(
            "{status: {inventory: {entries: [{id: a_c__ConfigMap, v: v1}, {id: odd, v: v1}, {id: a_d_apps_Deployment, v: v1}]}}}",
        );
        let (inventory, unread) = Inventory::read(&status);
        assert_eq!(unread, ["odd"]);
        let newer = Inventory { entries: inventory.entries[..1].to_vec() };
        let gone: Vec<String> =
            inventory.without(&newer).iter().map(|entry| entry.id.to_string()).collect();
        assert_eq!(gone, ["Deployment/a/d"]);
        assert_eq!(
            weir_yaml::json::write(&newer.to_value()),
            r#"{"entries":[{"id":"a_c__ConfigMap","v":"v1"}]}"#
        );
    }
}
