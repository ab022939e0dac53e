//! Regular expressions as Go's `regexp` reads and applies them.
//!
//! The syntax is parsed here, because it differs from Rust's in what it accepts and in what it means; the matching is
//! done by `regex-automata`, which finds the same leftmost-first matches in linear time.

mod class;
mod escape;
mod flags;
mod parse;
mod replace;

use std::fmt;

use regex_automata::Input;
use regex_automata::meta;
use regex_automata::util::captures::Captures;

use crate::strconv;

/// What a compiled expression may take in memory.
const LARGEST_PROGRAM: usize = 32 << 20;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Regexp {
    regex: meta::Regex,
    names: Vec<String>,
    pattern: String,
}

/// Why an expression could not be compiled, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexpError {
    code: &'static str,
    expression: String,
}

impl RegexpError {
    fn new(code: &'static str, expression: &str) -> Self {
        Self { code, expression: expression.to_owned() }
    }
}

impl fmt::Display for RegexpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error parsing regexp: {}: `{}`", self.code, self.expression)
    }
}

impl std::error::Error for RegexpError {}

/// The bytes that a group matched, or nothing when it took no part in the match.
pub type Group = Option<(usize, usize)>;

impl Regexp {
    /// Compiles an expression.
    pub fn compile(pattern: &str) -> Result<Self, RegexpError> {
        let parsed = parse::parse(pattern)?;
        let regex = meta::Regex::builder()
            .configure(meta::Config::new().nfa_size_limit(Some(LARGEST_PROGRAM)))
            .build_from_hir(&parsed.hir)
            .map_err(|_| RegexpError::new("expression too large", pattern))?;
        Ok(Self { regex, names: parsed.names, pattern: pattern.to_owned() })
    }

    /// Returns how many bytes the compiled expression takes.
    pub fn memory(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Returns the text that Go's `MustCompile` panics with for this pattern and error.
    pub fn must_compile_panic(pattern: &str, error: &RegexpError) -> String {
        let quoted = if strconv::can_backquote(pattern) {
            format!("`{pattern}`")
        } else {
            strconv::quote(pattern)
        };
        format!("regexp: Compile({quoted}): {error}")
    }

    /// Returns the expression as it was given.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Returns the names of the groups; the first stands for the whole match, and groups without a name have an empty one.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Tells whether the text holds a match.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Returns the first match.
    pub fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.regex.find(text).and_then(|found| text.get(found.range()))
    }

    /// Returns the matches that do not overlap, at most `most` of them.
    pub fn find_all<'a>(&self, text: &'a str, most: Option<usize>) -> Vec<&'a str> {
        let matches = self.find_all_index(text, most);
        matches.into_iter().filter_map(|(start, end)| text.get(start..end)).collect()
    }

    /// Tells how much of a text its matches make the machine read, at most: each is looked for from the end of the one
    /// before, and may be seen only at the end of the text. `count` is told as they are found, and ends the search by
    /// refusing.
    pub fn read<E>(
        &self,
        text: &str,
        mut count: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut position = 0;
        while position <= text.len() {
            count(text.len() - position)?;
            let input = Input::new(text).span(position..text.len());
            let Some(found) = self.regex.search(&input) else { break };
            position = found.end().max(found.start() + 1);
            while !text.is_char_boundary(position) && position < text.len() {
                position += 1;
            }
        }
        Ok(())
    }

    /// Returns where the matches stand that do not overlap, at most `most` of them.
    pub fn find_all_index(&self, text: &str, most: Option<usize>) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let at = |input: Input<'_>| self.regex.search(&input).map(|m| (m.start(), m.end()));
        each_match(text, most, at, |span| *span, |span| found.push(span));
        found
    }

    /// Returns the groups of each match that does not overlap another, at most `most` of them.
    pub fn find_all_submatch_index(&self, text: &str, most: Option<usize>) -> Vec<Vec<Group>> {
        let mut found = Vec::new();
        let whole = |groups: &Vec<Group>| groups.first().copied().flatten().unwrap_or_default();
        each_match(text, most, |input| self.groups(&input), whole, |groups| found.push(groups));
        found
    }

    /// Returns the groups of the first match.
    pub fn find_submatch_index(&self, text: &str) -> Option<Vec<Group>> {
        self.groups(&Input::new(text))
    }

    /// Cuts a text at the matches, into at most `most` pieces when that is above zero, and any number when it is below.
    pub fn split<'a>(&self, text: &'a str, most: i64) -> Vec<&'a str> {
        if most == 0 {
            return Vec::new();
        }
        if !self.pattern.is_empty() && text.is_empty() {
            return vec![""];
        }
        let most = usize::try_from(most).ok();
        let (mut begin, mut end, mut pieces) = (0, 0, Vec::new());
        for (start, stop) in self.find_all_index(text, most) {
            if most.is_some_and(|most| pieces.len() + 1 >= most) {
                break;
            }
            end = start;
            if stop != 0 {
                pieces.push(text.get(begin..end).unwrap_or_default());
            }
            begin = stop;
        }
        if end != text.len() {
            pieces.push(text.get(begin..).unwrap_or_default());
        }
        pieces
    }

    fn groups(&self, input: &Input<'_>) -> Option<Vec<Group>> {
        let mut captures: Captures = self.regex.create_captures();
        self.regex.search_captures(input, &mut captures);
        let group = |index| captures.get_group(index).map(|span| (span.start, span.end));
        captures.is_match().then(|| (0..self.names.len()).map(group).collect())
    }
}

