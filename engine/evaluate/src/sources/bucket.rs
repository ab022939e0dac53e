//! `Bucket`.

use weir_flux::kinds::{Bucket, Reference};
use weir_model::ObjectId;

use super::{SourceTree, checked, fetched, ignoring, object_unless_root, root};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::{BucketDemand, Demand};

/// Finds the files of a bucket.
pub(super) fn resolve(
    context: Context<'_>,
    referrer: &str,
    id: &ObjectId,
    reference: &Reference,
) -> Result<SourceTree, Blocked> {
    let Some(placed) = object_unless_root(context, referrer, id, reference)? else {
        return root(context, id, None);
    };
    let spec = checked(Bucket::read(&placed.manifest))?;
    if context.is_root(id, Some(&spec.endpoint)) {
        return root(context, id, spec.ignore.as_deref());
    }
    let demand = Demand::Bucket(BucketDemand {
        provider: spec.provider,
        endpoint: spec.endpoint.to_string(),
        bucket: spec.bucket,
        prefix: spec.prefix,
    });
    ignoring(context, fetched(context, id, demand)?, spec.ignore.as_deref())
}
