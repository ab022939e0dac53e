//! A stream of documents, cut as Kubernetes' own reader cuts it.

/// Cuts a stream at its lines of `---` and gives each document with the number of its first line, from 1.
///
/// A separator is three dashes at the beginning of a line with nothing but blanks after them. The documents do not contain
/// the separators, apart from one at the very beginning. Documents without any text are left out.
pub fn split_documents(text: &[u8]) -> Vec<(&[u8], u32)> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut first_line = 1;
    let mut at = 0;
    let mut line = 1;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |found| found + 1);
        let current = rest.get(..length).unwrap_or_default();
        if at > start && is_separator(current) {
            documents.push((text.get(start..at).unwrap_or_default(), first_line));
            start = at + length;
            first_line = line + 1;
        }
        at += length;
        line += 1;
    }
    if start < text.len() {
        documents.push((text.get(start..).unwrap_or_default(), first_line));
    }
    documents
}

fn is_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"---").is_some_and(|rest| rest.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_cut_at_lines_of_dashes() {
        let cases: &[(&str, &[(&str, u32)])] = &[
            ("", &[]),
            ("a: 1\n", &[("a: 1\n", 1)]),
            ("a: 1\n---\nb: 2", &[("a: 1\n", 1), ("b: 2", 3)]),
            ("---\na: 1\n--- \r\nb: 2\n", &[("---\na: 1\n", 1), ("b: 2\n", 4)]),
            ("a: 1\n--- # no\nb: 2\n", &[("a: 1\n--- # no\nb: 2\n", 1)]),
            ("a: 1\n---\n---\nb: 2\n", &[("a: 1\n", 1), ("---\nb: 2\n", 3)]),
        ];
        for (text, expected) in cases {
            let found = split_documents(text.as_bytes());
            let found: Vec<(&str, u32)> = found
                .iter()
                .map(|(text, line)| (std::str::from_utf8(text).unwrap(), *line))
                .collect();
            assert_eq!(found, *expected, "{text:?}");
        }
    }
}
