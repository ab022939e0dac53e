//! The way from a chart and its values to manifests.

use weir_golang::strconv::quote;
use weir_model::{Diagnostic, Map, Origin, SmolStr, Source, Value, Warned};

use crate::engine::{self, Host, Origins};
use crate::hooks::{Hook, Role, classify};
use crate::instance::Instances;
use crate::rendered::{Crd, ManifestText};
use crate::trace::Trace;
use crate::values::coalesce::Coalescer;
use crate::values::{dependencies, schema};
use crate::{
    Chart, Facts, HelmVersion, Release, Rendered, documents, head, order, validate_release_name,
};

/// Renders a chart as `helm template` does. Gives nothing when Helm would fail; the diagnostics then hold Helm's message.
///
/// The values are in Helm's own form, as [`crate::values::read`] gives them and [`crate::values::from_json`] makes them:
/// there an integer stands for what `--set` gave, and every number from YAML or JSON is a float.
pub fn render(
    chart: &Chart,
    values: &Value,
    release: &Release,
    facts: &Facts,
) -> Warned<Option<Rendered>> {
    of_kind(chart, values, release, facts, Origins::Lines)
}

/// Renders as [`render`] does for whom the text is enough: the manifests have no values. That takes half the memory.
pub fn render_text(
    chart: &Chart,
    values: &Value,
    release: &Release,
    facts: &Facts,
) -> Warned<Option<Rendered>> {
    of_kind(chart, values, release, facts, Origins::Unknown)
}

/// Renders as [`render`] does, and remembers where each line came from. The origins of the manifests' values then name
/// lines of what templates wrote, which [`Trace::written`] follows.
pub fn render_traced(
    chart: &Chart,
    values: &Value,
    release: &Release,
    facts: &Facts,
) -> Warned<Option<(Rendered, Trace)>> {
    let mut trace = Trace::default();
    let rendered = of_kind(chart, values, release, facts, Origins::Traced(&mut trace));
    let Warned { value, diagnostics } = rendered;
    Warned { value: value.map(|rendered| (rendered, trace)), diagnostics }
}

fn of_kind(
    chart: &Chart,
    values: &Value,
    release: &Release,
    facts: &Facts,
    origins: Origins<'_>,
) -> Warned<Option<Rendered>> {
    let mut diagnostics = Vec::new();
    let rendering = Rendering { chart, release, facts, diagnostics: &mut diagnostics };
    let rendered = rendering.run(values, origins);
    let value = rendered.map_err(|failure| diagnostics.push(failure.diagnostic())).ok();
    Warned { value, diagnostics }
}

/// Runs a chart's templates alone, without taking manifests and hooks out of what they give: each template's path and text.
/// The error is Helm's message.
pub fn render_templates(
    chart: &Chart,
    values: &Value,
    release: &Release,
    facts: &Facts,
) -> Result<Vec<(SmolStr, String)>, String> {
    let mut rendering = Rendering { chart, release, facts, diagnostics: &mut Vec::new() };
    let (instances, values) = rendering.values(values.as_map().unwrap_or(&Map::new()))?;
    let host = Host::new(facts);
    let files = engine::run(chart, &instances, &values, release, facts, &host, Origins::Unknown)?;
    Ok(files.into_iter().map(|file| (file.path, file.text)).collect())
}

/// Takes manifests and hooks out of files that were rendered before, as after post-rendering: each file's path and text.
/// The error is Helm's message.
pub fn sort_files(
    files: Vec<(SmolStr, String)>,
    helm: HelmVersion,
) -> Result<(Vec<ManifestText>, Vec<Hook>), String> {
    let file = |(path, text)| engine::File { path, text, origins: Vec::new() };
    let files: Vec<engine::File> = files.into_iter().map(file).collect();
    let mut rendered = Rendered::default();
    sort(helm, files, true, &mut rendered, &mut Vec::new())?;
    Ok((rendered.manifests, rendered.hooks))
}

/// What Helm says when it fails.
enum Failure {
    /// Before templates are run.
    Early(String),
    /// While templates are run, or of what they gave.
    Late(String),
}

impl Failure {
    fn diagnostic(self) -> Diagnostic {
        match self {
            Self::Early(message) => Diagnostic::error("helm-release", message),
            Self::Late(message) => Diagnostic::error("helm-render", message),
        }
    }
}

