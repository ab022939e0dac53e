//! Regular expressions. The plain functions panic where their `must` twins fail, with other words.

use std::rc::Rc;

use weir_golang::regexp::{self, Regexp};
use weir_gotmpl::{Args, Context, Error, Function, List, Type, Value};

use super::{Outcome, meter, sources};

const STRING: Type = Type::String;
const INT: Type = Type::INT;

/// Sprig's functions for regular expressions.
pub(super) const TABLE: &[Function] = &[
    Function::new("regexMatch", &[STRING, STRING], |context, args| {
        let pattern = sources(context)?.pattern(&args.text(0));
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
        Ok(find_all(&*or_panic(context, args)?, args))
    }),
    Function::new("mustRegexFindAll", &[STRING, STRING, INT], |context, args| {
        Ok(find_all(&*or_error(context, args)?, args))
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
        Ok(split(&*or_panic(context, args)?, args))
    }),
    Function::new("mustRegexSplit", &[STRING, STRING, INT], |context, args| {
        Ok(split(&*or_error(context, args)?, args))
    }),
    Function::new("regexQuoteMeta", &[STRING], |_, args| {
        Ok(regexp::quote_meta(&args.text(0)).into())
    }),
];

fn or_error(context: &Context<'_>, args: &Args<'_>) -> Result<Rc<Regexp>, Error> {
    sources(context)?.pattern(&args.text(0)).map_err(|error| error.to_string().into())
}

fn or_panic(context: &Context<'_>, args: &Args<'_>) -> Result<Rc<Regexp>, Error> {
    let pattern = args.text(0);
    sources(context)?
        .pattern(&pattern)
        .map_err(|error| Regexp::must_compile_panic(&pattern, &error).into())
}

fn find(pattern: &Regexp, args: &Args<'_>) -> Value {
    pattern.find(&args.text(1)).unwrap_or_default().into()
}

fn find_all(pattern: &Regexp, args: &Args<'_>) -> Value {
    let text = args.text(1);
    let found = pattern.find_all(&text, usize::try_from(args.int(2)).ok());
    if found.is_empty() { List::nil(&Type::String).into() } else { List::strings(found).into() }
}

/// Each match may grow to the replacement; so much is metered before.
fn replace(context: &mut Context<'_>, pattern: &Regexp, args: &Args<'_>) -> Outcome {
    let (text, template) = (args.text(1), args.text(2));
    if template.contains('$') {
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
    meter(
        context,
        text.len().saturating_add(1).saturating_mul(replacement.len().min(1 << 16)) / 64,
    )?;
    Ok(pattern.replace_all_literal(&text, &replacement).into())
}

fn split(pattern: &Regexp, args: &Args<'_>) -> Value {
    let text = args.text(1);
    if args.int(2) == 0 {
        return List::nil(&Type::String).into();
    }
    List::strings(pattern.split(&text, args.int(2))).into()
}
