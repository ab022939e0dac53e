//! The arguments, as clap reads them. No behaviour here.

mod formats;
mod go_flags;
mod helm;
mod kustomize;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use formats::{
    ApplyFormat, CheckFormat, DataFormat, ExitRule, GraphFormat, ReportFormat, TreeFormat,
};
pub(crate) use helm::{ChartFlags, Helm, HelmCommand, Lint, Template, ValueFlags};
pub(crate) use kustomize::{Kustomize, KustomizeBuild, KustomizeCommand, Order, Restrictor};

/// The Kubernetes version that charts are told when none is named.
pub(crate) const DEFAULT_KUBE_VERSION: &str = "1.36.1";

/// Renders what a Flux repository means and shows what a change to it would do.
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print all objects that the repository gives
    Build(Build),
    /// Print the content-addressed plan: units, objects, digests
    Plan(Plan),
    /// Show which objects a change adds, alters and removes
    ///
    /// Without arguments: what the working tree would change against the merge base with the default branch.
    /// Exits with 0 when nothing differs, 1 when something does, 2 when something could not be rendered, 3 when a policy
    /// refuses.
    Diff(Box<Diff>),
    /// Check everything that the repository gives before it is applied
    ///
    /// Renders all units and checks them against the schemas of Kubernetes and of CRDs, for names, references, API versions
    /// and dependencies. Exits with 0 when all is well, 1 when a finding is denied (errors always are), 2 when the check
    /// could not be made.
    Check(Check),
    /// Make a cluster match the repository
    ///
    /// Shows what would change and asks; Kustomizations are applied as kustomize-controller applies them.
    /// Exits with 0 when all is applied, 1 when nothing was to be written and something differs, 2 when something
    /// failed, 4 when what was reviewed does not hold any more.
    Apply(Apply),
    /// List the images that the repository runs, or how they change
    Images(Images),
    /// Compare what the repository is rendered to with committed snapshots
    ///
    /// Exits with 0 when all is as the snapshots say, 1 when something differs, 2 when something could not be rendered.
    Test(Test),
    /// List the units with their sources and state
    Get(Get),
    /// Say where an object, or a field of one, came from: files, patches, templates, values, variables, commits
    Why(Why),
    /// List the commits that changed what an object, or a field of one, is rendered to
    Log(Log),
    /// Read what a cluster is, once, into a file that plans elsewhere use with `--facts`
    Facts(Facts),
    /// Draw the units and sources as a picture
    Graph(Graph),
    /// Write down what each source gave, so that a plan is the same years later
    Lock(Lock),
    /// Keep all that an evaluation depends on in a file, without secrets
    Snapshot(Snapshot),
    /// Stand in for the kustomize command
    Kustomize(Kustomize),
    /// Stand in for the helm command
    Helm(Helm),
}

/// What says which cluster of which repository is meant, and where its sources come from.
#[derive(Debug, Args)]
pub(crate) struct Repository {
    /// The folder that Flux would sync from, relative to the source's root, such as `clusters/prod`
    #[arg(long, short, value_name = "ENTRY")]
    pub(crate) path: Option<String>,
    /// Replay a file of `weir snapshot save` instead of reading a repository
    #[arg(long, value_name = "FILE", conflicts_with_all = ["path", "source", "kube_version", "api_versions"])]
    pub(crate) snapshot: Option<PathBuf>,
    /// Take what the cluster is from a file of `weir facts export`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["snapshot", "kube_version", "api_versions"])]
    pub(crate) facts: Option<PathBuf>,
    /// Answer a source from a folder, such as `GitRepository/flux-system/charts=../charts`
    #[arg(long, value_name = "KIND/NAMESPACE/NAME=PATH")]
    pub(crate) source: Vec<String>,
    /// Fetch what starts with a prefix elsewhere, such as `oci://=http://127.0.0.1:5000/`
    #[arg(long, value_name = "PREFIX=URL")]
    pub(crate) mirror: Vec<String>,
    /// Use the cache alone, never the network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Fetch nothing that `weir.lock` does not hold
    #[arg(long)]
    pub(crate) locked: bool,
    /// Keep fetched sources here rather than in the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Fetch again what may have changed or could not be had, however short ago that was
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Say on standard error which units' results were reused, and what made the others new
    #[arg(long)]
    pub(crate) explain_cache: bool,
    /// Share results with others, such as CI jobs, in this folder
    #[arg(long, value_name = "DIR", env = "WEIR_MEMO")]
    pub(crate) memo: Option<PathBuf>,
    /// Take results from the shared folder and add none
    #[arg(long, env = "WEIR_MEMO_READ_ONLY", value_parser = FalseyValueParser::new())]
    pub(crate) memo_read_only: bool,
    /// Remember no results beyond this run, and use none of earlier ones
    #[arg(long, conflicts_with = "memo")]
    pub(crate) no_memo: bool,
    /// The Kubernetes version that charts are told
    #[arg(long, value_name = "VERSION", default_value = DEFAULT_KUBE_VERSION)]
    pub(crate) kube_version: String,
    /// API versions that charts are told, beyond Helm's own list
    #[arg(long, value_name = "GROUP/VERSION[/KIND]", value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Refuse variables that are not set and have no default, as kustomize-controller does since Flux 2.9
    #[arg(long)]
    pub(crate) strict_substitute: bool,
}

