//! Nodes as yaml.v3 writes them with kustomize's settings: their order, styles and comments.

use crate::dialect::Dialect;
use crate::node::{Content, Node, Pair, ScalarTag, Style};
use crate::resolve;
use crate::scan::ScalarStyle;

use super::analysis::{self, analyse};
use super::scalars;
use super::writer::Writer;

/// Longer keys are written with `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// Writes one document with a final line break.
pub(crate) fn emit(node: &Node) -> String {
    emit_all(std::slice::from_ref(node))
}

/// Writes documents with `---` between them.
pub(crate) fn emit_all(nodes: &[Node]) -> String {
    write_all(nodes, true)
}

/// Writes one document with sequences in mappings indented, as yaml.v3 does when it is only told an indent.
pub(crate) fn emit_indented(node: &Node) -> String {
    write_all(std::slice::from_ref(node), false)
}

fn write_all(nodes: &[Node], compact_sequences: bool) -> String {
    let writer = Writer::new(Dialect::V3);
    let mut emitter = Emitter { writer, pending: Pending::default(), compact_sequences };
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            emitter.writer.write_indent();
            emitter.writer.write_indicator("---", true, false, false);
            emitter.writer.write_indent();
        }
        emitter.document(node);
    }
    emitter.writer.out
}

/// Comments that wait for the place where they can be written.
#[derive(Default)]
struct Pending<'a> {
    head: &'a str,
    line: &'a str,
    foot: &'a str,
    /// The foot of the pair before.
    tail: &'a str,
    /// The line comment of a key whose value is yet to come.
    key_line: &'a str,
}

/// Where a node stands.
#[derive(Clone, Copy, Default)]
struct Place {
    /// In a mapping, as key or value.
    in_mapping: bool,
    simple_key: bool,
    /// Directly behind a `-`.
    in_entry: bool,
}

const KEY: Place = Place { in_mapping: true, simple_key: true, in_entry: false };
const VALUE: Place = Place { in_mapping: true, simple_key: false, in_entry: false };
const ENTRY: Place = Place { in_mapping: false, simple_key: false, in_entry: true };
const FLOW_ITEM: Place = Place { in_mapping: false, simple_key: false, in_entry: false };

struct Emitter<'a> {
    writer: Writer,
    pending: Pending<'a>,
    /// Whether the dashes of a sequence in a mapping stand under its key.
    compact_sequences: bool,
}

impl<'a> Emitter<'a> {
    fn document(&mut self, node: &'a Node) {
        let document = node.extras.as_ref().and_then(|extras| extras.document.as_deref());
        if let Some(comments) = document
            && !comments.head.is_empty()
        {
            self.pending.head = &comments.head;
            self.head_comment();
            self.writer.put_break();
        }
        self.announce(node, "");
        self.head_comment();
        self.begin(node, Place::default());
        self.line_comment(false);
        self.foot_comment();
        self.children(node, Place::default());
        if let Some(comments) = document
            && !comments.foot.is_empty()
        {
            self.pending.foot = &comments.foot;
        }
        self.writer.foot_indent = 0;
        self.foot_comment();
        self.writer.foot_indent = -1;
        self.writer.write_indent();
    }

    /// Takes the comments that come with the beginning of a node.
    fn announce(&mut self, node: &'a Node, tail: &'a str) {
        let comments = node.extras.as_ref().map(|extras| &extras.comments);
        if let Some(comments) = comments {
            if !comments.head.is_empty() {
                self.pending.head = &comments.head;
            }
            if !is_collection(node) {
                self.announce_end(node);
            }
        }
        let carries = matches!(node.content, Content::Scalar(..) | Content::Mapping(_));
        if carries && !tail.is_empty() {
            self.pending.tail = tail;
        }
    }

    /// Takes the comments that come with the end of a node.
    fn announce_end(&mut self, node: &'a Node) {
        if let Some(extras) = &node.extras {
            if !extras.comments.line.is_empty() {
                self.pending.line = &extras.comments.line;
            }
            if !extras.comments.foot.is_empty() {
                self.pending.foot = &extras.comments.foot;
            }
        }
    }

