//! The five styles of scalars.

use super::analysis::{self, Analysis};
use super::writer::Writer;
use crate::dialect::Dialect;
use crate::scan::ScalarStyle;

/// Picks a style that can hold the text, as close to the wanted one as Go comes.
pub(super) fn choose(
    wanted: ScalarStyle,
    text: &str,
    found: Analysis,
    flow: bool,
    simple_key: bool,
) -> ScalarStyle {
    let mut style = wanted;
    if simple_key && found.multiline {
        style = ScalarStyle::DoubleQuoted;
    }
    if style == ScalarStyle::Plain {
        let plain = if flow { found.flow_plain } else { found.block_plain };
        if !plain || (text.is_empty() && (flow || simple_key)) {
            style = ScalarStyle::SingleQuoted;
        }
    }
    if style == ScalarStyle::SingleQuoted && !found.single_quoted {
        style = ScalarStyle::DoubleQuoted;
    }
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    if block && (!found.block || flow || simple_key) {
        style = ScalarStyle::DoubleQuoted;
    }
    style
}

fn is_space(bytes: &[u8], index: usize) -> bool {
    bytes.get(index) == Some(&b' ')
}

impl Writer {
    /// Writes a plain scalar, which has no line breaks.
    pub(super) fn write_plain(&mut self, text: &str, allow_breaks: bool) {
        if (!text.is_empty() || self.dialect == Dialect::V2) && !self.whitespace {
            self.put(' ');
        }
        if allow_breaks && self.best_width != u32::MAX {
            self.write_folding(text);
        } else {
            self.put_text(text);
        }
        if !text.is_empty() || self.dialect == Dialect::V2 {
            self.whitespace = false;
        }
        self.indention = false;
    }

    /// Writes plain text and breaks the line at single spaces that stand too far right.
    fn write_folding(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut from = 0;
        for at in memchr::memchr_iter(b' ', bytes) {
            if at < from {
                continue;
            }
            self.put_text(text.get(from..at).unwrap_or_default());
            from = at;
            let single = !is_space(bytes, at + 1) && (at == 0 || !is_space(bytes, at - 1));
            if single && self.column > self.best_width {
                self.write_indent();
                from = at + 1;
            }
        }
        self.put_text(text.get(from..).unwrap_or_default());
    }

