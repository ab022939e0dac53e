//! Maps.

use weir_gotmpl::{Args, Context, Error, Function, Map, Type, Value};

use super::strings::strings;
use super::{Outcome, cast};

const ANY: Type = Type::Any;
const MAP: Type = Type::MAP;
const STRING: Type = Type::String;

/// Values nested deeper are not copied.
const DEEPEST: u32 = 500;

/// Sprig's functions for maps.
pub(super) const TABLE: &[Function] = &[
    Function::variadic("dict", &[ANY], |context, args| {
        let map = Map::new();
        for pair in args.chunks(2) {
            context.count_inside(&pair[0])?;
            let key = String::from_utf8_lossy(&cast::to_bytes(&pair[0])).into_owned();
            map.insert(key, pair.get(1).cloned().unwrap_or_else(|| "".into()));
        }
        Ok(map.into())
    }),
    Function::new("get", &[MAP, STRING], |_, args| {
        Ok(args.map(0).get(&args.text(1)).unwrap_or_else(|| "".into()))
    }),
    Function::new("set", &[MAP, STRING, ANY], |_, args| {
        let map = args.map(0);
        if map.is_nil() {
            return Err("assignment to entry in nil map".into());
        }
        map.insert(args.text(1), args.value(2).clone());
        Ok(map.into())
    }),
    Function::new("unset", &[MAP, STRING], |_, args| {
        let map = args.map(0);
        map.remove(&args.text(1));
        Ok(map.into())
    }),
    Function::new("hasKey", &[MAP, STRING], |_, args| {
        Ok(args.map(0).contains(&args.text(1)).into())
    }),
    Function::variadic("pluck", &[STRING, MAP], |_, args| {
        let found = (1..args.len()).filter_map(|index| args.map(index).get(&args.text(0)));
        Ok(Value::list(found.collect()))
    }),
    Function::variadic("keys", &[MAP], |_, args| {
        let entries = (0..args.len()).map(|index| args.map(index).entries());
        let keys = entries.flat_map(|entries| {
            entries.iter().map(|(key, _)| key.as_bytes().to_vec()).collect::<Vec<_>>()
        });
        Ok(strings(keys.collect()))
    }),
    Function::new("values", &[MAP], |_, args| {
        Ok(Value::list(args.map(0).entries().iter().map(|(_, value)| value.clone()).collect()))
    }),
    Function::variadic("pick", &[MAP, STRING], |_, args| {
        let (map, picked) = (args.map(0), Map::new());
        for index in 1..args.len() {
            let key = args.text(index);
            if let Some(value) = map.get(&key) {
                picked.insert(key, value);
            }
        }
        Ok(picked.into())
    }),
    Function::variadic("omit", &[MAP, STRING], |_, args| {
        let left: Map = args.map(0).entries().iter().cloned().collect();
        for index in 1..args.len() {
            left.remove(&args.text(index));
        }
        Ok(left.into())
    }),
    Function::variadic("dig", &[ANY], dig),
    Function::new("deepCopy", &[ANY], deep_copy),
    Function::new("mustDeepCopy", &[ANY], deep_copy),
];

/// Follows keys, which come first, through the map that comes last; before that stands what to give when one is missing.
fn dig(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let [keys @ .., default, map] = &**args else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let wrong = |value: &Value, wanted: &str| -> Error {
        let found = match value {
            Value::Nil | Value::NoValue => "nil".to_owned(),
            value => value.type_of().to_string(),
        };
        format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
    };
    let as_map = |value: &Value| match value {
        Value::Map(map) if Type::Map(map.key(), map.element()) == MAP => Ok(map.clone()),
        value => Err(wrong(value, "map[string]interface {}")),
    };
    let mut here = as_map(map)?;
    let mut names = Vec::new();
    for key in keys {
        names.push(key.to_text().ok_or_else(|| wrong(key, "string"))?);
    }
    for (index, name) in names.iter().enumerate() {
        let Some(step) = here.get(name) else { return Ok(default.clone()) };
        if index + 1 == names.len() {
            return Ok(step);
        }
        here = as_map(&step)?;
    }
    Ok(default.clone())
}

fn deep_copy(context: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    if cast::is_bare_nil(args.value(0)) {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    copy(context, args.value(0), DEEPEST)
}

/// Copies maps all the way down. Lists are copied only as they hold maps, since nothing changes them.
fn copy(context: &mut Context<'_>, value: &Value, depth: u32) -> Outcome {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| Error::new("the value is nested too deeply to be copied"))?;
    // A copy takes a hundred bytes, which are not text.
    context.meter().step(8)?;
    Ok(match value {
        Value::Map(map) if !map.is_nil() => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries().iter() {
                entries.push((key.clone(), copy(context, value, depth)?));
            }
            Map::typed(map.key(), map.element(), entries).into()
        }
        Value::List(list) if !list.is_nil() => {
            let items: Result<Vec<Value>, Error> =
                list.iter().map(|item| copy(context, item, depth)).collect();
            weir_gotmpl::List::typed(list.element(), items?).into()
        }
        Value::Object(object) => match object.underlying() {
            // `.Values` itself.
            Some(under @ Value::Map(_)) => copy(context, &under, depth)?,
            _ => value.clone(),
        },
        value => value.clone(),
    })
}
