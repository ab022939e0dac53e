//! How a build is done: what the command line's flags, or a controller, would say.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Limits, Tree, TreePath};

use crate::budget::LIMITS;

/// What a build may load, how it sorts, and what it has at hand.
#[derive(Clone)]
pub struct BuildSettings {
    /// Which files a kustomization may name.
    pub load_restrictor: LoadRestrictor,
    /// How the objects are sorted when no `sortOptions` say.
    pub reorder: Reorder,
    /// Whether `helmCharts` are rendered; without it they are an error, as in kustomize.
    pub enable_helm: bool,
    /// The trees of remote resources by the URL as it stands in the kustomization.
    pub remotes: BTreeMap<String, Arc<Tree>>,
    /// Renders a chart to YAML text; without it a chart is an error.
    pub inflate: Option<Inflate>,
    /// Whether every object gets the label `app.kubernetes.io/managed-by`.
    pub managed_by_label: bool,
    /// What stands before a path in messages, for instance the absolute path of the tree's root.
    pub root_name: String,
    /// Whether it is remembered what changed each object ([`crate::Built::edits`]).
    pub trace: bool,
    /// What the build may use.
    pub limits: Limits,
}

/// Renders one chart of `helmCharts`.
pub type Inflate = Arc<dyn Fn(&ChartRequest<'_>) -> Result<String, String> + Send + Sync>;

/// One entry of `helmCharts`, merged with `helmGlobals`.
#[derive(Clone, Debug)]
pub struct ChartRequest<'a> {
    /// The tree that is built.
    pub tree: &'a Tree,
    /// The folder of the chart in the tree.
    pub chart: &'a TreePath,
    /// The texts of the values files, in the order in which they are given to Helm.
    pub values: &'a [String],
    /// `name`: the chart's.
    pub name: &'a str,
    /// `releaseName`; empty when a name is to be made up.
    pub release_name: &'a str,
    /// `nameTemplate`: how a name is made up; empty when it is not said.
    pub name_template: &'a str,
    /// `namespace`; empty means `default`.
    pub namespace: &'a str,
    /// `kubeVersion`; empty means Helm's own.
    pub kube_version: &'a str,
    /// `apiVersions`, beside Helm's own.
    pub api_versions: &'a [SmolStr],
    /// `includeCRDs`.
    pub include_crds: bool,
    /// `skipHooks`.
    pub skip_hooks: bool,
    /// `skipTests`.
    pub skip_tests: bool,
}

/// Which files a kustomization may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LoadRestrictor {
    /// Files in or below the kustomization's own folder.
    #[default]
    RootOnly,
    /// Any file of the tree.
    None,
}

/// How objects are sorted when no `sortOptions` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reorder {
    /// Namespaces and the like first, webhooks last; what the command line does by default.
    #[default]
    Legacy,
    /// As they were found.
    None,
}

impl Default for BuildSettings {
    /// What `kustomize build` does without flags.
    fn default() -> Self {
        Self {
            load_restrictor: LoadRestrictor::RootOnly,
            reorder: Reorder::Legacy,
            enable_helm: false,
            remotes: BTreeMap::new(),
            inflate: None,
            managed_by_label: false,
            root_name: String::new(),
            trace: false,
            limits: LIMITS,
        }
    }
}

impl BuildSettings {
    /// What Flux's kustomize-controller does: any file of the tree, no sorting, no plugins.
    pub fn flux() -> Self {
        Self { load_restrictor: LoadRestrictor::None, reorder: Reorder::None, ..Self::default() }
    }
}

impl fmt::Debug for BuildSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildSettings")
            .field("load_restrictor", &self.load_restrictor)
            .field("reorder", &self.reorder)
            .field("enable_helm", &self.enable_helm)
            .field("remotes", &self.remotes.keys())
            .field("managed_by_label", &self.managed_by_label)
            .finish_non_exhaustive()
    }
}
