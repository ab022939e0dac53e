//! `OCIRepository`.

use weir_flux::kinds::{OciRepository, Reference};
use weir_model::ObjectId;

use super::{SourceTree, checked, fetched, ignoring, object_unless_root, root};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::{Demand, OciDemand, OciReference};

/// Finds the files of an artifact in a registry.
pub(super) fn resolve(
    context: Context<'_>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
) -> Result<SourceTree, Blocked> {
    let Some(placed) = object_unless_root(context, referrer, id, reference)? else {
        return root(context, id, None);
    };
    let spec = checked(OciRepository::read(&placed.manifest))?;
    if context.is_root(id, Some(&spec.url)) {
        return root(context, id, spec.ignore.as_deref());
    }
    let source = fetched(context, id, demand(&spec))?;
    // An archive that is kept as it is cannot lose files.
    if spec.copy { Ok(source) } else { ignoring(context, source, spec.ignore.as_deref()) }
}

fn demand(spec: &OciRepository) -> Demand {
    let wanted = spec.reference.clone();
    Demand::Oci(OciDemand {
        url: spec.url.to_string(),
        reference: OciReference {
            tag: wanted.tag,
            semver: wanted.semver,
            semver_filter: wanted.semver_filter,
            digest: wanted.digest,
        },
        media_type: spec.media_type.clone(),
        copy: spec.copy,
        insecure: spec.insecure,
    })
}
