//! What `build`, `plan`, `diff` and `get` share: from arguments to evaluated snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use weir_evaluate::{
    Answer, ClusterFacts, Demand, Evaluation, KnownCluster, Lock, Memo, Saved, Snapshot, evaluate,
};
use weir_io_source::{
    Memos, Mirrors, Progress, Settings, Sources, Workspace, WorkspaceError, folder,
};
use weir_model::{Artifact, Diagnostic, Manifest, ObjectId, Revision, TreePath, Warned};
use weir_plan::{Body, Plan, Unit, UnitId};

use super::progress::ProgressLine;
use crate::args::Repository;
use crate::{CommandError, Streams};

/// A source answered by hand.
struct Answered {
    source: ObjectId,
    folder: PathBuf,
}

/// All that the arguments say, ready for use.
pub(crate) struct Session<'arguments> {
    arguments: &'arguments Repository,
    sources: Sources,
    answered: Vec<Answered>,
    memo: Memo,
    /// What is known of the cluster, when the arguments name a file.
    known: Option<KnownCluster>,
}

impl<'arguments> Session<'arguments> {
    /// Reads the arguments and prepares the cache.
    pub(crate) fn new(arguments: &'arguments Repository) -> Result<Self, CommandError> {
        Self::fetching(arguments, arguments.refresh)
    }

    /// Does the same; with `refresh` what may have changed is fetched again.
    pub(crate) fn fetching(
        arguments: &'arguments Repository,
        refresh: bool,
    ) -> Result<Self, CommandError> {
        let mirrors = Mirrors::parse(&arguments.mirror)
            .map_err(|error| CommandError::new("could not read `--mirror`").cause(error))?;
        let settings = Settings {
            cache_dir: arguments.cache_dir.clone(),
            mirrors,
            offline: arguments.offline,
            locked: arguments.locked,
            ..Settings::default()
        };
        let settings = if refresh {
            Settings { ttl: Duration::ZERO, failure_ttl: Duration::ZERO, ..settings }
        } else {
            settings
        };
        let sources = Sources::new(settings).map_err(|error| {
            CommandError::new("could not open the cache of sources")
                .cause(error)
                .hint("name a folder that can be written with `--cache-dir`")
        })?;
        let answered =
            arguments.source.iter().map(|text| answered(text)).collect::<Result<_, _>>()?;
        let memo = memo(arguments, &sources);
        let known = arguments.facts.as_deref().map(super::saved::facts).transpose()?;
        Ok(Self { known, arguments, sources, answered, memo })
    }

    /// Says what the cluster is.
    pub(crate) fn know(&mut self, known: KnownCluster) {
        self.known = Some(known);
    }

    /// Returns what is known of the cluster: from a file, or from the arguments.
    fn cluster(&self) -> ClusterFacts {
        let facts = match &self.known {
            Some(known) => known.facts.clone(),
            None => ClusterFacts {
                kube_version: self.arguments.kube_version.clone(),
                api_versions: self.arguments.api_versions.iter().cloned().collect(),
                ..ClusterFacts::default()
            },
        };
        ClusterFacts { strict_substitution: self.arguments.strict_substitute, ..facts }
    }

