//! What a release is made of when it is installed: texts and hooks as Helm records them, after Flux's post-renderers.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_flux::kinds::PostRenderStrategy;
use weir_flux::names::{HELM_NAME, HELM_NAMESPACE};
use weir_helm::{Chart, Facts, HelmVersion, Hook, KubeVersion, ManifestText, Release, sort_files};
use weir_model::{Diagnostic, Manifest, ObjectId, SmolStr, Source, Value, Warned};

use super::post_render::post_render;
use super::release::{ReleaseTask, Traced, circumstances, hide, take};

/// Says in which file an object was rendered while post-renderers run; Helm's own.
const FILE: &str = "postrenderer.helm.sh/postrender-filename";

/// What a revision of a release is rendered for, beyond the chart and the values.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// The revision.
    pub revision: i64,
    /// Whether it upgrades another revision.
    pub is_upgrade: bool,
    /// What random functions draw from.
    pub entropy: [u8; 32],
    /// What `now` gives, in seconds since 1970.
    pub now: i64,
    /// The objects that `lookup` finds.
    pub objects: Arc<BTreeMap<ObjectId, Value>>,
    /// What the cluster is that it goes to; a plan whose facts are all of a cluster keeps its own.
    pub capabilities: Option<Capabilities>,
}

/// What a chart may ask of the cluster that it goes to.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// The Kubernetes version, such as `v1.36.1`.
    pub kube_version: String,
    /// All API versions, as `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: Arc<[String]>,
}

/// What a revision of a release is made of.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The objects of the `crds/` folders, with Flux's labels.
    pub crds: Vec<Manifest>,
    /// The manifests in the order of installation.
    pub manifests: Vec<ManifestText>,
    /// The hooks in the order in which Helm records them.
    pub hooks: Vec<Hook>,
    /// The chart's notes.
    pub notes: String,
    /// The objects that `lookup` was asked for and that the occasion does not hold.
    pub unknown: Vec<ObjectId>,
}

impl Content {
    /// Returns the manifests as one text, as Helm records it.
    pub fn manifest(&self) -> String {
        weir_helm::record::manifest(&self.manifests)
    }
}

/// Renders a revision; gives nothing when that fails, and the diagnostics say why, without secrets.
pub(crate) fn content(
    task: &ReleaseTask,
    chart: &Chart,
    occasion: &Occasion,
) -> Warned<Option<Content>> {
    let (release, facts) = circumstances(task, occasion.entropy);
    let release =
        Release { revision: occasion.revision, is_upgrade: occasion.is_upgrade, ..release };
    let facts = Facts { now: occasion.now, objects: Arc::clone(&occasion.objects), ..facts };
    let facts = match &occasion.capabilities {
        Some(cluster) if !task.facts.is_complete => Facts {
            kube_version: KubeVersion::parse(&cluster.kube_version).unwrap_or(facts.kube_version),
            api_versions: Arc::clone(&cluster.api_versions),
            ..facts
        },
        _ => facts,
    };
    let Warned { value, mut diagnostics } =
        weir_helm::render(chart, &task.values.merged, &release, &facts);
    let content = value.and_then(|rendered| {
        let mut files = Files { task, files: BTreeMap::new(), diagnostics: &mut diagnostics };
        files.add(&rendered.manifests, &rendered.hooks);
        let (manifests, hooks) = files.sorted()?;
        let mut crds = Vec::new();
        for crd in &rendered.crds {
            match &*crd.values() {
                Ok(values) => {
                    for value in values {
                        take(value.clone(), &crd.path, &mut crds, &mut diagnostics);
                    }
                }
                Err(error) => diagnostics.push(error.clone().into()),
            }
        }
        crds.iter_mut().for_each(|crd| label(task, crd));
        Some(Content { crds, manifests, hooks, notes: rendered.notes, unknown: rendered.unknown })
    });
    diagnostics.iter_mut().for_each(|diagnostic| hide(diagnostic, &task.values));
    let content = content.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    Warned { value: content, diagnostics }
}