    /// Writes a scalar or an alias, or the anchor and tag of a collection.
    fn begin(&mut self, node: &'a Node, place: Place) {
        if let Content::Alias(name) = &node.content {
            self.writer.write_indicator("*", true, false, false);
            self.writer.put_text(name);
            return;
        }
        let (tag, force_quotes) = written_tag(node);
        if let Some(extras) = &node.extras
            && !extras.anchor.is_empty()
        {
            self.writer.write_indicator("&", true, false, false);
            self.writer.put_text(&extras.anchor);
            self.writer.whitespace = false;
            self.writer.indention = false;
        }
        if !tag.is_empty() {
            self.writer.write_tag(tag);
        }
        if let Content::Scalar(text, _) = &node.content {
            let wanted = match node.style {
                Style::DoubleQuoted => ScalarStyle::DoubleQuoted,
                Style::SingleQuoted => ScalarStyle::SingleQuoted,
                Style::Literal => ScalarStyle::Literal,
                Style::Folded => ScalarStyle::Folded,
                _ if text.contains('\n') => ScalarStyle::Literal,
                _ if force_quotes => ScalarStyle::DoubleQuoted,
                Style::Default | Style::Flow => ScalarStyle::Plain,
            };
            self.scalar(text, wanted, place);
        }
    }

    fn scalar(&mut self, text: &'a str, wanted: ScalarStyle, place: Place) {
        let found = analyse(text, Dialect::V3);
        let flow = self.writer.flow_level > 0;
        let style = scalars::choose(wanted, text, found, flow, place.simple_key);
        self.writer.increase_indent(true, false, place.in_entry, false);
        match style {
            ScalarStyle::Plain => self.writer.write_plain(text, !place.simple_key),
            ScalarStyle::SingleQuoted => self.writer.write_single_quoted(text, !place.simple_key),
            ScalarStyle::DoubleQuoted => self.writer.write_double_quoted(text, !place.simple_key),
            ScalarStyle::Literal => {
                self.writer.write_indicator("|", true, false, false);
                self.writer.write_block_hints(text);
                self.line_comment(true);
                self.writer.write_literal_lines(text);
            }
            ScalarStyle::Folded => {
                self.writer.write_indicator(">", true, false, false);
                self.writer.write_block_hints(text);
                self.line_comment(true);
                self.writer.write_folded_lines(text);
            }
        }
        self.writer.decrease_indent();
    }

    /// Writes what is within a collection.
    fn children(&mut self, node: &'a Node, place: Place) {
        let flow = self.writer.flow_level > 0 || node.style == Style::Flow;
        match &node.content {
            Content::Sequence(items) if flow || items.is_empty() => {
                self.flow_sequence(node, items, place);
            }
            Content::Sequence(items) => self.block_sequence(node, items, place),
            Content::Mapping(pairs) if flow || pairs.is_empty() => {
                self.flow_mapping(node, pairs, place);
            }
            Content::Mapping(pairs) => self.block_mapping(node, pairs, place),
            Content::Scalar(..) | Content::Alias(_) => {}
        }
    }

    fn block_sequence(&mut self, node: &'a Node, items: &'a [Node], place: Place) {
        for (index, item) in items.iter().enumerate() {
            self.announce(item, "");
            if index == 0 {
                let compact = self.compact_sequences
                    && place.in_mapping
                    && (self.writer.column == 0 || !self.writer.indention);
                self.writer.increase_indent(false, false, place.in_entry, compact);
            }
            self.head_comment();
            self.writer.write_indent();
            self.writer.write_indicator("-", true, false, true);
            self.begin(item, ENTRY);
            self.line_comment(false);
            self.foot_comment();
            self.children(item, ENTRY);
        }
        self.announce_end(node);
        self.writer.decrease_indent();
    }

    fn block_mapping(&mut self, node: &'a Node, pairs: &'a [Pair], place: Place) {
        let mut tail = "";
        for (index, Pair { key, value }) in pairs.iter().enumerate() {
            let foot = self.announce_key(key, tail);
            tail = foot;
            if index == 0 {
                self.writer.increase_indent(false, false, place.in_entry, false);
            }
            self.head_comment();
            self.writer.write_indent();
            if !self.pending.line.is_empty() {
                self.pending.key_line = std::mem::take(&mut self.pending.line);
            }
            let simple = is_simple_key(key);
            if simple {
                self.begin(key, KEY);
                self.children(key, KEY);
                self.announce(value, "");
                self.writer.write_indicator(":", false, false, false);
            } else {
                self.writer.write_indicator("?", true, false, true);
                self.begin(key, VALUE);
                self.children(key, VALUE);
                self.announce(value, "");
                self.writer.write_indent();
                self.writer.write_indicator(":", true, false, true);
            }
            self.key_line_comment(value);
            self.begin(value, VALUE);
            self.line_comment(false);
            self.foot_comment();
            self.children(value, VALUE);
        }
        if !tail.is_empty() {
            self.pending.tail = tail;
        }
        self.announce_end(node);
        self.head_comment();
        self.writer.decrease_indent();
    }

