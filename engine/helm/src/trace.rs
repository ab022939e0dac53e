//! Where the lines of a rendering came from: the template lines that wrote them, and the values that were read for them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use weir_gotmpl::{LineTrace, Output, Read, TemplateLine, Value, format};
use weir_model::{FieldPath, FieldStep, Map, Origin, SmolStr, leaves};

/// What a traced rendering remembers. The origins of its manifests name lines of what templates wrote; [`Trace::written`]
/// follows them.
#[derive(Default)]
pub struct Trace {
    outputs: BTreeMap<SmolStr, Output>,
    /// The paths of maps, lists and objects under the dot, by their identities.
    holders: BTreeMap<usize, FieldPath>,
    /// Keeps what `holders` knows alive, so that no other value gets its identity.
    kept: Vec<Value>,
    values: weir_model::Value,
    /// What was read as a whole, by identity: the outputs keep it alive.
    wholes: RefCell<BTreeMap<usize, weir_model::Value>>,
    /// What was found among the values, by names and content.
    found: RefCell<BTreeMap<Sought, Option<ValueRead>>>,
}

/// The last names of a value, and its content as text.
type Sought = (Vec<SmolStr>, String);

/// Where a field of a manifest came from.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The template lines, each run by the one before it; the last wrote the field.
    pub templates: Vec<TemplateLine>,
    /// What was read for it: those values that show in the field, when there are such.
    pub reads: Vec<ValueRead>,
}

/// Something that was read for a field.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRead {
    /// The path from the dot of the root chart, such as `Values.image.tag` or `Release.Name`.
    pub path: FieldPath,
    /// The value.
    pub value: weir_model::Value,
}

/// How many maps and lists are searched for the text of a field.
const MAX_WIDE: usize = 8;

/// How deep values are indexed and converted.
const MAX_DEPTH: u32 = 200;

impl Trace {
    /// Makes a trace of a rendering with these values.
    pub(crate) fn new(values: &Map) -> Self {
        Self { values: weir_model::Value::map(values.clone()), ..Self::default() }
    }

    /// Takes up what the templates of the root chart find under their dot.
    pub(crate) fn root(&mut self, dot: &Value) {
        self.hold(dot, &FieldPath::default(), MAX_DEPTH);
        self.kept.push(dot.clone());
    }

    /// Takes up what the templates of a chart below find: maps are shared with the root's, `.Values` itself is not.
    pub(crate) fn below(&mut self, dot: &Value, path: &FieldPath) {
        let under = dot.underlying();
        let Value::Map(map) = under.as_ref() else { return };
        self.known(dot, &FieldPath::default());
        if let Some(values) = map.get("Values") {
            self.known(&values, path);
            self.kept.push(values);
        }
        self.kept.push(dot.clone());
    }

    fn known(&mut self, value: &Value, path: &FieldPath) -> bool {
        let Some(identity) = value.identity() else { return false };
        self.holders.insert(identity, path.clone()).is_none()
    }

