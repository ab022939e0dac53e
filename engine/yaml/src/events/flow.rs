//! Collections in brackets: `[a, b]` and `{a: b}`.

use super::{Event, EventKind, Expect, Parser, Shape, State, empty_scalar, event};
use crate::scan::Problem;

impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let mut token = self.peek()?;
        if token.shape != Shape::FlowSequenceEnd {
            if !first {
                if token.shape != Shape::FlowEntry {
                    return Err(self.unclosed("did not find expected ',' or ']'", token));
                }
                self.scanner.skip();
                token = self.peek()?;
            }
            if token.shape == Shape::Key {
                self.state = State::FlowSequenceEntryMappingKey;
                self.scanner.skip();
                return Ok(event(EventKind::MappingStart { flow: true }, token.start));
            }
            if token.shape != Shape::FlowSequenceEnd {
                self.states.push(State::FlowSequenceEntry);
                return self.node(Expect::Flow);
            }
        }
        Ok(self.close(EventKind::SequenceEnd, token, true))
    }

    pub(super) fn flow_entry_mapping_key(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if !matches!(token.shape, Shape::Value | Shape::FlowEntry | Shape::FlowSequenceEnd) {
            self.states.push(State::FlowSequenceEntryMappingValue);
            return self.node(Expect::Flow);
        }
        self.scanner.skip();
        self.state = State::FlowSequenceEntryMappingValue;
        Ok(empty_scalar(token.end))
    }

    pub(super) fn flow_entry_mapping_value(&mut self) -> Result<Event, Box<Problem>> {
        let token = self.peek()?;
        if token.shape == Shape::Value {
            self.scanner.skip();
            let token = self.peek()?;
            if !matches!(token.shape, Shape::FlowEntry | Shape::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(Expect::Flow);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(empty_scalar(token.start))
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<Event, Box<Problem>> {
        if first {
            self.open()?;
        }
        let mut token = self.peek()?;
        if token.shape != Shape::FlowMappingEnd {
            if !first {
                if token.shape != Shape::FlowEntry {
                    return Err(self.unclosed("did not find expected ',' or '}'", token));
                }
                self.scanner.skip();
                token = self.peek()?;
            }
            if token.shape == Shape::Key {
                self.scanner.skip();
                token = self.peek()?;
                if matches!(token.shape, Shape::Value | Shape::FlowEntry | Shape::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(empty_scalar(token.start));
                }
                self.states.push(State::FlowMappingValue);
                return self.node(Expect::Flow);
            }
            if token.shape != Shape::FlowMappingEnd {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(Expect::Flow);
            }
        }
        Ok(self.close(EventKind::MappingEnd, token, true))
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Result<Event, Box<Problem>> {
        let mut token = self.peek()?;
        if !empty && token.shape == Shape::Value {
            self.scanner.skip();
            token = self.peek()?;
            if !matches!(token.shape, Shape::FlowEntry | Shape::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(Expect::Flow);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(empty_scalar(token.start))
    }
}
