//! Strings: of one line and of several, with escapes or without.

use super::{Read, Reader};

impl Reader<'_> {
    /// Reads a string on one line, behind its opening quote.
    pub(super) fn string(&mut self, quote: char) -> Read<String> {
        let mut out = String::new();
        loop {
            match self.peek() {
                None => {
                    return Err(format!(
                        "unexpected EOF; expected {}",
                        if quote == '"' { "'\"'" } else { "\"'\"" }
                    ));
                }
                Some('\n') => return Err("strings cannot contain newlines".to_owned()),
                Some(c) if c == quote => {
                    self.advance(1);
                    return Ok(out);
                }
                Some('\\') if quote == '"' => self.escape(&mut out)?,
                Some(c) => {
                    out.push(c);
                    self.next();
                }
            }
        }
    }

    /// Reads a string of several lines, behind its opening quotes.
    pub(super) fn long_string(&mut self, quote: char, quotes: &str) -> Read<String> {
        for newline in ["\r\n", "\n"] {
            if self.rest.starts_with(newline) {
                self.line += 1;
                self.rest = &self.rest[newline.len()..];
                break;
            }
        }
        let mut out = String::new();
        loop {
            if self.rest.starts_with(quotes) {
                // Up to two quotes more belong to the text.
                let more = self.rest.chars().take_while(|c| *c == quote).count().min(5) - 3;
                out.extend(std::iter::repeat_n(quote, more));
                self.advance(3 + more);
                return Ok(out);
            }
            match self.peek() {
                None => return Err(format!("unexpected EOF; expected '{quotes}'")),
                Some('\\') if quote == '"' => {
                    let after = self.rest[1..].trim_start_matches([' ', '\t', '\r']);
                    if after.starts_with('\n') {
                        self.advance(1);
                        self.skip_blank_lines_in_string();
                    } else {
                        self.escape(&mut out)?;
                    }
                }
                Some(c) => {
                    out.push(c);
                    self.next();
                }
            }
        }
    }

    fn skip_blank_lines_in_string(&mut self) {
        while let Some(' ' | '\t' | '\r' | '\n') = self.peek() {
            self.next();
        }
    }

    pub(super) fn escape(&mut self, out: &mut String) -> Read<()> {
        self.advance(1);
        let digits = match self.next() {
            Some('b') => return push(out, '\x08'),
            Some('t') => return push(out, '\t'),
            Some('n') => return push(out, '\n'),
            Some('f') => return push(out, '\x0c'),
            Some('r') => return push(out, '\r'),
            Some('e') => return push(out, '\x1b'),
            Some('"') => return push(out, '"'),
            Some('\\') => return push(out, '\\'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            other => {
                let found = other.map(String::from).unwrap_or_default();
                return Err(format!(
                    "invalid escape character '{found}'; only the following escape characters are allowed: \\b, \\t, \\n, \\f, \\r, \\\", \\\\, \\uXXXX, and \\UXXXXXXXX"
                ));
            }
        };
        let hex = self.rest.get(..digits).unwrap_or(self.rest);
        let code = u32::from_str_radix(hex, 16)
            .ok()
            .filter(|_| hex.len() == digits)
            .and_then(char::from_u32);
        let code =
            code.ok_or_else(|| format!("Escaped character '\\u{hex}' is not valid UTF-8."))?;
        self.advance(digits);
        push(out, code)
    }
}

fn push(out: &mut String, c: char) -> Read<()> {
    out.push(c);
    Ok(())
}