/// The files of a rendering on their way through the post-renderers.
struct Files<'a> {
    task: &'a ReleaseTask,
    files: BTreeMap<SmolStr, String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Files<'_> {
    fn add(&mut self, manifests: &[ManifestText], hooks: &[Hook]) {
        let own = manifests.iter();
        let hooks = hooks.iter().map(|hook| &hook.manifest);
        match self.task.release.post_render_strategy {
            PostRenderStrategy::Combined => self.post_rendered(own.chain(hooks)),
            PostRenderStrategy::Separate => {
                self.post_rendered(hooks);
                self.post_rendered(own);
            }
            PostRenderStrategy::NoHooks => {
                hooks.for_each(|hook| self.push(&hook.path, &hook.text));
                self.post_rendered(own);
            }
        }
    }

    /// Takes up documents after the post-renderers, the common metadata and the owner labels, in this order.
    fn post_rendered<'a>(&mut self, documents: impl Iterator<Item = &'a ManifestText>) {
        let mut objects = Vec::new();
        let mut sorted: Vec<&ManifestText> = documents.collect();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        for document in sorted {
            let mut taken = Vec::new();
            self.read(document, &mut taken);
            for mut object in taken {
                object.set_annotation(FILE, &document.path);
                objects.push(Traced { manifest: object, rendered: None, edits: Vec::new() });
            }
        }
        for renderer in &self.task.release.post_renderers {
            let done = post_render(&self.task.id, objects, renderer, false);
            self.diagnostics.extend(done.diagnostics);
            objects = done.value;
        }
        for (index, Traced { mut manifest, .. }) in objects.into_iter().enumerate() {
            self.task.release.common_metadata.apply(&mut manifest);
            label(self.task, &mut manifest);
            let path = match manifest.annotation(FILE) {
                Some(path) => SmolStr::new(path),
                None => format!("generated-by-postrender-{index}.yaml").into(),
            };
            let value = without_file(manifest.into_value());
            self.push(&path, &weir_yaml::to_yaml(&value));
        }
    }

    /// Reads a document as kustomize does, for which `y` is a text.
    fn read(&mut self, document: &ManifestText, into: &mut Vec<Manifest>) {
        let nodes = weir_yaml::parse(document.text.as_bytes(), Source::named(&document.path));
        let values = nodes.and_then(|nodes| nodes.iter().map(weir_yaml::to_value).collect());
        let values: Vec<Value> = match values {
            Ok(values) => values,
            Err(error) => return self.diagnostics.push(error.into()),
        };
        for value in values {
            take(value, &document.path, into, self.diagnostics);
        }
    }

    fn push(&mut self, path: &SmolStr, text: &str) {
        let file = self.files.entry(path.clone()).or_default();
        if !file.is_empty() {
            file.push_str("---\n");
        }
        file.push_str(text);
        if !file.ends_with('\n') {
            file.push('\n');
        }
    }

    fn sorted(self) -> Option<(Vec<ManifestText>, Vec<Hook>)> {
        match sort_files(self.files.into_iter().collect(), HelmVersion::V4) {
            Ok(sorted) => Some(sorted),
            Err(message) => {
                self.diagnostics.push(Diagnostic::error("helm-render", message));
                None
            }
        }
    }
}

fn label(task: &ReleaseTask, manifest: &mut Manifest) {
    manifest.set_label(HELM_NAME, &task.id.name);
    manifest.set_label(HELM_NAMESPACE, &task.id.namespace);
}

/// Takes the note of the file off an object again.
fn without_file(mut value: Value) -> Value {
    let metadata = value.as_map_mut().and_then(|map| map.get_mut("metadata")?.as_map_mut());
    if let Some(metadata) = metadata {
        let annotations = metadata.get_mut("annotations").and_then(Value::as_map_mut);
        let is_empty = annotations.is_some_and(|annotations| {
            annotations.remove(FILE);
            annotations.is_empty()
        });
        if is_empty {
            metadata.remove("annotations");
        }
    }
    value
}
