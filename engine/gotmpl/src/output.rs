//! The text a template makes, with the template line of each piece.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use smol_str::SmolStr;

use crate::trace::Piece;

/// What has been written so far, and which template line wrote it.
#[derive(Clone, Default)]
pub struct Output {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    templates: Vec<SmolStr>,
    /// What marks came from, by their numbers; empty when nothing is traced.
    pieces: Vec<(usize, Rc<Piece>)>,
    /// Where the lines begin, found when a line is first asked for.
    starts: OnceCell<Vec<usize>>,
    /// Which lines have a text, made when one is first sought.
    alike: OnceCell<BTreeMap<SmolStr, Vec<usize>>>,
}

/// A stretch of the output that one node of a template wrote.
pub(crate) struct Span<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) template: &'a SmolStr,
    /// The template line at the start of the range that was asked for, or of the span when it begins later.
    pub(crate) line: u32,
    pub(crate) piece: Option<&'a Piece>,
}

/// From `offset` on, the output was written by this line of this template.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    template: u32,
    line: u32,
    /// Whether it is text of the template, whose lines go on there; all lines of a printed value come from one line.
    text: bool,
}

impl Output {
    /// Makes an empty output.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the bytes written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the text out; bytes that are not UTF-8 become U+FFFD.
    pub fn into_text(self) -> String {
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Gives the bytes out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns for each line of the output the file and line of the template that began it, in order.
    pub fn lines(&self) -> Vec<(SmolStr, u32)> {
        let mut lines = Vec::new();
        let mut marks = self.marks.iter().peekable();
        let mut current: Option<Mark> = None;
        let mut start = 0;
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            while let Some(mark) = marks.next_if(|mark| mark.offset <= start) {
                current = Some(*mark);
            }
            let origin = current.map_or((SmolStr::default(), 0), |mark| {
                let before = self.bytes.get(mark.offset..start).unwrap_or_default();
                let newlines = if mark.text {
                    before.iter().filter(|byte| **byte == b'\n').count()
                } else {
                    0
                };
                let name = self.templates.get(mark.template as usize).cloned().unwrap_or_default();
                (name, mark.line + u32::try_from(newlines).unwrap_or_default())
            });
            // The next line of a long text is counted from here, so that the whole stays linear.
            if let Some(mark) = &mut current {
                *mark = Mark { offset: start, line: origin.1, ..*mark };
            }
            lines.push(origin);
            start += line.len();
        }
        lines
    }

    /// Names the template file that the next marks belong to, and returns its number.
    pub(crate) fn template(&mut self, name: &SmolStr) -> u32 {
        let known = self.templates.iter().position(|known| known == name).unwrap_or_else(|| {
            self.templates.push(name.clone());
            self.templates.len() - 1
        });
        u32::try_from(known).unwrap_or(u32::MAX)
    }

    /// Says which template line writes what follows, and whether that is the template's own text.
    pub(crate) fn mark(&mut self, template: u32, line: u32, text: bool) {
        // In a loop over one action the mark before says the same.
        if let Some(last) = self.marks.last()
            && !text
            && !last.text
            && (last.template, last.line) == (template, line)
            && self.pieces.is_empty()
        {
            return;
        }
        self.marks.push(Mark { offset: self.bytes.len(), template, line, text });
    }

    /// Says what the last mark came from.
    pub(crate) fn came_from(&mut self, piece: Rc<Piece>) {
        if let Some(last) = self.marks.len().checked_sub(1) {
            self.pieces.push((last, piece));
        }
    }

    /// Returns where a line, counted from 0, begins and ends in a finished output; its newline belongs to it.
    pub(crate) fn line_range(&self, line: usize) -> Option<(usize, usize)> {
        let starts = self.starts.get_or_init(|| {
            let newlines = self.bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect()
        });
        let start = *starts.get(line).filter(|start| **start < self.bytes.len())?;
        Some((start, starts.get(line + 1).copied().unwrap_or(self.bytes.len())))
    }

    /// Returns the numbers of the lines of a finished output that have this text, but for indentation and quotes.
    pub(crate) fn lines_like(&self, text: &str) -> &[usize] {
        let alike = self.alike.get_or_init(|| {
            let mut alike: BTreeMap<SmolStr, Vec<usize>> = BTreeMap::new();
            for (number, line) in self.bytes.split(|byte| *byte == b'\n').enumerate() {
                let line = std::str::from_utf8(line).unwrap_or_default();
                alike.entry(bare(line).into()).or_default().push(number);
            }
            alike
        });
        alike.get(bare(text)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the number of the line that an offset is in.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        self.line_range(0);
        let starts = self.starts.get().map(Vec::as_slice).unwrap_or_default();
        starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Returns the spans that reach into a range, in order.
    pub(crate) fn spans_in(&self, start: usize, end: usize) -> Vec<Span<'_>> {
        let first = self.marks.partition_point(|mark| mark.offset <= start).saturating_sub(1);
        let marks = self.marks.iter().enumerate().skip(first);
        let mut spans = Vec::new();
        for (number, mark) in marks.take_while(|(_, mark)| mark.offset < end) {
            let stop = self.marks.get(number + 1).map_or(self.bytes.len(), |next| next.offset);
            let Some(template) = self.templates.get(mark.template as usize) else { continue };
            if stop <= start || stop == mark.offset {
                continue;
            }
            let before = self.bytes.get(mark.offset..start).filter(|_| mark.text);
            let before = before.unwrap_or_default().iter();
            let newlines = before.filter(|byte| **byte == b'\n').count();
            let newlines = u32::try_from(newlines).unwrap_or_default();
            let piece = self.pieces.binary_search_by(|(known, _)| known.cmp(&number));
            spans.push(Span {
                start: mark.offset,
                end: stop,
                template,
                line: mark.line + newlines,
                piece: piece
                    .ok()
                    .and_then(|index| self.pieces.get(index))
                    .map(|(_, piece)| &**piece),
            });
        }
        spans
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

/// Takes indentation and quotes off a line.
fn bare(line: &str) -> &str {
    line.trim().trim_matches(['"', '\''])
}
