//! The text a template makes, with the template line of each piece.

use smol_str::SmolStr;

/// What has been written so far, and which template line wrote it.
#[derive(Clone, Debug, Default)]
pub struct Output {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    templates: Vec<SmolStr>,
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
        self.marks.push(Mark { offset: self.bytes.len(), template, line, text });
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}
