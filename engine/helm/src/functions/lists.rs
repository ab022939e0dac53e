//! Lists.

use std::borrow::Cow;

use weir_gotmpl::{Args, Context, Error, Function, List, Type, Value};

use super::{NIL_POINTER, Outcome, cast};

const ANY: Type = Type::Any;
const INT: Type = Type::INT;

/// Sprig's functions for lists. Each plain one panics with the words with which its `must` twin fails.
pub(super) const TABLE: &[Function] = &[
    Function::variadic("list", &[ANY], |_, args| Ok(Value::list(args.to_vec()))),
    Function::variadic("tuple", &[ANY], |_, args| Ok(Value::list(args.to_vec()))),
    Function::new("first", &[ANY], first),
    Function::new("mustFirst", &[ANY], first),
    Function::new("last", &[ANY], last),
    Function::new("mustLast", &[ANY], last),
    Function::new("rest", &[ANY], rest),
    Function::new("mustRest", &[ANY], rest),
    Function::new("initial", &[ANY], initial),
    Function::new("mustInitial", &[ANY], initial),
    Function::new("append", &[ANY, ANY], push),
    Function::new("mustAppend", &[ANY, ANY], push),
    Function::new("push", &[ANY, ANY], push),
    Function::new("mustPush", &[ANY, ANY], push),
    Function::new("prepend", &[ANY, ANY], prepend),
    Function::new("mustPrepend", &[ANY, ANY], prepend),
    Function::new("reverse", &[ANY], reverse),
    Function::new("mustReverse", &[ANY], reverse),
    Function::new("compact", &[ANY], compact),
    Function::new("mustCompact", &[ANY], compact),
    Function::new("uniq", &[ANY], uniq).deep(),
    Function::new("mustUniq", &[ANY], uniq).deep(),
    Function::variadic("without", &[ANY, ANY], without).deep(),
    Function::variadic("mustWithout", &[ANY, ANY], without).deep(),
    Function::new("has", &[ANY, ANY], has).deep(),
    Function::new("mustHas", &[ANY, ANY], has).deep(),
    Function::variadic("slice", &[ANY, ANY], slice),
    Function::variadic("mustSlice", &[ANY, ANY], slice),
    Function::variadic("concat", &[ANY], concat),
    Function::new("chunk", &[INT, ANY], chunk),
    Function::new("mustChunk", &[INT, ANY], chunk),
];

/// Returns the items; for what has none, the error in sprig's words around the kind.
fn items<'a>(value: &'a Value, refusal: &str) -> Result<Cow<'a, [Value]>, Error> {
    if cast::is_bare_nil(value) {
        return Err(NIL_POINTER.into());
    }
    cast::items(value).ok_or_else(|| refusal.replace('#', cast::kind(value)).into())
}

/// The nil list that sprig gives instead of an empty one.
fn nothing() -> Value {
    List::nil(&Type::Any).into()
}

fn first(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    Ok(items(args.value(0), "Cannot find first on type #")?.first().cloned().unwrap_or_default())
}

fn last(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    Ok(items(args.value(0), "Cannot find last on type #")?.last().cloned().unwrap_or_default())
}

fn rest(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot find rest on type #")?;
    Ok(items.split_first().map_or_else(nothing, |(_, rest)| Value::list(rest.to_vec())))
}

fn initial(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot find initial on type #")?;
    Ok(items.split_last().map_or_else(nothing, |(_, initial)| Value::list(initial.to_vec())))
}

fn push(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let mut items = items(args.value(0), "Cannot push on type #")?.into_owned();
    context.meter().step(items.len() as u64)?;
    items.push(args.value(1).clone());
    Ok(Value::list(items))
}

fn prepend(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot prepend on type #")?;
    context.meter().step(items.len() as u64)?;
    Ok(Value::list([std::slice::from_ref(args.value(1)), &items].concat()))
}

fn reverse(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    Ok(Value::list(
        items(args.value(0), "Cannot find reverse on type #")?.iter().rev().cloned().collect(),
    ))
}

fn compact(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot compact on type #")?;
    Ok(Value::list(items.iter().filter(|item| !cast::is_empty(item)).cloned().collect()))
}

fn uniq(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot find uniq on type #")?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items.iter() {
        context.meter().step(kept.len() as u64)?;
        if !kept.iter().any(|other| cast::deep_equal(item, other)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn without(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(0), "Cannot find without on type #")?;
    let omitted = args.rest(1);
    context.meter().step((items.len() as u64).saturating_mul(omitted.len() as u64))?;
    let kept =
        items.iter().filter(|item| !omitted.iter().any(|other| cast::deep_equal(item, other)));
    Ok(Value::list(kept.cloned().collect()))
}

fn has(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    if cast::is_bare_nil(args.value(1)) {
        return Ok(false.into());
    }
    let items = items(args.value(1), "Cannot find has on type #")?;
    context.meter().step(items.len() as u64)?;
    Ok(items.iter().any(|item| cast::deep_equal(args.value(0), item)).into())
}

fn slice(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let value = args.value(0);
    let items = items(value, "list should be type of slice or array but #")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let index = |at: usize| args.get(at).map(cast::to_int64);
    let start = usize::try_from(index(1).unwrap_or(0)).ok();
    let end = index(2).map_or(Some(items.len()), |end| usize::try_from(end).ok());
    let cut = start.zip(end).and_then(|(start, end)| items.get(start..end));
    let cut =
        cut.ok_or_else(|| Error::new("reflect.Value.Slice: slice index out of bounds"))?.to_vec();
    Ok(match value {
        Value::List(list) => List::typed(list.element(), cut).into(),
        Value::Bytes(bytes) => {
            let cut =
                start.zip(end).and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
            Value::Bytes(cut.into())
        }
        _ => Value::list(cut),
    })
}

fn concat(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let mut all = Vec::new();
    for value in args.iter() {
        let items = items(value, "Cannot concat type # as list")?;
        context.meter().step(items.len() as u64)?;
        all.extend_from_slice(&items);
    }
    Ok(if all.is_empty() { nothing() } else { Value::list(all) })
}

fn chunk(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let items = items(args.value(1), "Cannot chunk type #")?;
    let Some(size) = usize::try_from(args.int(0)).ok().filter(|size| *size > 0) else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(List::typed(&Type::LIST, chunks).into())
}
