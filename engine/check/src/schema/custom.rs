//! Schemas of custom resources: those of CRDs in the plan, and those that a cluster serves.

use std::collections::BTreeMap;

use weir_golang::regexp::Regexp;
use weir_model::{Data, SmolStr, Value};

use super::limits::{Bound, Limits, Range, number};
use super::rule::Rule;
use super::{Field, Kind, ListKeys, Node, NodeId, Schema};

/// The deepest nesting of a schema that is read.
const DEEPEST: u32 = 150;

/// The most nodes of one schema.
const MOST_NODES: usize = 200_000;

/// A schema of one version of a kind, and what of it could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) schema: Schema,
    pub(crate) root: NodeId,
    pub(crate) problems: Vec<String>,
}

/// Reads the `openAPIV3Schema` of a CRD, or a schema of an OpenAPI document whose definitions are given beside it.
pub(crate) fn read(schema: &Value, definitions: Option<&Value>) -> Custom {
    let mut reader = Reader {
        schema: Schema::default(),
        problems: Vec::new(),
        definitions,
        named: BTreeMap::new(),
    };
    let root = reader.node(schema, 0);
    if let Some(node) = reader.schema.nodes.get_mut(root.0 as usize) {
        // What every object has is not part of the schema.
        node.kind = Kind::Object;
        node.embedded = true;
    }
    Custom { schema: reader.schema, root, problems: reader.problems }
}

struct Reader<'a> {
    schema: Schema,
    problems: Vec<String>,
    definitions: Option<&'a Value>,
    named: BTreeMap<SmolStr, NodeId>,
}

impl<'a> Reader<'a> {
    fn node(&mut self, value: &'a Value, depth: u32) -> NodeId {
        if depth > DEEPEST || self.schema.nodes.len() > MOST_NODES {
            self.problems.push("the schema is too deep or too large to be read in full".into());
            return self.schema.add(Node { keeps_unknown: true, ..Node::default() });
        }
        if let Some(id) = self.reference(value, depth) {
            return id;
        }
        let id = self.schema.add(Node::default());
        let node = self.content(value, depth);
        if let Some(place) = self.schema.nodes.get_mut(id.0 as usize) {
            *place = node;
        }
        id
    }

    /// Follows `$ref`, also where it stands alone in `allOf`.
    fn reference(&mut self, value: &'a Value, depth: u32) -> Option<NodeId> {
        let alone = value.get("allOf").and_then(Value::as_list).filter(|all| all.len() == 1);
        let holder = alone.and_then(|all| all.first()).filter(|only| only.get("$ref").is_some());
        let reference = holder.unwrap_or(value).get("$ref")?.as_str()?;
        let name = SmolStr::new(reference.rsplit('/').next()?);
        if let Some(id) = self.named.get(&name) {
            return Some(*id);
        }
        let kind = match name.as_str() {
            "io.k8s.apimachinery.pkg.api.resource.Quantity" => Some(Kind::Quantity),
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => Some(Kind::IntOrString),
            _ => None,
        };
        let id = self.schema.add(kind.map(Node::of).unwrap_or_default());
        self.named.insert(name.clone(), id);
        if kind.is_none() {
            let node = match self.definitions.and_then(|all| all.get(&name)) {
                Some(definition) => self.content(definition, depth + 1),
                None => Node { keeps_unknown: true, ..Node::default() },
            };
            if let Some(place) = self.schema.nodes.get_mut(id.0 as usize) {
                *place = node;
            }
        }
        Some(id)
    }

