//! Building a Kustomization: kustomize, then decryption marks, substitution, common metadata and owner labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_flux::generate::kustomization_for;
use weir_flux::kinds::Kustomization;
use weir_flux::names::{KUSTOMIZE_NAME, KUSTOMIZE_NAMESPACE};
use weir_flux::substitute::{Variables, substitute};
use weir_flux::{data, sops};
use weir_kustomize::{BuildSettings, Built, build_with};
use weir_model::{Diagnostic, Digest, Manifest, Meter, ObjectId, Origin, Tree, TreePath, Warned};
use weir_plan::{PlanObject, UnitId};

use super::kustomization::closure_of;
use super::mark_copies;
use crate::blocked::{Blocked, Why};
use crate::files::Files;
use crate::rendering::{Made, Rendering};
use crate::{Demand, Memo, Unavailable};

/// A Kustomization with its inputs.
pub(crate) struct BuildTask {
    pub(super) id: UnitId,
    /// Where the object is written.
    pub(super) at: Origin,
    pub(crate) spec: Kustomization,
    pub(super) source: ObjectId,
    /// The files of the source; only those in reach are read.
    pub(super) files: Files,
    pub(super) variables: Variables,
    /// Whether a variable that is not set and has no default is a mistake.
    pub(super) strict: bool,
    /// The remote resources that kustomization files in reach name.
    pub(super) remotes: BTreeMap<String, Files>,
    pub(super) unavailable: BTreeMap<String, Unavailable>,
}

/// Builds a Kustomization.
pub(super) fn render(task: &BuildTask, memo: &Memo) -> Made {
    let (rendering, details) = match reached(task, memo) {
        Ok(reached) => {
            let rendering = match build(task, &reached, false) {
                Ok(Warned { value, diagnostics }) => finish(task, value.objects, diagnostics),
                Err(blocked) => blocked.into(),
            };
            (rendering, details(task, &reached))
        }
        Err(blocked) => (blocked.into(), Vec::new()),
    };
    let from_secrets = task.variables.secrets().next().is_some();
    Made { rendering, details, from_secrets }
}

/// The files that the build may look at.
struct Reached {
    folder: TreePath,
    tree: Tree,
    remotes: BTreeMap<String, Arc<Tree>>,
}

fn reached(task: &BuildTask, memo: &Memo) -> Result<Reached, Blocked> {
    let folder =
        TreePath::parse_within(&task.spec.path).map_err(|error| broken(task, error.to_string()))?;
    let all = task.files.open(memo)?;
    let tree = closure_of(memo, &all, &folder, &task.spec.components).tree();
    let mut remotes = BTreeMap::new();
    for (url, files) in &task.remotes {
        remotes.insert(url.clone(), files.open(memo)?);
    }
    Ok(Reached { folder, tree, remotes })
}

/// Names single inputs for people.
fn details(task: &BuildTask, reached: &Reached) -> Vec<(String, Digest)> {
    let files = reached.tree.files().map(|(path, blob)| (format!("file {path}"), *blob.digest()));
    let remotes =
        reached.remotes.iter().map(|(url, tree)| (format!("remote {url}"), *tree.digest()));
    let variables = task
        .variables
        .iter()
        .filter(|(.., secret)| !secret)
        .map(|(name, value, _)| (format!("variable {name}"), Digest::of(value.as_bytes())));
    files.chain(remotes).chain(variables).collect()
}

fn broken(task: &BuildTask, problem: String) -> Blocked {
    let message = format!("could not build `{}`", task.id);
    let diagnostic = Diagnostic::error("flux-path", message).at(task.at).cause(problem);
    Blocked::broken(vec![diagnostic])
}

/// Builds a Kustomization again, and says what changed each object.
pub(crate) fn traced(task: &BuildTask, memo: &Memo) -> Result<Built, Blocked> {
    Ok(build(task, &reached(task, memo)?, true)?.value)
}

