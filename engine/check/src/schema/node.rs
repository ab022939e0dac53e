//! A schema as a table of nodes that name one another by their index, because types may contain themselves.

use weir_model::{SmolStr, Value};

use super::limits::Limits;
use super::rule::Rule;

/// The place of a node in its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) u32);

/// What is known of the values at one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The fields of an object, sorted by name.
    pub(crate) fields: Vec<Field>,
    /// The names of fields that must be there although they have no row above.
    pub(crate) required: Vec<SmolStr>,
    /// The items of a list.
    pub(crate) items: Option<NodeId>,
    /// The values of a map.
    pub(crate) values: Option<NodeId>,
    pub(crate) list: ListKeys,
    /// Whether fields that are not known are kept.
    pub(crate) keeps_unknown: bool,
    /// Whether null is a value of its own.
    pub(crate) nullable: bool,
    /// Whether this is an object of Kubernetes in another one.
    pub(crate) embedded: bool,
    pub(crate) limits: Option<Box<Limits>>,
    pub(crate) rules: Vec<Rule>,
}

/// One field of an object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: SmolStr,
    pub(crate) node: NodeId,
    pub(crate) required: bool,
    /// What the API server fills in when it is absent.
    pub(crate) default: Option<Value>,
}

/// The kinds of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Any,
    Object,
    List,
    String,
    Bool,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    Number,
    /// A text in base 64.
    Bytes,
    /// A moment as RFC 3339 writes it.
    Time,
    Quantity,
    IntOrString,
}

impl Kind {
    /// Says what is wanted, as the end of "must be".
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Object => "a map",
            Self::List => "a list",
            Self::String => "a text",
            Self::Bool => "`true` or `false`",
            Self::Int | Self::Long => "a whole number",
            Self::Number => "a number",
            Self::Bytes => "a text in base 64",
            Self::Time => "a time such as `2026-01-02T03:04:05Z`",
            Self::Quantity => "a quantity such as `100m` or `1Gi`",
            Self::IntOrString => "a whole number or a text",
        }
    }
}

/// What tells the items of a list apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListKeys {
    /// Their place.
    #[default]
    Atomic,
    /// They themselves.
    Set,
    /// Some of their fields, each with what it is when absent.
    Fields(Vec<(SmolStr, Option<SmolStr>)>),
}

/// All nodes of a schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) nodes: Vec<Node>,
}

impl Schema {
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(crate) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }
}

impl Node {
    pub(crate) fn of(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Returns a field by its name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let index = self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        self.fields.get(index)
    }
}