    fn content(&mut self, value: &'a Value, depth: u32) -> Node {
        let is = |key: &str| value.get(key).and_then(Value::as_bool) == Some(true);
        let format = value.get("format").and_then(Value::as_str).unwrap_or_default();
        let word = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let kind = if is("x-kubernetes-int-or-string") || format == "int-or-string" {
            Kind::IntOrString
        } else {
            match word {
                "object" => Kind::Object,
                "array" => Kind::List,
                "string" => Kind::String,
                "boolean" => Kind::Bool,
                "integer" if format == "int32" => Kind::Int,
                "integer" => Kind::Long,
                "number" => Kind::Number,
                _ => Kind::Any,
            }
        };
        let mut node = Node {
            nullable: is("nullable"),
            keeps_unknown: is("x-kubernetes-preserve-unknown-fields"),
            embedded: is("x-kubernetes-embedded-resource"),
            ..Node::of(kind)
        };
        self.fields(value, depth, &mut node);
        match value.get("additionalProperties") {
            Some(Value { data: Data::Bool(allowed), .. }) => node.keeps_unknown |= *allowed,
            Some(values) => node.values = Some(self.node(values, depth + 1)),
            None => {}
        }
        node.items = value.get("items").map(|items| self.node(items, depth + 1));
        node.list = keys_of(value);
        node.limits = self.limits(value, depth).map(Box::new);
        for rule in value.get("x-kubernetes-validations").and_then(Value::as_list).unwrap_or(&[]) {
            match Rule::read(rule) {
                Ok(rule) => node.rules.push(rule),
                Err(problem) => self.problems.push(problem),
            }
        }
        node
    }

    fn fields(&mut self, value: &'a Value, depth: u32, node: &mut Node) {
        let required: Vec<SmolStr> = value
            .get("required")
            .and_then(Value::as_list)
            .unwrap_or(&[])
            .iter()
            .filter_map(|name| name.as_str().map(SmolStr::new))
            .collect();
        let properties = value.get("properties").and_then(Value::as_map);
        for (name, property) in properties.into_iter().flat_map(|map| map.iter()) {
            let id = self.node(property, depth + 1);
            node.fields.push(Field {
                name: name.clone(),
                node: id,
                required: required.contains(name),
                default: property.get("default").cloned(),
            });
        }
        node.required = required.into_iter().filter(|name| node.field(name).is_none()).collect();
    }

    fn limits(&mut self, value: &'a Value, depth: u32) -> Option<Limits> {
        let count = |key: &str| value.get(key)?.as_int().and_then(|n| u64::try_from(n).ok());
        let range = |least: &str, most: &str| Range { least: count(least), most: count(most) };
        let bound = |key: &str, exclusive: &str| {
            let exclusive = value.get(exclusive).and_then(Value::as_bool) == Some(true);
            value.get(key).and_then(number).map(|value| Bound { value, exclusive })
        };
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let pattern = text("pattern").and_then(|pattern| match Regexp::compile(pattern) {
            Ok(regexp) => Some((SmolStr::new(pattern), regexp)),
            Err(error) => {
                self.problems.push(error.to_string());
                None
            }
        });
        let mut nodes = |key: &str| -> Vec<NodeId> {
            let list = value.get(key).and_then(Value::as_list).unwrap_or(&[]);
            list.iter().map(|schema| self.node(schema, depth + 1)).collect()
        };
        let (all_of, any_of, one_of) = (nodes("allOf"), nodes("anyOf"), nodes("oneOf"));
        let limits = Limits {
            values: value.get("enum").and_then(Value::as_list).unwrap_or(&[]).to_vec(),
            pattern,
            format: text("format").map(SmolStr::new),
            least: bound("minimum", "exclusiveMinimum"),
            most: bound("maximum", "exclusiveMaximum"),
            multiple_of: value.get("multipleOf").and_then(number),
            length: range("minLength", "maxLength"),
            items: range("minItems", "maxItems"),
            entries: range("minProperties", "maxProperties"),
            unique: value.get("uniqueItems").and_then(Value::as_bool) == Some(true),
            all_of,
            any_of,
            one_of,
            not: value.get("not").map(|schema| self.node(schema, depth + 1)),
        };
        limits.says_something().then_some(limits)
    }
}

fn keys_of(value: &Value) -> ListKeys {
    match value.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => ListKeys::Set,
        Some("map") => {
            let keys = value.get("x-kubernetes-list-map-keys").and_then(Value::as_list);
            let default_of = |key: &str| {
                let default = value.pointer(&["items", "properties", key, "default"])?;
                Some(SmolStr::new(super::limits::plain(default)))
            };
            let keys = keys.unwrap_or(&[]).iter().filter_map(Value::as_str);
            ListKeys::Fields(keys.map(|key| (key.into(), default_of(key))).collect())
        }
        _ => ListKeys::Atomic,
    }
}