struct Rendering<'a> {
    chart: &'a Chart,
    release: &'a Release,
    facts: &'a Facts,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Rendering<'_> {
    fn run(mut self, values: &Value, mut origins: Origins<'_>) -> Result<Rendered, Failure> {
        self.check_chart().map_err(Failure::Early)?;
        let empty = Map::new();
        let given = values.as_map().unwrap_or(&empty);
        let (instances, values) = self.values(given).map_err(Failure::Early)?;
        self.check_kube_version().map_err(Failure::Late)?;
        let host = Host::new(self.facts);
        if let Origins::Traced(trace) = &mut origins {
            **trace = Trace::new(&values);
        }
        let keeps_values = !matches!(origins, Origins::Unknown);
        let (chart, release, facts) = (self.chart, self.release, self.facts);
        let mut files = engine::run(chart, &instances, &values, release, facts, &host, origins)
            .map_err(Failure::Late)?;
        let mut rendered = Rendered {
            notes: take_notes(&mut files, self.chart.name()),
            generated: host.sources.generated(),
            unknown: host.unknown.take(),
            crds: crds(&instances, Instances::ROOT),
            ..Rendered::default()
        };
        sort(self.facts.helm, files, keeps_values, &mut rendered, self.diagnostics)
            .map_err(Failure::Late)?;
        Ok(rendered)
    }

    /// Refuses charts that cannot be installed.
    fn check_chart(&mut self) -> Result<(), String> {
        let helm = self.facts.helm;
        let metadata = self.chart.metadata();
        if helm == HelmVersion::V4 && !matches!(metadata.api_version.as_str(), "v1" | "v2" | "v3") {
            return Err("unsupported chart version".to_owned());
        }
        if !matches!(metadata.kind.as_str(), "" | "application") {
            return Err(format!("{} charts are not installable", metadata.kind));
        }
        if metadata.deprecated {
            let at = Origin::file(&format!("{}/Chart.yaml", metadata.name));
            self.diagnostics
                .push(Diagnostic::warning("helm-deprecated", "this chart is deprecated").at(at));
        }
        let missing = dependencies::missing(self.chart);
        if !missing.is_empty() {
            let (start, command) = match helm {
                HelmVersion::V3 => ("An", "`helm dependency build`"),
                HelmVersion::V4 => ("an", "'helm dependency build'"),
            };
            return Err(format!(
                "{start} error occurred while checking for chart dependencies. You may need to run {command} to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
                missing.join(", ")
            ));
        }
        if helm == HelmVersion::V4 && metadata.api_version == "v3" {
            return Err("invalid chart apiVersion".to_owned());
        }
        validate_release_name(&self.release.name).map_err(|error| {
            let error = format!("release name {}: {error}", quote(&self.release.name));
            if helm == HelmVersion::V4 {
                format!("release name check failed: {error}")
            } else {
                error
            }
        })
    }

    /// Decides which charts take part and makes the values that templates see.
    fn values(&mut self, given: &Map) -> Result<(Instances, Map), String> {
        let helm = self.facts.helm;
        let mut instances = Instances::new(self.chart, helm);
        dependencies::process(&mut instances, given, helm, self.diagnostics).map_err(|error| {
            match helm {
                HelmVersion::V3 => error,
                HelmVersion::V4 => format!("chart dependencies processing failed: {error}"),
            }
        })?;
        let values = Coalescer {
            instances: &instances,
            helm,
            keep_null: false,
            diagnostics: self.diagnostics,
        }
        .coalesce(Instances::ROOT, given)?;
        if self.facts.validate_schema {
            schema::validate(&instances, &values, self.diagnostics)?;
        }
        Ok((instances, values))
    }

    fn check_kube_version(&self) -> Result<(), String> {
        let wanted = &self.chart.metadata().kube_version;
        let version = &self.facts.kube_version;
        if wanted.is_empty() || dependencies::fits(wanted, &version.plain) {
            return Ok(());
        }
        let shown = version.shown(self.facts.helm);
        Err(format!(
            "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {shown}"
        ))
    }
}

/// Cuts files into documents, sets hooks apart and puts all in the order of installation.
fn sort(
    helm: HelmVersion,
    mut files: Vec<engine::File>,
    keeps_values: bool,
    rendered: &mut Rendered,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), String> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let source = Source::named(&file.path);
        let (mut line, mut counted) = (0, 0);
        for (start, text) in documents::split(helm, &file.text) {
            let before = file.text.get(counted..start).unwrap_or_default();
            line += before.bytes().filter(|byte| *byte == b'\n').count();
            counted = start;
            let mut head = head::read(helm, text, source)
                .map_err(|error| format!("YAML parse error on {}: {error}", file.path))?;
            if keeps_values {
                trace(&mut head.value, file.origins.get(line..).unwrap_or_default());
            } else {
                head.value = Value::null();
            }
            let manifest = ManifestText {
                path: file.path.clone(),
                text: text.to_owned(),
                value: head.value,
                kind: head.kind,
            };
            match classify(manifest, &head.annotations) {
                Role::Plain(manifest) => rendered.manifests.push(manifest),
                Role::Hook(hook) => rendered.hooks.push(hook),
                Role::Unknown(hook) => {
                    let message = format!("skipping unknown hook: {}", quote(&hook));
                    let at = Origin::new(source, 0);
                    diagnostics.push(Diagnostic::info("helm-hook", message).at(at));
                }
            }
        }
    }
    rendered.manifests.sort_by_cached_key(|manifest| order::place(helm, &manifest.kind));
    rendered.hooks.sort_by_cached_key(|hook| order::place(helm, &hook.manifest.kind));
    Ok(())
}

