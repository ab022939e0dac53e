//! Git repositories as the `git` program makes them. Without that program the tests say so and pass.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests may")]

use std::fs;
use std::path::Path;
use std::process::Command;

use weir_io_source::git::GitError;
use weir_io_source::{Workspace, WorkspaceError};
use weir_model::Tree;

/// A repository in a folder of its own, away from the user's configuration.
struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Option<Self> {
        let fixture = Self { folder: tempfile::tempdir().unwrap() };
        if !fixture.try_git(&["init", "-q", "-b", "main"]) {
            eprintln!("skipped: there is no `git` here");
            return None;
        }
        Some(fixture)
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> &Self {
        assert!(self.try_git(arguments), "git {arguments:?}");
        self
    }

    #[expect(clippy::disallowed_methods, reason = "only a test may call git")]
    fn try_git(&self, arguments: &[&str]) -> bool {
        Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]).git(&["commit", "-q", "-m", message])
    }

    fn open(&self) -> Workspace {
        Workspace::open(self.root()).unwrap()
    }
}

fn names(tree: &Tree) -> Vec<&str> {
    tree.files().map(|(path, _)| path.as_str()).collect()
}

fn git_error(error: WorkspaceError) -> GitError {
    match error {
        WorkspaceError::Git(error) => error,
        WorkspaceError::Folder(error) => panic!("{error}"),
    }
}

#[test]
fn revisions_are_read_without_a_checkout() {
    let Some(repo) = Fixture::new() else { return };
    repo.write("a.yaml", "1").write("sub/b.yaml", "2").commit("one");
    repo.git(&["tag", "v1", "-a", "-m", "x"]).write("a.yaml", "3").commit("two");
    let workspace = repo.open();
    for revision in ["HEAD~1", "v1", "main~1"] {
        let tree = workspace.tree_at(revision).unwrap().value.tree;
        assert_eq!(names(&tree), ["a.yaml", "sub/b.yaml"]);
        assert_eq!(tree.files().next().unwrap().1.text(), Some("1"), "{revision}");
    }
    let head = workspace.tree_at("HEAD").unwrap().value;
    assert!(head.revision.0.starts_with("main@sha1:"), "{}", head.revision);
    assert_eq!(head.revision, workspace.tree_at("main").unwrap().value.revision);
    assert_eq!(head.revision, workspace.working_tree().unwrap().value.revision);
    let sha = head.revision.0.trim_start_matches("main@sha1:");
    assert_eq!(workspace.tree_at(&sha[..10]).unwrap().value.revision.0, format!("sha1:{sha}"));
    assert!(workspace.tree_at("v1").unwrap().value.revision.0.starts_with("v1@sha1:"));
    assert_eq!(head.tree.digest(), workspace.working_tree().unwrap().value.tree.digest());
    assert!(matches!(
        git_error(workspace.tree_at("nothing").unwrap_err()),
        GitError::UnknownRevision { .. }
    ));
}

#[test]
fn the_working_tree_is_what_git_status_sees() {
    let Some(repo) = Fixture::new() else { return };
    repo.write(".gitignore", "*.log\n/out/\n!keep.log\n")
        .write("tracked.log", "x")
        .write("gone", "x");
    repo.git(&["add", "-f", "."]).git(&["commit", "-q", "-m", "one"]);
    repo.write("new.yaml", "n").write("a.log", "x").write("keep.log", "k").write("out/x", "x");
    repo.write("sub/.gitignore", "local\n").write("sub/local", "x").write("sub/y", "y");
    repo.write("nested/.git/HEAD", "x").write("nested/z", "z");
    fs::remove_file(repo.root().join("gone")).unwrap();
    let read = repo.open().working_tree().unwrap();
    assert_eq!(
        names(&read.value.tree),
        [".gitignore", "keep.log", "new.yaml", "sub/.gitignore", "sub/y", "tracked.log"]
    );
    let codes: Vec<_> = read.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["submodule-absent"]);
}

#[test]
fn an_edit_is_seen_in_either_order() {
    let Some(repo) = Fixture::new() else { return };
    repo.write("a", "1").write("b", "2").commit("one").write("a", "3");
    let workspace = repo.open();
    let before = workspace.tree_at("HEAD").unwrap().value.tree;
    let after = workspace.working_tree().unwrap().value.tree;
    let text = |tree: &Tree, at: usize| tree.files().nth(at).unwrap().1.text().unwrap().to_owned();
    for before in [before, workspace.tree_at("HEAD").unwrap().value.tree] {
        assert_eq!((text(&before, 0), text(&after, 0)), ("1".to_owned(), "3".to_owned()));
        assert_eq!((text(&before, 1), text(&after, 1)), ("2".to_owned(), "2".to_owned()));
    }
    let workspace = repo.open();
    let after = workspace.working_tree().unwrap().value.tree;
    let before = workspace.tree_at("HEAD").unwrap().value.tree;
    assert_eq!((text(&before, 0), text(&after, 0)), ("1".to_owned(), "3".to_owned()));
}

