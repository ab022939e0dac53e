//! Collections by indentation: sequences of `-` and mappings of `key: value`.

use super::{Event, EventKind, Expect, Parser, Peeked, Shape, State, empty_scalar, event};
use crate::scan::Problem;

impl Parser<'_> {
    /// Consumes a `-` and sets the comment before it aside, if it heads a collection within the entry.
    fn enter_entry(&mut self) -> Result<Peeked, Box<Problem>> {
        let stem_len = self.head.len();
        self.scanner.skip();
        let token = self.peek()?;
        if stem_len > 0
            && matches!(token.shape, Shape::BlockSequenceStart | Shape::BlockMappingStart)
        {
            let rest = self.head.get(stem_len + 1..).unwrap_or_default().to_owned();
            self.head.truncate(stem_len);
            self.stem = Some(std::mem::replace(&mut self.head, rest));
        }
        Ok(token)
    }

    pub(super) fn block_sequence_entry(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let token = self.peek()?;
        match token.shape {
            Shape::BlockEntry => {
                let mark = token.end;
                let token = self.enter_entry()?;
                if matches!(token.shape, Shape::BlockEntry | Shape::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(Expect::Block)
            }
            Shape::BlockEnd => Ok(self.close(EventKind::SequenceEnd, token, false)),
            _ => Err(self.unclosed("did not find expected '-' indicator", token)),
        }
    }

    pub(super) fn indentless_sequence_entry(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if token.shape != Shape::BlockEntry {
            self.pop_state();
            return Ok(event(EventKind::SequenceEnd, token.start));
        }
        let mark = token.end;
        let token = self.enter_entry()?;
        if matches!(token.shape, Shape::BlockEntry | Shape::Key | Shape::Value | Shape::BlockEnd) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(empty_scalar(mark));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(Expect::Block)
    }

    pub(super) fn block_mapping_key(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let token = self.peek()?;
        match token.shape {
            Shape::Key => {
                let mark = token.end;
                self.scanner.skip();
                let token = self.peek()?;
                if matches!(token.shape, Shape::Key | Shape::Value | Shape::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::BlockMappingValue);
                self.node(Expect::BlockOrIndentless)
            }
            Shape::BlockEnd => Ok(self.close(EventKind::MappingEnd, token, true)),
            _ => Err(self.unclosed("did not find expected key", token)),
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        let mut mark = token.start;
        if token.shape == Shape::Value {
            mark = token.end;
            self.scanner.skip();
            let token = self.peek()?;
            if !matches!(token.shape, Shape::Key | Shape::Value | Shape::BlockEnd) {
                self.states.push(State::BlockMappingKey);
                return self.node(Expect::BlockOrIndentless);
            }
        }
        self.state = State::BlockMappingKey;
        Ok(empty_scalar(mark))
    }
}
