//! The variables of a Kustomization: `substituteFrom` in order, then `substitute`.

use weir_flux::data::{ObjectData, object_data};
use weir_flux::kinds::{Kustomization, SubstituteReference};
use weir_flux::substitute::Variables;
use weir_model::{Diagnostic, Manifest, ObjectId};
use weir_plan::UnitId;

use crate::context::Context;
use crate::{Answer, Demand};

/// The variables with what was in the way of them.
pub(super) struct Collected {
    pub(super) variables: Variables,
    /// Whether all that is referred to was found.
    pub(super) resolved: bool,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Collects the variables. What is encrypted or missing counts as absent, with a warning: the rest is still worth seeing.
pub(super) fn collect(context: Context<'_>, id: &UnitId, spec: &Kustomization) -> Collected {
    let mut collected =
        Collected { variables: Variables::default(), resolved: true, warnings: Vec::new() };
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
                collected.warnings.push(
                    warn("is encrypted")
                        .hint("its variables are empty, or stay as they are written"),
                );
            }
            None => {
                collected.resolved = false;
                if !reference.optional {
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
