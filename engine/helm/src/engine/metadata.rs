//! `.Chart`: a struct in Helm 3, a map of the same names in Helm 4.

use std::any::Any;
use std::rc::Rc;

use weir_gotmpl::{List, Map, Object, Type, Value};
use weir_model::SmolStr;

use super::structs::{Shape, Struct};
use crate::instance::{Id, Instances};
use crate::{Dependency, HelmVersion, Maintainer};

/// Returns what `.Chart` is for a chart.
pub(super) fn of(instances: &Instances, chart: Id, helm: HelmVersion) -> Value {
    let is_root = instances.get(chart).parent.is_none();
    match helm {
        HelmVersion::V3 => Value::object(ChartStruct {
            metadata: Rc::new(metadata(instances, chart, struct_of)),
            is_root,
        }),
        HelmVersion::V4 => {
            let Value::Map(map) = map_of(metadata(instances, chart, map_of)) else {
                return Value::Nil;
            };
            map.insert("IsRoot", Value::Bool(is_root));
            Value::Map(map)
        }
    }
}

static METADATA: Shape = Shape {
    type_name: "chart.Metadata",
    fields: &[
        "Name",
        "Home",
        "Sources",
        "Version",
        "Description",
        "Keywords",
        "Maintainers",
        "Icon",
        "APIVersion",
        "Condition",
        "Tags",
        "AppVersion",
        "Deprecated",
        "Annotations",
        "KubeVersion",
        "Dependencies",
        "Type",
    ],
    tags: &[
        ("name", true),
        ("home", true),
        ("sources", true),
        ("version", true),
        ("description", true),
        ("keywords", true),
        ("maintainers", true),
        ("icon", true),
        ("apiVersion", true),
        ("condition", true),
        ("tags", true),
        ("appVersion", true),
        ("deprecated", true),
        ("annotations", true),
        ("kubeVersion", true),
        ("dependencies", true),
        ("type", true),
    ],
    methods: &[],
};

static MAINTAINER: Shape = Shape {
    type_name: "*chart.Maintainer",
    fields: &["Name", "Email", "URL"],
    tags: &[("name", true), ("email", true), ("url", true)],
    methods: &[],
};

static DEPENDENCY: Shape = Shape {
    type_name: "*chart.Dependency",
    fields: &[
        "Name",
        "Version",
        "Repository",
        "Condition",
        "Tags",
        "Enabled",
        "ImportValues",
        "Alias",
    ],
    tags: &[
        ("name", false),
        ("version", true),
        ("repository", false),
        ("condition", true),
        ("tags", true),
        ("enabled", true),
        ("import-values", true),
        ("alias", true),
    ],
    methods: &[],
};

fn struct_of(fields: Struct) -> Value {
    fields.value()
}

fn map_of(fields: Struct) -> Value {
    let list = |value| match value {
        // Helm 4 makes every list one of anything.
        Value::List(list) => Value::list(list.to_vec()),
        other => other,
    };
    let names = fields.shape.fields.iter().map(|name| SmolStr::new_static(name));
    Value::Map(names.zip(fields.values.into_iter().map(list)).collect())
}

fn metadata(instances: &Instances, chart: Id, inner: fn(Struct) -> Value) -> Struct {
    let instance = instances.get(chart);
    let metadata = instance.chart.metadata();
    let text = |text: &SmolStr| Value::String(text.clone());
    let maintainers = metadata.maintainers.iter().map(|one| inner(maintainer(one))).collect();
    let dependencies = instance
        .requirements
        .iter()
        .flatten()
        .filter_map(|number| instances.requirements.get(*number))
        .map(|one| inner(dependency(one)))
        .collect();
    let values = vec![
        text(&instance.name),
        text(&metadata.home),
        texts(&metadata.sources),
        text(&metadata.version),
        text(&metadata.description),
        texts(&metadata.keywords),
        structs(&Type::Named("*chart.Maintainer"), maintainers),
        text(&metadata.icon),
        text(&metadata.api_version),
        text(&metadata.condition),
        text(&metadata.tags),
        text(&metadata.app_version),
        Value::Bool(metadata.deprecated),
        annotations(&metadata.annotations),
        text(&metadata.kube_version),
        structs(&Type::Named("*chart.Dependency"), dependencies),
        text(&metadata.kind),
    ];
    Struct::new(&METADATA, values)
}

fn maintainer(one: &Maintainer) -> Struct {
    let values = [&one.name, &one.email, &one.url].map(|text| Value::String(text.clone()));
    Struct::new(&MAINTAINER, values.into())
}

fn dependency(one: &Dependency) -> Struct {
    let text = |text: &SmolStr| Value::String(text.clone());
    let imports = one.import_values.iter().map(import);
    let values = vec![
        text(&one.name),
        text(&one.version),
        text(&one.repository),
        text(&one.condition),
        texts(&one.tags),
        Value::Bool(one.enabled),
        match one.import_values.is_empty() {
            true => Value::List(List::nil(&Type::Any)),
            false => Value::list(imports.collect()),
        },
        text(&one.alias),
    ];
    Struct::new(&DEPENDENCY, values)
}

/// An import is a text as it was written, or the map of texts that Helm makes of it.
fn import(value: &weir_model::Value) -> Value {
    let Some(map) = value.as_map() else {
        return Value::from_model(value, weir_gotmpl::Numbers::Float64);
    };
    let entries =
        map.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into()));
    Value::Map(Map::typed(&Type::String, &Type::String, entries.collect()))
}

fn texts(items: &[SmolStr]) -> Value {
    Value::List(if items.is_empty() {
        List::nil(&Type::String)
    } else {
        List::strings(items.iter().cloned())
    })
}

fn structs(element: &'static Type, items: Vec<Value>) -> Value {
    Value::List(if items.is_empty() { List::nil(element) } else { List::typed(element, items) })
}

fn annotations(all: &std::collections::BTreeMap<SmolStr, SmolStr>) -> Value {
    if all.is_empty() {
        return Value::Map(Map::nil(&Type::String, &Type::String));
    }
    let entries =
        all.iter().map(|(key, text)| (key.clone(), Value::String(text.clone()))).collect();
    Value::Map(Map::typed(&Type::String, &Type::String, entries))
}

/// Helm 3's `.Chart`: the metadata with one more field, without a name of its own.
struct ChartStruct {
    metadata: Rc<Struct>,
    is_root: bool,
}

impl Object for ChartStruct {
    fn type_name(&self) -> &'static str {
        "struct { chart.Metadata; IsRoot bool }"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "IsRoot" => Some(Value::Bool(self.is_root)),
            "Metadata" => Some(Value::Object(Rc::clone(&self.metadata) as Rc<dyn Object>)),
            _ => self.metadata.field(name),
        }
    }

    fn fields(&self) -> &'static [&'static str] {
        &["Metadata", "IsRoot"]
    }

    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        let mut fields = self.metadata.json()?;
        fields.push(("IsRoot", Value::Bool(self.is_root)));
        Some(fields)
    }
}