/// Returns the folders of the files that the build may look at.
pub(crate) fn folders(task: &BuildTask, memo: &Memo) -> Option<Vec<String>> {
    let reached = reached(task, memo).ok()?;
    let mut folders: Vec<String> = reached
        .tree
        .files()
        .map(|(path, _)| path.parent().unwrap_or_default().as_str().to_owned())
        .collect();
    folders.push(reached.folder.as_str().to_owned());
    folders.dedup();
    Some(folders)
}

fn build(task: &BuildTask, reached: &Reached, trace: bool) -> Result<Warned<Built>, Blocked> {
    let Reached { folder, tree, remotes } = reached;
    if !tree.is_folder(folder) {
        let problem = if tree.file(folder).is_some() { "is a file" } else { "does not exist" };
        return Err(broken(task, format!("path `{folder}` {problem} in `{}`", task.source)));
    }
    let file = kustomization_for(tree, folder, &task.spec)
        .map_err(|diagnostic| Blocked::broken(vec![*diagnostic]))?;
    let settings = BuildSettings { remotes: remotes.clone(), trace, ..BuildSettings::flux() };
    let node = weir_yaml::from_value(&file);
    let built = build_with(tree, folder, &node, &settings);
    if !built.value.missing.is_empty() {
        return Err(lacking(task, &built.value.missing));
    }
    Ok(built)
}

/// Asks for the remote resources that a build lacks.
fn lacking(task: &BuildTask, missing: &BTreeSet<String>) -> Blocked {
    let mut blocked =
        Blocked { why: Why::Waiting, diagnostics: Vec::new(), demands: BTreeSet::new() };
    for url in missing {
        let message = format!("`{}` needs the remote resource `{url}`", task.id);
        let mut diagnostic = Diagnostic::error("flux-remote", message).at(task.at);
        match task.unavailable.get(url) {
            Some(unavailable) => {
                diagnostic = diagnostic.cause(&unavailable.message);
                diagnostic.hints.clone_from(&unavailable.hints);
            }
            None => {
                diagnostic = diagnostic.cause("it is not fetched yet");
                blocked.demands.insert(Demand::Remote(url.clone()));
            }
        }
        blocked.diagnostics.push(diagnostic);
    }
    blocked
}

fn finish(
    task: &BuildTask,
    manifests: Vec<Manifest>,
    mut diagnostics: Vec<Diagnostic>,
) -> Rendering {
    if let Some(problem) = task.variables.bad_name() {
        let message = format!("could not substitute variables in what `{}` makes", task.id);
        diagnostics.push(Diagnostic::error("flux-substitute", message).at(task.at).cause(problem));
        return Rendering::of(Vec::new(), diagnostics);
    }
    let mut objects = Vec::with_capacity(manifests.len());
    let mut meter = Meter::default();
    for manifest in manifests {
        match finish_object(task, without_sops(manifest), &mut meter) {
            Ok(manifest) => objects.push(manifest),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    let objects = mark_copies(objects).into_iter();
    let objects = objects.map(|manifest| PlanObject::new(Arc::new(manifest))).collect();
    Rendering::of(objects, diagnostics)
}

/// Takes away what SOPS added to an object.
pub(crate) fn without_sops(manifest: Manifest) -> Manifest {
    if sops::is_encrypted(&manifest) { sops::without_metadata(manifest) } else { manifest }
}

/// Substitutes variables in an object, and sets Flux's own metadata.
pub(crate) fn finish_object(
    task: &BuildTask,
    mut manifest: Manifest,
    meter: &mut Meter,
) -> Result<Manifest, Box<Diagnostic>> {
    if !task.variables.is_empty() || task.spec.substitute_always {
        manifest = substitute(manifest, &task.variables, task.strict, meter)?;
    }
    task.spec.common_metadata.apply(&mut manifest);
    manifest.set_label(KUSTOMIZE_NAME, &task.id.name);
    manifest.set_label(KUSTOMIZE_NAMESPACE, &task.id.namespace);
    Ok(data::mark_secret(manifest))
}
