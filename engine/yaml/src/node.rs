//! A YAML document as yaml.v3 sees it: ordered, with styles, comments, anchors and positions.

use smol_str::SmolStr;
use weir_model::Origin;

/// A node of a document. Mappings keep the order of their pairs; a key may be any node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What the node holds.
    pub content: Content,
    /// How the node was, or is to be, written.
    pub style: Style,
    /// Tag, anchor and comments; most nodes have none.
    pub extras: Option<Box<Extras>>,
    /// Where the node was read.
    pub origin: Origin,
    /// The column, from 1; 0 when the node was not read from a text.
    pub column: u32,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A scalar: its text and the tag that yaml.v3 resolves it to (quoted text is a string).
    Scalar(SmolStr, ScalarTag),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping.
    Mapping(Vec<Pair>),
    /// A reference to an anchor of the same document.
    Alias(SmolStr),
}

impl Default for Content {
    fn default() -> Self {
        Self::Scalar(SmolStr::default(), ScalarTag::Null)
    }
}

/// A key with its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// The tags of scalars, by yaml.v3's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarTag {
    /// `!!str`.
    Str,
    /// `!!int`.
    Int,
    /// `!!float`.
    Float,
    /// `!!bool`.
    Bool,
    /// `!!null`.
    Null,
    /// `!!timestamp`.
    Timestamp,
    /// `!!binary`.
    Binary,
    /// `!!merge`, the key `<<`.
    Merge,
    /// A tag of the document's own, kept in [`Extras::tag`].
    Custom,
}

impl ScalarTag {
    /// Returns the short name, such as `!!str`; empty for a tag of the document's own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "!!str",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Bool => "!!bool",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
            Self::Custom => "",
        }
    }
}

/// How a node is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Plain scalar, block collection; the emitter quotes where it must.
    #[default]
    Default,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
    /// `{…}` or `[…]`.
    Flow,
}

/// The rarer parts of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The tag as it was written; empty when it was not.
    pub tag: SmolStr,
    /// The anchor's name without `&`; empty when there is none.
    pub anchor: SmolStr,
    /// The comments.
    pub comments: Comments,
    /// The comments of the document, when the node is its root: the head stands above an empty line, the foot at the end.
    pub document: Option<Box<Comments>>,
}

/// Comments in yaml.v3's model, each with its `#`, lines joined by newlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Lines above the node.
    pub head: SmolStr,
    /// The end of the node's own line.
    pub line: SmolStr,
    /// Lines below the node, before an empty line.
    pub foot: SmolStr,
}

impl Node {
    /// Makes a string scalar.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self::scalar(text, ScalarTag::Str)
    }

    /// Makes a scalar of a tag.
    pub fn scalar(text: impl Into<SmolStr>, tag: ScalarTag) -> Self {
        Self { content: Content::Scalar(text.into(), tag), ..Self::default() }
    }

    /// Makes a null.
    pub fn null() -> Self {
        Self::scalar("null", ScalarTag::Null)
    }

    /// Makes a mapping.
    pub fn mapping(pairs: Vec<Pair>) -> Self {
        Self { content: Content::Mapping(pairs), ..Self::default() }
    }

    /// Makes a sequence.
    pub fn sequence(items: Vec<Self>) -> Self {
        Self { content: Content::Sequence(items), ..Self::default() }
    }

    /// Tells whether this is a null scalar.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(_, ScalarTag::Null))
    }

    /// Returns the text of a scalar of any tag.
    pub fn text(&self) -> Option<&str> {
        if let Content::Scalar(text, _) = &self.content { Some(text) } else { None }
    }

    /// Returns the text of a string scalar.
    pub fn as_str(&self) -> Option<&str> {
        if let Content::Scalar(text, ScalarTag::Str) = &self.content { Some(text) } else { None }
    }

    /// Returns the items of a sequence.
    pub fn items(&self) -> Option<&Vec<Self>> {
        if let Content::Sequence(items) = &self.content { Some(items) } else { None }
    }

    /// Returns the items of a sequence, to change them.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Content::Sequence(items) = &mut self.content { Some(items) } else { None }
    }

    /// Returns the pairs of a mapping.
    pub fn pairs(&self) -> Option<&Vec<Pair>> {
        if let Content::Mapping(pairs) = &self.content { Some(pairs) } else { None }
    }

    /// Returns the pairs of a mapping, to change them.
    pub fn pairs_mut(&mut self) -> Option<&mut Vec<Pair>> {
        if let Content::Mapping(pairs) = &mut self.content { Some(pairs) } else { None }
    }

    /// Returns the value of a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs()?.iter().find(|pair| pair.key.text() == Some(key)).map(|pair| &pair.value)
    }

    /// Returns the value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.pairs_mut()?
            .iter_mut()
            .find(|pair| pair.key.text() == Some(key))
            .map(|pair| &mut pair.value)
    }

    /// Sets the value of a key of a mapping; a new key goes to the end. Does nothing when this is no mapping.
    pub fn set(&mut self, key: &str, value: Self) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else if let Some(pairs) = self.pairs_mut() {
            pairs.push(Pair { key: Self::string(key), value });
        }
    }

    /// Takes a key out of a mapping.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let pairs = self.pairs_mut()?;
        let index = pairs.iter().position(|pair| pair.key.text() == Some(key))?;
        Some(pairs.remove(index).value)
    }

    /// Follows keys from mapping to mapping.
    pub fn pointer(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the extras, made when there are none.
    pub fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_with(Box::default)
    }
}