    fn hold(&mut self, value: &Value, path: &FieldPath, depth: u32) {
        if depth == 0 || !self.known(value, path) {
            return;
        }
        let below = |step| path.join(&[step]);
        match value {
            Value::Map(map) => {
                for (key, value) in map.entries().iter() {
                    self.hold(value, &below(FieldStep::Key(key.clone())), depth - 1);
                }
            }
            Value::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.hold(value, &below(FieldStep::Index(index)), depth - 1);
                }
            }
            Value::Object(object) => {
                if let Some(value) = object.underlying() {
                    self.hold(&value, path, depth - 1);
                }
            }
            _ => {}
        }
    }

    /// Keeps what a template wrote.
    pub(crate) fn wrote(&mut self, template: SmolStr, output: Output) {
        self.outputs.insert(template, output);
    }

    /// Returns the values as templates saw them, with where each came from.
    pub fn values(&self) -> &weir_model::Value {
        &self.values
    }

    /// Follows a field of a manifest, which has this value, to what wrote it. Nothing when no template did.
    pub fn written(&self, field: &FieldPath, value: &weir_model::Value) -> Option<Written> {
        let Origin { source, line } = value.origin;
        let name = source.name();
        let output = self.outputs.get(&name)?;
        let LineTrace { templates, reads } = output.trace(&name, (line as usize).checked_sub(1)?);
        if templates.is_empty() {
            return None;
        }
        Some(Written { templates, reads: self.shown(&reads, field, value) })
    }

    /// Chooses among what was read, and names it.
    fn shown(
        &self,
        reads: &[Read],
        field: &FieldPath,
        value: &weir_model::Value,
    ) -> Vec<ValueRead> {
        let text = scalar(value);
        let mut seen = BTreeSet::new();
        let (mut showing, mut others, mut wide) = (Vec::new(), Vec::new(), Vec::new());
        let mut known = BTreeSet::new();
        for read in reads {
            let found = match self.path(read) {
                Some(path) if known.insert(path.clone()) => {
                    self.narrow(path, &read.value, field, &text)
                }
                Some(_) => None,
                None => self.search(&read.names, &read.value),
            };
            let Some(found) = found.filter(|found| seen.insert(found.path.clone())) else {
                continue;
            };
            let shown = scalar(&found.value);
            if found.value.as_map().is_some() || found.value.as_list().is_some() {
                wide.push(found);
            } else if !shown.is_empty() && text.contains(&shown) {
                showing.push(found);
            } else if !shown.is_empty() {
                others.push(found);
            }
        }
        if showing.is_empty() && text.len() > 2 {
            showing.extend(wide.iter().take(MAX_WIDE).find_map(|read| holding(read, &text)));
        }
        [showing, others, wide].into_iter().find(|list| !list.is_empty()).unwrap_or_default()
    }

    /// Returns the path of what was read, when it was read from what lies under the dot.
    fn path(&self, read: &Read) -> Option<FieldPath> {
        let base = self.holders.get(&read.from.identity()?)?;
        let path = base.join(&keys(&read.names));
        let first = path.0.first()?;
        let is_own = |name: &str| *first == FieldStep::Key(name.into());
        // What changes with each template says nothing, and files are no values.
        (!is_own("Template") && !is_own("Files")).then_some(path)
    }

    /// Goes from a map or list that was printed as a whole to the entry that the field shows.
    fn narrow(
        &self,
        path: FieldPath,
        value: &Value,
        field: &FieldPath,
        text: &str,
    ) -> Option<ValueRead> {
        let whole = self.whole(value);
        if whole.as_map().is_none() && whole.as_list().is_none() {
            return Some(ValueRead { path, value: whole });
        }
        let suffixes = (0..field.0.len()).filter_map(|start| field.0.get(start..));
        for suffix in suffixes {
            let below = FieldPath(suffix.to_vec());
            if let Some(found) = below.within(&whole)
                && let Some(value) = found.find(&whole)
                && (scalar(value) == text || value.kind() == "map" || value.kind() == "list")
            {
                return Some(ValueRead { path: path.join(&found.0), value: value.clone() });
            }
        }
        Some(ValueRead { path, value: whole })
    }

    /// Makes a value of what was read; of a map or list only once.
    fn whole(&self, value: &Value) -> weir_model::Value {
        let Some(identity) = value.identity() else { return value.to_model(MAX_DEPTH) };
        let mut wholes = self.wholes.borrow_mut();
        wholes.entry(identity).or_insert_with(|| value.to_model(MAX_DEPTH)).clone()
    }

    /// Finds the one value that has these last names and this content: what was read may have been a copy.
    fn search(&self, names: &[SmolStr], value: &Value) -> Option<ValueRead> {
        // What holds others may be all files of a chart: its text is never made.
        if value.identity().is_some() {
            return None;
        }
        let text = format::to_text(value);
        if text.is_empty() {
            return None;
        }
        let key = (names.to_vec(), text.to_string());
        if let Some(known) = self.found.borrow().get(&key) {
            return known.clone();
        }
        let wanted = keys(names);
        let mut found: Option<ValueRead> = None;
        let mut count = 0;
        leaves(&self.values, &mut |path, leaf| {
            if path.0.ends_with(&wanted) && scalar(leaf) == text {
                count += 1;
                let root = FieldPath::keys(&["Values"]);
                found = Some(ValueRead { path: root.join(&path.0), value: leaf.clone() });
            }
        });
        let found = found.filter(|_| count == 1);
        self.found.borrow_mut().insert(key, found.clone());
        found
    }
}