    /// Makes the snapshot of one side. The entry is `--path`, or the only one there is.
    pub(crate) fn snapshot(
        &self,
        workspace: &Workspace,
        root: Warned<Artifact>,
        entry: TreePath,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Snapshot, CommandError> {
        diagnostics.extend(root.diagnostics);
        let root = root.value;
        Lock::of(&root.tree).map_err(|error| {
            CommandError::new("could not use `weir.lock`")
                .cause(error)
                .hint("take it from the repository's history, or delete it and run `weir lock`")
        })?;
        let mut sources = BTreeMap::new();
        for answered in &self.answered {
            sources.insert(answered.source.clone(), self.answer(answered, workspace, &root)?);
        }
        Ok(Snapshot {
            root_urls: workspace.root_urls(),
            sources,
            answers: self.known.as_ref().map(KnownCluster::answers).unwrap_or_default(),
            cluster: self.cluster().into(),
            ..Snapshot::new(root, entry)
        })
    }

    /// A folder inside the repository is taken from the side's own revision, any other from disk.
    fn answer(
        &self,
        answered: &Answered,
        workspace: &Workspace,
        root: &Artifact,
    ) -> Result<Artifact, CommandError> {
        let inside = answered
            .folder
            .strip_prefix(workspace.root())
            .ok()
            .and_then(|path| TreePath::parse(path.to_str()?).ok());
        if let Some(path) = inside {
            let tree = root.tree.subtree(&path);
            return Ok(Artifact { revision: root.revision.clone(), tree: tree.into() });
        }
        let tree = folder::read(&answered.folder).map_err(|error| {
            CommandError::new(format!("could not read the folder for source `{}`", answered.source))
                .cause(error)
        })?;
        let revision = Revision(format!("folder@{}", tree.value.digest()));
        Ok(Artifact { revision, tree: tree.value.into() })
    }

    /// Returns the entry path: `--path`, or the only one that fits.
    pub(crate) fn entry(&self, artifact: &Artifact) -> Result<TreePath, CommandError> {
        if let Some(path) = &self.arguments.path {
            return TreePath::parse(path).map_err(|error| {
                CommandError::new(format!("`--path {path}` cannot be used")).cause(error)
            });
        }
        let mut candidates = weir_flux::entry_candidates(&artifact.tree);
        let list =
            candidates.iter().map(|path| format!("`--path {path}`")).collect::<Vec<_>>().join(", ");
        match candidates.len() {
            1 => Ok(candidates.remove(0)),
            0 => Err(CommandError::new("found no Flux Kustomization in the repository")
                .hint("name the folder that Flux syncs from with `--path`, or the repository as an argument")),
            count => Err(CommandError::new(format!("the repository has {count} entry paths"))
                .hint(format!("choose one: {list}"))),
        }
    }

    /// Fails when the entry path is not in the tree.
    pub(crate) fn check_entry(
        &self,
        artifact: &Artifact,
        entry: &TreePath,
    ) -> Result<(), CommandError> {
        if artifact.tree.is_folder(entry) {
            return Ok(());
        }
        let mut error = CommandError::new(format!(
            "the entry path `{entry}` is not a folder of the repository"
        ));
        let candidates = weir_flux::entry_candidates(&artifact.tree);
        if !candidates.is_empty() {
            error = error.hint(format!("it has these: {}", some_of(&candidates, "")));
        }
        Err(error)
    }

    /// Fetches and evaluates until nothing is missing.
    pub(crate) fn settle(&self, snapshot: &mut Snapshot, streams: &mut Streams<'_>) -> Evaluation {
        let mut line = ProgressLine::new(streams);
        let evaluation =
            self.sources.settle(snapshot, &self.memo, &mut |progress| line.show(progress));
        drop(line);
        self.explain(snapshot, &evaluation.plan, streams);
        evaluation
    }

    /// Fetches and evaluates what one unit needs.
    pub(crate) fn settle_unit(
        &self,
        snapshot: &mut Snapshot,
        unit: &UnitId,
        streams: &mut Streams<'_>,
    ) -> Evaluation {
        let mut line = ProgressLine::new(streams);
        self.sources.settle_unit(snapshot, &self.memo, unit, &mut |progress| line.show(progress))
    }

    /// Returns what is remembered.
    pub(crate) fn memo(&self) -> &Memo {
        &self.memo
    }

    /// Fetches and evaluates both sides of a comparison; what is equal on both is not rendered.
    pub(crate) fn settle_pair(
        &self,
        before: &mut Snapshot,
        after: &mut Snapshot,
        streams: &mut Streams<'_>,
    ) -> (Evaluation, Evaluation) {
        let mut line = ProgressLine::new(streams);
        let show = &mut |progress: Progress<'_>| line.show(progress);
        let evaluations = self.sources.settle_pair(before, after, &self.memo, show);
        drop(line);
        self.explain(after, &evaluations.1.plan, streams);
        evaluations
    }

    /// Says what was reused, if asked to, and notes what the next run is to be compared with.
    fn explain(&self, snapshot: &Snapshot, plan: &Plan, streams: &mut Streams<'_>) {
        let units = self.memo.explain(snapshot, plan);
        if self.arguments.explain_cache {
            // Who does not read the explanation does not miss it.
            crate::output::reuse::print(&units, streams.err).ok();
        }
    }

    /// Opens, reads and evaluates the working tree of a folder: the whole way of `build`, `plan` and `get`.
    pub(crate) fn evaluate_folder(
        &self,
        dir: Option<&Path>,
        streams: &mut Streams<'_>,
    ) -> Result<Evaluation, CommandError> {
        Ok(self.settle_folder(dir, streams, &mut |_| Ok(BTreeMap::new()))?.1)
    }

    /// Does the same, and asks `look_up` for objects of the cluster that the repository does not make, until it has no
    /// more to give.
    pub(crate) fn evaluate_folder_with(
        &self,
        dir: Option<&Path>,
        streams: &mut Streams<'_>,
        look_up: &mut LookUp<'_>,
    ) -> Result<Evaluation, CommandError> {
        Ok(self.settle_folder(dir, streams, look_up)?.1)
    }

    /// Returns the saved snapshot that the arguments name.
    pub(crate) fn saved(&self) -> Result<Option<Saved>, CommandError> {
        self.arguments.snapshot.as_deref().map(super::saved::snapshot).transpose()
    }

    /// Refuses a saved snapshot, for a command that needs the repository: a snapshot has neither history nor secrets.
    pub(crate) fn refuse_saved(&self) -> Result<(), CommandError> {
        match &self.arguments.snapshot {
            None => Ok(()),
            Some(_) => {
                Err(CommandError::new("this command needs the repository, not a snapshot of it")
                    .hint("a snapshot can be used with `build`, `plan`, `get`, `diff` and `graph`"))
            }
        }
    }

    /// Evaluates a saved snapshot. Nothing is fetched: what it lacked when it was saved it lacks now.
    fn replay(&self, saved: Saved, streams: &mut Streams<'_>) -> (Snapshot, Evaluation) {
        let mut evaluation = evaluate(&saved.snapshot, &self.memo);
        if evaluation.plan.digest != saved.plan {
            let message = format!(
                "the replay gives another plan than the one that was saved, `{}`",
                saved.plan
            );
            let hint = "this weir renders something otherwise than the one that saved it";
            evaluation.diagnostics.push(Diagnostic::warning("snapshot-replay", message).hint(hint));
        }
        self.explain(&saved.snapshot, &evaluation.plan, streams);
        (saved.snapshot, evaluation)
    }

    /// Does what [`Self::evaluate_folder_with`] does, and returns the complete snapshot too.
    pub(crate) fn settle_folder(
        &self,
        dir: Option<&Path>,
        streams: &mut Streams<'_>,
        look_up: &mut LookUp<'_>,
    ) -> Result<(Snapshot, Evaluation), CommandError> {
        if let Some(saved) = self.saved()? {
            if dir.is_some() {
                return Err(CommandError::new("`--snapshot` and a folder cannot be used together"));
            }
            return Ok(self.replay(saved, streams));
        }
        let workspace = open(dir)?;
        let root = workspace
            .working_tree()
            .map_err(|error| explain("could not read the repository", &error))?;
        let entry = self.entry(&root.value)?;
        self.check_entry(&root.value, &entry)?;
        let mut diagnostics = Vec::new();
        let mut snapshot = self.snapshot(&workspace, root, entry, &mut diagnostics)?;
        let mut evaluation = self.settle(&mut snapshot, streams);
        let mut asked: BTreeSet<ObjectId> = BTreeSet::new();
        loop {
            let missing = evaluation.missing.iter().filter_map(|demand| match demand {
                Demand::Object(id) => Some(id.clone()),
                _ => None,
            });
            let wanted = missing.chain(weir_reconcile::variables::wanted(&evaluation.plan));
            let wanted: Vec<ObjectId> = wanted.filter(|id| asked.insert(id.clone())).collect();
            let found = if wanted.is_empty() { BTreeMap::new() } else { look_up(&wanted)? };
            if found.is_empty() {
                break;
            }
            let answers = found
                .into_iter()
                .map(|(id, object)| (Demand::Object(id), Ok(Answer::Object(object))));
            snapshot.answers.extend(answers);
            evaluation = self.settle(&mut snapshot, streams);
        }
        diagnostics.append(&mut evaluation.diagnostics);
        evaluation.diagnostics = diagnostics;
        Ok((snapshot, evaluation))
    }
}

/// Finds objects of a cluster.
pub(crate) type LookUp<'a> =
    dyn FnMut(&[ObjectId]) -> Result<BTreeMap<ObjectId, Arc<Manifest>>, CommandError> + 'a;

/// Opens the memo: the user's own, and the shared one that the arguments name.
fn memo(arguments: &Repository, sources: &Sources) -> Memo {
    if arguments.no_memo {
        return Memo::default();
    }
    let memos = Memos::own(sources.store().folder());
    let memos = match &arguments.memo {
        Some(folder) => {
            // Not an argument: those of a process can be read by others.
            let secret = std::env::var("WEIR_MEMO_KEY").unwrap_or_default();
            memos.with_shared(folder.clone(), arguments.memo_read_only, secret)
        }
        None => memos,
    };
    Memo::new(Arc::new(memos))
}

/// Lists the first ten paths.
fn some_of(paths: &[TreePath], before: &str) -> String {
    let mut list: Vec<String> =
        paths.iter().take(10).map(|path| format!("`{before}{path}`")).collect();
    if paths.len() > list.len() {
        list.push(format!("and {} more", paths.len() - list.len()));
    }
    list.join(", ")
}

/// Opens the folder that was named, or the repository around the working directory.
pub(crate) fn open(dir: Option<&Path>) -> Result<Workspace, CommandError> {
    match dir {
        Some(dir) => Workspace::open(dir).map_err(|error| {
            explain(&format!("could not open the repository `{}`", dir.display()), &error)
        }),
        None => Workspace::discover(Path::new(".")).map_err(|error| {
            explain("could not open the repository around the working directory", &error)
        }),
    }
}

/// Says what was being done when a workspace failed.
pub(crate) fn explain(doing: &str, error: &WorkspaceError) -> CommandError {
    let explained = CommandError::new(doing).cause(error);
    match error.hint() {
        Some(hint) => explained.hint(hint),
        None => explained,
    }
}

/// Tells whether every unit of a plan was rendered, from files that could all be read.
pub(crate) fn is_complete(evaluation: &Evaluation) -> bool {
    let is_rendered = |unit: &Unit| matches!(unit.body, Body::Ready(_) | Body::Same);
    evaluation.plan.units.iter().all(is_rendered) && !lacks_files(&evaluation.diagnostics)
}

/// Tells whether a file that may be a manifest was left out: what it changes is not seen.
pub(crate) fn lacks_files<'all>(diagnostics: impl IntoIterator<Item = &'all Diagnostic>) -> bool {
    let left_out = |found: &Diagnostic| found.is_error() && found.code.starts_with("file-");
    diagnostics.into_iter().any(left_out)
}

