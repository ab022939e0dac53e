//! Parses Go's syntax into an expression tree, without recursion.

use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, Look, Repetition,
};

use super::RegexpError;
use super::class::parse_class;
use super::escape::{Escape, parse_escape, perl_class, unicode_class};
use super::flags::{Flags, Opening, parse_opening};

/// How far expressions nest, and how many instructions they may amount to. Go allows a nesting of 1000, but what compiles
/// the tree recurses, and must not run out of stack.
const DEEPEST: usize = 250;
const LARGEST: u64 = 3_355_443;
const MOST_REPEATS: i64 = 1000;

/// A parsed expression with the names of its groups.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    pub(super) names: Vec<String>,
}

/// A part of an expression with what Go's limits look at.
struct Item {
    hir: Hir,
    /// An estimate of the instructions it takes.
    size: u64,
    height: usize,
    /// The product of the counted repetitions nested in it.
    repeats: i64,
}

/// A group being read: its alternatives so far and the sequence that is being added to.
struct Frame {
    alternatives: Vec<Item>,
    sequence: Vec<Item>,
    /// The number of a capturing group.
    capture: Option<u32>,
    /// The flags to go back to behind the group.
    outside: Flags,
}

/// Parses an expression.
pub(super) fn parse(pattern: &str) -> Result<Parsed, RegexpError> {
    let mut parser = Parser {
        pattern,
        flags: Flags::default(),
        frames: Vec::new(),
        frame: Frame::new(None, Flags::default()),
        names: vec![String::new()],
    };
    let mut rest = pattern;
    // The repetition right before, from its operator on: another must not follow it.
    let mut last_repeat = "";
    while let Some(first) = rest.chars().next() {
        let before = rest;
        rest = &rest[first.len_utf8()..];
        let mut repeat = "";
        match first {
            '(' => rest = parser.open(before)?,
            ')' => parser.close()?,
            '|' => parser.frame.end_alternative(pattern)?,
            '^' => parser.look(if parser.flags.multi_line { Look::StartLF } else { Look::Start }),
            '$' => parser.look(if parser.flags.multi_line { Look::EndLF } else { Look::End }),
            '.' => {
                let dot = if parser.flags.dot_all { Dot::AnyChar } else { Dot::AnyCharExceptLF };
                parser.push(Hir::dot(dot));
            }
            '[' => {
                let (class, after) = parse_class(before, parser.flags.fold)?;
                parser.push(Hir::class(Class::Unicode(class)));
                rest = after;
            }
            '*' | '+' | '?' => {
                let (min, max) = match first {
                    '*' => (0, -1),
                    '+' => (1, -1),
                    _ => (0, 1),
                };
                rest = parser.repeat(min, max, false, before, rest, last_repeat)?;
                repeat = before;
            }
            '{' => match parse_counts(before) {
                None => parser.literal('{'),
                Some((min, max, after)) => {
                    let too_many = |count: i64| count > MOST_REPEATS;
                    if min < 0 || too_many(min) || too_many(max) || (max >= 0 && min > max) {
                        return Err(RegexpError::new(
                            "invalid repeat count",
                            consumed(before, after),
                        ));
                    }
                    rest = parser.repeat(min, max, true, before, after, last_repeat)?;
                    repeat = before;
                }
            },
            '\\' => rest = parser.backslash(before)?,
            literal => parser.literal(literal),
        }
        last_repeat = repeat;
    }
    parser.finish()
}

struct Parser<'a> {
    pattern: &'a str,
    flags: Flags,
    frames: Vec<Frame>,
    frame: Frame,
    names: Vec<String>,
}

impl<'a> Parser<'a> {
    fn push(&mut self, hir: Hir) {
        self.frame.sequence.push(Item { hir, size: 1, height: 1, repeats: 1 });
    }

    fn look(&mut self, look: Look) {
        self.push(Hir::look(look));
    }

    fn literal(&mut self, c: char) {
        self.push(literal(Some(c), self.flags.fold));
    }

