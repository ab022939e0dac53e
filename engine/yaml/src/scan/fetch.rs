//! Which token comes next.

use super::{Mark, Problem, ScalarStyle, Scanner, SimpleKey, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn fetch_next(&mut self) -> Result<(), Box<Problem>> {
        if !self.started {
            self.started = true;
            self.indent = -1;
            self.simple_keys.push(SimpleKey::default());
            self.simple_key_allowed = true;
            self.tokens.push(Token { kind: TokenKind::StreamStart, start: self.mark, width: 0 });
            return Ok(());
        }
        let scan_mark = self.mark;
        self.scan_to_next_token(scan_mark)?;
        self.unroll_indent(self.column(), scan_mark);

        let byte = self.here();
        if byte == 0 {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 && byte == b'%' {
            self.end_blocks(self.mark)?;
            let token = self.scan_directive()?;
            self.tokens.push(token);
            return Ok(());
        }
        if self.at_document_indicator() {
            return self.fetch_document_indicator(byte == b'-');
        }

        let closes = if self.flow_level == 0 { b':' } else { b',' };
        let comment_mark = match self.tokens.last() {
            // A comment after these belongs to what stands before them.
            Some(last) if byte == closes => last.start,
            _ => self.mark,
        };
        self.fetch_content(byte)?;
        if self.dialect.has_comments()
            && self.tokens.last().is_none_or(|token| token.kind != TokenKind::BlockEntry)
        {
            self.scan_line_comment(comment_mark);
        }
        Ok(())
    }

    fn fetch_content(&mut self, byte: u8) -> Result<(), Box<Problem>> {
        let flow = self.flow_level > 0;
        let blank_follows = self.is_blankz(self.mark.index + 1);
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_indicator(TokenKind::FlowEntry);
                Ok(())
            }
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if flow || blank_follows => self.fetch_key(),
            b':' if flow || blank_follows => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_anchor(byte == b'*')?;
                self.tokens.push(token);
                Ok(())
            }
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_tag()?;
                self.tokens.push(token);
                Ok(())
            }
            b'|' | b'>' if !flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let style = if byte == b'|' { ScalarStyle::Literal } else { ScalarStyle::Folded };
                let token = self.scan_block_scalar(style)?;
                self.tokens.push(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_quoted_scalar(byte)?;
                self.tokens.push(token);
                Ok(())
            }
            // In a flow `-` may begin a plain scalar, but `?` and `:` may not.
            b'-' if self.is_blank(self.mark.index + 1) => Err(self.no_token()),
            b'?' | b':' if flow || blank_follows => Err(self.no_token()),
            b' ' | b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(self.no_token()),
            _ => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_plain_scalar()?;
                self.tokens.push(token);
                Ok(())
            }
        }
    }

    fn no_token(&self) -> Box<Problem> {
        self.problem_at(self.mark, "found character that cannot start any token")
    }

    fn push_indicator(&mut self, kind: TokenKind) {
        let start = self.mark;
        self.advance();
        self.tokens.push(Token { kind, start, width: 1 });
    }

    fn scan_to_next_token(&mut self, scan_mark: Mark) -> Result<(), Box<Problem>> {
        loop {
            // A tab may not indent a block.
            while self.here() == b' '
                || (self.here() == b'\t' && (self.flow_level > 0 || !self.simple_key_allowed))
            {
                self.advance();
            }
            if self.dialect.has_comments() {
                self.lift_entry_comment();
                if self.here() == b'#' {
                    self.scan_comments(scan_mark)?;
                }
            } else if self.here() == b'#' {
                self.advance_to(self.line_end(self.mark.index));
            }
            if !self.is_break(self.mark.index) {
                return Ok(());
            }
            self.advance_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn end_blocks(&mut self, mark: Mark) -> Result<(), Box<Problem>> {
        self.unroll_indent(-1, mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), Box<Problem>> {
        if self.ended {
            // Nothing comes after the end, however often one asks.
            return Err(self.problem_at(self.mark, "unexpected end of the stream"));
        }
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.end_blocks(self.mark)?;
        self.tokens.push(Token { kind: TokenKind::StreamEnd, start: self.mark, width: 0 });
        Ok(())
    }

    fn fetch_document_indicator(&mut self, start: bool) -> Result<(), Box<Problem>> {
        self.end_blocks(self.mark)?;
        let kind = if start { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        let mark = self.mark;
        self.advance_to(mark.index + 3);
        self.tokens.push(Token { kind, start: mark, width: 3 });
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Box<Problem>> {
        self.save_simple_key()?;
        self.increase_flow_level()?;
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Box<Problem>> {
        self.remove_simple_key()?;
        self.decrease_flow_level();
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Box<Problem>> {
        // In a flow it is an error, too, but the parser knows better where.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.problem_at(
                    self.mark,
                    "block sequence entries are not allowed in this context",
                ));
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Box<Problem>> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(
                    self.problem_at(self.mark, "mapping keys are not allowed in this context")
                );
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Box<Problem>> {
        let top = self.simple_keys.len().saturating_sub(1);
        if self.simple_key_is_valid(top)? {
            let SimpleKey { token_number, mark, .. } =
                self.simple_keys.get(top).copied().unwrap_or_default();
            self.insert(Some(token_number), Token { kind: TokenKind::Key, start: mark, width: 0 });
            let column = i32::try_from(mark.column).unwrap_or(i32::MAX);
            self.roll_indent(column, Some(token_number), TokenKind::BlockMappingStart, mark)?;
            if let Some(key) = self.simple_keys.get_mut(top) {
                key.possible = false;
                key.indexed = false;
            }
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self
                        .problem_at(self.mark, "mapping values are not allowed in this context"));
                }
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }
}
