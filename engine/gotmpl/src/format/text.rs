//! Padding, strings and bytes.

use weir_golang::strconv;

use super::printer::Printer;

impl Printer<'_> {
    /// Writes a text to its width.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width.filter(|width| *width > 0) else {
            return self.write(text);
        };
        let missing = width.saturating_sub(characters(text));
        if self.flags.minus {
            self.write(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.write(text);
        }
    }

    /// Writes padding: zeros when asked for and on the left, else spaces.
    pub(super) fn padding(&mut self, count: usize) {
        let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, byte);
    }

    /// Writes a string, cut to the precision.
    pub(super) fn string(&mut self, text: &[u8]) {
        self.pad(self.cut(text));
    }

    /// Writes a string as a Go literal.
    pub(super) fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        if self.flags.sharp
            && let Ok(text) = std::str::from_utf8(text)
            && strconv::can_backquote(text)
        {
            return self.pad(format!("`{text}`").as_bytes());
        }
        let quoted = if self.flags.plus {
            strconv::quote_bytes_to_ascii(text)
        } else {
            strconv::quote_bytes(text)
        };
        self.pad(quoted.as_bytes());
    }

    /// Writes bytes as hexadecimal digits.
    pub(super) fn hex(&mut self, bytes: &[u8], upper: bool) {
        let length =
            self.flags.precision.map_or(bytes.len(), |precision| precision.min(bytes.len()));
        let bytes = &bytes[..length];
        if bytes.is_empty() {
            return self.padding(self.flags.width.unwrap_or(0));
        }
        let digits = if upper { b"0123456789ABCDEFX" } else { b"0123456789abcdefx" };
        let mut text = Vec::with_capacity(length * 3);
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && self.flags.space {
                text.push(b' ');
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                text.extend_from_slice(&[b'0', digits[16]]);
            }
            text.extend_from_slice(&[
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]);
        }
        self.pad(&text);
    }

    /// Cuts a string to the precision, counted in characters.
    fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.flags.precision else { return text };
        let mut left = precision;
        let mut end = 0;
        for chunk in text.utf8_chunks() {
            let lengths = chunk.valid().chars().map(char::len_utf8);
            for length in lengths.chain(chunk.invalid().iter().map(|_| 1)) {
                if left == 0 {
                    return &text[..end];
                }
                left -= 1;
                end += length;
            }
        }
        text
    }
}

/// Counts characters; each stray byte is one.
fn characters(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}