    /// Reads what opens a group, or flags alone.
    fn open(&mut self, text: &'a str) -> Result<&'a str, RegexpError> {
        let (opening, rest) = parse_opening(text, self.flags)?;
        let (capture, inside) = match opening {
            Opening::Flags(flags) => {
                self.flags = flags;
                return Ok(rest);
            }
            Opening::Group(flags) => (None, flags),
            Opening::Capture(name) => {
                let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                self.names.push(name.to_owned());
                (Some(number), self.flags)
            }
        };
        // Go sets the flags of `(?i:` after it notes those outside.
        let frame = Frame::new(capture, self.flags);
        self.frames.push(std::mem::replace(&mut self.frame, frame));
        self.flags = inside;
        Ok(rest)
    }

    fn close(&mut self) -> Result<(), RegexpError> {
        let Some(outer) = self.frames.pop() else {
            return Err(RegexpError::new("unexpected )", self.pattern));
        };
        let frame = std::mem::replace(&mut self.frame, outer);
        self.flags = frame.outside;
        let capture = frame.capture;
        let mut item = frame.finish(self.pattern)?;
        if let Some(index) = capture {
            item.hir = Hir::capture(Capture { index, name: None, sub: Box::new(item.hir) });
            item.size += 2;
            item.height += 1;
        }
        self.frame.sequence.push(item.within_limits(self.pattern)?);
        Ok(())
    }

    /// Repeats the last item; `before` starts at the operator and `after` stands behind it.
    fn repeat(
        &mut self,
        min: i64,
        max: i64,
        counted: bool,
        before: &'a str,
        mut after: &'a str,
        last_repeat: &str,
    ) -> Result<&'a str, RegexpError> {
        let mut greedy = !self.flags.swap_greed;
        if let Some(rest) = after.strip_prefix('?') {
            after = rest;
            greedy = !greedy;
        }
        if !last_repeat.is_empty() {
            return Err(RegexpError::new(
                "invalid nested repetition operator",
                consumed(last_repeat, after),
            ));
        }
        let Some(item) = self.frame.sequence.pop() else {
            return Err(RegexpError::new(
                "missing argument to repetition operator",
                consumed(before, after),
            ));
        };
        let repeats = if counted {
            let count = if max < 0 { min } else { max };
            // `x{0}` is nothing, whatever x is.
            if max == 0 { 1 } else { item.repeats.saturating_mul(count.max(1)) }
        } else {
            item.repeats
        };
        if counted && (min >= 2 || max >= 2) && repeats > MOST_REPEATS {
            return Err(RegexpError::new("invalid repeat count", consumed(before, after)));
        }
        let (low, high) = (u64::try_from(min).unwrap_or(0), u64::try_from(max).ok());
        let size = match high {
            None if low == 0 => 2 + item.size,
            None => 1 + low.saturating_mul(item.size),
            Some(high) => high.saturating_mul(item.size).saturating_add(high.saturating_sub(low)),
        };
        let hir = Hir::repetition(Repetition {
            min: u32::try_from(low).unwrap_or(u32::MAX),
            max: high.and_then(|high| u32::try_from(high).ok()),
            greedy,
            sub: Box::new(item.hir),
        });
        let item = Item { hir, size: size.max(1), height: item.height + 1, repeats };
        self.frame.sequence.push(item.within_limits(self.pattern)?);
        Ok(after)
    }

