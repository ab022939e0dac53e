//! `weir helm`: helm's own flags.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

use super::go_flags::Shape::{Optional, Switch, Value};
use super::go_flags::{GoFlags, Shape, accept};

/// `weir helm`.
#[derive(Debug, Args)]
pub(crate) struct Helm {
    /// Behave as Helm 4 rather than Helm 3
    #[arg(long, global = true)]
    pub(crate) helm4: bool,
    /// What helm would do.
    #[command(subcommand)]
    pub(crate) command: HelmCommand,
}

/// The helm commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum HelmCommand {
    /// Render a chart as `helm template` does
    ///
    /// Takes all flags of `helm template`. Those that concern a cluster, which is never asked, are accepted and do nothing.
    Template(Box<GoFlags<Template>>),
    /// Examine charts as `helm lint` does, and look for values that no template reads
    Lint(Box<GoFlags<Lint>>),
}

/// `weir helm lint`.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// The charts: folders or archives
    #[arg(required = true, num_args = 1.., value_name = "CHART")]
    pub(crate) charts: Vec<String>,
    /// The namespace of the release
    #[arg(long, short, default_value = "default")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) values: ValueFlags,
    /// The Kubernetes version that the chart is told
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// Print only warnings and errors
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Fail on warnings too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Examine the charts inside the charts too
    #[arg(long)]
    pub(crate) with_subcharts: bool,
    /// Do not check values against the charts' schemas
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    /// Accepted and without effect, as nothing more is to be told
    #[arg(long, hide = true)]
    pub(crate) debug: bool,
    #[command(flatten)]
    pub(crate) ignored: Ignored,
}

/// `weir helm template`.
#[derive(Debug, Args)]
pub(crate) struct Template {
    /// The release's name, which may be left out, and the chart: a folder, an archive, a URL or `oci://…`
    #[arg(required = true, num_args = 1.., value_names = ["NAME", "CHART"])]
    pub(crate) arguments: Vec<String>,
    /// The namespace of the release
    #[arg(long, short, default_value = "default")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) values: ValueFlags,
    #[command(flatten)]
    pub(crate) chart: ChartFlags,
    /// The Kubernetes version that the chart is told
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// API versions that the chart is told, beyond Helm's own list
    #[arg(long, short, value_name = "GROUP/VERSION[/KIND]", value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Print the files of `crds/` folders too
    #[arg(long)]
    pub(crate) include_crds: bool,
    /// Leave hooks out
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// Leave test hooks out
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Render for an upgrade rather than an installation
    #[arg(long)]
    pub(crate) is_upgrade: bool,
    /// Print only what this template gives; may be repeated
    #[arg(long, short, value_name = "TEMPLATE")]
    pub(crate) show_only: Vec<String>,
    /// Write each template's output to a file below this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Put the release's name into the path below `--output-dir`
    #[arg(long)]
    pub(crate) release_name: bool,
    /// Make up the release's name with this template
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name_template: Option<String>,
    /// Accepted as helm accepts it: the name may be left out anyway
    #[arg(long, short, hide = true)]
    pub(crate) generate_name: bool,
    /// Do not check values against the charts' schemas
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
    /// Check that each manifest is an object of a kind that Kubernetes or the chart itself knows; no cluster is asked
    #[arg(long)]
    pub(crate) validate: bool,
    /// As helm has it: `client`, or `server`, which is `--validate`
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "unset")]
    pub(crate) dry_run: Option<String>,
    /// Labels of the release, which are checked and not printed
    #[arg(long, short, value_name = "KEY=VALUE", value_delimiter = ',', hide = true)]
    pub(crate) labels: Vec<String>,
    /// Refused: weir starts no other program
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub(crate) post_renderer: Option<String>,
    /// Print what was rendered even if it is no YAML
    #[arg(long)]
    pub(crate) debug: bool,
    #[command(flatten)]
    pub(crate) ignored: Ignored,
}

/// The flags by which values are given.
#[derive(Debug, Args)]
pub(crate) struct ValueFlags {
    /// A file of values, a URL, or `-` for standard input; may be repeated
    #[arg(long, short = 'f', value_name = "FILE", value_delimiter = ',')]
    pub(crate) values: Vec<String>,
    /// Set values, such as `a.b=1,c={x,y}`
    #[arg(long, value_name = "ASSIGNMENTS")]
    pub(crate) set: Vec<String>,
    /// Set values that are texts whatever they look like
    #[arg(long, value_name = "ASSIGNMENTS")]
    pub(crate) set_string: Vec<String>,
    /// Set values that are JSON
    #[arg(long, value_name = "ASSIGNMENTS")]
    pub(crate) set_json: Vec<String>,
    /// Set values to the content of files
    #[arg(long, value_name = "ASSIGNMENTS")]
    pub(crate) set_file: Vec<String>,
    /// Set one value to a text as it stands
    #[arg(long, value_name = "ASSIGNMENT")]
    pub(crate) set_literal: Vec<String>,
}

/// The flags that say where a chart comes from.
#[derive(Debug, Args)]
pub(crate) struct ChartFlags {
    /// The URL of the repository that has the chart
    #[arg(long, value_name = "URL")]
    pub(crate) repo: Option<String>,
    /// The chart's version or range of versions [default: the latest]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Let versions before a release count too
    #[arg(long)]
    pub(crate) devel: bool,
    /// Allow a registry without TLS
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// Refused: provenance files are not checked
    #[arg(long, hide = true)]
    pub(crate) verify: bool,
}

/// Flags of helm that mean nothing without a cluster, or without helm's own configuration.
#[derive(Debug)]
pub(crate) struct Ignored;

impl Args for Ignored {
    fn augment_args(command: Command) -> Command {
        accept(command, IGNORED)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Ignored {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

/// Flags of `helm template`, of Helm 3 or 4, that change nothing of what is printed.
const IGNORED: &[(&str, Shape)] = &[
    ("atomic", Switch),
    ("burst-limit", Value),
    ("ca-file", Value),
    ("cert-file", Value),
    ("color", Value),
    ("colour", Value),
    ("content-cache", Value),
    ("create-namespace", Switch),
    ("dependency-update", Switch),
    ("description", Value),
    ("disable-openapi-validation", Switch),
    ("enable-dns", Switch),
    ("force", Switch),
    ("force-conflicts", Switch),
    ("force-replace", Switch),
    ("hide-notes", Switch),
    ("insecure-skip-tls-verify", Switch),
    ("key-file", Value),
    ("keyring", Value),
    ("kube-apiserver", Value),
    ("kube-as-group", Value),
    ("kube-as-user", Value),
    ("kube-ca-file", Value),
    ("kube-context", Value),
    ("kube-insecure-skip-tls-verify", Switch),
    ("kube-tls-server-name", Value),
    ("kube-token", Value),
    ("kubeconfig", Value),
    ("pass-credentials", Switch),
    ("password", Value),
    ("post-renderer-args", Value),
    ("qps", Value),
    ("registry-config", Value),
    ("render-subchart-notes", Switch),
    ("replace", Switch),
    ("repository-cache", Value),
    ("repository-config", Value),
    ("rollback-on-failure", Switch),
    ("server-side", Switch),
    ("skip-crds", Switch),
    ("take-ownership", Switch),
    ("timeout", Value),
    ("username", Value),
    ("wait", Optional),
    ("wait-for-jobs", Switch),
];
