//! The format string of `Sprintf`.

use super::printer::Printer;
use crate::Value;

/// Numbers of width, precision and index beyond this are bad.
const TOO_LARGE: i64 = 1_000_000;

/// Writes the format with its verbs filled in.
pub(super) fn printf(printer: &mut Printer<'_>, format: &[u8], args: &[Value]) {
    let mut next = 0;
    let mut reordered = false;
    let mut rest = format;
    loop {
        let percent = memchr(rest).unwrap_or(rest.len());
        printer.write(&rest[..percent]);
        let Some(after) = rest.get(percent + 1..) else { break };
        let mut directive = Directive { rest: after, next, args, good: true, reordered: false };
        let done = directive.run(printer);
        next = directive.next;
        reordered |= directive.reordered;
        rest = directive.rest;
        // Nobody gets so long a text; see `format::LONGEST`.
        if done || printer.out.len() > super::LONGEST {
            break;
        }
    }
    let extra = args.get(next..).unwrap_or_default();
    if !reordered && !extra.is_empty() {
        printer.clear_flags();
        printer.write(b"%!(EXTRA ");
        for (index, arg) in extra.iter().enumerate() {
            if index > 0 {
                printer.write(b", ");
            }
            if matches!(arg, Value::Nil | Value::NoValue) {
                printer.write(b"<nil>");
            } else {
                printer.write(arg.type_of().to_string().as_bytes());
                printer.write(b"=");
                printer.arg(arg, 'v');
            }
        }
        printer.write(b")");
    }
}

fn memchr(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'%')
}

/// One `%…` of the format.
struct Directive<'a> {
    rest: &'a [u8],
    next: usize,
    args: &'a [Value],
    /// Whether all argument numbers so far were good.
    good: bool,
    reordered: bool,
}

impl Directive<'_> {
    /// Reads and writes it; returns whether the format ended too early.
    fn run(&mut self, printer: &mut Printer<'_>) -> bool {
        printer.clear_flags();
        while let Some(byte) = self.rest.first() {
            match byte {
                b'#' => printer.flags.sharp = true,
                b'0' => printer.flags.zero = true,
                b'+' => printer.flags.plus = true,
                b'-' => printer.flags.minus = true,
                b' ' => printer.flags.space = true,
                _ => break,
            }
            self.rest = &self.rest[1..];
        }
        let mut after_index = self.index();
        if self.skip(b'*') {
            let width = self.number_argument();
            match width {
                Some(width) => {
                    printer.flags.minus |= width < 0;
                    printer.flags.zero &= width >= 0;
                    printer.flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => printer.write(b"%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            printer.flags.width = self.number();
            if after_index && printer.flags.width.is_some() {
                self.good = false;
            }
        }
        if self.rest.len() > 1 && self.skip(b'.') {
            if after_index {
                self.good = false;
            }
            after_index = self.index();
            if self.skip(b'*') {
                match self.number_argument() {
                    Some(precision) if precision >= 0 => {
                        printer.flags.precision = usize::try_from(precision).ok();
                    }
                    _ => printer.write(b"%!(BADPREC)"),
                }
                after_index = false;
            } else {
                printer.flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        let Some((verb, length)) = first_char(self.rest) else {
            printer.write(b"%!(NOVERB)");
            return true;
        };
        self.rest = &self.rest[length..];
        if verb == '%' {
            printer.write(b"%");
        } else if !self.good {
            printer.bang(verb, b"(BADINDEX)");
        } else if let Some(arg) = self.args.get(self.next) {
            if matches!(verb, 'v' | 'w') {
                printer.go_syntax();
            }
            printer.arg(arg, verb);
            self.next += 1;
        } else {
            printer.bang(verb, b"(MISSING)");
        }
        false
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Reads `[n]`; returns whether there was one that was well written.
    fn index(&mut self) -> bool {
        if self.rest.first() != Some(&b'[') {
            return false;
        }
        self.reordered = true;
        let Some(close) =
            self.rest.iter().position(|byte| *byte == b']').filter(|_| self.rest.len() >= 3)
        else {
            self.good = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let inside = &self.rest[1..close];
        self.rest = &self.rest[close + 1..];
        let number = std::str::from_utf8(inside)
            .ok()
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|number| *number <= TOO_LARGE);
        match number.map(|number| number - 1) {
            Some(index) if index >= 0 && (index as usize) < self.args.len() => {
                self.next = index as usize;
                true
            }
            other => {
                self.good = false;
                other.is_some()
            }
        }
    }

    /// Reads a number written in the format.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut value = 0i64;
        for byte in &self.rest[..digits] {
            value = value * 10 + i64::from(byte - b'0');
            if value > TOO_LARGE {
                // Go gives the rest of the format up.
                self.rest = &[];
                return None;
            }
        }
        self.rest = &self.rest[digits..];
        if digits == 0 { None } else { usize::try_from(value).ok() }
    }

    /// Takes a number from the arguments.
    fn number_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let value = match arg.underlying().as_ref() {
            Value::Int(value, _) => *value,
            Value::Uint(value, _) => i64::try_from(*value).ok()?,
            _ => return None,
        };
        Some(value).filter(|value| value.unsigned_abs() <= TOO_LARGE as u64)
    }
}

/// Reads the first character; a stray byte is U+FFFD.
fn first_char(text: &[u8]) -> Option<(char, usize)> {
    let chunk = text.get(..text.len().min(4))?.utf8_chunks().next()?;
    match chunk.valid().chars().next() {
        Some(character) => Some((character, character.len_utf8())),
        None => Some(('\u{fffd}', 1)),
    }
}
