//! Paths with slashes; the `os` functions are the same, since charts are rendered as on Linux.

use weir_gotmpl::{Function, Type};

const STRING: Type = Type::String;

/// Sprig's functions for paths.
pub(super) const TABLE: &[Function] = &[
    Function::new("base", &[STRING], |_, args| Ok(base(&args.text(0)).into())),
    Function::new("dir", &[STRING], |_, args| Ok(dir(&args.text(0)).into())),
    Function::new("clean", &[STRING], |_, args| Ok(clean(&args.text(0)).into())),
    Function::new("ext", &[STRING], |_, args| Ok(ext(&args.text(0)).into())),
    Function::new("isAbs", &[STRING], |_, args| Ok(args.text(0).starts_with('/').into())),
    Function::new("osBase", &[STRING], |_, args| Ok(base(&args.text(0)).into())),
    Function::new("osDir", &[STRING], |_, args| Ok(dir(&args.text(0)).into())),
    Function::new("osClean", &[STRING], |_, args| Ok(clean(&args.text(0)).into())),
    Function::new("osExt", &[STRING], |_, args| Ok(ext(&args.text(0)).into())),
    Function::new("osIsAbs", &[STRING], |_, args| Ok(args.text(0).starts_with('/').into())),
];

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default())
}

/// Resolves `.` and `..` and drops double slashes.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default()
}
