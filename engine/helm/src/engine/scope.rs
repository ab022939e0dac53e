//! What a template finds under its dot: `.Values`, `.Release`, `.Chart`, `.Files`, `.Capabilities`, `.Subcharts`, `.Template`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use weir_gotmpl::{Args, Context, Error, Function, List, Map, Numbers, Object, Type, Value};
use weir_model::{FieldPath, FieldStep, SmolStr};

use super::files::Files;
use super::metadata;
use super::structs::{Shape, Struct};
use super::values::Values;
use crate::instance::{Id, Instances};
use crate::trace::Trace;
use crate::{Facts, HelmVersion, KubeVersion, Release};

/// What the templates of one chart find under their dot.
pub(super) struct Scope {
    /// The chart.
    pub(super) chart: Id,
    /// The path of its folder, by which its templates are named.
    pub(super) path: String,
    dot: Map,
    /// The dot as templates see it.
    values: Value,
}

impl Scope {
    /// Says which template runs now, and gives its dot. The chart's templates share it, and what one sets the next sees.
    pub(super) fn enter(&self, template: &SmolStr) -> Value {
        let own = [
            ("BasePath".into(), Value::from(format!("{}/templates", self.path))),
            ("Name".into(), Value::String(template.clone())),
        ];
        self.dot.insert("Template", Value::Map(own.into_iter().collect()));
        self.values.clone()
    }

    /// Lets a trace know under which paths the values lie.
    pub(super) fn show(&self, instances: &Instances, trace: &mut Trace) {
        if self.chart == Instances::ROOT {
            return trace.root(&self.values);
        }
        let mut names = Vec::new();
        let mut chart = Some(self.chart);
        while let Some(id) = chart.filter(|id| *id != Instances::ROOT) {
            names.push(FieldStep::Key(instances.get(id).name.clone()));
            chart = instances.get(id).parent;
        }
        names.push(FieldStep::Key("Values".into()));
        names.reverse();
        trace.below(&self.values, &FieldPath(names));
    }
}

/// Makes the scopes of all charts, the root's first.
pub(super) fn all(
    instances: &Instances,
    values: &weir_model::Map,
    release: &Release,
    facts: &Facts,
) -> Vec<Rc<Scope>> {
    let entries =
        values.iter().map(|(key, value)| (key.clone(), Value::from_model(value, Numbers::Int64)));
    let values: Map = entries.collect();
    let shared = Shared {
        instances,
        release: release_map(release),
        capabilities: capabilities(facts),
        facts,
    };
    let mut scopes = Vec::new();
    shared.add(Instances::ROOT, &values, &mut scopes);
    scopes
}

struct Shared<'a> {
    instances: &'a Instances,
    release: Value,
    capabilities: Value,
    facts: &'a Facts,
}

impl Shared<'_> {
    fn add(&self, chart: Id, values: &Map, scopes: &mut Vec<Rc<Scope>>) -> Value {
        let instance = self.instances.get(chart);
        let below = Map::new();
        let dot: Map = [
            (SmolStr::new_static("Capabilities"), self.capabilities.clone()),
            (SmolStr::new_static("Chart"), metadata::of(self.instances, chart, self.facts.helm)),
            (SmolStr::new_static("Files"), Value::object(Files::of(&instance.chart))),
            (SmolStr::new_static("Release"), self.release.clone()),
            (SmolStr::new_static("Subcharts"), Value::Map(below.clone())),
            (SmolStr::new_static("Values"), Values::of(values.clone(), self.facts.helm)),
        ]
        .into_iter()
        .collect();
        let path = self.instances.path(chart);
        let seen = Values::of(dot.clone(), self.facts.helm);
        scopes.push(Rc::new(Scope { chart, path, dot: dot.clone(), values: seen }));
        for inner in &instance.dependencies {
            let name = &self.instances.get(*inner).name;
            let inner = self.add(*inner, &table(values, name), scopes);
            below.insert(name.clone(), inner);
        }
        Value::Map(dot)
    }
}

/// Returns the values of a chart below; its name is read as a path.
fn table(values: &Map, name: &str) -> Map {
    let step = |map: Map, key: &str| match map.get(key) {
        Some(Value::Map(inner)) => Some(inner),
        _ => None,
    };
    name.split('.').try_fold(values.clone(), step).unwrap_or_default()
}

fn release_map(release: &Release) -> Value {
    let Release { name, namespace, revision, is_upgrade } = release;
    Value::Map(
        [
            (SmolStr::new_static("IsInstall"), Value::Bool(!is_upgrade)),
            (SmolStr::new_static("IsUpgrade"), Value::Bool(*is_upgrade)),
            (SmolStr::new_static("Name"), name.as_str().into()),
            (SmolStr::new_static("Namespace"), namespace.as_str().into()),
            (SmolStr::new_static("Revision"), Value::int(*revision)),
            (SmolStr::new_static("Service"), "Helm".into()),
        ]
        .into_iter()
        .collect(),
    )
}

