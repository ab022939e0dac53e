//! Directives, anchors, aliases and tags.

use smol_str::SmolStr;

use super::{Mark, Problem, Scanner, Token, TokenKind};

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_uri(byte: u8) -> bool {
    is_name(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}

impl Scanner<'_> {
    fn skip_blanks(&mut self) {
        while self.is_blank(self.mark.index) {
            self.advance();
        }
    }

    fn read_name(&mut self) -> SmolStr {
        let from = self.mark.index;
        while is_name(self.here()) {
            self.advance();
        }
        self.slice(from, self.mark.index).into()
    }

    pub(super) fn scan_directive(&mut self) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        self.advance();
        let name = self.read_name();
        if name.is_empty() {
            return Err(self.problem_at(start, "could not find expected directive name"));
        }
        if !self.is_blankz(self.mark.index) {
            return Err(self.problem_at(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name.as_str() {
            "YAML" => {
                self.skip_blanks();
                let major = self.scan_version_number(start)?;
                if self.here() != b'.' {
                    return Err(
                        self.problem_at(start, "did not find expected digit or '.' character")
                    );
                }
                self.advance();
                TokenKind::VersionDirective(major, self.scan_version_number(start)?)
            }
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.problem_at(start, "found unknown directive name")),
        };
        self.skip_blanks();
        if self.here() == b'#' {
            self.advance_to(self.line_end(self.mark.index));
        }
        if !self.is_breakz(self.mark.index) {
            return Err(self.problem_at(start, "did not find expected comment or line break"));
        }
        self.advance_line();
        Ok(Token { kind, start, width: 0 })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u8, Box<Problem>> {
        let mut value = 0;
        let mut length = 0;
        while self.here().is_ascii_digit() {
            length += 1;
            if length > 2 {
                return Err(self.problem_at(start, "found extremely long version number"));
            }
            value = value * 10 + (self.here() - b'0');
            self.advance();
        }
        if length == 0 {
            return Err(self.problem_at(start, "did not find expected version number"));
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind, Box<Problem>> {
        self.skip_blanks();
        let handle = self.scan_tag_handle(true, start)?;
        if !self.is_blank(self.mark.index) {
            return Err(self.problem_at(start, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.scan_tag_uri("", start)?;
        if !self.is_blankz(self.mark.index) {
            return Err(self.problem_at(start, "did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective(Box::new((handle, prefix))))
    }

    pub(super) fn scan_anchor(&mut self, alias: bool) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        self.advance();
        let name = self.read_name();
        let ends = self.is_blankz(self.mark.index) || b"?:,]}%@`".contains(&self.here());
        if name.is_empty() || !ends {
            return Err(
                self.problem_at(start, "did not find expected alphabetic or numeric character")
            );
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, start, width: 0 })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token, Box<Problem>> {
        let start = self.mark;
        let parts = if self.ahead(1) == b'<' {
            self.advance();
            self.advance();
            let suffix = self.scan_tag_uri("", start)?;
            if self.here() != b'>' {
                return Err(self.problem_at(start, "did not find the expected '>'"));
            }
            self.advance();
            (SmolStr::default(), suffix)
        } else {
            let handle = self.scan_tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.scan_tag_uri("", start)?;
                (handle, suffix)
            } else {
                let suffix = self.scan_tag_uri(&handle, start)?;
                if suffix.is_empty() {
                    (SmolStr::default(), SmolStr::new_static("!"))
                } else {
                    (SmolStr::new_static("!"), suffix)
                }
            }
        };
        if !self.is_blankz(self.mark.index) {
            return Err(self.problem_at(start, "did not find expected whitespace or line break"));
        }
        Ok(Token { kind: TokenKind::Tag(Box::new(parts)), start, width: 0 })
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Result<SmolStr, Box<Problem>> {
        if self.here() != b'!' {
            return Err(self.problem_at(start, "did not find expected '!'"));
        }
        let from = self.mark.index;
        self.advance();
        while is_name(self.here()) {
            self.advance();
        }
        if self.here() == b'!' {
            self.advance();
        } else if directive && self.mark.index > from + 1 {
            return Err(self.problem_at(start, "did not find expected '!'"));
        }
        Ok(self.slice(from, self.mark.index).into())
    }

    /// Reads the rest of a tag; the head is a handle that turned out to be none.
    fn scan_tag_uri(&mut self, head: &str, start: Mark) -> Result<SmolStr, Box<Problem>> {
        let mut uri: Vec<u8> = head.bytes().skip(1).collect();
        let mut found = !head.is_empty();
        while is_uri(self.here()) {
            if self.here() == b'%' {
                self.scan_uri_escape(start, &mut uri)?;
            } else {
                uri.push(self.here());
                self.advance();
            }
            found = true;
        }
        if !found {
            return Err(self.problem_at(start, "did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into())
    }

    fn scan_uri_escape(&mut self, start: Mark, uri: &mut Vec<u8>) -> Result<(), Box<Problem>> {
        let mut left = None;
        while left != Some(0) {
            let digits = [self.ahead(1), self.ahead(2)].map(|byte| char::from(byte).to_digit(16));
            let (b'%', [Some(high), Some(low)]) = (self.here(), digits) else {
                return Err(self.problem_at(start, "did not find URI escaped octet"));
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            left = Some(match left {
                None => match octet {
                    0..0x80 => 0,
                    0xC0..0xE0 => 1,
                    0xE0..0xF0 => 2,
                    0xF0..0xF8 => 3,
                    _ => {
                        return Err(
                            self.problem_at(start, "found an incorrect leading UTF-8 octet")
                        );
                    }
                },
                Some(left) if octet & 0xC0 == 0x80 => left - 1,
                Some(_) => {
                    return Err(self.problem_at(start, "found an incorrect trailing UTF-8 octet"));
                }
            });
            uri.push(octet);
            self.advance();
            self.advance();
            self.advance();
        }
        Ok(())
    }
}
