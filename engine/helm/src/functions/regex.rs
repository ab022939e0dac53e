//! Regular expressions. The plain functions panic where their `must` twins fail, with other words.

use std::rc::Rc;

use weir_golang::regexp::{self, Regexp, RegexpError};
use weir_gotmpl::{Args, Context, Error, Function, List, Type, Value};

use super::{Outcome, meter, sources};

const STRING: Type = Type::String;
const INT: Type = Type::INT;

/// Sprig's functions for regular expressions.
pub(super) const TABLE: &[Function] = &[
    Function::new("regexMatch", &[STRING, STRING], |context, args| {
        let pattern = compiled(context, &args.text(0))?;
        Ok(pattern.is_ok_and(|pattern| pattern.is_match(&args.text(1))).into())
    }),
    Function::new("mustRegexMatch", &[STRING, STRING], |context, args| {
        Ok(or_error(context, args)?.is_match(&args.text(1)).into())
    }),
    Function::new("regexFind", &[STRING, STRING], |context, args| {
        Ok(find(&*or_panic(context, args)?, args))
    }),
    Function::new("mustRegexFind", &[STRING, STRING], |context, args| {
        Ok(find(&*or_error(context, args)?, args))
    }),
    Function::new("regexFindAll", &[STRING, STRING, INT], |context, args| {
        let pattern = or_panic(context, args)?;
        find_all(context, &pattern, args)
    }),
    Function::new("mustRegexFindAll", &[STRING, STRING, INT], |context, args| {
        let pattern = or_error(context, args)?;
        find_all(context, &pattern, args)
    }),
    Function::new("regexReplaceAll", &[STRING, STRING, STRING], |context, args| {
        let pattern = or_panic(context, args)?;
        replace(context, &pattern, args)
    }),
    Function::new("mustRegexReplaceAll", &[STRING, STRING, STRING], |context, args| {
        let pattern = or_error(context, args)?;
        replace(context, &pattern, args)
    }),
    Function::new("regexReplaceAllLiteral", &[STRING, STRING, STRING], |context, args| {
        let pattern = or_panic(context, args)?;
        replace_literal(context, &pattern, args)
    }),
    Function::new("mustRegexReplaceAllLiteral", &[STRING, STRING, STRING], |context, args| {
        let pattern = or_error(context, args)?;
        replace_literal(context, &pattern, args)
    }),
    Function::new("regexSplit", &[STRING, STRING, INT], |context, args| {
        let pattern = or_panic(context, args)?;
        split(context, &pattern, args)
    }),
    Function::new("mustRegexSplit", &[STRING, STRING, INT], |context, args| {
        let pattern = or_error(context, args)?;
        split(context, &pattern, args)
    }),
    Function::new("regexQuoteMeta", &[STRING], |_, args| {
        Ok(regexp::quote_meta(&args.text(0)).into())
    }),
];

/// Compiles an expression, or takes it from those compiled before. What it takes in memory counts as text made, and the
/// work as steps; so does each kilobyte of the text that it is about to read.
fn compiled(
    context: &mut Context<'_>,
    pattern: &str,
) -> Result<Result<Rc<Regexp>, RegexpError>, Error> {
    if let Some(known) = sources(context)?.known_pattern(pattern) {
        return Ok(known);
    }
    context.meter().step(COMPILING + pattern.len() as u64)?;
    let compiled = sources(context)?.compile(pattern);
    if let Ok(pattern) = &compiled {
        let memory = pattern.memory();
        meter(context, memory)?;
        context.meter().step(memory as u64 / 64)?;
    }
    Ok(compiled)
}

/// What compiling costs at least, in steps of the meter.
const COMPILING: u64 = 200;

fn or_error(context: &mut Context<'_>, args: &Args<'_>) -> Result<Rc<Regexp>, Error> {
    compiled(context, &args.text(0))?.map_err(|error| error.to_string().into())
}

fn or_panic(context: &mut Context<'_>, args: &Args<'_>) -> Result<Rc<Regexp>, Error> {
    let pattern = args.text(0);
    compiled(context, &pattern)?
        .map_err(|error| Regexp::must_compile_panic(&pattern, &error).into())
}

/// Counts what looking for all matches costs: with some expressions each match reads all the rest of the text.
fn count_matches(context: &mut Context<'_>, pattern: &Regexp, text: &str) -> Result<(), Error> {
    let length = text.len() as u64;
    if length <= SHORT {
        context.meter().step(length * length / 256)?;
        return Ok(());
    }
    pattern.read(text, |bytes| context.meter().step(1 + bytes as u64 / 64))?;
    Ok(())
}

/// Matches are counted beforehand when what replaces them all might take more than this.
const SMALL: usize = 64 << 10;

/// The cost of texts up to this length is estimated, as counting costs as much again.
const SHORT: u64 = 2_048;

fn find(pattern: &Regexp, args: &Args<'_>) -> Value {
    pattern.find(&args.text(1)).unwrap_or_default().into()
}

fn find_all(context: &mut Context<'_>, pattern: &Regexp, args: &Args<'_>) -> Outcome {
    let text = args.text(1);
    count_matches(context, pattern, &text)?;
    let found = pattern.find_all(&text, usize::try_from(args.int(2)).ok());
    meter(context, found.len().saturating_mul(size_of::<Value>()))?;
    Ok(if found.is_empty() { List::nil(&Type::String).into() } else { List::strings(found).into() })
}

/// Each match may grow to the replacement; so much is metered before.
fn replace(context: &mut Context<'_>, pattern: &Regexp, args: &Args<'_>) -> Outcome {
    let (text, template) = (args.text(1), args.text(2));
    if template.contains('$') {
        count_matches(context, pattern, &text)?;
        let references = template.matches('$').count();
        let matches = pattern.find_all_index(&text, None);
        let longest = matches.iter().map(|(start, end)| end - start).max().unwrap_or(0);
        let each = template.len().saturating_add(references.saturating_mul(longest));
        meter(context, matches.len().saturating_mul(each))?;
        return Ok(pattern.replace_all(&text, &template).into());
    }
    replace_literal(context, pattern, args)
}

fn replace_literal(context: &mut Context<'_>, pattern: &Regexp, args: &Args<'_>) -> Outcome {
    let (text, replacement) = (args.text(1), args.text(2));
    count_matches(context, pattern, &text)?;
    if text.len().saturating_mul(replacement.len()) > SMALL {
        let matches = pattern.find_all_index(&text, None).len();
        meter(context, matches.saturating_mul(replacement.len()))?;
    }
    Ok(pattern.replace_all_literal(&text, &replacement).into())
}

fn split(context: &mut Context<'_>, pattern: &Regexp, args: &Args<'_>) -> Outcome {
    let text = args.text(1);
    if args.int(2) == 0 {
        return Ok(List::nil(&Type::String).into());
    }
    count_matches(context, pattern, &text)?;
    let parts = pattern.split(&text, args.int(2));
    meter(context, parts.len().saturating_mul(size_of::<Value>()))?;
    Ok(List::strings(parts).into())
}
