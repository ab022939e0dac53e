//! JSON texts, with the words of `encoding/json` for what is wrong.

use smol_str::SmolStr;
use weir_model::{Data, Map, Origin, Source, Value};

use crate::YamlError;
use crate::number::{self, Integer};
use crate::secrecy::may_be_secret;

/// Deeper nesting is refused.
const MAX_DEPTH: u32 = 200;

/// Reads one JSON text. Of two entries with one key the later stays; whole numbers keep 64 bits.
pub fn read(text: &[u8], source: Source) -> Result<Value, YamlError> {
    let mut reader = Reader { text, at: 0, line: 1, source };
    let result = reader.value(0).and_then(|value| {
        reader.skip_blanks();
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err(reader.unexpected("after top-level value")),
        }
    });
    result.map_err(|message| {
        let line = text.get(..reader.at).unwrap_or_default();
        let start = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let excerpt = if may_be_secret(&String::from_utf8_lossy(text)) {
            String::new()
        } else {
            String::from_utf8_lossy(rest.get(..end.min(200)).unwrap_or_default()).into_owned()
        };
        YamlError {
            message,
            at: Origin::new(source, reader.line),
            column: u32::try_from(reader.at - start + 1).unwrap_or(0),
            excerpt,
        }
    })
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    source: Source,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += u32::from(byte == b'\n');
            self.at += 1;
        }
    }

    fn unexpected(&self, context: &str) -> String {
        let Some(rest) = self.text.get(self.at..).filter(|rest| !rest.is_empty()) else {
            return "unexpected end of JSON input".to_owned();
        };
        let character = match rest {
            [b'\'', ..] => r"'\''".to_owned(),
            [b'"', ..] => "'\"'".to_owned(),
            // Go names the byte alone.
            [byte, ..] if byte.is_ascii() => format!("{:?}", char::from(*byte)),
            [byte, ..] => format!("'{}'", char::from(*byte)),
            [] => String::new(),
        };
        format!("invalid character {character} {context}")
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.skip_blanks();
        let origin = Origin::new(self.source, self.line);
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Data::String(self.string()?),
            Some(b't') => self.literal("true", Data::Bool(true))?,
            Some(b'f') => self.literal("false", Data::Bool(false))?,
            Some(b'n') => self.literal("null", Data::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.unexpected("looking for beginning of value")),
        };
        Ok(Value { data, origin, sensitive: false })
    }

    fn literal(&mut self, word: &str, data: Data) -> Result<Data, String> {
        for expected in word.chars() {
            if self.peek().map(char::from) != Some(expected) {
                return Err(self.unexpected(&format!("in literal {word} (expecting {expected:?})")));
            }
            self.at += 1;
        }
        Ok(data)
    }

    fn object(&mut self, depth: u32) -> Result<Data, String> {
        self.at += 1;
        let mut entries: Vec<(SmolStr, Value)> = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'}') if entries.is_empty() => break,
                Some(b'"') => {}
                _ => return Err(self.unexpected("looking for beginning of object key string")),
            }
            let key = self.string()?;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Data::Map(entries.into_iter().collect::<Map>().into()))
    }

    fn array(&mut self, depth: u32) -> Result<Data, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Data::List(items.into()));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Data::List(items.into()))
    }

    fn number(&mut self) -> Result<Data, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
            self.digits();
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
            self.digits();
        }
        let text = std::str::from_utf8(self.text.get(start..self.at).unwrap_or_default())
            .unwrap_or_default();
        if whole {
            match number::parse_integer(text) {
                Some(Integer::Int(value)) => return Ok(Data::Int(value)),
                Some(Integer::Uint(value)) => return Ok(Data::Uint(value)),
                None => {}
            }
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Data::Float(value)),
            _ => Err(format!("json: cannot unmarshal number {text} into Go value of type float64")),
        }
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<SmolStr, String> {
        self.at += 1;
        let start = self.at;
        // Most have no escapes.
        while let Some(byte) = self.peek()
            && !matches!(byte, b'"' | b'\\' | 0..0x20)
        {
            self.at += 1;
        }
        let plain = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(match std::str::from_utf8(plain) {
                Ok(text) => text.into(),
                Err(_) => crate::base64::to_text(plain).into(),
            });
        }
        let mut bytes = plain.to_vec();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(crate::base64::to_text(&bytes).into());
                }
                Some(b'\\') => {
                    self.at += 1;
                    let mut buffer = [0; 4];
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                }
                None | Some(0..0x20) => return Err(self.unexpected("in string literal")),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0C',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.four_digits()?;
                if !(0xD800..0xDC00).contains(&first)
                    || self.text.get(self.at..self.at + 2) != Some(br"\u")
                {
                    return Ok(char::from_u32(first).unwrap_or('\u{FFFD}'));
                }
                let before = self.at;
                self.at += 2;
                let second = self.four_digits()?;
                let pair = 0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF);
                if (0xDC00..0xE000).contains(&second) {
                    return Ok(char::from_u32(pair).unwrap_or('\u{FFFD}'));
                }
                self.at = before;
                return Ok('\u{FFFD}');
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(character)
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected(r"in \u hexadecimal character escape"));
            };
            value = value << 4 | digit;
            self.at += 1;
        }
        Ok(value)
    }
}