    fn backslash(&mut self, text: &'a str) -> Result<&'a str, RegexpError> {
        let after = text.get(2..);
        match (text.as_bytes().get(1), after) {
            (Some(b'A'), Some(rest)) => {
                self.look(Look::Start);
                Ok(rest)
            }
            (Some(b'z'), Some(rest)) => {
                self.look(Look::End);
                Ok(rest)
            }
            (Some(b'b'), Some(rest)) => {
                self.look(Look::WordAscii);
                Ok(rest)
            }
            (Some(b'B'), Some(rest)) => {
                self.look(Look::WordAsciiNegate);
                Ok(rest)
            }
            (Some(b'C'), Some(rest)) => {
                Err(RegexpError::new("invalid escape sequence", consumed(text, rest)))
            }
            (Some(b'Q'), Some(rest)) => {
                let (literals, rest) = rest.split_once(r"\E").unwrap_or((rest, ""));
                for c in literals.chars() {
                    self.literal(c);
                }
                Ok(rest)
            }
            _ => {
                if let Some((class, rest)) = unicode_class(text, self.flags.fold)? {
                    self.push(Hir::class(Class::Unicode(class)));
                    return Ok(rest);
                }
                if let Some((class, rest)) = perl_class(text, self.flags.fold) {
                    self.push(Hir::class(Class::Unicode(class)));
                    return Ok(rest);
                }
                let Escape { code, rest } = parse_escape(text)?;
                self.push(literal(char::from_u32(code), self.flags.fold));
                Ok(rest)
            }
        }
    }

    fn finish(self) -> Result<Parsed, RegexpError> {
        if !self.frames.is_empty() {
            return Err(RegexpError::new("missing closing )", self.pattern));
        }
        let item = self.frame.finish(self.pattern)?;
        Ok(Parsed { hir: item.hir, names: self.names })
    }
}

impl Frame {
    fn new(capture: Option<u32>, outside: Flags) -> Self {
        Self { alternatives: Vec::new(), sequence: Vec::new(), capture, outside }
    }

    fn end_alternative(&mut self, pattern: &str) -> Result<(), RegexpError> {
        let item = join(std::mem::take(&mut self.sequence), Hir::concat, 0);
        self.alternatives.push(item.within_limits(pattern)?);
        Ok(())
    }

    fn finish(mut self, pattern: &str) -> Result<Item, RegexpError> {
        self.end_alternative(pattern)?;
        join(self.alternatives, Hir::alternation, 1).within_limits(pattern)
    }
}

impl Item {
    fn within_limits(self, pattern: &str) -> Result<Self, RegexpError> {
        if self.height > DEEPEST {
            return Err(RegexpError::new("expression nests too deeply", pattern));
        }
        if self.size > LARGEST {
            return Err(RegexpError::new("expression too large", pattern));
        }
        Ok(self)
    }
}

/// Makes one item of several; each adds `extra` to the size.
fn join(mut items: Vec<Item>, make: impl Fn(Vec<Hir>) -> Hir, extra: u64) -> Item {
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        return item;
    }
    let size = items.iter().map(|item| item.size.saturating_add(extra)).sum();
    let height = items.iter().map(|item| item.height).max().unwrap_or(0) + 1;
    let repeats = items.iter().map(|item| item.repeats).max().unwrap_or(1);
    Item { hir: make(items.into_iter().map(|item| item.hir).collect()), size, height, repeats }
}

/// One character, with those that differ in case when asked for. A surrogate matches nothing.
fn literal(c: Option<char>, fold: bool) -> Hir {
    let Some(c) = c else { return Hir::fail() };
    if !fold {
        return Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    class.case_fold_simple();
    Hir::class(Class::Unicode(class))
}

/// Reads `{2}`, `{2,}` or `{2,3}`; a missing maximum is -1. Numbers beyond all limits come out as too large ones.
fn parse_counts(text: &str) -> Option<(i64, i64, &str)> {
    let (min, rest) = parse_count(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (min, rest),
        Some(rest) if rest.starts_with('}') => (-1, rest),
        Some(rest) => {
            let (max, rest) = parse_count(rest)?;
            // A maximum too large to be a number makes the whole count invalid, as a minimum does.
            if max > MOST_REPEATS { (MOST_REPEATS + 1, rest) } else { (max, rest) }
        }
    };
    Some((min, max, rest.strip_prefix('}')?))
}

fn parse_count(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(MOST_REPEATS + 1), rest))
}

/// What of `text` stands before its tail `rest`.
pub(super) fn consumed<'a>(text: &'a str, rest: &str) -> &'a str {
    text.get(..text.len() - rest.len()).unwrap_or(text)
}
