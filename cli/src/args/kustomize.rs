//! The arguments of `weir kustomize`: kustomize's own flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `weir kustomize`.
#[derive(Debug, Args)]
#[command(disable_help_flag = false)]
pub(crate) struct Kustomize {
    /// What kustomize would do.
    #[command(subcommand)]
    pub(crate) command: KustomizeCommand,
}

/// The kustomize commands that are there.
#[derive(Debug, Subcommand)]
pub(crate) enum KustomizeCommand {
    /// Build a folder as `kustomize build` does
    Build(KustomizeBuild),
}

/// `weir kustomize build`, with kustomize's own flags.
#[derive(Debug, Args)]
pub(crate) struct KustomizeBuild {
    /// The folder with the kustomization
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Which files a kustomization may name
    #[arg(long, value_enum, default_value_t = Restrictor::LoadRestrictionsRootOnly)]
    pub(crate) load_restrictor: Restrictor,
    /// How to sort the objects, when no `sortOptions` say
    #[arg(long, value_enum, default_value_t = Order::Legacy)]
    pub(crate) reorder: Order,
    /// Render `helmCharts`
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false")]
    pub(crate) enable_helm: bool,
    /// The Kubernetes version that charts are told, whatever the kustomization says
    #[arg(long, value_name = "VERSION")]
    pub(crate) helm_kube_version: Option<String>,
    /// API versions that charts are told, whatever the kustomization says
    #[arg(long, value_name = "GROUP/VERSION", value_delimiter = ',')]
    pub(crate) helm_api_versions: Vec<String>,
    /// Add the label `app.kubernetes.io/managed-by` to every object
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false")]
    pub(crate) enable_managedby_label: bool,
    /// Write to a file, or to files in a folder, rather than to standard output
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) unused: Unused,
}

/// kustomize's flags for functions and for starting helm: accepted, so that scripts run, and without effect, as weir
/// starts no other program.
#[derive(Debug, Args)]
pub(crate) struct Unused {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) as_current_user: Option<Option<bool>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) enable_alpha_plugins: Option<Option<bool>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) enable_exec: Option<Option<bool>>,
    #[arg(long, short, hide = true)]
    pub(crate) env: Vec<String>,
    #[arg(long, hide = true)]
    pub(crate) helm_command: Option<PathBuf>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) helm_debug: Option<Option<bool>>,
    #[arg(long, hide = true)]
    pub(crate) mount: Vec<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) network: Option<Option<bool>>,
    #[arg(long, hide = true)]
    pub(crate) network_name: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    pub(crate) stack_trace: Option<Option<bool>>,
}

/// kustomize's words for what may be loaded.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Restrictor {
    /// Files in or below the kustomization's folder.
    #[value(name = "LoadRestrictionsRootOnly", alias = "rootOnly")]
    LoadRestrictionsRootOnly,
    /// Any file.
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    LoadRestrictionsNone,
}

/// kustomize's words for how objects are sorted.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    /// Namespaces and the like first, webhooks last.
    Legacy,
    /// As they were found.
    None,
}
