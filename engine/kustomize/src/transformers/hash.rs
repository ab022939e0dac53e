//! The hashes behind the names of generated ConfigMaps and Secrets.

use super::Transformer;
use crate::error::{Result, Within};
use crate::hash;
use crate::resources::ResourceList;
use crate::session::Session;

/// Puts a hash of its content behind the name of each resource that is to have one.
pub(crate) struct HashTransformer;

impl Transformer for HashTransformer {
    fn transform(&self, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
        for resource in resources.as_mut() {
            if resource.needs_hash {
                let at = resource.at();
                let hash = hash::suffix(&resource.node).at(at)?;
                resource.remember_name(&session.schema);
                resource.set_name(&format!("{}-{hash}", resource.name()));
            }
        }
        Ok(())
    }
}
