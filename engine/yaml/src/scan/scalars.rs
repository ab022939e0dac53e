//! The five styles of scalars.

use smol_str::SmolStr;

use super::{Mark, Problem, ScalarStyle, Scanner, Token, TokenKind};

/// The bytes that may end a run of a plain scalar.
const ENDS_PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let ends = b" \t\n\r:,?[]{}\xC2\xE2";
    let mut index = 0;
    while index < ends.len() {
        table[ends[index] as usize] = true;
        index += 1;
    }
    table
};

/// Line breaks that are not yet part of a scalar.
#[derive(Default)]
struct Breaks {
    leading: &'static str,
    trailing: String,
}

impl Breaks {
    /// Folds them into a text: one break is a space, more are one less.
    fn fold_into(&mut self, text: &mut String) {
        if self.leading == "\n" {
            if self.trailing.is_empty() {
                text.push(' ');
            }
        } else {
            text.push_str(self.leading);
        }
        text.push_str(&self.trailing);
        self.leading = "";
        self.trailing.clear();
    }
}

impl Scanner<'_> {
    /// Returns where the line ends in which an index lies.
    pub(super) fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let mut end = from + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        // The rarer line breaks begin with these bytes, as many letters do.
        let mut at = from;
        while let Some(found) =
            self.bytes.get(at..end).and_then(|rest| memchr::memchr2(0xC2, 0xE2, rest))
        {
            if self.is_break(at + found) {
                end = at + found;
                break;
            }
            at += found + 1;
        }
        end
    }

    /// Returns where the run of characters ends that a plain scalar may hold in one line without looking further.
    fn plain_run(&self, from: usize, flow: bool) -> usize {
        let mut index = from;
        loop {
            let rest = self.bytes.get(index..).unwrap_or_default();
            let Some(offset) =
                rest.iter().position(|byte| ENDS_PLAIN.get(usize::from(*byte)) == Some(&true))
            else {
                return self.bytes.len();
            };
            index += offset;
            match self.at(index) {
                b' ' | b'\t' | b'\n' | b'\r' => return index,
                b':' if self.is_blankz(index + 1) => return index,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => return index,
                0xC2 | 0xE2 if self.is_break(index) => return index,
                _ => index += 1,
            }
        }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        let flow = self.flow_level > 0;
        let indent = self.indent + 1;
        let mut text = std::mem::take(&mut self.buffer);
        text.clear();
        // Text of the current line that is part of the scalar but not yet in `text`.
        let (mut from, mut to) = (self.mark.index, self.mark.index);
        let mut breaks = Breaks::default();
        let mut broken_line = false;
        loop {
            if self.at_document_indicator() || self.here() == b'#' {
                break;
            }
            let end = self.plain_run(self.mark.index, flow);
            if end > self.mark.index {
                if broken_line {
                    text.push_str(self.slice(from, to));
                    breaks.fold_into(&mut text);
                    from = self.mark.index;
                    broken_line = false;
                }
                self.advance_to(end);
                to = end;
            }
            if !self.is_blank(self.mark.index) && !self.is_break(self.mark.index) {
                break;
            }
            loop {
                if self.is_blank(self.mark.index) {
                    if broken_line && self.column() < indent && self.here() == b'\t' {
                        return Err(self
                            .problem_at(start, "found a tab character that violates indentation"));
                    }
                    self.advance();
                } else if self.is_break(self.mark.index) {
                    if broken_line {
                        let meaning = self.read_line();
                        breaks.trailing.push_str(meaning);
                    } else {
                        breaks.leading = self.read_line();
                        broken_line = true;
                    }
                } else {
                    break;
                }
            }
            if !flow && self.column() < indent {
                break;
            }
        }
        let value = if text.is_empty() {
            SmolStr::new(self.slice(from, to))
        } else {
            text.push_str(self.slice(from, to));
            SmolStr::new(&text)
        };
        self.buffer = text;
        if broken_line {
            self.simple_key_allowed = true;
        }
        Ok(Token { kind: TokenKind::Scalar(value, ScalarStyle::Plain), start, width: 0 })
    }

    pub(super) fn scan_quoted_scalar(&mut self, quote: u8) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        self.advance();
        let style =
            if quote == b'\'' { ScalarStyle::SingleQuoted } else { ScalarStyle::DoubleQuoted };
        if let Some(value) = self.simple_quoted(quote) {
            return Ok(Token { kind: TokenKind::Scalar(value, style), start, width: 0 });
        }
        let mut text = std::mem::take(&mut self.buffer);
        text.clear();
        loop {
            if self.at_document_indicator() {
                return Err(self.problem_at(start, "found unexpected document indicator"));
            }
            if self.here() == 0 {
                return Err(self.problem_at(start, "found unexpected end of stream"));
            }
            let mut broken_line = self.quoted_run(quote, &mut text, start)?;
            if self.here() == quote {
                break;
            }
            let blanks_from = self.mark.index;
            let mut blanks_to = self.mark.index;
            let mut breaks = Breaks::default();
            loop {
                if self.is_blank(self.mark.index) {
                    self.advance();
                    if !broken_line {
                        blanks_to = self.mark.index;
                    }
                } else if self.is_break(self.mark.index) {
                    if broken_line {
                        let meaning = self.read_line();
                        breaks.trailing.push_str(meaning);
                    } else {
                        blanks_to = blanks_from;
                        breaks.leading = self.read_line();
                        broken_line = true;
                    }
                } else {
                    break;
                }
            }
            if broken_line {
                if breaks.leading.is_empty() {
                    // After an escaped line break nothing is folded.
                    text.push_str(&breaks.trailing);
                } else {
                    breaks.fold_into(&mut text);
                }
            } else {
                text.push_str(self.slice(blanks_from, blanks_to));
            }
        }
        self.advance();
        let value = SmolStr::new(&text);
        self.buffer = text;
        Ok(Token { kind: TokenKind::Scalar(value, style), start, width: 0 })
    }

    /// Reads a quoted scalar of one line without escapes; the common case.
    fn simple_quoted(&mut self, quote: u8) -> Option<SmolStr> {
        let from = self.mark.index;
        let mut index = from;
        loop {
            match self.at(index) {
                byte if byte == quote => break,
                0 | b'\n' | b'\r' | b'\\' | 0xC2 | 0xE2 => return None,
                _ => index += 1,
            }
        }
        if quote == b'\'' && self.at(index + 1) == b'\'' {
            return None;
        }
        self.advance_to(index);
        self.advance();
        Some(SmolStr::new(self.slice(from, index)))
    }

    /// Reads what is neither blank nor break; tells whether it ended with an escaped line break.
    fn quoted_run(
        &mut self,
        quote: u8,
        text: &mut String,
        start: Mark,
    ) -> Result<bool, Box<Problem>> {
        while !self.is_blankz(self.mark.index) {
            let byte = self.here();
            if byte == quote {
                if quote == b'"' || self.ahead(1) != quote {
                    return Ok(false);
                }
                text.push('\'');
                self.advance();
                self.advance();
            } else if quote == b'"' && byte == b'\\' {
                if self.is_break(self.mark.index + 1) {
                    self.advance();
                    self.advance_line();
                    return Ok(true);
                }
                self.scan_escape(text, start)?;
            } else {
                let from = self.mark.index;
                let mut index = from + 1;
                while !self.is_blankz(index) && self.at(index) != quote && self.at(index) != b'\\' {
                    index += 1;
                }
                self.advance_to(index);
                text.push_str(self.slice(from, index));
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self, text: &mut String, start: Mark) -> Result<(), Box<Problem>> {
        let (character, digits) = match self.ahead(1) {
            b'0' => ('\0', 0),
            b'a' => ('\x07', 0),
            b'b' => ('\x08', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\x0B', 0),
            b'f' => ('\x0C', 0),
            b'r' => ('\r', 0),
            b'e' => ('\x1B', 0),
            b' ' => (' ', 0),
            b'"' => ('"', 0),
            b'\'' => ('\'', 0),
            b'\\' => ('\\', 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{A0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('\0', 2),
            b'u' => ('\0', 4),
            b'U' => ('\0', 8),
            _ => return Err(self.problem_at(start, "found unknown escape character")),
        };
        self.advance();
        self.advance();
        if digits == 0 {
            text.push(character);
            return Ok(());
        }
        let mut value: u64 = 0;
        for offset in 0..digits {
            let Some(digit) = char::from(self.ahead(offset)).to_digit(16) else {
                return Err(self.problem_at(start, "did not find expected hexdecimal number"));
            };
            value = value << 4 | u64::from(digit);
        }
        let Some(character) = u32::try_from(value).ok().and_then(char::from_u32) else {
            return Err(self.problem_at(start, "found invalid Unicode character escape code"));
        };
        text.push(character);
        self.advance_to(self.mark.index + digits);
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, style: ScalarStyle) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        let literal = style == ScalarStyle::Literal;
        self.advance();
        let (keep, strip, increment) = self.scan_block_header(start)?;
        let mut indent = match increment {
            0 => 0,
            _ => self.indent.max(0) + increment,
        };
        let mut text = std::mem::take(&mut self.buffer);
        text.clear();
        let mut breaks = Breaks::default();
        self.scan_block_breaks(&mut indent, &mut breaks.trailing, start)?;
        let mut leading_blank = false;
        while self.column() == indent && self.here() != 0 {
            let blank = self.is_blank(self.mark.index);
            if literal || leading_blank || blank || breaks.leading != "\n" {
                text.push_str(breaks.leading);
                text.push_str(&breaks.trailing);
                breaks.leading = "";
                breaks.trailing.clear();
            } else {
                breaks.fold_into(&mut text);
            }
            leading_blank = blank;
            let from = self.mark.index;
            let end = self.line_end(from);
            self.advance_to(end);
            text.push_str(self.slice(from, end));
            breaks.leading = self.read_line();
            self.scan_block_breaks(&mut indent, &mut breaks.trailing, start)?;
        }
        if !strip {
            text.push_str(breaks.leading);
        }
        if keep {
            text.push_str(&breaks.trailing);
        }
        let value = SmolStr::new(&text);
        self.buffer = text;
        Ok(Token { kind: TokenKind::Scalar(value, style), start, width: 0 })
    }

    /// Reads what may follow `|` or `>`: whether breaks at the end are kept, or stripped, and the indentation.
    fn scan_block_header(&mut self, start: Mark) -> Result<(bool, bool, i32), Box<Problem>> {
        let (mut chomping, mut increment) = (0, 0);
        for _ in 0..2 {
            match self.here() {
                byte @ (b'+' | b'-') if chomping == 0 => chomping = byte,
                b'0' if increment == 0 => {
                    return Err(self.problem_at(start, "found an indentation indicator equal to 0"));
                }
                byte @ b'1'..=b'9' if increment == 0 => increment = i32::from(byte - b'0'),
                _ => break,
            }
            self.advance();
        }
        while self.is_blank(self.mark.index) {
            self.advance();
        }
        if self.here() == b'#' {
            if self.dialect.has_comments() {
                self.scan_line_comment(start);
            }
            self.advance_to(self.line_end(self.mark.index));
        }
        if !self.is_breakz(self.mark.index) {
            return Err(self.problem_at(start, "did not find expected comment or line break"));
        }
        self.advance_line();
        Ok((chomping == b'+', chomping == b'-', increment))
    }

    /// Reads indentation and empty lines; finds the indentation when it is not known.
    fn scan_block_breaks(
        &mut self,
        indent: &mut i32,
        breaks: &mut String,
        start: Mark,
    ) -> Result<(), Box<Problem>> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.here() == b' ' {
                self.advance();
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.here() == b'\t' {
                return Err(self.problem_at(
                    start,
                    "found a tab character where an indentation space is expected",
                ));
            }
            if !self.is_break(self.mark.index) {
                break;
            }
            let meaning = self.read_line();
            breaks.push_str(meaning);
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
