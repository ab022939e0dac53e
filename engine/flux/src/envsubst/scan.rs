//! The scanner: what belongs to a piece of text depends on where it stands.

/// What the scanner found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of the text, or a NUL byte, which upstream cannot tell from it.
    End,
    /// `${`.
    Open,
    /// `}`.
    Close,
    /// A run of accepted characters, without the escapes.
    Text(String),
    /// Something that is not accepted here.
    Unexpected,
}

/// What the scanner looks for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Whether a character belongs to the text; the number is the length of the text in bytes with it.
    pub(super) accept: fn(char, usize) -> bool,
    /// Whether text is wanted at all.
    pub(super) text: bool,
    /// Whether `${` is seen.
    pub(super) open: bool,
    /// Whether `}` is seen.
    pub(super) close: bool,
    /// Which escapes are undone.
    pub(super) escapes: Escapes,
}

/// Which escapes are undone in text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// None.
    None,
    /// `$$`.
    Dollar,
    /// `$$`, `\/` and `\\`.
    All,
}

/// A position in a template.
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    /// Returns the next character without taking it; nothing at the end.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next().filter(|character| *character != '\0')
    }

    /// Returns the character after the next.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    /// Takes the next token.
    pub(super) fn scan(&mut self, wanted: Wanted) -> Token {
        let Some(first) = self.peek() else { return Token::End };
        if wanted.open && self.rest().starts_with("${") {
            self.position += 2;
            return Token::Open;
        }
        if wanted.close && first == '}' {
            self.position += 1;
            return Token::Close;
        }
        if !wanted.text {
            return Token::Unexpected;
        }
        let mut text = String::new();
        while let Some(character) = self.peek() {
            if wanted.open && !text.is_empty() && self.rest().starts_with("${") {
                break;
            }
            if self.escaped(character, wanted.escapes) {
                // The escaping character is dropped and the next one is text, whatever it is.
                self.position += 1;
                let Some(next) = self.peek() else { break };
                self.position += next.len_utf8();
                text.push(next);
                continue;
            }
            if !(wanted.accept)(character, text.len() + character.len_utf8()) {
                break;
            }
            self.position += character.len_utf8();
            text.push(character);
        }
        if text.is_empty() { Token::Unexpected } else { Token::Text(text) }
    }

    fn escaped(&self, character: char, escapes: Escapes) -> bool {
        match character {
            '$' => escapes != Escapes::None && self.peek_second() == Some('$'),
            '\\' => escapes == Escapes::All && matches!(self.peek_second(), Some('/' | '\\')),
            _ => false,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }
}