/// `weir build`.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Only this unit, such as `HelmRelease/apps/web`; may be repeated
    #[arg(long, value_name = "KIND/NAMESPACE/NAME")]
    pub(crate) unit: Vec<String>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = DataFormat::Yaml)]
    pub(crate) output: DataFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = DataFormat::Yaml)]
    pub(crate) output: DataFormat,
    /// Print the objects in full, secrets hidden
    #[arg(long)]
    pub(crate) manifests: bool,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) range: Range,
    /// Compare many clusters at once: all entry paths, or those that fit `--path`, such as `clusters/*`
    #[arg(long, conflicts_with = "cluster")]
    pub(crate) fleet: bool,
    /// A cluster of the fleet with revisions, or a repository, of its own, such as `prod=v1.4..main:clusters/prod`; may be
    /// repeated
    #[arg(
        long,
        value_name = "NAME=[DIR|FROM][..TO][:ENTRY]",
        requires = "fleet",
        conflicts_with_all = ["from", "to"]
    )]
    pub(crate) member: Vec<String>,
    /// Compare with a cluster: what applying the working tree would change there
    #[arg(long, conflicts_with_all = ["from", "to", "since"])]
    pub(crate) cluster: bool,
    #[command(flatten)]
    pub(crate) access: Access,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) output: ReportFormat,
    /// Count the changes of each unit; short for `--output stat`
    #[arg(long, conflicts_with = "output")]
    pub(crate) stat: bool,
    /// Lines of context around a change
    #[arg(long, short = 'U', value_name = "LINES", default_value_t = 3)]
    pub(crate) context: usize,
    /// Refuse changes by the rules of this file; may be repeated. Exits with 3 when one refuses
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Vec<PathBuf>,
    /// Which differences make the exit code 1; failures and refusals have theirs whatever is said here
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ExitRule::Differences)]
    pub(crate) exit_code: ExitRule,
    /// Where the full report will be, for a comment that has to fold
    #[arg(long, value_name = "URL")]
    pub(crate) report_url: Option<String>,
    /// Print the JSON schema of `--output json` and stop
    #[arg(long)]
    pub(crate) schema: bool,
    /// Never start a pager
    #[arg(long)]
    pub(crate) no_pager: bool,
    #[command(flatten)]
    pub(crate) review: Review,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Range {
    /// The repository, or two folders to compare
    #[arg(num_args = 0..=2, value_names = ["DIR|BEFORE", "AFTER"])]
    pub(crate) dirs: Vec<PathBuf>,
    /// The revision to compare from [default: the merge base with the default branch]
    #[arg(long, value_name = "REVISION")]
    pub(crate) from: Option<String>,
    /// The revision to compare to [default: the working tree]
    #[arg(long, value_name = "REVISION")]
    pub(crate) to: Option<String>,
    /// Compare from where this branch and the checked out one parted, such as `origin/main`
    #[arg(long, value_name = "REVISION", conflicts_with = "from")]
    pub(crate) since: Option<String>,
}

/// `weir test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Write all snapshots as they are rendered now
    #[arg(long, conflicts_with = "review")]
    pub(crate) update: bool,
    /// Ask about each snapshot that differs
    #[arg(long)]
    pub(crate) review: bool,
    /// Where the snapshots are [default: `.weir/snapshots` in the root]
    #[arg(long, value_name = "DIR")]
    pub(crate) snapshots: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir images`.
#[derive(Debug, Args)]
pub(crate) struct Images {
    #[command(flatten)]
    pub(crate) range: Range,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = TreeFormat::Text)]
    pub(crate) output: TreeFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// What of a comparison is shown.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Fold nothing: also show what only follows from another change
    #[arg(long)]
    pub(crate) all: bool,
    /// Fold the changes of this label or annotation; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) strip_attr: Vec<String>,
    /// Only objects of this kind; may be repeated, `*` stands for anything
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<String>,
    /// Only objects in this namespace; may be repeated
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// Only objects of this name; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Only this unit, such as `HelmRelease/apps/web`; may be repeated
    #[arg(long, value_name = "KIND/NAMESPACE/NAME")]
    pub(crate) unit: Vec<String>,
}

/// `weir apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Apply only what was reviewed: a plan's digest, or a file that `weir plan` or `weir diff --cluster -o json` wrote
    #[arg(long, value_name = "FILE|DIGEST")]
    pub(crate) plan: Option<String>,
    /// Write nothing; report what the API server says would be done
    #[arg(long, value_enum, value_name = "WHERE")]
    pub(crate) dry_run: Option<DryRun>,
    /// Only this unit, such as `Kustomization/flux-system/apps`; may be repeated
    #[arg(long, value_name = "KIND/NAMESPACE/NAME")]
    pub(crate) unit: Vec<String>,
    /// Allow a dangerous kind of deletion, such as `storage`; may be repeated
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub(crate) allow: Vec<String>,
    /// The form of the report
    #[arg(long, short, value_enum, default_value_t = ApplyFormat::Text)]
    pub(crate) output: ApplyFormat,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// Where a dry run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DryRun {
    /// In the API server, with its defaults and admission.
    Server,
}

