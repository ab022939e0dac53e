//! Helm's functions that reach into the rendering: `include`, `tpl`, `required`, `fail`, `lookup`.

use std::sync::{Arc, LazyLock};

use weir_golang::strconv::quote;
use weir_gotmpl::{Args, Context, Error, Function, Functions, Numbers, Output, Set, Type, Value};
use weir_model::{Map, ObjectId, SmolStr};

use super::{Host, errors};
use crate::HelmVersion;

/// Returns all functions that a Helm has.
pub(super) fn of(helm: HelmVersion) -> &'static Functions {
    static V3: LazyLock<Functions> = LazyLock::new(|| all(HelmVersion::V3));
    static V4: LazyLock<Functions> = LazyLock::new(|| all(HelmVersion::V4));
    match helm {
        HelmVersion::V3 => &V3,
        HelmVersion::V4 => &V4,
    }
}

fn all(helm: HelmVersion) -> Functions {
    let mut tables = crate::functions::tables(helm);
    tables.push(TABLE);
    Functions::new(&tables)
}

/// Takes out what Go prints for nothing.
pub(super) fn without_no_value(text: String) -> String {
    if text.contains("<no value>") { text.replace("<no value>", "") } else { text }
}

const TABLE: &[Function] = &[
    Function::new("include", &[Type::String, Type::Any], include),
    Function::new("tpl", &[Type::String, Type::Any], tpl),
    Function::new("required", &[Type::String, Type::Any], required),
    Function::new("fail", &[Type::String], fail),
    Function::new("lookup", &[Type::String, Type::String, Type::String, Type::String], lookup),
];

/// How many runs of one template may be under way.
const NESTED: u32 = 1_000;

fn host<'a>(context: &Context<'a>) -> Result<&'a Host, Error> {
    context.host().ok_or_else(|| Error::new("the function needs a chart"))
}

fn include(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let host = host(context)?;
    let name = args.text(0);
    {
        let mut included = host.included.borrow_mut();
        match included.get_mut(&*name) {
            Some(running) if *running > NESTED => {
                return Err(Error::new(format!(
                    "rendering template has a nested reference name: {name}: unable to execute template"
                )));
            }
            Some(running) => *running += 1,
            None => {
                included.insert(SmolStr::new(&name), 1);
            }
        }
    }
    let mut output = Output::new();
    let done = if context.set().contains(&name) {
        context.execute(&name, args.value(1), &mut output)
    } else {
        Err(Error::new(format!(
            "template: no template {} associated with template \"gotpl\"",
            quote(&name)
        )))
    };
    if let Some(running) = host.included.borrow_mut().get_mut(&*name) {
        *running -= 1;
    }
    done?;
    Ok(Value::from_bytes(context.ran(&name, output)))
}

/// The name under which Helm parses what `tpl` is given.
pub(super) const TPL: &str = "gotpl";

fn tpl(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let text = args.text(0);
    if !text.contains("{{") {
        context.meter().bytes(text.len())?;
        return Ok(without_no_value(text.into_owned()).into());
    }
    let host = host(context)?;
    let base = context.set();
    let key = (Arc::as_ptr(base).addr(), SmolStr::new(&text));
    let known = host.parsed.borrow().get(&key).cloned();
    let set = match known {
        Some(set) => set,
        None => {
            let mut set = Set::on(&Arc::clone(base));
            // What is parsed is kept, so it counts as text made.
            context.meter().bytes(text.len())?;
            set.parse(TPL, &text, context.functions()).map_err(|error| {
                error.map(|error| format!("cannot parse template {}: {error}", quote(&text)))
            })?;
            let set = Arc::new(set);
            // The set keeps its base alive, so that the address stays its own.
            host.parsed.borrow_mut().insert(key, Arc::clone(&set));
            set
        }
    };
    let mut output = Output::new();
    context.execute_in(&set, TPL, args.value(1), &mut output).map_err(|error| {
        error.map(|error| {
            format!("error during tpl function execution for {}: {error}", quote(&text))
        })
    })?;
    let text = String::from_utf8(context.ran(TPL, output))
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(without_no_value(text).into())
}

fn required(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let value = args.value(1);
    let is_missing = matches!(value, Value::Nil | Value::NoValue) || value.as_str() == Some("");
    if is_missing { fail(context, args) } else { Ok(value.clone()) }
}

fn fail(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    if host(context)?.facts.lint {
        return Ok("".into());
    }
    Err(Error::new(errors::marked(&args.text(0))))
}

fn lookup(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let host = host(context)?;
    let [api_version, kind, namespace, name] = [0, 1, 2, 3].map(|index| args.text(index));
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let objects = &host.facts.objects;
    context.meter().step(objects.len() as u64)?;
    let namespace = Some(&*namespace).filter(|namespace| !namespace.is_empty());
    if !name.is_empty() {
        let id = ObjectId::new(group, &kind, namespace, &name);
        let found = objects.get(&id).map(|object| Value::from_model(object, Numbers::Int64));
        return Ok(found.unwrap_or_else(|| {
            host.unknown.borrow_mut().push(id);
            Value::Map(weir_gotmpl::Map::new())
        }));
    }
    let is_wanted = |id: &ObjectId| {
        id.group == group
            && *id.kind == *kind
            && (namespace.is_none() || id.namespace.as_deref() == namespace)
    };
    let items: Vec<_> =
        objects.iter().filter(|(id, _)| is_wanted(id)).map(|(_, object)| object.clone()).collect();
    if items.is_empty() {
        return Ok(Value::Map(weir_gotmpl::Map::new()));
    }
    let list: Map = [
        ("apiVersion".into(), weir_model::Value::from(&*api_version)),
        ("items".into(), weir_model::Value::list(items)),
        ("kind".into(), weir_model::Value::from(format!("{kind}List").as_str())),
        ("metadata".into(), Map::new().into()),
    ]
    .into_iter()
    .collect();
    Ok(Value::from_model(&list.into(), Numbers::Int64))
}
