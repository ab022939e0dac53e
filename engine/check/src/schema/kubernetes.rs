//! Kubernetes' own types of several versions: a table that `cargo xtask kubernetes` writes, read when it is first needed.
//!
//! A line of the table is a kind, an enumeration or a type; lines that begin with a blank are the fields of the type above
//! them. What follows an `@` is the set of versions in which a line holds, a bit for each, when it is not all of those in
//! which the line above it holds.

use std::collections::BTreeMap;

use weir_model::{SmolStr, Value};

use super::limits::Limits;
use super::{Field, Kind, ListKeys, Node, NodeId, Schema};

const TABLE: &str = include_str!("../kubernetes/table.txt");

/// The types of one version.
#[derive(Debug)]
pub(crate) struct Kubernetes {
    /// The version that the types are of, such as `1.36.3`.
    pub(crate) version: &'static str,
    pub(crate) schema: Schema,
    kinds: BTreeMap<(&'static str, &'static str), Served>,
}

/// How a kind is served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    /// Its type; none when this version does not serve it.
    pub(crate) node: Option<NodeId>,
    pub(crate) namespaced: bool,
    /// The versions that serve it, a bit for each.
    mask: u32,
}

/// Returns the versions in the table, the oldest first.
pub(crate) fn versions() -> impl DoubleEndedIterator<Item = &'static str> + ExactSizeIterator {
    let line = TABLE.lines().next().unwrap_or_default();
    let names: Vec<&str> = line.split(' ').skip(1).collect();
    names.into_iter()
}

impl Kubernetes {
    /// Reads the types of a version by its place in [`versions`].
    pub(crate) fn load(place: usize) -> Self {
        let version = versions().nth(place).unwrap_or_default();
        Reader::new(place).read(version)
    }

    /// Returns how a kind is served, also when only other versions serve it.
    pub(crate) fn served(&self, api_version: &str, kind: &str) -> Option<Served> {
        self.kinds.get(&(api_version, kind)).copied()
    }

    /// Returns the oldest and the newest version that serve a kind.
    pub(crate) fn span(served: Served) -> Option<(&'static str, &'static str)> {
        let has = |place: &usize| served.mask & (1 << place) != 0;
        let names: Vec<&str> = versions().collect();
        let first = (0..names.len()).find(has)?;
        let last = (0..names.len()).rfind(has)?;
        Some((names.get(first)?, names.get(last)?))
    }
}

struct Reader {
    place: usize,
    all: u32,
    schema: Schema,
    kinds: Vec<(&'static str, &'static str, Served, &'static str)>,
    types: BTreeMap<&'static str, NodeId>,
    enums: BTreeMap<&'static str, NodeId>,
    /// A node for each letter that stands for a type without a name.
    plain: BTreeMap<char, NodeId>,
}

impl Reader {
    fn new(place: usize) -> Self {
        let all = (1 << versions().len()) - 1;
        Self {
            place,
            all,
            schema: Schema::default(),
            kinds: Vec::new(),
            types: BTreeMap::new(),
            enums: BTreeMap::new(),
            plain: BTreeMap::new(),
        }
    }

    fn holds(&self, mask: u32) -> bool {
        mask & (1 << self.place) != 0
    }

    fn read(mut self, version: &'static str) -> Kubernetes {
        let mut open: Option<NodeId> = None;
        for line in TABLE.lines() {
            if let Some(field) = line.strip_prefix(' ') {
                if let Some(id) = open {
                    self.field(id, field);
                }
                continue;
            }
            match line.split_once(' ') {
                Some(("kind", rest)) => self.kind(rest),
                Some(("enum", rest)) => self.enumeration(rest),
                Some(("type", name)) => open = Some(self.named(name)),
                _ => {}
            }
        }
        for node in &mut self.schema.nodes {
            node.fields.sort_by(|one, other| one.name.cmp(&other.name));
        }
        self.defaults_of_keys();
        let kinds = std::mem::take(&mut self.kinds);
        let kinds = kinds
            .into_iter()
            .map(|(api_version, kind, served, name)| {
                let node =
                    if self.holds(served.mask) { self.types.get(name).copied() } else { None };
                ((api_version, kind), Served { node, ..served })
            })
            .collect();
        Kubernetes { version, schema: self.schema, kinds }
    }

    fn kind(&mut self, rest: &'static str) {
        let (rest, mask) = marked(rest, self.all);
        let words: Vec<&str> = rest.split(' ').collect();
        if let [api_version, kind, scope, name] = words.as_slice() {
            let served = Served { node: None, namespaced: *scope == "n", mask };
            self.kinds.push((api_version, kind, served, name));
        }
    }

