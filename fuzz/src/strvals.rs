//! Any text, as what follows `--set` and its kin.

use weir_helm::{HelmVersion, values};

/// Sets values, one after another, so that they meet what the last has left.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for helm in [HelmVersion::V3, HelmVersion::V4] {
        let mut given = values::empty();
        for line in text.lines() {
            values::set(&mut given, line, helm).ok();
            values::set_string(&mut given, line, helm).ok();
            values::set_json(&mut given, line, helm).ok();
            values::set_literal(&mut given, line, helm).ok();
            values::set_file(&mut given, line, helm, &|path| Ok(path.to_owned())).ok();
        }
    }
}
