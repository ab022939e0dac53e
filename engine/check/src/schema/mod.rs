//! Schemas, Kubernetes' own and those of CRDs, in one form, and what objects are checked against them for.

pub(crate) mod custom;
pub(crate) mod formats;
pub(crate) mod kubernetes;
pub(crate) mod limits;
pub(crate) mod node;
pub(crate) mod path;
pub(crate) mod rule;
pub(crate) mod validate;

pub(crate) use node::{Field, Kind, ListKeys, Node, NodeId, Schema};