/// Prints diagnostics, each once.
pub(crate) fn report<'all>(
    diagnostics: impl IntoIterator<Item = &'all Diagnostic>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let mut seen = BTreeSet::new();
    let unique: Vec<Diagnostic> = diagnostics
        .into_iter()
        .filter(|diagnostic| seen.insert((diagnostic.code, diagnostic.to_string())))
        .cloned()
        .collect();
    crate::output::diagnostics::print(&unique, out)?;
    Ok(())
}

/// Reads `KIND/NAMESPACE/NAME=PATH`.
fn answered(text: &str) -> Result<Answered, CommandError> {
    let fail = |why: &str| {
        CommandError::new(format!("could not read `--source {text}`"))
            .cause(why)
            .hint("write it as `GitRepository/flux-system/charts=../charts`")
    };
    let (source, path) = text.split_once('=').ok_or_else(|| fail("it has no `=`"))?;
    let parts: Vec<&str> = source.split('/').collect();
    let [kind, namespace, name] = parts[..] else {
        return Err(fail("the source is not kind, namespace and name"));
    };
    let kinds = [
        "Bucket",
        "ExternalArtifact",
        "GitRepository",
        "HelmChart",
        "HelmRepository",
        "OCIRepository",
    ];
    let Some(kind) = kinds.iter().find(|known| known.eq_ignore_ascii_case(kind)) else {
        return Err(fail(&format!("`{kind}` is not one of {}", kinds.join(", "))));
    };
    let folder = Path::new(path)
        .canonicalize()
        .map_err(|error| fail(&format!("the folder `{path}` cannot be opened: {error}")))?;
    Ok(Answered {
        source: ObjectId::new("source.toolkit.fluxcd.io", kind, Some(namespace), name),
        folder,
    })
}
