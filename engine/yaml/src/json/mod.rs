//! JSON as Go's `encoding/json` reads and writes it.

mod read;
mod write;

pub use read::read;
pub use write::{write, write_pretty, write_text, write_to};
