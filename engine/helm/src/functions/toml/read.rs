//! Reads TOML, with BurntSushi's words for what is wrong.

use smol_str::SmolStr;
use weir_golang::strconv;
use weir_golang::time::{self, RFC3339_NANO, Time, Zone};
use weir_gotmpl::{List, Map, Type, Value};

use super::super::TimeObject;

/// Arrays and tables nested deeper are refused.
const DEEPEST: u32 = 200;

/// The zones that mark times without one, and how those are written.
const LOCAL: &[(&str, &str)] = &[
    ("datetime-local", "2006-01-02T15:04:05.999999999"),
    ("date-local", "2006-01-02"),
    ("time-local", "15:04:05.999999999"),
];

/// Reads a document into a map; what is wrong stands in its entry `Error`.
pub(in super::super) fn decode(text: &str) -> Value {
    let root = Map::new();
    let mut reader = Reader {
        rest: text,
        line: 1,
        last_key: String::new(),
        defined: Vec::new(),
        inline: Vec::new(),
    };
    if let Err(message) = reader.document(&root) {
        let key = match reader.last_key.as_str() {
            "" => String::new(),
            key => format!(" (last key {})", strconv::quote(key)),
        };
        let error = Map::new();
        error.insert("Error", format!("toml: line {}{key}: {message}", reader.line).into());
        return error.into();
    }
    root.into()
}

/// Writes a time as TOML has it.
pub(super) fn written(time: &Time) -> String {
    let local = LOCAL.iter().find(|(zone, _)| time.zone().name() == *zone);
    time.format(local.map_or(RFC3339_NANO, |(_, layout)| layout))
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    /// The key last read, with dots, for error texts.
    last_key: String,
    /// The tables that have had their own header.
    defined: Vec<Map>,
    /// The tables that were written in braces, which nothing can be added to.
    inline: Vec<Map>,
}

type Read<T> = Result<T, String>;

impl<'a> Reader<'a> {
    fn document(&mut self, root: &Map) -> Read<()> {
        let mut table = root.clone();
        let mut prefix = String::new();
        loop {
            self.skip_blank_lines();
            let Some(first) = self.peek() else { return Ok(()) };
            if first == '[' {
                let is_array = self.rest.starts_with("[[");
                self.advance(if is_array { 2 } else { 1 });
                let keys = self.header_keys(is_array)?;
                prefix = keys.join(".");
                self.last_key.clone_from(&prefix);
                table = if is_array {
                    self.open_item(root, &keys)?
                } else {
                    self.open_table(root, &keys)?
                };
            } else {
                self.entry(&table, &prefix, 0)?;
            }
            self.end_of_line()?;
        }
    }

    /// Reads `key = value` into a table.
    fn entry(&mut self, table: &Map, prefix: &str, depth: u32) -> Read<()> {
        let keys = self.keys()?;
        let dotted = keys.join(".");
        self.last_key = if prefix.is_empty() { dotted } else { format!("{prefix}.{dotted}") };
        let own = self.last_key.clone();
        let value = self.value(depth)?;
        let Some((last, path)) = keys.split_last() else { return Ok(()) };
        let mut here = table.clone();
        for key in path {
            here = match here.get(key) {
                None => {
                    let next = Map::new();
                    here.insert(key.as_str(), next.clone().into());
                    next
                }
                Some(Value::Map(next)) if !self.inline.iter().any(|known| known.is(&next)) => next,
                Some(_) => return Err(format!("Key '{own}' has already been defined.")),
            };
        }
        if here.contains(last) {
            return Err(format!("Key '{own}' has already been defined."));
        }
        self.last_key = own;
        here.insert(last.as_str(), value);
        Ok(())
    }

