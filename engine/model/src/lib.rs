//! The nouns of weir: trees, paths, digests, values, objects, origins and diagnostics.
//!
//! Everything here is plain, immutable data that any thread may share.
//! What is absent on purpose: parsing and printing (`weir-yaml`), meaning (`weir-flux`), and any contact with the world.

mod base64;
mod diagnostic;
mod digest;
mod field;
mod manifest;
mod meter;
mod object;
mod origin;
mod pack;
mod path;
mod sensitive;
mod tree;
mod value;

pub use base64::decode_base64;
pub use diagnostic::{Diagnostic, Severity, Warned};
pub use digest::{Digest, DigestBuilder, ParseDigestError};
pub use field::{FieldPath, FieldStep, ParseFieldPathError, item_steps, leaves};
pub use manifest::{Manifest, ManifestError};
pub use meter::{Exhausted, Limits, Meter};
pub use object::ObjectId;
pub use origin::{Origin, Source};
pub use pack::{PackReader, PackWriter, PackedValue, SourceNames};
pub use path::{PathError, TreePath};
pub use sensitive::Sensitive;
pub use smol_str::{SmolStr, ToSmolStr, format_smolstr};
pub use tree::{Artifact, Blob, Revision, Tree, TreeBuilder};
pub use value::{Data, Map, Value};
