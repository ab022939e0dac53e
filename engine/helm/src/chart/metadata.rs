//! What `Chart.yaml` says, read with the leniency and refused with the words of Helm.

use std::collections::BTreeMap;

use weir_golang::semver::Version;
use weir_model::{Data, Map, SmolStr, Value};

use crate::HelmVersion;

/// What `Chart.yaml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The chart's name.
    pub name: SmolStr,
    /// The project's page.
    pub home: SmolStr,
    /// Where the sources are.
    pub sources: Vec<SmolStr>,
    /// The chart's version.
    pub version: SmolStr,
    /// One sentence.
    pub description: SmolStr,
    /// Words to find the chart by.
    pub keywords: Vec<SmolStr>,
    /// Who cares for the chart.
    pub maintainers: Vec<Maintainer>,
    /// Where the icon is.
    pub icon: SmolStr,
    /// `v1` or `v2`.
    pub api_version: SmolStr,
    /// Unused by Helm.
    pub condition: SmolStr,
    /// Unused by Helm.
    pub tags: SmolStr,
    /// The version of what the chart installs.
    pub app_version: SmolStr,
    /// Whether the chart should no longer be used.
    pub deprecated: bool,
    /// Free notes.
    pub annotations: BTreeMap<SmolStr, SmolStr>,
    /// The Kubernetes versions that the chart is for.
    pub kube_version: SmolStr,
    /// The charts that this one needs; none when the field is absent.
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library` or empty.
    pub kind: SmolStr,
}

/// Who cares for a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// The name.
    pub name: SmolStr,
    /// The mail address.
    pub email: SmolStr,
    /// A page.
    pub url: SmolStr,
}

/// A chart that another needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// The name of the chart.
    pub name: SmolStr,
    /// The versions that do.
    pub version: SmolStr,
    /// Where to fetch it.
    pub repository: SmolStr,
    /// Paths into the values, separated by commas, that enable it.
    pub condition: SmolStr,
    /// Names under `tags` in the values that enable it.
    pub tags: Vec<SmolStr>,
    /// Whether it is enabled, as decided during a rendering.
    pub enabled: bool,
    /// What to take from its values into the parent's: texts or maps of `child` and `parent`.
    pub import_values: Vec<Value>,
    /// The name under which it goes.
    pub alias: SmolStr,
}

impl Metadata {
    /// Overlays what a document says. The error is the text of this Helm, without what was being read.
    pub(crate) fn read(&mut self, document: &Value, helm: HelmVersion) -> Result<(), String> {
        let top = Field { owner: "Metadata", name: "", package: package(helm) };
        let Some(map) = table(document, top, "Metadata")? else { return Ok(()) };
        for (key, value) in map.iter() {
            let at = |name: &'static str| Field { name, ..top };
            match fold(key).as_str() {
                "name" => text(value, &mut self.name, at("name"))?,
                "home" => text(value, &mut self.home, at("home"))?,
                "sources" => texts(value, &mut self.sources, at("sources"))?,
                "version" => text(value, &mut self.version, at("version"))?,
                "description" => text(value, &mut self.description, at("description"))?,
                "keywords" => texts(value, &mut self.keywords, at("keywords"))?,
                "maintainers" => self.maintainers = maintainers(value, at("maintainers"))?,
                "icon" => text(value, &mut self.icon, at("icon"))?,
                "apiversion" => text(value, &mut self.api_version, at("apiVersion"))?,
                "condition" => text(value, &mut self.condition, at("condition"))?,
                "tags" => text(value, &mut self.tags, at("tags"))?,
                "appversion" => text(value, &mut self.app_version, at("appVersion"))?,
                "deprecated" => flag(value, &mut self.deprecated, at("deprecated"))?,
                "annotations" => annotations(value, &mut self.annotations, at("annotations"))?,
                "kubeversion" => text(value, &mut self.kube_version, at("kubeVersion"))?,
                "dependencies" => self.dependencies = dependencies(value, at("dependencies"))?,
                "type" => text(value, &mut self.kind, at("type"))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Replaces characters that do not print, then refuses what Helm refuses, in its words.
    pub(super) fn validate(&mut self) -> Result<(), String> {
        let wrong = |what: String| Err(format!("validation: {what}"));
        for field in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(field);
        }
        self.sources.iter_mut().chain(&mut self.keywords).for_each(sanitize);
        if self.api_version.is_empty() {
            return wrong("chart.metadata.apiVersion is required".to_owned());
        }
        if self.name.is_empty() {
            return wrong("chart.metadata.name is required".to_owned());
        }
        let name = weir_golang::strconv::quote(&self.name);
        if self.name == "." || self.name == ".." {
            return wrong(format!("chart.metadata.name {name} is not allowed"));
        }
        if self.name.contains('/') {
            return wrong(format!("chart.metadata.name {name} is invalid"));
        }
        if self.version.is_empty() {
            return wrong("chart.metadata.version is required".to_owned());
        }
        if Version::parse(&self.version).is_err() {
            let version = weir_golang::strconv::quote(&self.version);
            return wrong(format!("chart.metadata.version {version} is invalid"));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return wrong("chart.metadata.type must be application or library".to_owned());
        }
        for maintainer in &mut self.maintainers {
            for text in [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url] {
                sanitize(text);
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            dependency.validate()?;
            let key = dependency.goes_by().clone();
            if seen.contains(&key) {
                let key = weir_golang::strconv::quote(&key);
                return wrong(format!("more than one dependency with name or alias {key}"));
            }
            seen.insert(key);
        }
        Ok(())
    }

    /// Tells whether the chart holds only definitions for others.
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case("library")
    }
}

impl Dependency {
    /// Returns the alias, or the name when there is none.
    pub fn goes_by(&self) -> &SmolStr {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }

    fn validate(&mut self) -> Result<(), String> {
        for text in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            sanitize(text);
        }
        self.tags.iter_mut().for_each(sanitize);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !self.alias.bytes().all(allowed) {
            let name = weir_golang::strconv::quote(&self.name);
            return Err(format!(
                "validation: dependency {name} has disallowed characters in the alias"
            ));
        }
        Ok(())
    }

    fn read(value: &Value, field: Field) -> Result<Self, String> {
        let mut dependency = Self::default();
        let own = Field { owner: "Dependency", ..field };
        let Some(map) = table(value, own, "Dependency")? else {
            return Err("validation: dependencies must not contain empty or null nodes".to_owned());
        };
        for (key, value) in map.iter() {
            let at = |name: &'static str| Field { name, ..own };
            match fold(key).as_str() {
                "name" => text(value, &mut dependency.name, at("dependencies.name"))?,
                "version" => text(value, &mut dependency.version, at("dependencies.version"))?,
                "repository" => {
                    text(value, &mut dependency.repository, at("dependencies.repository"))?;
                }
                "condition" => {
                    text(value, &mut dependency.condition, at("dependencies.condition"))?;
                }
                "tags" => texts(value, &mut dependency.tags, at("dependencies.tags"))?,
                "enabled" => flag(value, &mut dependency.enabled, at("dependencies.enabled"))?,
                "import-values" => {
                    dependency.import_values =
                        list(value, at("dependencies.import-values"), "[]interface {}")?
                            .iter()
                            .map(crate::values::from_json)
                            .collect();
                }
                "alias" => text(value, &mut dependency.alias, at("dependencies.alias"))?,
                _ => {}
            }
        }
        Ok(dependency)
    }
}

/// Where a value would go, for the words of Go's JSON decoder.
#[derive(Clone, Copy)]
struct Field {
    owner: &'static str,
    name: &'static str,
    /// The package of Helm's types.
    package: &'static str,
}

/// Returns the package that a Helm's types of charts are in, which its errors name.
fn package(helm: HelmVersion) -> &'static str {
    match helm {
        HelmVersion::V3 => "chart",
        HelmVersion::V4 => "v2",
    }
}

impl Field {
    fn refuses(self, value: &Value, wanted: &str) -> String {
        let Self { owner, name, .. } = self;
        let got = go_kind(value);
        let place = match name {
            "" => format!("Go value of type {wanted}"),
            _ => format!("Go struct field {owner}.{name} of type {wanted}"),
        };
        format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {got} into {place}"
        )
    }
}

/// Returns the word that Go's JSON decoder has for the kind of a value.
pub(crate) fn go_kind(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    }
}

/// Returns the text of a scalar as `sigs.k8s.io/yaml` makes one for a field that holds text.
pub(crate) fn scalar_text(value: &Value) -> Option<SmolStr> {
    Some(match &value.data {
        Data::Bool(value) => SmolStr::new_static(if *value { "true" } else { "false" }),
        Data::Int(value) => weir_model::format_smolstr!("{value}"),
        Data::Uint(value) => weir_model::format_smolstr!("{value}"),
        Data::Float(value) => weir_golang::strconv::format_float(*value, b'g', -1, 32).into(),
        Data::String(text) => text.clone(),
        Data::Null | Data::List(_) | Data::Map(_) => return None,
    })
}

fn fold(key: &str) -> String {
    key.to_ascii_lowercase()
}

fn table<'a>(value: &'a Value, field: Field, kind: &str) -> Result<Option<&'a Map>, String> {
    match &value.data {
        Data::Map(map) => Ok(Some(map)),
        Data::Null => Ok(None),
        _ => Err(field.refuses(value, &format!("{}.{kind}", field.package))),
    }
}

fn text(value: &Value, into: &mut SmolStr, field: Field) -> Result<(), String> {
    if !value.is_null() {
        *into = scalar_text(value).ok_or_else(|| field.refuses(value, "string"))?;
    }
    Ok(())
}

fn flag(value: &Value, into: &mut bool, field: Field) -> Result<(), String> {
    match value.data {
        Data::Bool(value) => *into = value,
        Data::Null => {}
        _ => return Err(field.refuses(value, "bool")),
    }
    Ok(())
}

fn list<'a>(value: &'a Value, field: Field, wanted: &str) -> Result<&'a [Value], String> {
    match &value.data {
        Data::List(items) => Ok(items),
        Data::Null => Ok(&[]),
        _ => Err(field.refuses(value, wanted)),
    }
}

fn texts(value: &Value, into: &mut Vec<SmolStr>, field: Field) -> Result<(), String> {
    let Data::List(items) = &value.data else {
        if value.is_null() {
            into.clear();
            return Ok(());
        }
        return Err(field.refuses(value, "[]string"));
    };
    into.clear();
    for item in items.iter() {
        let mut entry = SmolStr::default();
        text(item, &mut entry, field)?;
        into.push(entry);
    }
    Ok(())
}

fn annotations(
    value: &Value,
    into: &mut BTreeMap<SmolStr, SmolStr>,
    field: Field,
) -> Result<(), String> {
    let Data::Map(map) = &value.data else {
        if value.is_null() {
            return Ok(());
        }
        return Err(field.refuses(value, "map[string]string"));
    };
    for (key, value) in map.iter() {
        let mut entry = SmolStr::default();
        text(value, &mut entry, field)?;
        into.insert(key.clone(), entry);
    }
    Ok(())
}

fn maintainers(value: &Value, field: Field) -> Result<Vec<Maintainer>, String> {
    let mut maintainers = Vec::new();
    for item in list(value, field, &format!("[]*{}.Maintainer", field.package))? {
        let mut maintainer = Maintainer::default();
        let Some(map) = table(item, field, "Maintainer")? else {
            return Err("validation: maintainers must not contain empty or null nodes".to_owned());
        };
        for (key, value) in map.iter() {
            match fold(key).as_str() {
                "name" => {
                    text(value, &mut maintainer.name, Field { name: "maintainers.name", ..field })?;
                }
                "email" => text(
                    value,
                    &mut maintainer.email,
                    Field { name: "maintainers.email", ..field },
                )?,
                "url" => {
                    text(value, &mut maintainer.url, Field { name: "maintainers.url", ..field })?;
                }
                _ => {}
            }
        }
        maintainers.push(maintainer);
    }
    Ok(maintainers)
}

fn dependencies(value: &Value, field: Field) -> Result<Option<Vec<Dependency>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let items = list(value, field, &format!("[]*{}.Dependency", field.package))?;
    items.iter().map(|item| Dependency::read(item, field)).collect::<Result<_, _>>().map(Some)
}

const FIELDS: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
const MAINTAINER_FIELDS: &[&str] = &["name", "email", "url"];
const DEPENDENCY_FIELDS: &[&str] =
    &["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// Returns the first field of a document that no chart has, in the order in which Go's decoder meets them.
pub(crate) fn unknown_field(document: &Value) -> Option<&str> {
    let mut entries = document.as_map()?.iter();
    entries.find_map(|(key, value)| {
        if !is_among(FIELDS, key) {
            return Some(key.as_str());
        }
        let fields = match fold(key).as_str() {
            "maintainers" => MAINTAINER_FIELDS,
            "dependencies" => DEPENDENCY_FIELDS,
            _ => return None,
        };
        let mut inner = value.as_list()?.iter().filter_map(Value::as_map).flat_map(Map::iter);
        inner.find(|(key, _)| !is_among(fields, key)).map(|(key, _)| key.as_str())
    })
}

fn is_among(fields: &[&str], key: &str) -> bool {
    fields.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// Makes every kind of space a plain one and drops what does not print.
fn sanitize(text: &mut SmolStr) {
    let fits = |c: char| c == ' ' || (!c.is_whitespace() && weir_golang::strconv::is_print(c));
    if text.chars().all(fits) {
        return;
    }
    *text = text
        .chars()
        .filter_map(|c| if c.is_whitespace() { Some(' ') } else { fits(c).then_some(c) })
        .collect();
}
