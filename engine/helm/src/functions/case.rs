//! Upper and lower case, words in snake, kebab and camel case.

use std::sync::LazyLock;

use weir_golang::regexp::Regexp;
use weir_gotmpl::{Function, Type};

use super::strings::is_space;

const STRING: Type = Type::String;

/// Sprig's functions for case.
pub(super) const TABLE: &[Function] = &[
    Function::new("upper", &[STRING], |_, args| {
        Ok(args.text(0).chars().map(upper).collect::<String>().into())
    }),
    Function::new("lower", &[STRING], |_, args| {
        Ok(args.text(0).chars().map(lower).collect::<String>().into())
    }),
    Function::new("title", &[STRING], |_, args| Ok(titled(&args.text(0)).into())),
    Function::new("untitle", &[STRING], |_, args| Ok(untitled(&args.text(0)).into())),
    Function::new("swapcase", &[STRING], |_, args| Ok(swapped(&args.text(0)).into())),
    Function::new("camelcase", &[STRING], |_, args| Ok(pascal(&args.text(0)).into())),
    Function::new("snakecase", &[STRING], |_, args| Ok(connected(&args.text(0), '_').into())),
    Function::new("kebabcase", &[STRING], |_, args| Ok(connected(&args.text(0), '-').into())),
];

/// Maps one character to one, as Go does; `ß` stays.
pub(super) fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Maps one character to one, as Go does.
pub(super) fn lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        // The only one with two: a capital I with a dot.
        _ if c == '\u{130}' => 'i',
        _ => c,
    }
}

fn title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        _ => upper(c),
    }
}

fn is_title(c: char) -> bool {
    matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}')
}

fn titled(text: &str) -> String {
    let is_separator = |c: char| {
        if c.is_ascii() {
            return !c.is_ascii_alphanumeric() && c != '_';
        }
        !c.is_alphanumeric() && is_space(c)
    };
    let mut previous = ' ';
    let step = |c: char| {
        let mapped = if is_separator(previous) { title(c) } else { c };
        previous = c;
        mapped
    };
    text.chars().map(step).collect()
}

fn untitled(text: &str) -> String {
    let mut starts = true;
    let step = |c: char| {
        if is_space(c) {
            starts = true;
            return c;
        }
        if std::mem::replace(&mut starts, false) { lower(c) } else { c }
    };
    text.chars().map(step).collect()
}