    /// Announces a key without its foot, which it returns: that comes behind the value.
    fn announce_key(&mut self, key: &'a Node, tail: &'a str) -> &'a str {
        let foot = key.extras.as_ref().map_or("", |extras| extras.comments.foot.as_str());
        let waiting = self.pending.foot;
        self.announce(key, tail);
        self.pending.foot = waiting;
        foot
    }

    /// A line comment that stands behind a key goes to the value, or before a block.
    fn key_line_comment(&mut self, value: &Node) {
        if self.pending.key_line.is_empty() {
            return;
        }
        match &value.content {
            Content::Scalar(..) if self.pending.line.is_empty() => {
                self.pending.line = std::mem::take(&mut self.pending.key_line);
            }
            Content::Sequence(_) | Content::Mapping(_) if value.style != Style::Flow => {
                let line = std::mem::replace(&mut self.pending.line, self.pending.key_line);
                self.line_comment(false);
                self.pending.key_line = self.pending.line;
                self.pending.line = line;
            }
            _ => {}
        }
    }

    fn flow_begins(&mut self, bracket: &str, place: Place) {
        self.writer.write_indicator(bracket, true, true, false);
        self.writer.increase_indent(true, false, place.in_entry, false);
        self.writer.flow_level += 1;
    }

    fn flow_ends(&mut self, bracket: &str) {
        self.writer.write_indicator(bracket, false, false, false);
        self.line_comment(false);
        self.foot_comment();
    }

    fn has_trailing_comments(&self) -> bool {
        !(self.pending.line.is_empty()
            && self.pending.foot.is_empty()
            && self.pending.tail.is_empty())
    }

    /// Writes what stands between two items of a flow.
    fn flow_separator(&mut self, comma: bool) {
        if comma {
            self.writer.write_indicator(",", false, false, false);
        }
        self.head_comment();
        if self.writer.column == 0 || self.writer.column > self.writer.best_width {
            self.writer.write_indent();
        }
    }

    /// Writes a comma before the comments behind an item, if there are any; returns whether there were.
    fn flow_item_ends(&mut self) {
        if self.has_trailing_comments() {
            self.writer.write_indicator(",", false, false, false);
        }
        self.line_comment(false);
        self.foot_comment();
    }

    fn flow_sequence(&mut self, node: &'a Node, items: &'a [Node], place: Place) {
        let mut separated = true;
        for (index, item) in items.iter().enumerate() {
            self.announce(item, "");
            if index == 0 {
                self.flow_begins("[", place);
            }
            self.flow_separator(!separated);
            separated = self.has_trailing_comments();
            self.begin(item, FLOW_ITEM);
            self.flow_item_ends();
            self.children(item, FLOW_ITEM);
        }
        self.announce_end(node);
        if items.is_empty() {
            self.flow_begins("[", place);
        }
        self.writer.flow_level = self.writer.flow_level.saturating_sub(1);
        self.writer.decrease_indent();
        if self.writer.column == 0 {
            self.writer.write_indent();
        }
        self.flow_ends("]");
    }

    fn flow_mapping(&mut self, node: &'a Node, pairs: &'a [Pair], place: Place) {
        let mut separated = true;
        let mut tail = "";
        for (index, Pair { key, value }) in pairs.iter().enumerate() {
            tail = self.announce_key(key, tail);
            if index == 0 {
                self.flow_begins("{", place);
            }
            self.flow_separator(!separated);
            if is_simple_key(key) {
                self.begin(key, KEY);
                self.children(key, KEY);
                self.announce(value, "");
                self.writer.write_indicator(":", false, false, false);
            } else {
                self.writer.write_indicator("?", true, false, false);
                self.begin(key, VALUE);
                self.children(key, VALUE);
                self.announce(value, "");
                self.writer.write_indicator(":", true, false, false);
            }
            separated = self.has_trailing_comments();
            self.begin(value, VALUE);
            self.flow_item_ends();
            self.children(value, VALUE);
        }
        if !tail.is_empty() {
            self.pending.tail = tail;
        }
        self.announce_end(node);
        if pairs.is_empty() {
            self.flow_begins("{", place);
        }
        let comments = !(self.pending.head.is_empty()
            && self.pending.foot.is_empty()
            && self.pending.tail.is_empty());
        if comments && !separated {
            self.writer.write_indicator(",", false, false, false);
        }
        self.head_comment();
        self.writer.flow_level = self.writer.flow_level.saturating_sub(1);
        self.writer.decrease_indent();
        self.flow_ends("}");
    }

    fn head_comment(&mut self) {
        let tail = std::mem::take(&mut self.pending.tail);
        if !tail.is_empty() {
            self.writer.write_indent();
            self.writer.write_comment(tail);
            self.writer.foot_indent = self.writer.indent.max(0);
        }
        let head = std::mem::take(&mut self.pending.head);
        if !head.is_empty() {
            self.writer.write_indent();
            self.writer.write_comment(head);
        }
    }

    fn line_comment(&mut self, must_break: bool) {
        let line = std::mem::take(&mut self.pending.line);
        if line.is_empty() {
            if must_break {
                self.writer.put_break();
            }
            return;
        }
        if !self.writer.whitespace {
            self.writer.put(' ');
        }
        self.writer.write_comment(line);
    }

    fn foot_comment(&mut self) {
        let foot = std::mem::take(&mut self.pending.foot);
        if !foot.is_empty() {
            self.writer.write_indent();
            self.writer.write_comment(foot);
            self.writer.foot_indent = self.writer.indent.max(0);
        }
    }
}

