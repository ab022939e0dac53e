//! What the scanner makes of a text.

use smol_str::SmolStr;

/// A place in a text. Lines and columns count from 0, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The byte.
    pub(crate) index: usize,
    /// The line.
    pub(crate) line: u32,
    /// The column.
    pub(crate) column: u32,
}

/// The style in which a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarStyle {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective(u8, u8),
    TagDirective(Box<(SmolStr, SmolStr)>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(SmolStr),
    Anchor(SmolStr),
    /// The handle and the suffix.
    Tag(Box<(SmolStr, SmolStr)>),
    Scalar(SmolStr, ScalarStyle),
}

/// A token and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: Mark,
    /// How many columns an indicator takes; 0 for those that are implied.
    pub(crate) width: u8,
}

impl Token {
    /// Returns the place after an indicator.
    pub(crate) fn end(&self) -> Mark {
        Mark {
            index: self.start.index + usize::from(self.width),
            line: self.start.line,
            column: self.start.column + u32::from(self.width),
        }
    }
}