/// Goes through the matches as Go does: an empty match right behind another is passed over.
fn each_match<M>(
    text: &str,
    most: Option<usize>,
    search: impl Fn(Input<'_>) -> Option<M>,
    span: impl Fn(&M) -> (usize, usize),
    mut deliver: impl FnMut(M),
) {
    let (mut position, mut previous_end, mut count) = (0, None, 0);
    while position <= text.len() && most.is_none_or(|most| count < most) {
        let Some(found) = search(Input::new(text).span(position..text.len())) else { break };
        let (start, end) = span(&found);
        let mut accepted = true;
        if end == position {
            accepted = previous_end != Some(start);
            position += width_at(text, position).max(1);
        } else {
            position = end;
        }
        previous_end = Some(end);
        if accepted {
            deliver(found);
            count += 1;
        }
    }
}

/// The length of the character at a position, 0 at the end.
fn width_at(text: &str, position: usize) -> usize {
    text.get(position..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

/// Escapes what has a meaning in expressions.
pub fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_and_rust_syntax_are_told_apart() {
        for (pattern, text, expected) in [
            (r"\d+", "١٢٣ 45", "45"),
            (r"[a&&b]+", "a&b", "a&b"),
            (r"\Q.+\E", "a.+", ".+"),
            (r"a{,3}", "a{,3}", "a{,3}"),
            (r"(?P<x>a)(?P<x>b)", "ab", "ab"),
            (r"\101", "A", "A"),
            (r"(?i)k", "\u{212a}", "\u{212a}"),
        ] {
            assert_eq!(Regexp::compile(pattern).unwrap().find(text), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn errors_are_told_in_gos_words() {
        for (pattern, expected) in [
            ("(?x)a", "error parsing regexp: invalid or unsupported Perl syntax: `(?x`"),
            ("a**", "error parsing regexp: invalid nested repetition operator: `**`"),
            ("x{1001}", "error parsing regexp: invalid repeat count: `{1001}`"),
            ("(a", "error parsing regexp: missing closing ): `(a`"),
            ("[[:foo:]]", "error parsing regexp: invalid character class range: `[:foo:]`"),
        ] {
            assert_eq!(Regexp::compile(pattern).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn deep_nesting_is_refused_or_compiled_without_a_crash() {
        for depth in [240, 5000, 200_000] {
            let pattern = format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
            assert_eq!(Regexp::compile(&pattern).is_ok(), depth < 250, "{depth}");
        }
    }

    #[test]
    fn splits_as_go_does() {
        let split = |pattern: &str, text, most| {
            Regexp::compile(pattern).unwrap().split(text, most).join("|")
        };
        assert_eq!(split("a*", "baaac", -1), "b|c");
        assert_eq!(split(",", "a,b,c", 2), "a|b,c");
        assert_eq!(split("", "abc", -1), "a|b|c");
    }
}
