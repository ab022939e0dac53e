//! Whole and floating point numbers.

use weir_golang::strconv;

use super::printer::Printer;

impl Printer<'_> {
    /// Writes a whole number; returns false for a verb that numbers do not have.
    pub(super) fn integer(&mut self, bits: u64, signed: bool, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v && !signed => self.hexadecimal(bits, true),
            'v' | 'd' => self.digits(bits, signed, 10, verb),
            'b' => self.digits(bits, signed, 2, verb),
            'o' | 'O' => self.digits(bits, signed, 8, verb),
            'x' | 'X' => self.digits(bits, signed, 16, verb),
            'c' => self.pad(character(bits).encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let quoted = strconv::quote_char(character(bits), self.flags.plus);
                self.pad(quoted.as_bytes());
            }
            'U' => self.unicode(bits),
            _ => return false,
        }
        true
    }

    /// Writes a number in base 16, with or without `0x`.
    pub(super) fn hexadecimal(&mut self, bits: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.digits(bits, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    fn digits(&mut self, bits: u64, signed: bool, base: u64, verb: char) {
        let negative = signed && bits.cast_signed() < 0;
        let mut rest = if negative { bits.wrapping_neg() } else { bits };
        let mut precision = 0;
        if let Some(wanted) = self.flags.precision {
            precision = wanted;
            if wanted == 0 && rest == 0 {
                let zero = std::mem::replace(&mut self.flags.zero, false);
                self.padding(self.flags.width.unwrap_or(0));
                self.flags.zero = zero;
                return;
            }
        } else if self.flags.zero
            && !self.flags.minus
            && let Some(width) = self.flags.width
        {
            precision =
                width.saturating_sub(usize::from(negative || self.flags.plus || self.flags.space));
        }
        let alphabet = if verb == 'X' { b"0123456789ABCDEFX" } else { b"0123456789abcdefx" };
        // The digits come from the right.
        let mut text = Vec::with_capacity(24);
        loop {
            text.push(alphabet[(rest % base) as usize]);
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        if text.len() < precision {
            text.resize(precision, b'0');
        }
        if self.flags.sharp {
            match base {
                2 => text.extend_from_slice(b"b0"),
                8 if text.last() != Some(&b'0') => text.push(b'0'),
                16 => text.extend_from_slice(&[alphabet[16], b'0']),
                _ => {}
            }
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        if negative {
            text.push(b'-');
        } else if self.flags.plus {
            text.push(b'+');
        } else if self.flags.space {
            text.push(b' ');
        }
        text.reverse();
        self.pad_with_spaces(&text);
    }

    fn unicode(&mut self, code: u64) {
        let mut text =
            format!("U+{code:0width$X}", width = self.flags.precision.unwrap_or(4).max(4));
        if self.flags.sharp
            && let Some(character) = u32::try_from(code).ok().and_then(char::from_u32)
            && strconv::is_print(character)
        {
            text.push_str(" '");
            text.push(character);
            text.push('\'');
        }
        self.pad_with_spaces(text.as_bytes());
    }

    /// Pads where the zero flag has been used up already.
    fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// Writes a floating point number; returns false for a verb that they do not have.
    pub(super) fn float(&mut self, value: f64, bits: u32, verb: char) -> bool {
        let (letter, default) = match verb {
            'v' => (b'g', -1),
            'b' => (b'b', -1),
            'g' => (b'g', -1),
            'G' => (b'G', -1),
            'x' => (b'x', -1),
            'X' => (b'X', -1),
            'f' | 'F' => (b'f', 6),
            'e' => (b'e', 6),
            'E' => (b'E', 6),
            _ => return false,
        };
        let precision = self.flags.precision.map_or(default, |precision| precision as i32);
        let mut text = strconv::format_float(value, letter, precision, bits);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if self.flags.space && text.starts_with('+') && !self.flags.plus {
            text.replace_range(..1, " ");
        }
        if value.is_infinite() || value.is_nan() {
            let bare = value.is_nan() && !self.flags.space && !self.flags.plus;
            let text = if bare { &text[1..] } else { &text };
            self.pad_with_spaces(text.as_bytes());
            return true;
        }
        if self.flags.sharp && letter != b'b' {
            text = keep_zeros(&text, letter, precision);
        }
        if self.flags.plus || !text.starts_with('+') {
            if self.flags.zero
                && !self.flags.minus
                && let Some(width) = self.flags.width.filter(|width| *width > text.len())
            {
                self.write(&text.as_bytes()[..1]);
                self.padding(width - text.len());
                self.write(&text.as_bytes()[1..]);
            } else {
                self.pad(text.as_bytes());
            }
        } else {
            self.pad(&text.as_bytes()[1..]);
        }
        true
    }
}

/// Puts the point and the trailing zeros back that the `#` flag asks for. The text has a sign in front.
fn keep_zeros(text: &str, letter: u8, precision: i32) -> String {
    let mut digits = match letter {
        b'g' | b'G' | b'x' if precision == -1 => 6,
        b'g' | b'G' | b'x' => precision,
        _ => 0,
    };
    let hexadecimal = matches!(letter, b'x' | b'X');
    let split = text
        .find(|character| {
            matches!(character, 'p' | 'P') || (!hexadecimal && matches!(character, 'e' | 'E'))
        })
        .unwrap_or(text.len());
    let (head, tail) = text.split_at(split);
    let mut saw_nonzero = false;
    for byte in head.bytes().skip(1).filter(|byte| *byte != b'.') {
        saw_nonzero |= byte != b'0';
        digits -= i32::from(saw_nonzero);
    }
    let mut out = head.to_owned();
    if !head.contains('.') {
        if head.get(1..) == Some("0") {
            digits -= 1;
        }
        out.push('.');
    }
    for _ in 0..digits.max(0) {
        out.push('0');
    }
    out.push_str(tail);
    out
}

fn character(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}
