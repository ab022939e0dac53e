//! Comments, by yaml.v3's rules for whom they belong to.

use super::{Mark, Problem, Scanner, TokenKind};

/// How far is looked for a comment.
const REACH: usize = 512;

/// A comment that waits for its token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comment {
    /// Where the search for it began.
    pub(crate) scan: Mark,
    /// The place of the token it belongs to.
    pub(crate) token: Mark,
    /// Where it begins; columns from 1, unlike elsewhere, for head and foot comments.
    pub(crate) start: Mark,
    /// Where it ends.
    pub(crate) end: Mark,
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}

impl Scanner<'_> {
    /// Turns a line comment behind a lone `-` into the head of what follows.
    pub(super) fn lift_entry_comment(&mut self) {
        let [.., before, last] = self.tokens.as_slice() else { return };
        if before.kind != TokenKind::BlockSequenceStart || last.kind != TokenKind::BlockEntry {
            return;
        }
        if self.is_break(self.mark.index) || self.comments_head >= self.comments.len() {
            return;
        }
        let mark = self.mark;
        if let Some(comment) = self.comments.last_mut()
            && !comment.line.is_empty()
        {
            comment.head = std::mem::take(&mut comment.line);
            // One in the line before heads what follows, another the sequence.
            if comment.start.line + 1 == mark.line {
                comment.token = mark;
            }
        }
    }

    /// Moves to an index ahead, which may be lines away.
    fn advance_over(&mut self, index: usize) {
        while self.mark.index < index && self.here() != 0 {
            if self.is_break(self.mark.index) { self.advance_line() } else { self.advance() }
        }
    }

    fn read_comment(&mut self) -> &str {
        let from = self.mark.index;
        let end = self.line_end(from);
        self.advance_to(end);
        self.slice(from, end)
    }

    /// Reads a comment at the end of the current line.
    pub(super) fn scan_line_comment(&mut self, token: Mark) {
        if self.newlines > 0 {
            return;
        }
        let Some(peek) = (0..REACH).find(|peek| !self.is_blank(self.mark.index + peek)) else {
            return;
        };
        if self.ahead(peek) != b'#' {
            return;
        }
        self.advance_over(self.mark.index + peek);
        let start = self.mark;
        let line = self.read_comment().to_owned();
        self.comments.push(Comment { token, start, line, ..Comment::default() });
    }

    /// Reads the comment lines from here on and decides which are feet of what came before.
    pub(super) fn scan_comments(&mut self, scan_mark: Mark) -> Result<(), Box<Problem>> {
        let mut scan = scan_mark;
        let last = match self.tokens.as_slice() {
            [.., before, last] if last.kind == TokenKind::FlowEntry => before,
            [.., last] => last,
            [] => return Ok(()),
        };
        let follows_value = last.kind == TokenKind::Value;
        let mut token = last.start;
        let mut start = Mark::default();
        let next_indent = i64::from(self.indent.max(0));
        let mut recent_empty = false;
        let mut first_empty = self.newlines <= 1;
        let mut line = self.mark.line;
        let mut column = self.mark.column;
        let mut text = String::new();
        // A foot must begin right below what it belongs to.
        let foot_line = (scan.line > 0).then(|| {
            let below = i64::from(self.mark.line) - i64::from(self.newlines) + 1;
            below + i64::from(self.newlines == 0 && self.mark.column > 1)
        });

        let mut peek = 0;
        while peek < REACH {
            column += 1;
            let index = self.mark.index + peek;
            if self.is_blank(index) {
                peek += 1;
                continue;
            }
            let byte = self.at(index);
            let closes_flow = self.flow_level > 0 && matches!(byte, b']' | b'}');
            let here = Mark { index, line, column };
            let dedented = i64::from(start.column) - 1 < next_indent;
            if closes_flow || self.is_breakz(index) {
                if closes_flow || !recent_empty {
                    let right_below = foot_line == Some(i64::from(start.line)) && !follows_value;
                    if closes_flow || first_empty && (right_below || dedented) {
                        if !text.is_empty() {
                            if dedented {
                                token = start;
                            }
                            let foot = std::mem::take(&mut text);
                            self.comments.push(Comment {
                                scan,
                                token,
                                start,
                                end: here,
                                foot,
                                ..Comment::default()
                            });
                            scan = here;
                            token = here;
                        }
                    } else if !text.is_empty() && byte != 0 {
                        text.push('\n');
                    }
                }
                if !self.is_break(index) {
                    break;
                }
                first_empty = false;
                recent_empty = true;
                column = 0;
                line += 1;
                peek += 1;
                continue;
            }
            if !text.is_empty() && i64::from(column) - 1 < next_indent && column != start.column {
                // Another indentation: the foot of what came before, no head of what comes.
                let foot = std::mem::take(&mut text);
                self.comments.push(Comment {
                    scan,
                    token,
                    start,
                    end: here,
                    foot,
                    ..Comment::default()
                });
                scan = here;
                token = here;
            }
            if byte != b'#' {
                break;
            }
            if text.is_empty() {
                start = here;
            } else {
                text.push('\n');
            }
            recent_empty = false;
            self.advance_over(index);
            text.push_str(self.read_comment());
            // The search goes on behind the line break.
            peek = 1;
            column = 0;
            line = self.mark.line;
        }
        if !text.is_empty() {
            let end = Mark { index: (self.mark.index + peek).saturating_sub(1), line, column };
            self.comments.push(Comment {
                scan,
                token: start,
                start,
                end,
                head: text,
                ..Comment::default()
            });
        }
        Ok(())
    }
}
