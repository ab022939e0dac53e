//! Texts as goutils handles them: abbreviating, wrapping, initials. It counts in bytes, which reaches output.

use weir_gotmpl::{Args, Context, Function, Type, Value};

use super::strings::string;
use super::{Outcome, meter};

const STRING: Type = Type::String;
const INT: Type = Type::INT;

/// Sprig's functions of that library.
pub(super) const TABLE: &[Function] = &[
    Function::new("abbrev", &[INT, STRING], |_, args| {
        let (width, text) = (args.int(0), args.bytes(1));
        Ok(if width < 4 {
            args.value(1).clone()
        } else {
            Value::from_bytes(abbreviated(text, 0, width))
        })
    }),
    Function::new("abbrevboth", &[INT, INT, STRING], |_, args| {
        let (left, right, text) = (args.int(0), args.int(1), args.bytes(2));
        if right < 4 || (left > 0 && right < 7) {
            return Ok(args.value(2).clone());
        }
        Ok(Value::from_bytes(abbreviated(text, left, right)))
    }),
    Function::new("initials", &[STRING], |_, args| {
        let mut after_gap = true;
        let step = |byte: &u8| {
            let gap = is_space(*byte);
            let takes = after_gap && !gap;
            after_gap = gap;
            takes.then(|| char::from(*byte))
        };
        Ok(args.bytes(0).iter().filter_map(step).collect::<String>().into())
    }),
    Function::new("nospace", &[STRING], |_, args| {
        let text = args.bytes(0);
        if !text.iter().copied().any(is_space) {
            return Ok(args.value(0).clone());
        }
        // Each byte is taken for a character, so that what is not ASCII comes out broken, as in Go.
        let kept = text.iter().copied().filter(|byte| !is_space(*byte)).map(char::from);
        Ok(kept.collect::<String>().into())
    }),
    Function::new("wrap", &[INT, STRING], |context, args| wrap(context, args, 1, b"\n", false)),
    Function::new("wrapWith", &[INT, STRING, STRING], |context, args| {
        let separator = if args.bytes(1).is_empty() { b"\n" } else { args.bytes(1) };
        wrap(context, args, 2, separator, true)
    }),
];

/// A byte that is white space when taken for a character.
fn is_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | b' ' | 0x85 | 0xa0)
}

fn abbreviated(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    const MARK: &[u8] = b"...";
    let width = usize::try_from(width).unwrap_or(0);
    if text.len() <= width || width < 4 {
        return text.to_vec();
    }
    let kept = width - 3;
    let offset = usize::try_from(offset).unwrap_or(0).min(text.len());
    let offset = if text.len() - offset < kept { text.len() - kept } else { offset };
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    if offset <= 4 {
        return [part(0, kept), MARK].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + kept < text.len() {
        return [MARK, &abbreviated(part(offset, text.len()), 0, i64::try_from(kept).unwrap_or(0))]
            .concat();
    }
    [MARK, part(text.len() - kept, text.len())].concat()
}

fn wrap(
    context: &mut Context<'_>,
    args: &Args<'_>,
    at: usize,
    separator: &[u8],
    cuts_words: bool,
) -> Outcome {
    let width = usize::try_from(args.int(0).max(1)).unwrap_or(1);
    let text = args.bytes(at);
    meter(
        context,
        text.len().saturating_add((text.len() / width).saturating_mul(separator.len())),
    )?;
    let (mut out, mut offset) = (Vec::new(), 0);
    while text.len() - offset > width {
        let rest = text.get(offset..).unwrap_or_default();
        if rest.first() == Some(&b' ') {
            offset += 1;
            continue;
        }
        let line = rest.get(..=width).unwrap_or(rest);
        let space = line.iter().rposition(|byte| *byte == b' ');
        // A word too long is cut, or goes on to the next space.
        let (length, skipped) = match space {
            Some(space) => (space, 1),
            None if cuts_words => (width, 0),
            None => match rest.iter().skip(width).position(|byte| *byte == b' ') {
                Some(space) => (width + space, 1),
                None => {
                    out.extend_from_slice(rest);
                    return Ok(Value::from_bytes(out));
                }
            },
        };
        out.extend_from_slice(rest.get(..length).unwrap_or_default());
        out.extend_from_slice(separator);
        offset += length + skipped;
    }
    out.extend_from_slice(text.get(offset..).unwrap_or_default());
    Ok(string(&out))
}
