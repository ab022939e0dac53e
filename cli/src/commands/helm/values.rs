//! Values that a user gives: files and the flags of the `--set` family, in helm's order.

use std::io::Read;

use weir_helm::{HelmVersion, values};
use weir_model::Value;

use super::fetch;
use crate::args::ValueFlags;

/// Makes the values of the flags. The error is helm's text.
pub(super) fn given(flags: &ValueFlags, helm: HelmVersion) -> Result<Value, String> {
    let mut given = values::empty();
    for path in &flags.values {
        let text = read_file(path)?;
        let file = values::read(&text, path, helm)
            .map_err(|error| format!("failed to parse {path}: {error}"))?;
        given = values::merge(&given, &file);
    }
    for text in &flags.set_json {
        values::set_json(&mut given, text, helm).map_err(|error| match error.0 {
            whole if whole.starts_with("failed parsing") => whole,
            _ => format!("failed parsing --set-json data {text}"),
        })?;
    }
    for text in &flags.set {
        values::set(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set data: {error}"))?;
    }
    for text in &flags.set_string {
        values::set_string(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set-string data: {error}"))?;
    }
    let read_text =
        |path: &str| read_file(path).map(|text| String::from_utf8_lossy(&text).into_owned());
    for text in &flags.set_file {
        values::set_file(&mut given, text, helm, &read_text)
            .map_err(|error| format!("failed parsing --set-file data: {error}"))?;
    }
    for text in &flags.set_literal {
        values::set_literal(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set-literal data: {error}"))?;
    }
    Ok(given)
}

/// Reads a file, a URL, or standard input when it is `-`.
pub(super) fn read_file(path: &str) -> Result<Vec<u8>, String> {
    if path.trim() == "-" {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map_err(|error| error.to_string())?;
        return Ok(text);
    }
    if fetch::is_url(path) {
        return fetch::file(path);
    }
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
        _ => format!("open {path}: {error}"),
    })
}
