//! The words in which two lines differ.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Lines longer than this are not looked into.
const MAX_LENGTH: usize = 2_000;

/// Returns the bytes of two lines that differ, word by word; nothing when the lines have too little in common for that to
/// help a reader.
pub(crate) fn differences(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    if old.len().max(new.len()) > MAX_LENGTH {
        return (Vec::new(), Vec::new());
    }
    let (old_words, new_words) = (words(old), words(new));
    let texts = |words: &[Range<usize>], line: &str| -> Vec<String> {
        words.iter().map(|word| line.get(word.clone()).unwrap_or_default().to_owned()).collect()
    };
    let (old_texts, new_texts) = (texts(&old_words, old), texts(&new_words, new));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut common = 0;
    for operation in capture_diff_slices(Algorithm::Myers, &old_texts, &new_texts) {
        if operation.tag() == DiffTag::Equal {
            let words = old_texts.get(operation.old_range()).unwrap_or_default();
            common += words.iter().map(|word| word.trim().len()).sum::<usize>();
            continue;
        }
        left.extend(span(&old_words, operation.old_range()));
        right.extend(span(&new_words, operation.new_range()));
    }
    let longer = old.trim().len().max(new.trim().len());
    if common * 3 < longer { (Vec::new(), Vec::new()) } else { (left, right) }
}

/// Splits a line into words and the single characters between them.
fn words(line: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut inside = false;
    for (index, character) in line.char_indices() {
        let is_word = character.is_alphanumeric();
        match words.last_mut() {
            Some(last) if is_word && inside => last.end = index + character.len_utf8(),
            _ => words.push(index..index + character.len_utf8()),
        }
        inside = is_word;
    }
    words
}

fn span(words: &[Range<usize>], range: Range<usize>) -> Option<Range<usize>> {
    let first = words.get(range.start)?;
    let last = words.get(range.clone()).and_then(<[_]>::last)?;
    Some(first.start..last.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_that_differ_are_marked() {
        for (old, new, expected) in [
            ("image: web:1.4.0", "image: web:1.5.0", Some(13..14)),
            ("a: x", "b: completely other", None),
            ("tag: \"ü1\"", "tag: \"ü2\"", Some(6..9)),
        ] {
            let marks: Vec<Range<usize>> = expected.into_iter().collect();
            assert_eq!(differences(old, new), (marks.clone(), marks), "{old}");
        }
    }
}
