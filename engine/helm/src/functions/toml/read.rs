//! Reads TOML, with BurntSushi's words for what is wrong.

mod strings;
mod values;

use weir_golang::strconv;
use weir_golang::time::{RFC3339_NANO, Time};
use weir_gotmpl::{List, Map, Type, Value};

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
        // Taken out, so that nobody else holds it and it need not be copied for each item.
        let mut items = match parent.remove(last) {
            None => List::typed(&Type::MAP, Vec::new()),
            Some(Value::List(list)) if *list.element() == Type::MAP => list,
            Some(_) => {
                let key = keys.join(".");
                return Err(format!(
                    "Key '{key}' was already created and cannot be used as an array."
                ));
            }
        };
        items.push(item.clone().into());
        parent.insert(last.as_str(), items.into());
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

/// A character as `%q` prints it.
fn shown(c: Option<char>) -> String {
    c.map_or_else(|| "'\\x00'".to_owned(), |c| strconv::quote_char(c, false))
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