fn is_collection(node: &Node) -> bool {
    matches!(node.content, Content::Sequence(_) | Content::Mapping(_))
}

/// Returns the tag that must be written, in its short form, and whether quotes must say that the scalar is text.
fn written_tag(node: &Node) -> (&str, bool) {
    let written = node.extras.as_ref().map_or("", |extras| extras.tag.as_str());
    if !written.is_empty() {
        return (written, false);
    }
    let Content::Scalar(text, tag) = &node.content else { return ("", false) };
    if *tag == ScalarTag::Str && !matches!(node.style, Style::Default | Style::Flow) {
        return ("", false);
    }
    if resolve::plain(text, Dialect::V3).tag() == *tag {
        ("", false)
    } else if *tag == ScalarTag::Str {
        ("", true)
    } else {
        (tag.name(), false)
    }
}

fn is_simple_key(key: &Node) -> bool {
    let anchor = key.extras.as_ref().map_or(0, |extras| extras.anchor.len());
    let tag = written_tag(key).0.len();
    match &key.content {
        Content::Alias(name) => name.len() <= MAX_SIMPLE_KEY,
        Content::Scalar(text, _) => {
            anchor + tag + text.len() <= MAX_SIMPLE_KEY && !analysis::has_break(text)
        }
        Content::Sequence(items) => items.is_empty() && anchor + tag <= MAX_SIMPLE_KEY,
        Content::Mapping(pairs) => pairs.is_empty() && anchor + tag <= MAX_SIMPLE_KEY,
    }
}

impl Writer {
    /// Writes a tag, given in its short form.
    fn write_tag(&mut self, tag: &str) {
        let (handle, suffix) = if let Some(suffix) = tag.strip_prefix("!!") {
            ("!!", suffix)
        } else if let Some(suffix) = tag.strip_prefix('!') {
            ("!", suffix)
        } else {
            self.write_indicator("!<", true, false, false);
            self.write_tag_content(tag);
            self.write_indicator(">", false, false, false);
            return;
        };
        self.write_indicator(handle, true, false, false);
        self.write_tag_content(suffix);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_tag_content(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-;/?:@&=+$,_.~*'()[]".contains(&byte) {
                self.put(char::from(byte));
            } else {
                self.put_text(&format!("%{byte:02X}"));
            }
        }
    }

    /// Writes the lines of a comment, with a break at the end.
    fn write_comment(&mut self, comment: &str) {
        let mut breaks = false;
        let mut pound = false;
        let bytes = comment.as_bytes();
        let mut index = 0;
        while let Some(&byte) = bytes.get(index) {
            if analysis::break_len(bytes, index) > 0 {
                index += self.write_break(comment.get(index..).unwrap_or_default());
                breaks = true;
                pound = false;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if !pound {
                if byte != b'#' {
                    self.put_text("# ");
                }
                pound = true;
            }
            let mut end = index;
            while let Some(&byte) = bytes.get(end)
                && analysis::break_len(bytes, end) == 0
            {
                end += analysis::width(byte);
            }
            self.put_text(comment.get(index..end).unwrap_or_default());
            index = end;
            self.indention = false;
            breaks = false;
        }
        if !breaks {
            self.put_break();
        }
        self.whitespace = true;
    }
}
