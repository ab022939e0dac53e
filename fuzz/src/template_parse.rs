//! Any text, parsed as a template: it is one or it is refused.

use weir_gotmpl::{Functions, Set, builtins};

/// Parses the data.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let functions = Functions::new(&[builtins::TABLE]);
    Set::new().parse("fuzz", text, &functions).ok();
}
