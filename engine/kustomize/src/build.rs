//! The whole build: the root kustomization, and what is done once at the end.

use weir_model::{Manifest, Origin, Tree, TreePath, Value, Warned};

use crate::error::{BuildError, Errors, Result, Within};
use crate::folded;
use crate::history::{self, Directive, Edit};
use crate::load::Folder;
use crate::references::names;
use crate::resources::origin::list_text;
use crate::resources::{Resource, ResourceList, bookkeeping, read, sort};
use crate::session::Session;
use crate::settings::{BuildSettings, Reorder};
use crate::target::{Accumulator, Target};
use crate::transformers::Transformer;
use crate::transformers::hash::HashTransformer;
use crate::transformers::label::LabelTransformer;
use crate::{Built, KUSTOMIZATION_FILES};

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// The version of kustomize that this crate does the work of.
const VERSION: &str = "kustomize-v5.8.2";

/// Builds a folder; `instead` stands in for its kustomization file.
pub(crate) fn run(
    tree: &Tree,
    root: &TreePath,
    instead: Option<&Value>,
    settings: &BuildSettings,
) -> Warned<Built> {
    let mut session = Session::new(settings);
    let objects = objects(tree, root, instead, &mut session);
    let mut diagnostics = session.diagnostics;
    let missing = session.missing;
    let (absent, above) = (session.absent, session.above);
    let mut built = Built { objects: Vec::new(), edits: Vec::new(), missing, absent, above };
    // What is wrong may be so only because something is missing.
    if built.missing.is_empty() {
        match objects {
            Ok(finished) => {
                for (object, edits) in finished {
                    built.objects.push(object);
                    if settings.trace {
                        built.edits.push(edits);
                    }
                }
            }
            Err(error) => {
                // What has no place of its own is said of the kustomization as a whole.
                let file = root.join(KUSTOMIZATION_FILES[0]).unwrap_or_default();
                diagnostics.extend(error.at(Origin::file(file.as_str())).into_diagnostics());
            }
        }
    }
    Warned { value: built, diagnostics }
}

fn objects<'a>(
    tree: &'a Tree,
    root: &TreePath,
    instead: Option<&Value>,
    session: &mut Session<'a>,
) -> Result<Vec<(Manifest, Vec<Edit>)>> {
    let folder = Folder::root(tree, root, &session.settings.root_name)?;
    let mut target = match instead {
        Some(value) => Target::of(value, KUSTOMIZATION_FILES[0], folder, session),
        None => Target::load(folder, session)?,
    };
    let mut errors = Errors::default();
    errors.note(target.begin(session));
    let metadata = target.kustomization.build_metadata.clone();
    if !metadata.is_empty() {
        target.note_origins();
    }
    let mut sum = Accumulator::new(errors.any());
    errors.note(target.accumulate(&mut sum, session));
    errors.finish(())?;
    let Accumulator { mut resources, config, vars, .. } = sum;
    let kept = session.settings.trace.then(|| history::keep(&resources));
    HashTransformer.transform(&mut resources, session)?;
    names::fix(&mut resources, &config.name_reference, session)?;
    vars.resolve(&mut resources, &config.var_reference, session)?;
    if let Some(kept) = kept {
        history::note(&mut resources, &kept, &Directive::own("references"));
    }
    drop_local(&mut resources)?;
    match &target.kustomization.sort_options {
        Some(options) => sort::by_options(resources.as_mut(), options, &session.schema)?,
        None if session.settings.reorder == Reorder::Legacy => {
            sort::by_default(resources.as_mut(), &session.schema);
        }
        None => {}
    }
    let asks = |word: &str| metadata.iter().any(|option| option == word);
    if session.settings.managed_by_label || asks("managedByLabel") {
        LabelTransformer::of_metadata("app.kubernetes.io/managed-by", VERSION)
            .transform(&mut resources, session)?;
    }
    let (origin, transformations) = (asks("originAnnotations"), asks("transformerAnnotations"));
    let mut errors = Errors::default();
    let objects = resources
        .into_vec()
        .into_iter()
        .filter_map(|resource| errors.note(finish(resource, origin, transformations)));
    let objects = objects.collect();
    errors.finish(objects)
}

/// Takes resources out that are for tools alone.
fn drop_local(resources: &mut ResourceList) -> Result<()> {
    resources.drop_empty();
    let mut errors = Errors::default();
    for resource in resources.as_slice() {
        errors.note(read::check(&resource.node));
    }
    errors.finish(())?;
    let is_local = |resource: &Resource| {
        let annotation = resource.node.pointer(&["metadata", "annotations", LOCAL_CONFIG]);
        annotation.is_some_and(|value| value.text() != Some("false"))
    };
    if resources.as_slice().iter().any(is_local) {
        resources.as_mut().retain(|resource| !is_local(resource));
    }
    Ok(())
}

/// Makes the object that is printed: with the notes that are asked for, and none of kustomize's own.
fn finish(
    mut resource: Resource,
    origin: bool,
    transformations: bool,
) -> Result<(Manifest, Vec<Edit>)> {
    let at = resource.at();
    let mut annotations = resource.texts("annotations");
    annotations.retain(|(key, _)| {
        !bookkeeping::is_kept_inside(key)
            && (origin || key != ORIGIN)
            && (transformations || key != TRANSFORMATIONS)
    });
    if let (true, Some(note)) = (origin, &resource.origin) {
        annotations.push((ORIGIN.into(), note.text().into()));
    }
    if transformations && !resource.transformations.is_empty() {
        annotations.push((TRANSFORMATIONS.into(), list_text(&resource.transformations).into()));
    }
    resource.set_texts("annotations", annotations);
    folded::settle(&mut resource.node);
    let mut value =
        weir_yaml::to_value(&resource.node).within("map[string]interface {}(nil)").at(at)?;
    value.origin = at;
    let manifest =
        Manifest::lenient(value).map_err(|error| BuildError::new(error.to_string())).at(at)?;
    Ok((manifest, resource.history))
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod tests;