    pub(super) fn write_single_quoted(&mut self, text: &str, allow_breaks: bool) {
        self.write_indicator("'", true, false, false);
        let bytes = text.as_bytes();
        let (mut spaces, mut breaks) = (false, false);
        let mut index = 0;
        while let Some(&byte) = bytes.get(index) {
            if byte == b' ' {
                let fold = allow_breaks
                    && !spaces
                    && self.column > self.best_width
                    && index > 0
                    && index + 1 < bytes.len()
                    && !is_space(bytes, index + 1);
                if fold {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                index += 1;
                spaces = true;
            } else if analysis::break_len(bytes, index) > 0 {
                if !breaks && byte == b'\n' {
                    self.put_break();
                }
                index += self.write_break(text.get(index..).unwrap_or_default());
                if self.dialect == Dialect::V2 {
                    self.indention = true;
                }
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if byte == b'\'' {
                    self.put('\'');
                }
                let mut end = index + analysis::width(byte);
                while let Some(&byte) = bytes.get(end)
                    && !matches!(byte, b' ' | b'\'')
                    && analysis::break_len(bytes, end) == 0
                {
                    end += analysis::width(byte);
                }
                self.put_text(text.get(index..end).unwrap_or_default());
                index = end;
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
        self.write_indicator("'", false, false, false);
    }

    pub(super) fn write_double_quoted(&mut self, text: &str, allow_breaks: bool) {
        self.write_indicator("\"", true, false, false);
        let bytes = text.as_bytes();
        // Go looks for the mark at the beginning of the text, whichever character is meant.
        let marked = bytes.starts_with(&[0xEF, 0xBB, 0xBF]);
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((index, character)) = chars.next() {
            let escape = marked
                || matches!(character, '"' | '\\')
                || !analysis::is_printable(bytes, index)
                || analysis::break_len(bytes, index) > 0;
            if escape {
                self.write_escape(character);
                spaces = false;
            } else if character == ' ' {
                let fold = allow_breaks
                    && !spaces
                    && self.column > self.best_width
                    && index > 0
                    && index + 1 < bytes.len();
                if fold {
                    self.write_indent();
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(character);
                spaces = false;
            }
        }
        self.write_indicator("\"", false, false, false);
    }

    fn write_escape(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let value = u32::from(character);
                let text = match value {
                    0..=0xFF => format!("\\x{value:02X}"),
                    0x100..=0xFFFF => format!("\\u{value:04X}"),
                    _ => format!("\\U{value:08X}"),
                };
                self.put_text(&text);
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    /// Writes what follows `|` or `>`: the indentation when the text begins with blanks, and how its end is chomped.
    pub(super) fn write_block_hints(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if is_space(bytes, 0) || analysis::break_len(bytes, 0) > 0 {
            self.write_indicator("2", false, false, false);
        }
        let ends_with_break = |text: &str| {
            text.char_indices()
                .next_back()
                .filter(|(at, _)| analysis::break_len(text.as_bytes(), *at) > 0)
        };
        let hint = match ends_with_break(text) {
            None => "-",
            Some((0, _)) => "+",
            Some((at, _)) if ends_with_break(text.get(..at).unwrap_or_default()).is_some() => "+",
            Some(_) => return,
        };
        self.write_indicator(hint, false, false, false);
    }

    /// Writes the lines of a literal scalar; the header is already there.
    pub(super) fn write_literal_lines(&mut self, text: &str) {
        self.block_begins();
        let bytes = text.as_bytes();
        let mut breaks = true;
        let mut index = 0;
        while index < bytes.len() {
            if analysis::break_len(bytes, index) > 0 {
                index += self.write_break(text.get(index..).unwrap_or_default());
                if self.dialect == Dialect::V2 {
                    self.indention = true;
                }
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            let end = run_end(bytes, index, false);
            self.put_text(text.get(index..end).unwrap_or_default());
            index = end;
            self.indention = false;
            breaks = false;
        }
    }

    /// Writes the lines of a folded scalar; the header is already there.
    pub(super) fn write_folded_lines(&mut self, text: &str) {
        self.block_begins();
        let bytes = text.as_bytes();
        let mut breaks = true;
        let mut leading_spaces = true;
        let mut index = 0;
        while let Some(&byte) = bytes.get(index) {
            if analysis::break_len(bytes, index) > 0 {
                if !breaks && !leading_spaces && byte == b'\n' {
                    // Go looks at the breaks at the beginning of the whole text.
                    let mut at = 0;
                    while analysis::break_len(bytes, at) > 0 {
                        at += analysis::break_len(bytes, at);
                    }
                    let blank = matches!(bytes.get(at), None | Some(b' ' | b'\t' | 0));
                    if !blank {
                        self.put_break();
                    }
                }
                index += self.write_break(text.get(index..).unwrap_or_default());
                if self.dialect == Dialect::V2 {
                    self.indention = true;
                }
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
                leading_spaces = matches!(byte, b' ' | b'\t');
            }
            if !breaks
                && byte == b' '
                && !is_space(bytes, index + 1)
                && self.column > self.best_width
            {
                self.write_indent();
                index += 1;
            } else {
                let end = run_end(bytes, index, true);
                self.put_text(text.get(index..end).unwrap_or_default());
                index = end;
            }
            self.indention = false;
            breaks = false;
        }
    }

    fn block_begins(&mut self) {
        self.whitespace = true;
        if self.dialect == Dialect::V2 {
            self.indention = true;
        }
    }
}

/// Returns where the run of characters ends that need no look: at a break, or before the next space.
fn run_end(bytes: &[u8], from: usize, until_space: bool) -> usize {
    let mut end = from;
    loop {
        let rest = bytes.get(end..).unwrap_or_default();
        let telling = |byte: &u8| {
            matches!(byte, b'\n' | b'\r' | 0xC2 | 0xE2) || (until_space && *byte == b' ')
        };
        let Some(offset) = rest.iter().position(telling) else { return bytes.len() };
        end += offset;
        let is_space = bytes.get(end) == Some(&b' ');
        if is_space && end > from || analysis::break_len(bytes, end) > 0 {
            return end;
        }
        end += 1;
    }
}