#[test]
fn the_base_is_the_merge_base_or_head() {
    let Some(repo) = Fixture::new() else { return };
    assert!(matches!(git_error(repo.open().merge_base().unwrap_err()), GitError::NoCommit { .. }));
    repo.write("a", "1").commit("one");
    let base = repo.open().merge_base().unwrap();
    assert!(base.because.contains("`HEAD`") && base.because.contains("`main`"), "{}", base.because);
    repo.git(&["branch", "fork"]).write("a", "2").commit("two");
    repo.git(&["checkout", "-q", "fork"]).write("b", "1").commit("three");
    let workspace = repo.open();
    let found = workspace.merge_base().unwrap();
    assert_eq!(
        (found.commit.as_str(), found.because.as_str()),
        (base.commit.as_str(), "the merge base with `main`")
    );
    // What the remote calls its head goes first.
    repo.git(&["remote", "add", "origin", "git@github.com:org/fleet.git"]);
    repo.git(&["update-ref", "refs/remotes/origin/trunk", "main"]);
    repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]);
    let workspace = repo.open();
    assert_eq!(workspace.merge_base().unwrap().because, "the merge base with `origin/trunk`");
    assert!(workspace.root_urls().contains("https://github.com/org/fleet"));
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(repo.open().merge_base().unwrap().commit, base.commit);
    repo.git(&["checkout", "-q", "--orphan", "other"]).commit("four");
    assert!(matches!(
        git_error(repo.open().merge_base().unwrap_err()),
        GitError::NoMergeBase { shallow: false, .. }
    ));
}

#[test]
fn folders_worktrees_and_bare_repositories_open() {
    let Some(repo) = Fixture::new() else { return };
    repo.write("a", "1")
        .write("clusters/prod/b", "2")
        .write("build/c", "3")
        .write(".gitignore", "build\n");
    repo.commit("one");
    let inside = repo.root().join("clusters/prod");
    let folder = Workspace::open(&inside).unwrap();
    assert_eq!(names(&folder.working_tree().unwrap().value.tree), ["b"]);
    assert_eq!(names(&folder.tree_at("HEAD").unwrap().value.tree), ["b"]);
    let whole = Workspace::discover(&inside).unwrap();
    assert_eq!(
        names(&whole.tree_at("HEAD").unwrap().value.tree),
        [".gitignore", "a", "clusters/prod/b"]
    );
    let ignored = Workspace::open(&repo.root().join("build")).unwrap();
    assert!(!ignored.is_git());
    assert_eq!(names(&ignored.working_tree().unwrap().value.tree), ["c"]);

    let other = tempfile::tempdir().unwrap();
    let linked = other.path().join("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    let linked = Workspace::open(&linked).unwrap();
    assert_eq!(linked.working_tree().unwrap().value.revision.0.split('@').next(), Some("linked"));
    assert_eq!(linked.merge_base().unwrap().because, "the merge base with `main`");

    let bare = other.path().join("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let bare = Workspace::open(&bare).unwrap();
    assert_eq!(bare.working_tree().unwrap().value.tree.len(), 3);
}

#[cfg(unix)]
#[test]
fn links_and_submodules_in_objects() {
    let Some(repo) = Fixture::new() else { return };
    let Some(other) = Fixture::new() else { return };
    other.write("x", "1").commit("one");
    repo.write("base/a", "1");
    std::os::unix::fs::symlink("../base", repo.root().join("base/../link")).unwrap();
    std::os::unix::fs::symlink("base", repo.root().join("folder")).unwrap();
    repo.git(&["submodule", "--quiet", "add", other.root().to_str().unwrap(), "module"])
        .commit("one");
    let workspace = repo.open();
    for read in [workspace.tree_at("HEAD").unwrap(), workspace.working_tree().unwrap()] {
        assert_eq!(names(&read.value.tree), [".gitmodules", "base/a", "folder/a"]);
        let mut codes: Vec<_> = read.diagnostics.iter().map(|found| found.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["submodule-absent", "symlink-outside"]);
    }
}
