//! Values: arrays, tables in a line, numbers, dates.

use smol_str::SmolStr;
use weir_golang::strconv;
use weir_golang::time::{self, Zone};
use weir_gotmpl::{List, Map, Type, Value};

use super::super::super::TimeObject;
use super::{DEEPEST, LOCAL, Read, Reader, shown};

impl Reader<'_> {
    pub(super) fn value(&mut self, depth: u32) -> Read<Value> {
        if depth > DEEPEST {
            return Err("the value is nested too deeply".to_owned());
        }
        self.skip_blanks();
        let line = self.line;
        let Some(first) = self.peek() else {
            return Err("unexpected EOF; expected value".to_owned());
        };
        match first {
            '[' => self.array(depth),
            '{' => self.inline_table(depth),
            '"' | '\'' => {
                let quotes = if first == '"' { "\"\"\"" } else { "'''" };
                if self.rest.starts_with(quotes) {
                    self.advance(3);
                    return self.long_string(first, quotes).map(Value::from);
                }
                self.advance(1);
                self.string(first).map(Value::from)
            }
            '.' => Err("floats must start with a digit, not '.'".to_owned()),
            '0'..='9' | '+' | '-' => self.number(),
            c if c.is_alphabetic() => {
                let word = self.take(char::is_alphanumeric);
                match word {
                    "true" | "false" => Ok(Value::Bool(word == "true")),
                    "inf" => Ok(Value::float64(f64::INFINITY)),
                    "nan" => Ok(Value::float64(f64::NAN)),
                    word => {
                        Err(format!("expected value but found {} instead", strconv::quote(word)))
                    }
                }
            }
            other => {
                self.next();
                self.line = line;
                Err(format!("expected value but found {} instead", shown(Some(other))))
            }
        }
    }

    fn array(&mut self, depth: u32) -> Read<Value> {
        self.advance(1);
        let mut items = Vec::new();
        loop {
            self.skip_blank_lines();
            match self.peek() {
                Some(']') => break,
                Some(',') => return Err("unexpected comma".to_owned()),
                _ => items.push(self.value(depth + 1)?),
            }
            self.skip_blank_lines();
            match self.peek() {
                Some(',') => self.advance(1),
                Some(']') => break,
                other => {
                    let found =
                        other.map_or_else(|| "end of file".to_owned(), |c| format!("'{c}'"));
                    return Err(format!(
                        "expected a comma (',') or array terminator (']'), but got {found}"
                    ));
                }
            }
        }
        self.advance(1);
        // A list of maps alone has that type.
        if !items.is_empty() && items.iter().all(|item| matches!(item, Value::Map(_))) {
            return Ok(List::typed(&Type::MAP, items).into());
        }
        Ok(Value::list(items))
    }

    fn inline_table(&mut self, depth: u32) -> Read<Value> {
        self.advance(1);
        let table = Map::new();
        let outer = self.last_key.clone();
        loop {
            self.skip_blank_lines();
            match self.peek() {
                Some('}') => break,
                Some(',') => return Err("unexpected comma".to_owned()),
                _ => self.entry(&table, &outer, depth + 1)?,
            }
            self.skip_blank_lines();
            match self.peek() {
                Some(',') => self.advance(1),
                Some('}') => break,
                other => {
                    let found =
                        other.map_or_else(|| "end of file".to_owned(), |c| format!("'{c}'"));
                    return Err(format!(
                        "expected a comma or an inline table terminator '}}', but got {found} instead"
                    ));
                }
            }
        }
        self.advance(1);
        self.last_key = outer;
        self.inline.push(table.clone());
        Ok(table.into())
    }

    fn number(&mut self) -> Read<Value> {
        let token = self.take(|c| c.is_ascii_alphanumeric() || "+-._:".contains(c)).to_owned();
        // A date and a time may have a blank between them.
        if self.rest.starts_with(' ')
            && is_date(&token)
            && self.rest[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            self.advance(1);
            let rest = self.take(|c| c.is_ascii_alphanumeric() || "+-.:".contains(c));
            return date(&format!("{token}T{rest}"));
        }
        if is_date(&token) || token.get(2..3) == Some(":") {
            return date(&token);
        }
        let unsigned = token.strip_prefix(['+', '-']).unwrap_or(&token);
        match unsigned {
            "inf" if token.starts_with('-') => return Ok(Value::float64(f64::NEG_INFINITY)),
            "inf" => return Ok(Value::float64(f64::INFINITY)),
            "nan" => return Ok(Value::float64(f64::NAN)),
            _ => {}
        }
        let based = ["0x", "0o", "0b"].iter().any(|prefix| unsigned.starts_with(prefix));
        let is_float = !based && unsigned.contains(['.', 'e', 'E']);
        let kind = if is_float { "float" } else { "integer" };
        let shown = strconv::quote(&token);
        let misplaced = token.split('_').any(|part| {
            !part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '+' || c == '-')
                || part.ends_with(['.', 'e'])
        });
        if token.contains('_') && misplaced {
            return Err(format!(
                "Invalid {kind} {shown}: underscores must be surrounded by digits"
            ));
        }
        if !based
            && unsigned.len() > 1
            && unsigned.starts_with('0')
            && unsigned[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(format!("Invalid {kind} {shown}: cannot have leading zeroes"));
        }
        let plain = token.replace('_', "");
        if is_float {
            let dotted = plain.split(['e', 'E']).next().unwrap_or_default();
            if dotted.ends_with('.') {
                return Err(format!(
                    "Invalid float {shown}: '.' must be followed by one or more digits"
                ));
            }
            return match strconv::parse_float(&plain, 64) {
                Ok(value) => Ok(Value::float64(value)),
                Err(error) if error.kind == strconv::NumErrorKind::Range => {
                    Err(format!("{token} is out of range for float64"))
                }
                Err(_) => Err(format!("Invalid float value: {shown}")),
            };
        }
        match strconv::parse_int(&plain, 0, 64) {
            Ok(value) => Ok(Value::int64(value)),
            Err(error) if error.kind == strconv::NumErrorKind::Range => {
                Err(format!("{token} is out of range for int64"))
            }
            Err(_) => {
                let digits = plain
                    .trim_start_matches(['+', '-'])
                    .trim_start_matches(|c: char| c.is_ascii_digit());
                Err(format!("expected a digit but got {}", self::shown(digits.chars().next())))
            }
        }
    }
}

fn is_date(token: &str) -> bool {
    token.len() >= 10 && token.get(4..5) == Some("-") && token.get(7..8) == Some("-")
}

/// Reads a date, a time, or both, with or without a zone.
fn date(text: &str) -> Read<Value> {
    const LAYOUTS: &[(&str, Option<usize>)] = &[
        ("2006-01-02T15:04:05.999999999Z07:00", None),
        ("2006-01-02T15:04Z07:00", None),
        ("2006-01-02T15:04:05.999999999", Some(0)),
        ("2006-01-02T15:04", Some(0)),
        ("2006-01-02", Some(1)),
        ("15:04:05.999999999", Some(2)),
        ("15:04", Some(2)),
    ];
    let upper = text.to_ascii_uppercase();
    for (layout, local) in LAYOUTS {
        let zone = local
            .and_then(|index| LOCAL.get(index))
            .map_or(Zone::Local, |(name, _)| Zone::Fixed { name: SmolStr::new(name), offset: 0 });
        if let Ok(time) = time::parse_in(layout, &upper, &zone) {
            return Ok(TimeObject::value(time));
        }
    }
    Err(format!("Invalid datetime: {}", strconv::quote(text)))
}
