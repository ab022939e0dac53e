//! Values of expressions.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Data, Map, Value};

/// The value of an expression. Cloning is cheap; lists and maps of the data are shared, not copied.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number with sign.
    Int(i64),
    /// A whole number without sign.
    Uint(u64),
    /// Any other number.
    Double(f64),
    /// A text.
    String(SmolStr),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list of the data.
    Data(Arc<Vec<Value>>),
    /// A list that an expression made, or that was converted by a schema.
    List(Arc<Vec<Self>>),
    /// A map.
    Map(MapVal),
    /// A moment: seconds since 1970 and the nanoseconds in that second.
    Timestamp(i64, u32),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A type, by its name.
    Type(SmolStr),
    /// An optional.
    Optional(Option<Arc<Self>>),
    /// A value of one of the Kubernetes types.
    Kubernetes(Arc<KubernetesVal>),
}

/// A map, of the data or made by an expression.
#[derive(Clone, Debug)]
pub enum MapVal {
    /// A map of the data.
    Data(Arc<Map>),
    /// A map with text keys whose values were converted by a schema, sorted by key.
    Fields(Arc<Vec<(SmolStr, Val)>>),
    /// Entries with keys of any kind, as an expression made them.
    Entries(Arc<Vec<(Val, Val)>>),
}

/// Values of the types that Kubernetes adds.
#[derive(Clone, Debug, PartialEq)]
pub enum KubernetesVal {
    /// An address on the web.
    Url(crate::functions::url::Url),
    /// An IP address.
    Ip(std::net::IpAddr),
    /// A range of IP addresses.
    Cidr(crate::functions::network::Cidr),
    /// A quantity such as `100Mi`.
    Quantity(crate::functions::quantity::Quantity),
    /// A semantic version.
    Semver(crate::functions::semver::Semver),
    /// A named format such as `dns1123Label`.
    Format(SmolStr),
}

impl Val {
    /// Makes a text.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self::String(text.into())
    }

    /// Makes a list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// Makes a map of fields; of two with one name the later stays.
    pub fn fields(mut fields: Vec<(SmolStr, Self)>) -> Self {
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        Self::Map(MapVal::Fields(Arc::new(fields)))
    }

    pub(crate) fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    pub(crate) fn none() -> Self {
        Self::Optional(None)
    }

    pub(crate) fn kubernetes(value: KubernetesVal) -> Self {
        Self::Kubernetes(Arc::new(value))
    }

    /// Returns the truth value, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Returns the text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// Returns the name of the type, as `type` gives it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Data(_) | Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(..) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Kubernetes(value) => match &**value {
                KubernetesVal::Url(_) => "kubernetes.URL",
                KubernetesVal::Ip(_) => "net.IP",
                KubernetesVal::Cidr(_) => "net.CIDR",
                KubernetesVal::Quantity(_) => "kubernetes.Quantity",
                KubernetesVal::Semver(_) => "kubernetes.Semver",
                KubernetesVal::Format(_) => "kubernetes.NamedFormat",
            },
        }
    }

    /// Returns the number of items, when it is a list.
    pub(crate) fn list_len(&self) -> Option<usize> {
        match self {
            Self::Data(items) => Some(items.len()),
            Self::List(items) => Some(items.len()),
            _ => None,
        }
    }

    /// Returns an item of a list.
    pub(crate) fn item(&self, index: usize) -> Option<Self> {
        match self {
            Self::Data(items) => items.get(index).map(Self::from),
            Self::List(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    /// Returns the items, when it is a list.
    pub(crate) fn items(&self) -> Option<impl ExactSizeIterator<Item = Self> + '_> {
        let count = self.list_len()?;
        Some((0..count).map(|index| self.item(index).unwrap_or(Self::Null)))
    }

    /// Tells whether this is what JSON leaves out: null, false, zero, the empty text, list or map.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(value) => *value == 0,
            Self::Uint(value) => *value == 0,
            Self::Double(value) => *value == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Data(_) | Self::List(_) => self.list_len() == Some(0),
            Self::Map(map) => map.len() == 0,
            Self::Duration(nanos) => *nanos == 0,
            Self::Optional(value) => value.is_none(),
            Self::Timestamp(..) | Self::Type(_) | Self::Kubernetes(_) => false,
        }
    }
}

impl From<&Value> for Val {
    /// Takes a value as JSON wrote it: whole numbers are `int`, above that `uint`, others `double`.
    fn from(value: &Value) -> Self {
        match &value.data {
            Data::Null => Self::Null,
            Data::Bool(value) => Self::Bool(*value),
            Data::Int(value) => Self::Int(*value),
            Data::Uint(value) => Self::Uint(*value),
            Data::Float(value) => Self::Double(*value),
            Data::String(text) => Self::String(text.clone()),
            Data::List(items) => Self::Data(Arc::clone(items)),
            Data::Map(map) => Self::Map(MapVal::Data(Arc::clone(map))),
        }
    }
}

impl MapVal {
    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Data(map) => map.len(),
            Self::Fields(fields) => fields.len(),
            Self::Entries(entries) => entries.len(),
        }
    }

    /// Returns the value of a text key.
    pub(crate) fn field(&self, name: &str) -> Option<Val> {
        match self {
            Self::Data(map) => map.get(name).map(Val::from),
            Self::Fields(fields) => {
                let index = fields.binary_search_by(|(key, _)| key.as_str().cmp(name)).ok()?;
                fields.get(index).map(|(_, value)| value.clone())
            }
            Self::Entries(entries) => entries
                .iter()
                .find(|(key, _)| key.as_str() == Some(name))
                .map(|(_, value)| value.clone()),
        }
    }

    /// Returns the value of a key; numbers are compared by what they count.
    pub(crate) fn get(&self, key: &Val) -> Option<Val> {
        match (self, key) {
            (_, Val::String(name)) => self.field(name),
            (Self::Entries(entries), _) => entries
                .iter()
                .find(|(other, _)| crate::compare::equal(other, key))
                .map(|(_, value)| value.clone()),
            (Self::Data(_) | Self::Fields(_), _) => None,
        }
    }

    /// Returns a key by its place.
    pub(crate) fn key(&self, index: usize) -> Option<Val> {
        match self {
            Self::Data(map) => map.keys().nth(index).map(|key| Val::String(key.clone())),
            Self::Fields(fields) => fields.get(index).map(|(key, _)| Val::String(key.clone())),
            Self::Entries(entries) => entries.get(index).map(|(key, _)| key.clone()),
        }
    }

    /// Returns the entries.
    pub fn entries(&self) -> Vec<(Val, Val)> {
        match self {
            Self::Data(map) => map
                .iter()
                .map(|(key, value)| (Val::String(key.clone()), Val::from(value)))
                .collect(),
            Self::Fields(fields) => fields
                .iter()
                .map(|(key, value)| (Val::String(key.clone()), value.clone()))
                .collect(),
            Self::Entries(entries) => entries.to_vec(),
        }
    }
}