/// Finds the entry of a map or list that a text was made of.
fn holding(read: &ValueRead, text: &str) -> Option<ValueRead> {
    let mut equal = None;
    leaves(&read.value, &mut |below, leaf| {
        if equal.is_none() && scalar(leaf) == text {
            equal = Some(ValueRead { path: read.path.join(&below.0), value: leaf.clone() });
        }
    });
    equal
}

fn keys(names: &[SmolStr]) -> Vec<FieldStep> {
    names.iter().cloned().map(FieldStep::Key).collect()
}

/// Returns a scalar as templates print it; empty for maps, lists and null.
fn scalar(value: &weir_model::Value) -> String {
    match value.kind() {
        "map" | "list" | "null" => String::new(),
        _ => format::to_text(&Value::from_model(value, weir_gotmpl::Numbers::Int64)).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder, TreePath};

    use crate::{Chart, Facts, Release, render_traced, values};

    #[test]
    fn fields_are_followed_to_templates_and_values() {
        let mut builder = TreeBuilder::default();
        for (path, text) in [
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            (
                "values.yaml",
                "image:\n  repo: r\n  tag: v1\nresources:\n  limits: {cpu: 2}\nx: {k: z}\n",
            ),
            (
                "templates/_h.tpl",
                "{{ define \"labels\" }}\napp: {{ .Release.Name }}\nk: {{ .Values.x.k }}\n{{ end }}",
            ),
            (
                "templates/a.yaml",
                "kind: A\nmetadata:\n  labels: {{- include \"labels\" . | nindent 4 }}\nspec:\n  image: \"{{ .Values.image.repo }}:{{ .Values.image.tag }}\"\n  resources: {{- toYaml .Values.resources | nindent 4 }}\n  {{- $copy := deepCopy .Values.image }}\n  copied: {{ $copy.tag }}\n",
            ),
        ] {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let chart = Chart::load(&builder.finish()).value.unwrap();
        let facts = Facts::default();
        let given = values::read(b"image: {tag: v2}", "mine.yaml", facts.helm).unwrap();
        let (rendered, trace) =
            render_traced(&chart, &given, &Release::new("r", "ns"), &facts).value.unwrap();
        let object = &rendered.manifests[0].value;
        let mut all = Vec::new();
        weir_model::leaves(object, &mut |field, leaf| {
            let written = trace.written(field, leaf).unwrap();
            let templates: Vec<String> =
                written.templates.iter().map(|at| format!("{}:{}", at.file, at.line)).collect();
            let reads: Vec<String> = written
                .reads
                .iter()
                .map(|read| {
                    let below = weir_model::FieldPath(read.path.0[1..].to_vec());
                    let origin = below.find(trace.values()).map(|value| value.origin);
                    format!("{}={:?}@{}", read.path, read.value, origin.unwrap_or_default())
                })
                .collect();
            all.push(format!("{field}: {} | {}", templates.join(" > "), reads.join(", ")));
        });
        let expected = [
            "kind: web/templates/a.yaml:1 | ",
            "metadata.labels.app: web/templates/a.yaml:3 > web/templates/_h.tpl:2 | Release.Name=\"r\"@",
            "metadata.labels.k: web/templates/a.yaml:3 > web/templates/_h.tpl:3 | Values.x.k=\"z\"@web/values.yaml:6",
            "spec.copied: web/templates/a.yaml:8 | Values.image.tag=\"v2\"@mine.yaml:1",
            "spec.image: web/templates/a.yaml:5 | Values.image.repo=\"r\"@web/values.yaml:2, Values.image.tag=\"v2\"@mine.yaml:1",
            "spec.resources.limits.cpu: web/templates/a.yaml:6 | Values.resources.limits.cpu=2.0@web/values.yaml:5",
        ];
        assert_eq!(all, expected);
    }
}
