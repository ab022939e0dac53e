//! Paths as texts: joined, cleaned and counted.

use weir_model::TreePath;

/// Counts how many folders above the tree a path leads.
pub(crate) fn climb(folder: &TreePath, path: &str) -> usize {
    let (mut depth, mut above) = (folder.parts().count(), 0);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => above += 1,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    above
}

/// Joins two paths and cleans them.
pub(crate) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", "") => String::new(),
        ("", path) => clean(path),
        (folder, "") => clean(folder),
        (folder, path) => clean(&format!("{folder}/{path}")),
    }
}

/// Cleans a path as Go's `path.Clean` does, by its text alone.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if rooted => {}
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".into(),
        (false, path) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        for (path, cleaned) in [
            ("a/./b//c/..", "a/b"),
            ("../a", "../a"),
            ("a/../..", ".."),
            ("/..", "/"),
            ("", "."),
            ("/a/../../b", "/b"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
