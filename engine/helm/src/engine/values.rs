//! `.Values`: a map with methods.

use std::any::Any;

use weir_golang::strconv::quote;
use weir_gotmpl::{Args, Context, Error, Function, Map, Object, Type, Value};

use crate::HelmVersion;

/// A chart's `.Values`, Go's `chartutil.Values` or `common.Values`.
pub(super) struct Values {
    type_name: &'static str,
    map: Map,
}

impl Values {
    /// Makes a map a chart's `.Values`. The map is shared.
    pub(super) fn of(map: Map, helm: HelmVersion) -> Value {
        let type_name = match helm {
            HelmVersion::V3 => "chartutil.Values",
            HelmVersion::V4 => "common.Values",
        };
        Value::object(Self { type_name, map })
    }
}

impl Object for Values {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::Map(self.map.clone()))
    }
}

static METHODS: [Function; 4] = [
    Function::new("AsMap", &[], |_, args| Ok(Value::Map(receiver(args)?.map.clone()))),
    Function::new("Table", &[Type::String], table),
    Function::new("PathValue", &[Type::String], path_value),
    Function::new("YAML", &[], yaml),
];

fn receiver<'a>(args: &'a Args<'_>) -> Result<&'a Values, Error> {
    args.receiver().ok_or_else(|| Error::new("the receiver is no `.Values`"))
}

fn table(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let values = receiver(args)?;
    let map = table_at(&values.map, &args.text(0))?;
    Ok(Value::object(Values { type_name: values.type_name, map }))
}

fn path_value(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let path = args.text(0);
    if path.is_empty() {
        return Err(Error::new("YAML path cannot be empty"));
    }
    let map = &receiver(args)?.map;
    let (folder, key) =
        path.rsplit_once('.').map_or((None, &*path), |(folder, key)| (Some(folder), key));
    let value = match folder {
        Some(folder) => table_at(map, folder).ok().and_then(|map| map.get(key)),
        None => map.get(key),
    };
    let value = value.filter(|value| !matches!(value, Value::Map(_)));
    value.ok_or_else(|| Error::new(format!("{} is not a value", quote(key))))
}

fn yaml(context: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    const DEPTH: u32 = 1_000;
    let text = weir_yaml::to_yaml(&Value::Map(receiver(args)?.map.clone()).to_model(DEPTH));
    context.meter().bytes(text.len())?;
    Ok(text.into())
}

fn table_at(map: &Map, path: &str) -> Result<Map, Error> {
    path.split('.').try_fold(map.clone(), |map, key| match map.get(key) {
        Some(Value::Map(inner)) => Ok(inner),
        _ => Err(Error::new(format!("{} is not a table", quote(key)))),
    })
}