/// Which cluster is meant.
#[derive(Debug, Args)]
pub(crate) struct Access {
    /// The kubeconfig [default: `KUBECONFIG`, `~/.kube/config`, or the pod's own account]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) kube_context: Option<String>,
    /// How long to wait for an answer of the API server before asking again, as in `30s` [default: `75s`]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) request_timeout: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let weir_golang::time::Duration(nanos) = weir_golang::time::Duration::parse(text)?;
    match u64::try_from(nanos) {
        Ok(nanos) if nanos > 0 => Ok(Duration::from_nanos(nanos)),
        _ => Err("it must be longer than nothing".to_owned()),
    }
}

/// `weir check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Also announce what cannot change in place since this revision
    #[arg(long, value_name = "REVISION")]
    pub(crate) from: Option<String>,
    /// Fail on findings of a rule, or of a severity: `error`, `warning`, `info`; may be repeated
    #[arg(long, value_name = "RULE|SEVERITY", value_delimiter = ',')]
    pub(crate) deny: Vec<String>,
    /// List the rules and stop
    #[arg(long)]
    pub(crate) rules: bool,
    /// The form of the report
    #[arg(long, short, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) output: CheckFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir get`.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = TreeFormat::Text)]
    pub(crate) output: TreeFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The object, such as `Deployment/apps/web`; without the namespace when it has none
    #[arg(value_name = "KIND/NAMESPACE/NAME")]
    pub(crate) object: String,
    /// The field, such as `spec.template.spec.containers[name=web].image` [default: a summary of all]
    #[arg(value_name = "FIELD.PATH")]
    pub(crate) field: Option<String>,
    /// The root of the source [default: the repository around the working directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = TreeFormat::Text)]
    pub(crate) output: TreeFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir facts`.
#[derive(Debug, Args)]
pub(crate) struct Facts {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: FactsCommand,
}

/// The verbs of `weir facts`.
#[derive(Debug, Subcommand)]
pub(crate) enum FactsCommand {
    /// Save version, API versions, schemas and the objects that the repository takes values from
    Export(FactsExport),
}

/// `weir facts export`.
#[derive(Debug, Args)]
pub(crate) struct FactsExport {
    /// The file to write; only its owner can read it
    #[arg(default_value = "cluster.facts")]
    pub(crate) file: PathBuf,
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Keep the values of Secrets, too; without them plans have `(hidden)` in their place
    #[arg(long)]
    pub(crate) with_secrets: bool,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir graph`.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) range: Range,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = GraphFormat::Svg)]
    pub(crate) output: GraphFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir log`.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// The object, such as `Deployment/apps/web`; without the namespace when it has none
    #[arg(value_name = "KIND/NAMESPACE/NAME")]
    pub(crate) object: String,
    /// The field [default: the whole object]
    #[arg(value_name = "FIELD.PATH")]
    pub(crate) field: Option<String>,
    /// Stop after this many changes
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    pub(crate) max_count: usize,
    /// The commit to start from
    #[arg(long, value_name = "REVISION", default_value = "HEAD")]
    pub(crate) from: String,
    /// The root of the source [default: the repository around the working directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// The form of the output
    #[arg(long, short, value_enum, default_value_t = TreeFormat::Text)]
    pub(crate) output: TreeFormat,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir lock`.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// The root of the repository [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    /// Move what is locked to what its source gives now: all, or what is called NAME
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    pub(crate) update: Option<Option<String>>,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

/// `weir snapshot`.
#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// What to do with it.
    #[command(subcommand)]
    pub(crate) command: SnapshotCommand,
}

/// The verbs of `weir snapshot`.
#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotCommand {
    /// Save the sources, charts and facts of an evaluation; a replay with `--snapshot FILE` gives the same plan
    Save(SnapshotSave),
}

/// `weir snapshot save`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotSave {
    /// The file to write
    pub(crate) file: PathBuf,
    /// The root of the source [default: the repository around the working directory]
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) repository: Repository,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_share_a_name() {
        super::Arguments::command().debug_assert();
    }
}