    /// Reads the keys of a header up to its closing brackets.
    fn header_keys(&mut self, is_array: bool) -> Read<Vec<String>> {
        let mut keys = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(']') | None => {
                    return Err(
                        "unexpected end of table name (table names cannot be empty)".to_owned()
                    );
                }
                Some('.') => {
                    return Err(
                        "unexpected table separator (table names cannot be empty)".to_owned()
                    );
                }
                _ => keys.push(self.key()?),
            }
            self.skip_blanks();
            match self.next() {
                Some('.') => {}
                Some(']') if !is_array => return Ok(keys),
                Some(']') => {
                    return match self.next() {
                        Some(']') => Ok(keys),
                        other => Err(format!(
                            "expected end of table array name delimiter ']', but got {} instead",
                            shown(other)
                        )),
                    };
                }
                other => {
                    return Err(format!(
                        "expected '.' or ']' to end table name, but got {} instead",
                        shown(other)
                    ));
                }
            }
        }
    }

    fn open_table(&mut self, root: &Map, keys: &[String]) -> Read<Map> {
        let table = self.walk(root, keys)?;
        if self.defined.iter().any(|known| known.is(&table))
            || self.inline.iter().any(|known| known.is(&table))
        {
            return Err(format!("Key '{}' has already been defined.", keys.join(".")));
        }
        self.defined.push(table.clone());
        Ok(table)
    }

    fn open_item(&mut self, root: &Map, keys: &[String]) -> Read<Map> {
        let Some((last, path)) = keys.split_last() else { return Ok(root.clone()) };
        let parent = self.walk(root, path)?;
        let item = Map::new();
        let mut items = match parent.get(last) {
            None => Vec::new(),
            Some(Value::List(list)) if *list.element() == Type::MAP => list.to_vec(),
            Some(_) => {
                let key = keys.join(".");
                return Err(format!(
                    "Key '{key}' was already created and cannot be used as an array."
                ));
            }
        };
        items.push(item.clone().into());
        parent.insert(last.as_str(), List::typed(&Type::MAP, items).into());
        Ok(item)
    }

    /// Goes down to a table, making those that are missing; of a list of tables the last is meant.
    fn walk(&self, root: &Map, keys: &[String]) -> Read<Map> {
        let mut here = root.clone();
        for key in keys {
            here = match here.get(key) {
                None => {
                    let next = Map::new();
                    here.insert(key.as_str(), next.clone().into());
                    next
                }
                Some(Value::Map(next)) => next,
                Some(Value::List(list)) => match list.last() {
                    Some(Value::Map(next)) => next.clone(),
                    _ => return Err(format!("Key '{}' has already been defined.", keys.join("."))),
                },
                Some(_) => {
                    return Err(format!("Key '{}' has already been defined.", keys.join(".")));
                }
            };
        }
        Ok(here)
    }

    /// Reads dotted keys up to the equals sign.
    fn keys(&mut self) -> Read<Vec<String>> {
        self.skip_blanks();
        match self.peek() {
            Some('=') | None => return Err("unexpected '=': key name appears blank".to_owned()),
            Some('.') => return Err("unexpected '.': keys cannot start with a '.'".to_owned()),
            Some(_) => {}
        }
        let mut keys = vec![self.key()?];
        loop {
            self.skip_blanks();
            let line = self.line;
            match self.next() {
                Some('=') => return Ok(keys),
                Some('.') => {
                    self.skip_blanks();
                    match self.peek() {
                        Some('=') | None => return Err("unexpected '='".to_owned()),
                        Some('.') => return Err("unexpected '.'".to_owned()),
                        Some(_) => keys.push(self.key()?),
                    }
                }
                None => return Err("unexpected EOF; expected key separator '='".to_owned()),
                Some(other) => {
                    self.line = line;
                    return Err(format!(
                        "expected '.' or '=', but got {} instead",
                        shown(Some(other))
                    ));
                }
            }
        }
    }

    fn key(&mut self) -> Read<String> {
        match self.peek() {
            Some('"') => {
                self.advance(1);
                self.string('"')
            }
            Some('\'') => {
                self.advance(1);
                self.string('\'')
            }
            _ => {
                let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                Ok(self.take(bare).to_owned())
            }
        }
    }

    fn value(&mut self, depth: u32) -> Read<Value> {
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

    /// Reads a string on one line, behind its opening quote.
    fn string(&mut self, quote: char) -> Read<String> {
        let mut out = String::new();
        loop {
            match self.peek() {
                None => {
                    return Err(format!(
                        "unexpected EOF; expected {}",
                        if quote == '"' { "'\"'" } else { "\"'\"" }
                    ));
                }
                Some('\n') => return Err("strings cannot contain newlines".to_owned()),
                Some(c) if c == quote => {
                    self.advance(1);
                    return Ok(out);
                }
                Some('\\') if quote == '"' => self.escape(&mut out)?,
                Some(c) => {
                    out.push(c);
                    self.next();
                }
            }
        }
    }

    /// Reads a string of several lines, behind its opening quotes.
    fn long_string(&mut self, quote: char, quotes: &str) -> Read<String> {
        for newline in ["\r\n", "\n"] {
            if self.rest.starts_with(newline) {
                self.line += 1;
                self.rest = &self.rest[newline.len()..];
                break;
            }
        }
        let mut out = String::new();
        loop {
            if self.rest.starts_with(quotes) {
                // Up to two quotes more belong to the text.
                let more = self.rest.chars().take_while(|c| *c == quote).count().min(5) - 3;
                out.extend(std::iter::repeat_n(quote, more));
                self.advance(3 + more);
                return Ok(out);
            }
            match self.peek() {
                None => return Err(format!("unexpected EOF; expected '{quotes}'")),
                Some('\\') if quote == '"' => {
                    let after = self.rest[1..].trim_start_matches([' ', '\t', '\r']);
                    if after.starts_with('\n') {
                        self.advance(1);
                        self.skip_blank_lines_in_string();
                    } else {
                        self.escape(&mut out)?;
                    }
                }
                Some(c) => {
                    out.push(c);
                    self.next();
                }
            }
        }
    }

    fn skip_blank_lines_in_string(&mut self) {
        while let Some(' ' | '\t' | '\r' | '\n') = self.peek() {
            self.next();
        }
    }

    fn escape(&mut self, out: &mut String) -> Read<()> {
        self.advance(1);
        let digits = match self.next() {
            Some('b') => return push(out, '\x08'),
            Some('t') => return push(out, '\t'),
            Some('n') => return push(out, '\n'),
            Some('f') => return push(out, '\x0c'),
            Some('r') => return push(out, '\r'),
            Some('e') => return push(out, '\x1b'),
            Some('"') => return push(out, '"'),
            Some('\\') => return push(out, '\\'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            other => {
                let found = other.map(String::from).unwrap_or_default();
                return Err(format!(
                    "invalid escape character '{found}'; only the following escape characters are allowed: \\b, \\t, \\n, \\f, \\r, \\\", \\\\, \\uXXXX, and \\UXXXXXXXX"
                ));
            }
        };
        let hex = self.rest.get(..digits).unwrap_or(self.rest);
        let code = u32::from_str_radix(hex, 16)
            .ok()
            .filter(|_| hex.len() == digits)
            .and_then(char::from_u32);
        let code =
            code.ok_or_else(|| format!("Escaped character '\\u{hex}' is not valid UTF-8."))?;
        self.advance(digits);
        push(out, code)
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

    fn end_of_line(&mut self) -> Read<()> {
        self.skip_blanks();
        match self.peek() {
            None | Some('\n' | '#') => Ok(()),
            Some('\r') if self.rest.starts_with("\r\n") => Ok(()),
            other => Err(format!(
                "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                shown(other)
            )),
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn skip_blank_lines(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r' | '\n') => {
                    self.next();
                }
                Some('#') => {
                    self.rest =
                        self.rest.find('\n').and_then(|at| self.rest.get(at..)).unwrap_or_default();
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.line += u32::from(c == '\n');
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Goes on by bytes of ASCII.
    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn push(out: &mut String, c: char) -> Read<()> {
    out.push(c);
    Ok(())
}

/// A character as `%q` prints it.
fn shown(c: Option<char>) -> String {
    c.map_or_else(|| "'\\x00'".to_owned(), |c| strconv::quote_char(c, false))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_errors_are_read() {
        for (text, expected) in [
            ("bad", "toml: line 1: unexpected EOF; expected key separator '='"),
            ("a = 1\na = 2", "toml: line 2 (last key \"a\"): Key 'a' has already been defined."),
            ("a: 1", "toml: line 1: expected '.' or '=', but got ':' instead"),
        ] {
            let Value::Map(map) = decode(text) else { panic!("no map") };
            assert_eq!(
                map.get("Error").and_then(|error| error.as_str().map(str::to_owned)).as_deref(),
                Some(expected)
            );
        }
        let Value::Map(map) =
            decode("[[b]]\nc.d = 1_000\n[[b]]\nx = \"\"\"\nml\"\"\"\n[e]\nf = [1, 2.5,]")
        else {
            panic!("no map")
        };
        assert_eq!(map.get("b").and_then(|list| list.length()), Some(2));
    }
}
