//! How Helm cuts a rendered template into documents. The two Helms differ, and both are more lenient than YAML.

use crate::HelmVersion;

/// Returns the documents of a text, and where each begins in it. Blank ones are left out.
pub(crate) fn split(helm: HelmVersion, text: &str) -> Vec<(usize, &str)> {
    match helm {
        HelmVersion::V3 => split_v3(text),
        HelmVersion::V4 => split_v4(text),
    }
}

/// Helm 3: three dashes at the start of the text or of a line separate, with all space around; documents are trimmed.
fn split_v3(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let offset = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let mut start = 0;
    if trimmed.starts_with("---") {
        start = after_space(trimmed, 3);
    }
    let mut search = start;
    while let Some(found) = trimmed.get(search..).and_then(|rest| rest.find("\n---")) {
        let newline = search + found;
        let document = trimmed.get(start..newline).unwrap_or_default();
        push_v3(&mut documents, offset + start, document);
        start = after_space(trimmed, newline + 4);
        search = start;
    }
    push_v3(&mut documents, offset + start, trimmed.get(start..).unwrap_or_default());
    documents
}

fn push_v3<'a>(documents: &mut Vec<(usize, &'a str)>, start: usize, document: &'a str) {
    // What stands before a separator loses its space to it, and an empty rest is no document.
    if document.trim_end_matches(is_regex_space).is_empty() {
        return;
    }
    documents.push((start + (document.len() - document.trim_start().len()), document.trim()));
}

fn after_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    text.len() - rest.trim_start_matches(is_regex_space).len()
}

fn is_regex_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Helm 4: three dashes at the start of a line separate, with the blanks after them; documents keep their last newlines.
fn split_v4(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let mut start = text.len() - text.trim_start().len();
    let mut line = start;
    while let Some(rest) = text.get(line..).filter(|rest| !rest.is_empty()) {
        if let Some(after) = rest.strip_prefix("---") {
            push_v4(&mut documents, text, start, line);
            start = text.len() - after.trim_start_matches([' ', '\t']).len();
            line = start;
        }
        let rest = text.get(line..).unwrap_or_default();
        line = rest.find('\n').map_or(text.len(), |end| line + end + 1);
    }
    push_v4(&mut documents, text, start, text.len());
    documents
}

fn push_v4<'a>(documents: &mut Vec<(usize, &'a str)>, text: &'a str, start: usize, end: usize) {
    let document = text.get(start..end).unwrap_or_default();
    let trimmed = document.trim_start();
    if !trimmed.is_empty() {
        documents.push((start + document.len() - trimmed.len(), trimmed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(helm: HelmVersion, text: &str) -> Vec<&str> {
        let documents = split(helm, text);
        for (start, document) in &documents {
            assert_eq!(&&text[*start..start + document.len()], document);
        }
        documents.into_iter().map(|(_, document)| document).collect()
    }

    #[test]
    fn helm_3_trims_documents() {
        for (text, expected) in [
            ("a: 1\n---\nb: 2\n", &["a: 1", "b: 2"][..]),
            ("\n\n---\na: 1\n\n\n---   \n\n---\nb", &["a: 1", "---\nb"]),
            ("---a: 1\n---b: 2", &["a: 1", "b: 2"]),
            ("  \n", &[]),
            ("# only\n---\n", &["# only"]),
            ("a: |\n  ---\nb", &["a: |\n  ---\nb"]),
        ] {
            assert_eq!(texts(HelmVersion::V3, text), expected, "{text:?}");
        }
    }

    #[test]
    fn helm_4_keeps_the_last_newlines() {
        for (text, expected) in [
            ("a: 1\n---\nb: 2\n\n", &["a: 1\n", "b: 2\n\n"][..]),
            ("---a: 1\n---b: 2", &["a: 1\n", "b: 2"]),
            ("\n---\n\n---\n", &[]),
            ("a\n--- # c\nb", &["a\n", "# c\nb"]),
        ] {
            assert_eq!(texts(HelmVersion::V4, text), expected, "{text:?}");
        }
    }
}
