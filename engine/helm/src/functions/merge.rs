//! Merging maps as mergo does: in place, the destination's values stay unless they are empty.

use weir_gotmpl::{Args, Context, Error, Function, List, Map, Type, Value};

use super::{Outcome, cast};

const MAP: Type = Type::MAP;

/// Maps nested deeper are not merged.
const DEEPEST: u32 = 500;

/// Sprig's functions for merging.
pub(super) const TABLE: &[Function] = &[
    Function::variadic("merge", &[MAP, MAP], |context, args| merge(context, args, false)),
    Function::variadic("mustMerge", &[MAP, MAP], |context, args| merge(context, args, false)),
    Function::variadic("mergeOverwrite", &[MAP, MAP], |context, args| merge(context, args, true)),
    Function::variadic("mustMergeOverwrite", &[MAP, MAP], |context, args| {
        merge(context, args, true)
    }),
];

fn merge(context: &mut Context<'_>, args: &Args<'_>, overwrite: bool) -> Outcome {
    let mut target = args.map(0);
    for index in 1..args.len() {
        let source = args.map(index);
        if target.is_nil() && !source.is_nil() {
            target = Map::typed(target.key(), target.element(), Vec::new());
        }
        merge_maps(context, &target, &source, overwrite, DEEPEST)?;
    }
    Ok(target.into())
}

/// Returns the map under `.Values`, and anything else as it is.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(object) => match object.underlying() {
            Some(under @ Value::Map(_)) => under,
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

fn merge_maps(
    context: &mut Context<'_>,
    target: &Map,
    source: &Map,
    overwrite: bool,
    depth: u32,
) -> Result<(), Error> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Error::new("the maps are nested too deeply to be merged"))?;
    for (key, given) in source.entries().iter() {
        context.meter().step(1)?;
        if given.is_nil() && cast::is_bare_nil(given) {
            if overwrite {
                target.insert(key.clone(), given.clone());
            }
            continue;
        }
        let (from, into) = (&bare(given), target.get(key).map(|into| bare(&into)));
        match (from, &into) {
            (Value::Map(from), Some(Value::Map(into))) if !into.is(from) => {
                merge_maps(context, into, from, overwrite, depth)?;
            }
            (Value::List(_), _) if overwrite || target.is_empty() => {
                target.insert(key.clone(), given.clone());
            }
            (Value::List(list), None) => {
                target.insert(key.clone(), List::typed(list.element(), Vec::new()).into());
            }
            _ => {}
        }
        let kept = into.as_ref().is_some_and(|into| !cast::is_empty(into));
        let settled =
            matches!((from, &into), (Value::List(_), _) | (Value::Map(_), Some(Value::Map(_))));
        if kept && (settled || !overwrite) {
            continue;
        }
        target.insert(key.clone(), given.clone());
    }
    Ok(())
}