fn swapped(text: &str) -> String {
    let mut after_space = true;
    let step = |c: char| {
        if c.is_uppercase() || is_title(c) {
            after_space = false;
            lower(c)
        } else if c.is_lowercase() {
            if std::mem::replace(&mut after_space, false) { title(c) } else { upper(c) }
        } else {
            after_space = is_space(c);
            c
        }
    };
    text.chars().map(step).collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// Joins words; each begins in upper case, and capitals that follow a capital become small.
fn pascal(text: &str) -> String {
    let first = text.find(|c| !is_connector(c)).unwrap_or(text.len());
    let (connectors, rest) = text.split_at(first);
    let mut out = connectors.to_owned();
    let mut chars = rest.chars();
    let Some(first) = chars.next() else {
        // With nothing but connectors the last one comes out twice.
        out.extend(connectors.chars().next_back());
        return out;
    };
    let mut in_capitals = first.is_uppercase();
    let mut current = upper(first);
    for c in chars {
        let previous = std::mem::replace(&mut current, c);
        match (is_connector(current), is_connector(previous)) {
            (true, true) => out.push(previous),
            (false, true) => {
                in_capitals = c.is_uppercase();
                current = upper(c);
            }
            (_, false) => {
                if in_capitals {
                    if c.is_uppercase() {
                        current = lower(c);
                    } else {
                        in_capitals = false;
                    }
                }
                out.push(previous);
            }
        }
    }
    out.push(current);
    out
}

/// What a word consists of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Number,
    /// Begins with a capital.
    Capital,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// Puts a connector between words and makes capitals small.
fn connected(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut words = Words { rest: text };
    let mut current = words.next();
    while let Some((kind, word)) = current {
        if words.rest.is_empty() {
            put(&mut out, kind, word, connector);
            break;
        }
        if kind != Word::Connector {
            put(&mut out, kind, word, connector);
        }
        current = words.next();
        match kind {
            Word::Number => {
                while let Some((Word::Letters | Word::Number, word)) = current {
                    put(&mut out, Word::Letters, word, connector);
                    current = words.next();
                }
                if current
                    .is_some_and(|(kind, _)| !matches!(kind, Word::Punctuation | Word::Connector))
                {
                    out.push(connector);
                }
            }
            Word::Connector => put(&mut out, kind, word, connector),
            Word::Punctuation => {}
            Word::Capital | Word::Letters | Word::Other => {
                let Some((next, number)) = current else { continue };
                if next != Word::Number {
                    if !matches!(next, Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                if words.rest.is_empty() {
                    continue;
                }
                current = words.next();
                if !matches!(current, Some((Word::Letters, _))) {
                    put(&mut out, Word::Number, number, connector);
                    if current.is_some_and(|(kind, _)| {
                        !matches!(kind, Word::Connector | Word::Punctuation)
                    }) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                put(&mut out, Word::Number, number, connector);
                while let Some((Word::Letters | Word::Number, word)) = current {
                    put(&mut out, Word::Letters, word, connector);
                    current = words.next();
                }
                if current
                    .is_some_and(|(kind, _)| !matches!(kind, Word::Punctuation | Word::Connector))
                {
                    out.push(connector);
                }
            }
        }
    }
    out
}

fn put(out: &mut String, kind: Word, word: &str, connector: char) {
    if !matches!(kind, Word::Capital | Word::Connector) {
        out.push_str(word);
        return;
    }
    out.extend(word.chars().map(|c| if is_connector(c) { connector } else { lower(c) }));
}

/// Takes words from a text.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = (Word, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let run = |is: &dyn Fn(char) -> bool| self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let small = |c: char| is_letter(c) && !c.is_uppercase();
        let (kind, end) = if is_connector(first) {
            (Word::Connector, run(&is_connector))
        } else if is_punctuation(first) {
            (Word::Punctuation, run(&is_punctuation))
        } else if first.is_uppercase() {
            let after = first.len_utf8();
            let behind = &self.rest[after..];
            let end = match behind.chars().next() {
                Some(second) if second.is_uppercase() => {
                    let end = run(&char::is_uppercase);
                    let last = self.rest[..end].chars().next_back().map_or(0, char::len_utf8);
                    // The last capital begins the next word when small letters follow.
                    if self.rest[end..].chars().next().is_some_and(is_letter) {
                        end - last
                    } else {
                        end
                    }
                }
                Some(second) if is_letter(second) => {
                    after + behind.find(|c| !small(c)).unwrap_or(behind.len())
                }
                _ => after,
            };
            (Word::Capital, end)
        } else if is_letter(first) {
            (Word::Letters, run(&small))
        } else if first.is_numeric() {
            (Word::Number, run(&char::is_numeric))
        } else {
            let other = |c: char| {
                !is_connector(c) && !is_letter(c) && !c.is_numeric() && !is_punctuation(c)
            };
            (Word::Other, run(&other))
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((kind, word))
    }
}

/// Letters but those of Chinese, which are words of their own.
fn is_letter(c: char) -> bool {
    let chinese =
        matches!(c, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}');
    c.is_alphabetic() && !chinese
}

fn is_punctuation(c: char) -> bool {
    static BEYOND_ASCII: LazyLock<Option<Regexp>> =
        LazyLock::new(|| Regexp::compile(r"^\pP$").ok());
    if c.is_ascii() {
        return c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c);
    }
    BEYOND_ASCII.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_as_sprig_does() {
        for (text, snake, camel) in [
            ("FirstName", "first_name", "FirstName"),
            ("HTTPServer", "http_server", "Httpserver"),
            ("NoHTTPS", "no_https", "NoHTTPS"),
            ("GO_PATH", "go_path", "GoPath"),
            ("http2xx", "http_2xx", "Http2xx"),
            ("HTTP20xOK", "http_20x_ok", "Http20xOK"),
            ("Duration2m3s", "duration_2m3s", "Duration2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd", "Bld4Floor3rd"),
            ("__a b", "__a_b", "__AB"),
            ("ID0Value", "id0_value", "Id0Value"),
            ("1A2", "1_a2", "1A2"),
            ("foo.Bar-baz", "foo.bar_baz", "Foo.BarBaz"),
            ("日本Lang", "日本_lang", "日本Lang"),
        ] {
            assert_eq!(connected(text, '_'), snake);
            assert_eq!(pascal(text), camel);
        }
    }
}
