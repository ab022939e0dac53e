//! What a bare text is taken for.

use smol_str::SmolStr;
use weir_model::Source;
use weir_yaml::{Content, Node, ScalarTag, Style};

/// Makes a scalar that states no tag, as Go code makes them: the text alone says what it is, unless a style quotes it.
pub(crate) fn untagged(text: impl Into<SmolStr>, style: Style) -> Node {
    let text = text.into();
    let tag = if is_quoted(style) { ScalarTag::Str } else { resolve(&text) };
    Node { style, ..Node::scalar(text, tag) }
}

/// Tells whether a style makes any text a string.
pub(crate) fn is_quoted(style: Style) -> bool {
    matches!(style, Style::SingleQuoted | Style::DoubleQuoted | Style::Literal | Style::Folded)
}

/// Returns the tag that yaml.v3 gives a plain scalar of this text.
pub(crate) fn resolve(text: &str) -> ScalarTag {
    match text.as_bytes().first() {
        None => return ScalarTag::Null,
        // Nothing else begins like this and means more than itself.
        Some(first) if !b"+-.0123456789~nNtTfFyYoO<".contains(first) => return ScalarTag::Str,
        Some(_) => {}
    }
    let documents = weir_yaml::parse(text.as_bytes(), Source::default()).unwrap_or_default();
    match documents.as_slice() {
        [Node { content: Content::Scalar(parsed, tag), style: Style::Default, .. }]
            if parsed == text =>
        {
            *tag
        }
        _ => ScalarTag::Str,
    }
}

/// Tells whether yaml.v2, which the API server reads with, takes a plain text for something else than a string.
pub(crate) fn is_no_string_for_v2(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    // Longer than any keyword, and a letter no number begins with: the case of most names.
    if text.len() > 5
        && text.bytes().all(plain)
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
    {
        return false;
    }
    weir_yaml::read_value(text.as_bytes(), Source::default())
        .is_ok_and(|value| value.as_str().is_none())
}
