//! Values as bytes, to be kept between processes: compact, quick to read, and the same on every machine.
//!
//! This is no format for others. It may change with any version of weir, and whoever keeps such bytes keeps them under
//! a name that changes with it. Bytes that no [`PackWriter`] made are refused where that is noticed, and never panic;
//! whoever reads them from somewhere checks first, by a hash, that they are what was written.

mod read;
mod value;
mod write;

pub use read::PackReader;
pub use value::{PackedValue, SourceNames};
pub use write::PackWriter;
