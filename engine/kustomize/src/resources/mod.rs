//! Resources: read, identified, selected, collected and sorted.

pub(crate) mod absorb;
pub(crate) mod anchors;
pub(crate) mod bookkeeping;
pub(crate) mod id;
pub(crate) mod list;
pub(crate) mod origin;
pub(crate) mod read;
pub(crate) mod resource;
pub(crate) mod select;
pub(crate) mod sort;

pub(crate) use id::Id;
pub(crate) use list::ResourceList;
pub(crate) use resource::Resource;
