//! `HelmRelease`: a chart with values.

use weir_model::{Manifest, Origin, SmolStr, Value, Warned};

use super::helm_chart::HelmChart;
use super::shared::{
    CommonMetadata, Dependency, Image, Patch, Reference, dependencies, images, patches,
};
use crate::names::shorten_release_name;
use crate::read::{Fields, read};

/// What of a `HelmRelease` decides its result.
#[derive(Clone, Debug, PartialEq)]
pub struct HelmRelease {
    /// Where the chart comes from.
    pub chart: ReleaseChart,
    /// Values from ConfigMaps and Secrets, in order.
    pub values_from: Vec<ValuesReference>,
    /// Values written inline; they win, but for references with a target path.
    pub values: Option<Value>,
    /// The name of the release as it is written.
    pub release_name: Option<SmolStr>,
    /// The namespace of the release as it is written.
    pub target_namespace: Option<SmolStr>,
    /// The namespace in which Helm keeps its records.
    pub storage_namespace: Option<SmolStr>,
    /// What changes the rendered objects, in order.
    pub post_renderers: Vec<PostRenderer>,
    /// Whether hooks pass the post-renderers, too.
    pub post_render_strategy: PostRenderStrategy,
    /// What happens to the chart's CRDs at installation.
    pub install_crds: CrdPolicy,
    /// What happens to the chart's CRDs at an upgrade.
    pub upgrade_crds: CrdPolicy,
    /// Whether hooks are left out at installation.
    pub disable_hooks: bool,
    /// Whether the chart's schema is not applied to the values.
    pub disable_schema_validation: bool,
    /// Metadata for all objects.
    pub common_metadata: CommonMetadata,
    /// What must be ready first.
    pub depends_on: Vec<Dependency>,
    /// Whether reconciliation is suspended.
    pub suspend: bool,
    /// Whether the chart's tests are run.
    pub tests: bool,
}

/// Where the chart of a release comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReleaseChart {
    /// `spec.chart`: a template of a `HelmChart`, in the namespace of its source.
    Template(Box<HelmChart>),
    /// `spec.chartRef`: an `OCIRepository`, `HelmChart` or `ExternalArtifact`.
    Reference(Reference),
    /// Neither is there.
    #[default]
    Missing,
}

/// `spec.valuesFrom[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesReference {
    /// `ConfigMap` or `Secret`.
    pub kind: SmolStr,
    /// The name, in the HelmRelease's namespace.
    pub name: SmolStr,
    /// The key of the data; `values.yaml` when it is not written.
    pub key: SmolStr,
    /// Where a single value goes, in the syntax of `--set`.
    pub target_path: Option<SmolStr>,
    /// Whether the value at the target path is taken as it is.
    pub literal: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// Where it is written.
    pub origin: Origin,
}

/// `spec.postRenderers[].kustomize`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostRenderer {
    /// The patches.
    pub patches: Vec<Patch>,
    /// The images.
    pub images: Vec<Image>,
}

/// How hooks pass the post-renderers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostRenderStrategy {
    /// Not at all.
    NoHooks,
    /// Together with the other manifests.
    #[default]
    Combined,
    /// By themselves.
    Separate,
}

/// What happens to the CRDs in a chart's `crds` folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrdPolicy {
    /// Nothing.
    Skip,
    /// They are created when they are not there.
    #[default]
    Create,
    /// They are created or replaced.
    CreateReplace,
}

impl HelmRelease {
    /// Reads a manifest.
    pub fn read(manifest: &Manifest) -> Warned<Self> {
        read(manifest, Self::from_spec)
    }

    fn from_spec(spec: &Fields<'_>) -> Self {
        let install = spec.child("install");
        let not_empty = |text: &SmolStr| !text.is_empty();
        let values = spec.child("values").exists().then(|| spec.value("values").cloned()).flatten();
        Self {
            chart: chart(spec),
            values_from: spec.items("valuesFrom").iter().map(values_reference).collect(),
            values,
            release_name: spec.text("releaseName").filter(not_empty),
            target_namespace: spec.text("targetNamespace").filter(not_empty),
            storage_namespace: spec.text("storageNamespace").filter(not_empty),
            post_renderers: spec
                .items("postRenderers")
                .iter()
                .map(|fields| fields.child("kustomize"))
                .filter(Fields::exists)
                .map(|fields| PostRenderer { patches: patches(&fields), images: images(&fields) })
                .collect(),
            post_render_strategy: match spec
                .word("postRenderStrategy", &["nohooks", "combined", "separate"])
                .as_deref()
            {
                Some("nohooks") => PostRenderStrategy::NoHooks,
                Some("separate") => PostRenderStrategy::Separate,
                _ => PostRenderStrategy::Combined,
            },
            install_crds: if install.flag("skipCRDs") == Some(true) {
                CrdPolicy::Skip
            } else {
                crd_policy(&install)
            },
            upgrade_crds: crd_policy(&spec.child("upgrade")),
            disable_hooks: install.flag("disableHooks").unwrap_or_default(),
            disable_schema_validation: install.flag("disableSchemaValidation").unwrap_or_default(),
            common_metadata: CommonMetadata::read(spec),
            depends_on: dependencies(spec),
            suspend: spec.flag("suspend").unwrap_or_default(),
            tests: spec.child("test").flag("enable").unwrap_or_default(),
        }
    }

    /// Returns the name of the Helm release, given the name of the object.
    pub fn release(&self, name: &str) -> String {
        match (&self.release_name, &self.target_namespace) {
            (Some(release), _) => shorten_release_name(release),
            (None, Some(namespace)) => shorten_release_name(&format!("{namespace}-{name}")),
            (None, None) => shorten_release_name(name),
        }
    }

    /// Returns the namespace of the Helm release, given that of the object.
    pub fn namespace<'a>(&'a self, own: &'a str) -> &'a str {
        self.target_namespace.as_deref().unwrap_or(own)
    }
}

fn chart(spec: &Fields<'_>) -> ReleaseChart {
    let template = spec.child("chart").child("spec");
    let reference = spec.child("chartRef");
    match (template.exists(), reference.exists()) {
        (true, false) => ReleaseChart::Template(Box::new(HelmChart::from_spec(&template))),
        (false, true) => ReleaseChart::Reference(Reference::read(
            &reference,
            &["OCIRepository", "HelmChart", "ExternalArtifact"],
        )),
        (both, _) => {
            let problem = if both {
                "and `chartRef` are both set"
            } else {
                "and `chartRef` are both missing"
            };
            spec.report("chart", spec.origin(), problem, "flux-field-value");
            ReleaseChart::Missing
        }
    }
}

fn values_reference(fields: &Fields<'_>) -> ValuesReference {
    ValuesReference {
        kind: fields.word("kind", &["ConfigMap", "Secret"]).unwrap_or_default(),
        name: fields.required("name"),
        key: fields.text("valuesKey").filter(|t| !t.is_empty()).unwrap_or("values.yaml".into()),
        target_path: fields.text("targetPath").filter(|text| !text.is_empty()),
        literal: fields.flag("literal").unwrap_or_default(),
        optional: fields.flag("optional").unwrap_or_default(),
        origin: fields.origin(),
    }
}

/// Reads a policy; what is documented as `Skip` for upgrades is `Create` in helm-controller, too.
fn crd_policy(fields: &Fields<'_>) -> CrdPolicy {
    match fields.word("crds", &["Skip", "Create", "CreateReplace"]).as_deref() {
        Some("Skip") => CrdPolicy::Skip,
        Some("CreateReplace") => CrdPolicy::CreateReplace,
        _ => CrdPolicy::Create,
    }
}