fn capabilities(facts: &Facts) -> Value {
    let types = types(facts.helm);
    let KubeVersion { plain, major, minor, .. } = &facts.kube_version;
    let values: &[&String] = match facts.helm {
        HelmVersion::V3 => &[plain, major, minor],
        HelmVersion::V4 => &[&facts.kube_version.given, plain, major, minor],
    };
    let kube_version = Struct {
        shape: types.kube_version,
        values: values.iter().map(|text| Value::from(text.as_str())).collect(),
        string: Some(plain.as_str().into()),
    };
    let versions = VersionSet {
        type_name: types.version_set,
        list: List::strings(facts.api_versions.iter().map(String::as_str)),
        known: Arc::clone(&facts.api_versions),
    };
    let build =
        Struct::new(types.build_info, types.build.iter().map(|text| Value::from(*text)).collect());
    let all = vec![kube_version.value(), Value::object(versions), build.value()];
    Struct::new(types.capabilities, all).value()
}

/// The types of one Helm.
struct Types {
    capabilities: &'static Shape,
    kube_version: &'static Shape,
    build_info: &'static Shape,
    version_set: &'static str,
    build: &'static [&'static str],
}

fn types(helm: HelmVersion) -> &'static Types {
    match helm {
        HelmVersion::V3 => &TYPES_V3,
        HelmVersion::V4 => &TYPES_V4,
    }
}

const CAPABILITIES_FIELDS: &[&str] = &["KubeVersion", "APIVersions", "HelmVersion"];
const CAPABILITIES_TAGS: &[(&str, bool)] =
    &[("KubeVersion", false), ("APIVersions", false), ("HelmVersion", false)];
static KUBE_VERSION_METHODS: [Function; 2] =
    [Function::new("GitVersion", &[], git_version), Function::new("String", &[], plain_version)];

static TYPES_V3: Types = Types {
    capabilities: &Shape {
        type_name: "*chartutil.Capabilities",
        fields: CAPABILITIES_FIELDS,
        tags: CAPABILITIES_TAGS,
        methods: &[],
    },
    kube_version: &Shape {
        type_name: "chartutil.KubeVersion",
        fields: &["Version", "Major", "Minor"],
        tags: &[("Version", false), ("Major", false), ("Minor", false)],
        methods: &KUBE_VERSION_METHODS,
    },
    build_info: &Shape {
        type_name: "version.BuildInfo",
        fields: &["Version", "GitCommit", "GitTreeState", "GoVersion"],
        tags: &[
            ("version", true),
            ("git_commit", true),
            ("git_tree_state", true),
            ("go_version", true),
        ],
        methods: &[],
    },
    version_set: "chartutil.VersionSet",
    build: &["v3.22", "", "", "go1.26.8"],
};

static TYPES_V4: Types = Types {
    capabilities: &Shape {
        type_name: "*common.Capabilities",
        fields: CAPABILITIES_FIELDS,
        tags: CAPABILITIES_TAGS,
        methods: &[],
    },
    kube_version: &Shape {
        type_name: "common.KubeVersion",
        fields: &["Version", "normalizedVersion", "Major", "Minor"],
        tags: &[("Version", false), ("", false), ("Major", false), ("Minor", false)],
        methods: &KUBE_VERSION_METHODS,
    },
    build_info: &Shape {
        type_name: "version.BuildInfo",
        fields: &["Version", "GitCommit", "GitTreeState", "GoVersion", "KubeClientVersion"],
        tags: &[
            ("version", true),
            ("git_commit", true),
            ("git_tree_state", true),
            ("go_version", true),
            ("kube_client_version", false),
        ],
        methods: &[],
    },
    version_set: "common.VersionSet",
    build: &["v4.3", "", "", "go1.26.8", "v1.37"],
};

fn git_version(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let version = args.receiver::<Struct>().and_then(|version| version.field("Version"));
    Ok(version.unwrap_or_default())
}

fn plain_version(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let version = args.receiver::<Struct>().and_then(Object::string_in_place);
    Ok(version.unwrap_or_default().into())
}

/// `.Capabilities.APIVersions`.
struct VersionSet {
    type_name: &'static str,
    list: List,
    known: Arc<[String]>,
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        static HAS: Function = Function::new("Has", &[Type::String], has);
        (name == "Has").then_some(&HAS)
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::List(self.list.clone()))
    }
}

fn has(_: &mut Context<'_>, args: &Args<'_>) -> Result<Value, Error> {
    let wanted = args.text(0);
    let known = args.receiver::<VersionSet>().map(|set| &set.known);
    Ok(Value::Bool(known.is_some_and(|known| known.iter().any(|version| **version == *wanted))))
}
