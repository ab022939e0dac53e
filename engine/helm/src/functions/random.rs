//! Randomness, drawn from the entropy among the facts.

use weir_gotmpl::{Args, Context, Error, Function, Type, Value};

use super::{NIL_POINTER, Outcome, base_n, meter, sources};

const INT: Type = Type::INT;
const STRING: Type = Type::String;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Sprig's random functions.
pub(super) const TABLE: &[Function] = &[
    Function::new("randAlphaNum", &[INT], |context, args| {
        letters(context, args, LETTERS_AND_DIGITS)
    }),
    Function::new("randAlpha", &[INT], |context, args| letters(context, args, LETTERS)),
    Function::new("randNumeric", &[INT], |context, args| letters(context, args, DIGITS)),
    Function::new("randAscii", &[INT], |context, args| {
        let printable: String = (' '..='~').collect();
        letters(context, args, &printable)
    }),
    Function::new("randBytes", &[INT], |context, args| {
        let count = usize::try_from(args.int(0));
        let count = count.map_err(|_| Error::new("runtime error: makeslice: len out of range"))?;
        meter(context, count)?;
        let mut bytes = vec![0; count];
        sources(context)?.fill(&mut bytes);
        Ok(base_n::encode_64(&bytes).into())
    }),
    Function::new("randInt", &[INT, INT], |context, args| {
        let (low, high) = (args.int(0), args.int(1));
        let span = u64::try_from(high.wrapping_sub(low)).ok().filter(|span| *span > 0);
        let span = span.ok_or_else(|| Error::new("invalid argument to Intn"))?;
        Ok(Value::int(low.wrapping_add_unsigned(sources(context)?.below(span))))
    }),
    Function::new("shuffle", &[STRING], |context, args| {
        let mut chars: Vec<char> = args.text(0).chars().collect();
        let sources = sources(context)?;
        for last in (1..chars.len()).rev() {
            let other = usize::try_from(sources.below(last as u64 + 1)).unwrap_or(0);
            chars.swap(last, other);
        }
        Ok(chars.into_iter().collect::<String>().into())
    }),
    Function::new("uuidv4", &[], |context, _| {
        let mut bytes = [0; 16];
        sources(context)?.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
        Ok(parts.join("-").into())
    }),
];

fn letters(context: &mut Context<'_>, args: &Args<'_>, alphabet: &str) -> Outcome {
    let Ok(count) = usize::try_from(args.int(0)) else { return Ok("".into()) };
    meter(context, count)?;
    let sources = sources(context)?;
    let mut out = String::with_capacity(count);
    for _ in 0..count {
        let index = usize::try_from(sources.below(alphabet.len() as u64)).unwrap_or(0);
        let letter =
            alphabet.as_bytes().get(index).copied().ok_or_else(|| Error::new(NIL_POINTER))?;
        out.push(char::from(letter));
    }
    Ok(out.into())
}
