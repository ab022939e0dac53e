//! The set `sourceignore`: which paths a `.sourceignore` leaves out.

use serde_json::{Map, Value, json};
use weir_flux::sourceignore::Patterns;
use weir_model::{Blob, TreeBuilder, TreePath};

/// Answers one vector of mode `match` or `tree`.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    if vector["mode"] == "tree" { tree(vector) } else { match_paths(vector) }
}

fn match_paths(vector: &Value) -> Result<Value, String> {
    let domain = match &vector["domain"] {
        Value::Array(parts) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            path(&parts.join("/"))?
        }
        Value::String(text) => path(text)?,
        _ => TreePath::root(),
    };
    let mut patterns =
        if vector["defaults"] == true { Patterns::defaults(&domain) } else { Patterns::default() };
    patterns.extend(Patterns::read(vector["patterns"].as_str().unwrap_or_default(), &domain));
    let mut output = Map::new();
    for text in vector["paths"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let ignored = patterns.ignores(&path(text)?, text.ends_with('/'));
        output.insert(text.to_owned(), json!(ignored));
    }
    Ok(Value::Object(output))
}

fn tree(vector: &Value) -> Result<Value, String> {
    let mut builder = TreeBuilder::default();
    for (name, content) in vector["files"].as_object().into_iter().flatten() {
        let content = content.as_str().unwrap_or_default();
        builder.insert(path(name)?, Blob::new(content.as_bytes()));
    }
    // The set keeps the defaults below the user's patterns; source-controller (and `sourceignore::apply`) drops most of
    // them as soon as there is a pattern.
    let tree = builder.finish();
    let mut patterns = Patterns::defaults(&TreePath::root());
    patterns.extend(Patterns::of_tree(&tree));
    if let Some(text) = vector["spec_ignore"].as_str() {
        patterns.extend(Patterns::read(text, &TreePath::root()));
    }
    let kept = tree.files().filter(|(path, _)| !patterns.ignores(path, false));
    Ok(kept.map(|(path, _)| json!(path.as_str())).collect())
}

fn path(text: &str) -> Result<TreePath, String> {
    TreePath::parse(text).map_err(|error| error.to_string())
}