/// Puts the template lines that wrote a document in the place of the document's own lines.
fn trace(value: &mut Value, written: &[Origin]) {
    let line = (value.origin.line as usize).saturating_sub(1);
    if let Some(origin) = written.get(line) {
        value.origin = *origin;
    }
    // What has just been read is shared with nobody, so nothing is copied here.
    if let Some(items) = value.as_list_mut() {
        items.iter_mut().for_each(|item| trace(item, written));
    } else if let Some(map) = value.as_map_mut() {
        map.iter_mut().for_each(|(_, value)| trace(value, written));
    }
}

/// Takes the notes of all charts out of the files and returns the root chart's.
fn take_notes(files: &mut Vec<engine::File>, root: &str) -> String {
    let own = format!("{root}/templates/NOTES.txt");
    let mut notes = String::new();
    files.retain(|file| {
        if file.path == own {
            notes.clone_from(&file.text);
        }
        !file.path.ends_with("NOTES.txt")
    });
    notes
}

/// Returns the files of the `crds/` folders: a chart's own, then those of the charts below.
fn crds(instances: &Instances, chart: usize) -> Vec<Crd> {
    let instance = instances.get(chart);
    let path = instances.path(chart);
    let is_manifest = |name: &str| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    let files = instance.chart.files().iter().enumerate();
    let mut all: Vec<Crd> = files
        .filter(|(_, file)| file.name.starts_with("crds/") && is_manifest(&file.name))
        .map(|(index, file)| {
            Crd::new(format!("{path}/{}", file.name).into(), &instance.chart, index)
        })
        .collect();
    for below in &instance.dependencies {
        all.extend(crds(instances, *below));
    }
    all
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder, TreePath};

    use super::*;
    use crate::{TextOptions, values};

    fn chart(files: &[(&str, &str)]) -> Chart {
        let mut builder = TreeBuilder::default();
        for (path, text) in
            files.iter().chain(&[("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")])
        {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        Chart::load(&builder.finish()).value.unwrap()
    }

    fn rendered(chart: &Chart, given: &str, helm: HelmVersion) -> Warned<Option<Rendered>> {
        let facts = Facts { helm, ..Facts::default() };
        let given = values::read(given.as_bytes(), "values.yaml", helm).unwrap();
        render(chart, &given, &Release::new("r", "ns"), &facts)
    }

    #[test]
    fn objects_know_the_template_lines_that_wrote_them() {
        let template = "{{- if true }}\napiVersion: v1\n{{- end }}\nkind: A\nmetadata:\n  name: {{ .Release.Name }}\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n";
        let chart = chart(&[("templates/a.yaml", template)]);
        let objects = rendered(&chart, "", HelmVersion::V4).value.unwrap().objects().value;
        let line = |index: usize, keys: &[&str]| {
            let object: &weir_model::Manifest = &objects[index];
            object.value().pointer(keys).unwrap().origin.to_string()
        };
        assert_eq!(line(0, &["kind"]), "web/templates/a.yaml:4");
        assert_eq!(line(0, &["metadata", "name"]), "web/templates/a.yaml:6");
        assert_eq!(line(1, &["kind"]), "web/templates/a.yaml:9");
    }

    #[test]
    fn hooks_are_set_apart_and_kinds_put_in_order() {
        let chart = chart(&[(
            "templates/a.yaml",
            "kind: Service\n---\nkind: Job\nmetadata:\n  annotations:\n    helm.sh/hook: test, pre-install\n    helm.sh/hook-weight: \"-3\"\n---\nkind: Namespace\n",
        )]);
        let rendered = rendered(&chart, "", HelmVersion::V3).value.unwrap();
        let kinds: Vec<&str> =
            rendered.manifests.iter().map(|manifest| manifest.kind.as_str()).collect();
        assert_eq!(kinds, ["Namespace", "Service"]);
        assert_eq!(rendered.hooks.len(), 1);
        assert!(rendered.hooks[0].is_test());
        assert_eq!(rendered.hooks[0].weight, -3);
        let options = TextOptions { skip_tests: true, ..TextOptions::default() };
        assert!(!rendered.text(options).contains("kind: Job"));
    }

    #[test]
    fn null_takes_a_default_away() {
        let chart = chart(&[
            ("values.yaml", "a: 1\nb: null\nc: {d: 1, e: null}\n"),
            ("templates/a.yaml", "v: {{ .Values | toJson }}\n"),
        ]);
        let text = |helm| {
            rendered(&chart, "a: null\nc: {d: null}", helm)
                .value
                .unwrap()
                .text(TextOptions::default())
        };
        assert!(
            text(HelmVersion::V3).ends_with("v: {\"b\":null,\"c\":{\"e\":null}}\n"),
            "{}",
            text(HelmVersion::V3)
        );
        assert!(text(HelmVersion::V4).ends_with("v: {\"c\":{}}\n"), "{}", text(HelmVersion::V4));
    }

    #[test]
    fn endless_templates_end_in_an_error() {
        let chart = chart(&[(
            "templates/a.yaml",
            "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        )]);
        let failed = rendered(&chart, "", HelmVersion::V4);
        assert!(failed.value.is_none() && failed.has_errors());
    }
}
