//! Answers conformance vectors line by line: `vectors SET < vectors.jsonl`, one JSON object in, one out.
//!
//! The sets are those of `../shared/conformance/lib`, and `gotmpl`, `funcs`, `merge2`, `merge3`, `filters`, `hash`,
//! `format` and `emit`. Each file beside this one answers one set.

mod cel;
mod emit;
mod envsubst;
mod filters;
mod format;
mod funcs;
mod gotime;
mod gotmpl;
mod hash;
mod kstatus;
mod merge2;
mod merge3;
mod regexp;
mod semver;
mod smp3;
mod sourceignore;
mod yaml;

use std::io::{BufRead, Write};

use serde_json::{Value, json};

/// Answers one vector: the output, or the error's text.
type Answerer = fn(&Value) -> Result<Value, String>;

/// Each set by its name. A new set is one line here and one file beside this one.
const SETS: &[(&str, Answerer)] = &[
    ("cel", cel::answer),
    ("gotmpl", gotmpl::answer),
    ("emit", emit::answer),
    ("envsubst", envsubst::answer),
    ("filters", filters::answer),
    ("format", format::answer),
    ("funcs", funcs::answer_as_helm_3),
    ("funcs4", funcs::answer_as_helm_4),
    ("gotime", gotime::answer),
    ("hash", hash::answer),
    ("kstatus", kstatus::answer),
    ("merge2", merge2::answer),
    ("merge3", merge3::answer),
    ("regexp", regexp::answer),
    ("semver", semver::answer),
    ("smp3", smp3::answer),
    ("sourceignore", sourceignore::answer),
    ("yaml", yaml::answer),
];

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some((_, answer)) = SETS.iter().find(|(set, _)| *set == name) else {
        let names: Vec<&str> = SETS.iter().map(|(set, _)| *set).collect();
        eprintln!("usage: vectors SET, where SET is one of: {}", names.join(", "));
        std::process::exit(2);
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input is text");
        let vector: Value = serde_json::from_str(&line).expect("each line is a JSON object");
        let reply = match std::panic::catch_unwind(|| answer(&vector)) {
            Ok(Ok(output)) => json!({ "id": vector["id"], "output": output }),
            Ok(Err(error)) => json!({ "id": vector["id"], "error": error }),
            // A panic is never right, so it must not pass where an error is expected.
            Err(_) => json!({ "id": vector["id"], "panicked": true }),
        };
        writeln!(out, "{reply}").expect("standard output takes the answer");
    }
}

/// Returns a field of a vector as text, empty when it is missing.
fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_default()
}

/// Reads the one document of a text as kustomize does; an empty text is null.
fn kustomize_node(text: &Value) -> Result<weir_yaml::Node, String> {
    Ok(kustomize_nodes(text)?.into_iter().next().unwrap_or_default())
}

/// Reads the documents of a text as kustomize does.
fn kustomize_nodes(text: &Value) -> Result<Vec<weir_yaml::Node>, String> {
    let text = text.as_str().unwrap_or_default();
    weir_yaml::parse(text.as_bytes(), weir_model::Source::default())
        .map_err(|error| error.to_string())
}
