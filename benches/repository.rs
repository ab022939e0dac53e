//! The recorded sets, and their repositories as Git repositories of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Finds a folder of the recorded sets: in `WEIR_CONFORMANCE`, or in `../shared/conformance`.
pub fn recorded(folder: &str) -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let all = [named, Some(beside)].into_iter().flatten();
    all.map(|sets| sets.join(folder)).find(|found| found.is_dir())
}

/// Copies a folder, so that it can be written to.
pub fn copy(from: &Path, to: &Path) -> Option<()> {
    quiet(Command::new("cp").arg("-R").arg(from).arg(to))?;
    quiet(Command::new("chmod").args(["-R", "u+w"]).arg(to))
}

/// Runs git in a folder, as somebody. Returns nothing when it fails.
pub fn git(root: &Path, arguments: &[&str]) -> Option<()> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["-c", "user.name=bench", "-c", "user.email=bench@localhost"]);
    quiet(git.args(arguments))
}

fn quiet(command: &mut Command) -> Option<()> {
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.ok().filter(std::process::ExitStatus::success).map(|_| ())
}
