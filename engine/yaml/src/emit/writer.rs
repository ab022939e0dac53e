//! Columns, indentation and indicators.

use super::analysis;
use crate::dialect::Dialect;

/// Both emitters indent by this much.
const INDENT: i32 = 2;

/// The text being written and where its end stands.
pub(super) struct Writer {
    pub(super) out: String,
    pub(super) dialect: Dialect,
    /// Beyond this column yaml.v2 folds at the next space; yaml.v3 never does.
    pub(super) best_width: u32,
    pub(super) column: u32,
    pub(super) indent: i32,
    indents: Vec<i32>,
    pub(super) flow_level: u32,
    /// Whether the last character was a blank, or a break.
    pub(super) whitespace: bool,
    /// Whether nothing but indentation and indicators stands in the line.
    pub(super) indention: bool,
    /// The indentation of a foot comment after which an empty line is due; -1 when there is none.
    pub(super) foot_indent: i32,
    /// Whether whole floats are told from integers.
    pub(super) exact_floats: bool,
    /// Whether keys stand in the order of their bytes, rather than in Go's natural one.
    pub(super) keys_by_bytes: bool,
}

impl Writer {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            out: String::new(),
            dialect,
            best_width: if dialect == Dialect::V2 { 80 } else { u32::MAX },
            column: 0,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            whitespace: true,
            indention: true,
            foot_indent: -1,
            exact_floats: false,
            keys_by_bytes: false,
        }
    }

    pub(super) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    /// Writes text without line breaks.
    pub(super) fn put_text(&mut self, text: &str) {
        self.out.push_str(text);
        let characters = text.bytes().filter(|byte| byte & 0xC0 != 0x80).count();
        self.column = self.column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        if self.dialect == Dialect::V3 {
            self.indention = true;
        }
    }

    /// Writes the line break at the beginning of a text and returns its length.
    pub(super) fn write_break(&mut self, text: &str) -> usize {
        let length = analysis::break_len(text.as_bytes(), 0);
        if text.starts_with('\n') {
            self.put_break();
        } else {
            self.out.push_str(text.get(..length).unwrap_or_default());
            self.column = 0;
            if self.dialect == Dialect::V3 {
                self.indention = true;
            }
        }
        length
    }

    pub(super) fn indent_column(&self) -> u32 {
        u32::try_from(self.indent).unwrap_or(0)
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent_column();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        if i64::from(self.foot_indent) == i64::from(indent) {
            self.put_break();
        }
        if self.column < indent {
            let blanks = usize::try_from(indent - self.column).unwrap_or(0);
            self.out.extend(std::iter::repeat_n(' ', blanks));
            self.column = indent;
        }
        self.whitespace = true;
        self.foot_indent = -1;
        if self.dialect == Dialect::V2 {
            self.indention = true;
        }
    }

    pub(super) fn write_indicator(
        &mut self,
        indicator: &str,
        spaced: bool,
        whitespace: bool,
        indention: bool,
    ) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        self.put_text(indicator);
        self.whitespace = whitespace;
        self.indention &= indention;
    }

    /// Goes a level deeper within a collection or a scalar.
    pub(super) fn increase_indent(
        &mut self,
        flow: bool,
        indentless: bool,
        in_entry: bool,
        compact: bool,
    ) {
        self.indents.push(self.indent);
        if self.indent < 0 {
            self.indent = if flow { INDENT } else { 0 };
        } else if indentless {
        } else if self.dialect == Dialect::V2 || in_entry {
            self.indent += 2;
        } else {
            self.indent = INDENT * ((self.indent + INDENT) / INDENT);
            if compact {
                self.indent -= 2;
            }
        }
    }

    pub(super) fn decrease_indent(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }
}
