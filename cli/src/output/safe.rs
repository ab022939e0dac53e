//! Text from a repository on its way to a terminal or a CI log.
//!
//! Such text may hold escape sequences that rewrite what a person sees, or commands that a CI system obeys
//! (`::set-output …` at the start of a line, `##[…]` and `##vso[…]` anywhere). Both are made visible and harmless.

use std::borrow::Cow;
use std::fmt::Write;

/// How the commands begin that a CI system obeys anywhere in a line.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Makes one line harmless; newlines become `\n`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| is_hostile(c) || c == '\n') && !has_command(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            c if is_hostile(c) => {
                write!(safe, "\\u{{{:x}}}", u32::from(c)).ok();
            }
            c => safe.push(c),
        }
    }
    if has_command(&safe) {
        let start = safe.len() - safe.trim_start().len();
        if safe[start..].starts_with("::") {
            safe.insert(start, '\\');
        }
        for command in COMMANDS {
            safe = safe.replace(command, &command.replacen("##", "#\\#", 1));
        }
    }
    Cow::Owned(safe)
}

/// Makes text of several lines harmless.
pub(crate) fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Makes one line harmless in HTML and SVG, in text and in attributes.
pub(crate) fn markup(text: &str) -> String {
    let text = line(text);
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

/// Tells whether a character could move the cursor, hide text or reorder it.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn has_command(text: &str) -> bool {
    text.trim_start().starts_with("::") || COMMANDS.iter().any(|command| text.contains(command))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn terminals_and_ci_systems_get_no_commands() {
        for (text, safe) in [
            ("plain ü: text", "plain ü: text"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\r\nb", "a\\r\\nb"),
            ("  ::set-output name=x::y", "  \\::set-output name=x::y"),
            ("x ##[error]y", "x #\\#[error]y"),
            ("##vso[task.x]", "#\\#vso[task.x]"),
            ("a ##teamcity[b", "a #\\#teamcity[b"),
            ("\u{61c}a", "\\u{61c}a"),
            ("\u{202e}abc", "\\u{202e}abc"),
        ] {
            assert_eq!(line(text), safe);
        }
    }
}