    fn enumeration(&mut self, rest: &'static str) {
        let mut words = rest.split(' ');
        let name = words.next().unwrap_or_default();
        let mut values: Vec<Value> = words
            .map(|word| marked(word, u32::MAX))
            .filter(|(_, mask)| self.holds(*mask))
            .map(|(word, _)| Value::from(word))
            .collect();
        if values.is_empty() {
            return;
        }
        // The empty text is the same as none.
        values.push(Value::from(""));
        let limits = Limits { values, ..Limits::default() };
        let node = Node { limits: Some(Box::new(limits)), ..Node::of(Kind::String) };
        let id = self.schema.add(node);
        self.enums.insert(name, id);
    }

    fn named(&mut self, name: &'static str) -> NodeId {
        if let Some(id) = self.types.get(name) {
            return *id;
        }
        let id = self.schema.add(Node::of(Kind::Object));
        self.types.insert(name, id);
        id
    }

    fn field(&mut self, of: NodeId, line: &'static str) {
        let (line, mask) = marked(line, u32::MAX);
        if !self.holds(mask) {
            return;
        }
        let Some((name, written)) = line.split_once(' ') else { return };
        let (name, required) = match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (written, default) = match written.split_once('~') {
            Some((written, default)) => (written, Some(Value::from(default))),
            None => (written, None),
        };
        let node = self.written(written);
        if let Some(of) = self.schema.nodes.get_mut(of.0 as usize) {
            of.fields.push(Field { name: SmolStr::new_static(name), node, required, default });
        }
    }

    /// Reads the type of a field; see the task that writes it.
    fn written(&mut self, written: &'static str) -> NodeId {
        if let Some(name) = written.strip_prefix('=') {
            return self.named(name);
        }
        if let Some(name) = written.strip_prefix('%') {
            return match self.enums.get(name) {
                Some(id) => *id,
                None => self.letter('s'),
            };
        }
        if let Some(items) = written.strip_prefix('[') {
            let (items, keys) = items.split_once('#').map_or((items, None), |(i, k)| (i, Some(k)));
            let list = match keys {
                None => ListKeys::Atomic,
                Some("") => ListKeys::Set,
                Some(keys) => ListKeys::Fields(
                    keys.split(',').map(|key| (SmolStr::new_static(key), None)).collect(),
                ),
            };
            let items = Some(self.written(items));
            return self.schema.add(Node { items, list, ..Node::of(Kind::List) });
        }
        if let Some(values) = written.strip_prefix('{') {
            let values = Some(self.written(values));
            return self.schema.add(Node { values, ..Node::of(Kind::Object) });
        }
        self.letter(written.chars().next().unwrap_or('*'))
    }

    fn letter(&mut self, letter: char) -> NodeId {
        if let Some(id) = self.plain.get(&letter) {
            return *id;
        }
        let kind = match letter {
            's' => Kind::String,
            'b' => Kind::Bool,
            'i' => Kind::Int,
            'l' => Kind::Long,
            'n' => Kind::Number,
            'y' => Kind::Bytes,
            't' => Kind::Time,
            'q' => Kind::Quantity,
            'x' => Kind::IntOrString,
            'o' => Kind::Object,
            _ => Kind::Any,
        };
        let id = self.schema.add(Node { keeps_unknown: true, ..Node::of(kind) });
        self.plain.insert(letter, id);
        id
    }

    /// Gives the keys of lists the defaults that their fields have.
    fn defaults_of_keys(&mut self) {
        let default_of = |nodes: &[Node], items: Option<NodeId>, key: &str| {
            let node = nodes.get(items?.0 as usize)?;
            node.field(key)?.default.as_ref()?.as_str().map(SmolStr::new)
        };
        for index in 0..self.schema.nodes.len() {
            let nodes = &self.schema.nodes;
            let Some(Node { list: ListKeys::Fields(keys), items, .. }) = nodes.get(index) else {
                continue;
            };
            let keys =
                keys.iter().map(|(key, _)| (key.clone(), default_of(nodes, *items, key))).collect();
            if let Some(node) = self.schema.nodes.get_mut(index) {
                node.list = ListKeys::Fields(keys);
            }
        }
    }
}

/// Splits off the set of versions.
fn marked(text: &'static str, all: u32) -> (&'static str, u32) {
    match text.rsplit_once('@') {
        Some((text, mask)) => (text, u32::from_str_radix(mask, 16).unwrap_or_default()),
        None => (text, all),
    }
}
