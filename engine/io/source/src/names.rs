//! Which names a file of a tree may have.

use weir_model::{Diagnostic, TreePath};

use crate::limits;

/// Checks the path of a file, `/`-separated, as a source gives it; a path that cannot stand in a tree is reported.
///
/// A good path is UTF-8, no longer than [`limits::PATH_BYTES`], and free of control characters and of parts such as
/// `..`, `.` and `.git`: nothing that a terminal, a log or a file system could take for something else.
pub(crate) fn check(path: &[u8]) -> Result<TreePath, Box<Diagnostic>> {
    let wrong = |why: &str| -> Box<Diagnostic> {
        // A path from a stranger's archive can be megabytes long.
        let shown = path.get(..256).unwrap_or(path).escape_ascii();
        left_out("file-name", path, format!("file `{shown}` is left out: {why}"))
            .hint("rename the file")
            .into()
    };
    let Ok(text) = std::str::from_utf8(path) else {
        return Err(wrong("its name is not UTF-8"));
    };
    if text.len() > limits::PATH_BYTES {
        return Err(wrong("its path is too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("its name holds a control character"));
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..") || is_git(part)) {
        return Err(wrong("its path is not a plain relative path"));
    }
    TreePath::parse(text).map_err(|error| wrong(&error.to_string()))
}

/// Says that a file is left out. That is an error when it may be a manifest: Flux would read it, so what it changes would
/// not be seen.
pub(crate) fn left_out(code: &'static str, path: &[u8], message: String) -> Diagnostic {
    let ends = |end: &str| {
        let tail = path.get(path.len().saturating_sub(end.len())..);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    };
    if [".yaml", ".yml", ".json", "kustomization"].into_iter().any(ends) {
        Diagnostic::error(code, message)
    } else {
        Diagnostic::warning(code, message)
    }
}

/// Tells whether a name is that of Git's own folder, in any spelling that some file system takes for it.
pub(crate) fn is_git(name: &str) -> bool {
    name.eq_ignore_ascii_case(".git")
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_may_be_a_manifest_is_not_left_out_lightly() {
        for (name, error) in [
            (&b"apps/a\x1b.yaml"[..], true),
            (b"a\x01.YML", true),
            (b"a\x01/Kustomization", true),
            (b"logo\x01.png", false),
        ] {
            assert_eq!(check(name).unwrap_err().is_error(), error);
        }
    }

    #[test]
    fn odd_names_are_reported_and_plain_ones_pass() {
        for good in ["a", "a/b c/d.yaml", "ü/…", ".github/x", "a/.gitignore"] {
            assert_eq!(check(good.as_bytes()).unwrap().as_str(), good);
        }
        for bad in [
            &b"a\xff"[..],
            b"a\nb",
            b"../a",
            b"a/../b",
            b"/a",
            b"a//b",
            b".git/config",
            b"x/.GIT/a",
            b"",
            b"\x1b[2J",
        ] {
            let diagnostic = check(bad).unwrap_err();
            assert!(
                !diagnostic.message.contains(|letter: char| letter.is_control()),
                "{diagnostic}"
            );
        }
        assert!(check("x/".repeat(3000).trim_end_matches('/').as_bytes()).is_err());
    }
}
