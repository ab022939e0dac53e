//! The variables of a Kustomization: `substituteFrom` in order, then `substitute`.

use std::sync::Arc;

use weir_flux::data::{ObjectData, object_data};
use weir_flux::kinds::{Kustomization, SubstituteReference};
use weir_flux::substitute::Variables;
use weir_model::{Diagnostic, DigestBuilder, Manifest, ObjectId, Source};
use weir_plan::UnitId;

use crate::context::Context;
use crate::{Answer, Demand};

/// The variables with what was in the way of them.
pub(super) struct Collected {
    pub(super) variables: Variables,
    /// Whether all that is referred to was found.
    pub(super) resolved: bool,
    /// Whether all that is referred to could be read, too.
    pub(super) complete: bool,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Collects the variables. What is encrypted or missing counts as absent, with a warning: the rest is still worth seeing.
pub(super) fn collect(context: Context<'_>, id: &UnitId, spec: &Kustomization) -> Collected {
    let mut collected = Collected {
        variables: Variables::default(),
        resolved: true,
        complete: true,
        warnings: Vec::new(),
    };
    for reference in &spec.substitute_from {
        let warn = |problem: &str| {
            let name = format!("{}/{}/{}", reference.kind, id.namespace, reference.name);
            let message = format!("`{id}` takes variables from `{name}`, which {problem}");
            Diagnostic::warning("flux-substitute-from", message).at(reference.origin)
        };
        match lookup(context, id, reference) {
            Some(ObjectData::Plain(data)) => {
                for (name, value) in &data {
                    collected.variables.set(name, value, reference.kind == "Secret");
                }
            }
            Some(ObjectData::Encrypted) => {
                collected.complete = false;
                collected.warnings.push(
                    warn("is encrypted")
                        .hint("its variables are empty, or stay as they are written"),
                );
            }
            None => {
                collected.resolved = false;
                collected.complete &= reference.optional;
                if let Some(manifest) = loose_object(context, id, reference)
                    && let ObjectData::Plain(data) = object_data(&manifest)
                {
                    for (name, value) in &data {
                        collected.variables.set(name, value, reference.kind == "Secret");
                    }
                    let at = manifest.value().origin;
                    collected.warnings.push(
                        warn("no unit makes").hint(format!("its values are taken from `{at}`")),
                    );
                } else if !reference.optional {
                    collected.warnings.push(
                        warn("nothing in the repository makes")
                            .hint("add it, or set `optional: true` when it is made elsewhere"),
                    );
                }
            }
        }
    }
    for (name, value) in &spec.substitute {
        collected.variables.set(name, value, false);
    }
    collected
}

fn lookup(
    context: Context<'_>,
    id: &UnitId,
    reference: &SubstituteReference,
) -> Option<ObjectData> {
    find_data(context, &reference.kind, &id.namespace, &reference.name)
}

/// Finds an object that lies in the repository although no unit makes it: what is created by hand when a cluster is set
/// up is often kept there. Only when there is exactly one of the name, in the right namespace or in none.
fn loose_object(
    context: Context<'_>,
    id: &UnitId,
    reference: &SubstituteReference,
) -> Option<Arc<Manifest>> {
    let tree = &context.snapshot.root.tree;
    let mut key = DigestBuilder::new("loose");
    key.digest(tree.digest()).text(&reference.kind).text(&id.namespace).text(&reference.name);
    let found = context.memo.loose_objects.get_or_make(key.finish(), || {
        let mut found = None;
        for (path, blob) in tree.files() {
            let is_yaml = path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml");
            let mentions = |text: &&str| {
                text.contains(reference.name.as_str()) && text.contains(reference.kind.as_str())
            };
            let Some(text) = blob.text().filter(|_| is_yaml).filter(mentions) else { continue };
            let source = Source::named(path.as_str());
            let documents = weir_yaml::read_values(text.as_bytes(), source).unwrap_or_default();
            for manifest in documents.into_iter().filter_map(|value| Manifest::new(value).ok()) {
                let wanted = manifest.kind() == reference.kind
                    && manifest.group().is_empty()
                    && manifest.name() == reference.name
                    && manifest.namespace().is_none_or(|namespace| namespace == id.namespace);
                if wanted && found.replace(Arc::new(manifest)).is_some() {
                    return None;
                }
            }
        }
        found
    });
    (*found).clone()
}

/// Finds the data of a ConfigMap or Secret among what units make, or in the cluster.
pub(super) fn find_data(
    context: Context<'_>,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Option<ObjectData> {
    let made = context.world.find("", kind, namespace, name);
    let manifest: Option<&Manifest> = match made {
        Some(placed) => Some(&placed.manifest),
        None => {
            let id = ObjectId::new("", kind, Some(namespace), name);
            match context.snapshot.answers.get(&Demand::Object(id)) {
                Some(Ok(Answer::Object(manifest))) => Some(manifest),
                _ => None,
            }
        }
    };
    manifest.map(object_data)
}
