//! The order in which Go's YAML writes keys: numbers within texts by their value.

use std::cmp::Ordering;

use crate::dialect::Dialect;

/// Compares two keys that are texts.
pub(crate) fn compare(a: &str, b: &str, dialect: Dialect) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if less(a, b, dialect) {
        Ordering::Less
    } else if less(b, a, dialect) {
        Ordering::Greater
    } else {
        a.cmp(b)
    }
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic()
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
        || (!character.is_ascii() && character.is_numeric() && !character.is_alphabetic())
}

fn less(a: &str, b: &str, dialect: Dialect) -> bool {
    // The common beginning decides nothing but whether it ends with a digit or within a number.
    let mut same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !a.is_char_boundary(same) || !b.is_char_boundary(same) {
        same -= 1;
    }
    let (common, rest_a) = a.split_at_checked(same).unwrap_or((a, ""));
    let (_, rest_b) = b.split_at_checked(same).unwrap_or((b, ""));
    let (Some(first_a), Some(first_b)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.is_empty() && !rest_b.is_empty();
    };
    match (is_letter(first_a), is_letter(first_b)) {
        (true, true) => return first_a < first_b,
        (false, false) => {}
        (letter_a, letter_b) => {
            let digits = dialect == Dialect::V3 && common.chars().next_back().is_some_and(is_digit);
            return if digits { letter_a } else { letter_b };
        }
    }
    let within_number = (first_a == '0' || first_b == '0')
        && common
            .chars()
            .rev()
            .take_while(|character| is_digit(*character))
            .any(|character| character != '0');
    let number = |rest: &str| {
        rest.chars().take_while(|character| is_digit(*character)).fold(
            (i64::from(within_number), 0usize),
            |(value, count), digit| {
                let digit = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
                (value.wrapping_mul(10).wrapping_add(digit), count + 1)
            },
        )
    };
    let ((value_a, count_a), (value_b, count_b)) = (number(rest_a), number(rest_b));
    if value_a != value_b {
        return value_a < value_b;
    }
    if count_a != count_b {
        return count_a < count_b;
    }
    first_a < first_b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let cases = [
            ("a2", "a10", true),
            ("a10", "a2", false),
            ("a", "aa", true),
            ("a-b", "ab", true),
            ("A", "a", true),
            ("1", "a", true),
            ("app.kubernetes.io/name", "app", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(less(a, b, Dialect::V2), expected, "{a} < {b}");
        }
    }
}
