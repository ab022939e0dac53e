//! The kustomization file: what it may say, read and brought up to date.

mod checked;
pub(crate) mod decode;
pub(crate) mod types;

use smol_str::SmolStr;
use weir_model::{Data, Diagnostic, Origin, Value};

use crate::error::{BuildError, Errors, Result, Within};
use decode::{Decoder, Entry};
use types::{
    GeneratorArgs, GeneratorOptions, HelmGlobals, Image, Label, Patch, Replica, SortOptions, Var,
};

/// The kind of a kustomization that is built into its parent's resources.
pub(crate) const COMPONENT: &str = "Component";
const KUSTOMIZATION: &str = "Kustomization";

/// What a kustomization file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) kind: SmolStr,
    pub(crate) api_version: SmolStr,
    pub(crate) openapi_path: Option<Entry>,
    pub(crate) openapi_version: Option<SmolStr>,
    pub(crate) name_prefix: SmolStr,
    pub(crate) name_suffix: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) common_labels: Vec<(SmolStr, SmolStr)>,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_annotations: Vec<(SmolStr, SmolStr)>,
    pub(crate) patches_strategic_merge: Vec<Entry>,
    pub(crate) patches_json6902: Vec<Patch>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) replacements: Vec<Value>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) vars: Vec<Var>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<Entry>,
    pub(crate) components: Vec<Entry>,
    pub(crate) crds: Vec<Entry>,
    pub(crate) config_maps: Vec<GeneratorArgs>,
    pub(crate) secrets: Vec<GeneratorArgs>,
    pub(crate) helm_globals: Option<HelmGlobals>,
    pub(crate) helm_charts: Vec<Value>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<Entry>,
    pub(crate) generators: Vec<Entry>,
    pub(crate) transformers: Vec<Entry>,
    pub(crate) validators: Vec<Entry>,
    pub(crate) build_metadata: Vec<SmolStr>,
}

/// A deprecated field, and what kustomize says when it is used.
struct Deprecated {
    key: &'static str,
    instead: &'static str,
    lead: &'static str,
}

const DEPRECATED: &[Deprecated] = &[
    Deprecated { key: "bases", instead: "resources", lead: "" },
    Deprecated { key: "commonLabels", instead: "labels", lead: "" },
    Deprecated { key: "imageTags", instead: "images", lead: "" },
    Deprecated { key: "patchesJson6902", instead: "patches", lead: "" },
    Deprecated { key: "patchesStrategicMerge", instead: "patches", lead: "" },
    Deprecated { key: "vars", instead: "replacements", lead: "[EXPERIMENTAL] " },
];

impl Kustomization {
    /// Reads a kustomization, and brings deprecated fields up to date; with it comes what is wrong with it. `root` names
    /// its folder in errors.
    pub(crate) fn read(
        value: &Value,
        root: &str,
        warnings: &mut Vec<Diagnostic>,
    ) -> (Self, Result<()>) {
        let mut decoder = Decoder::strict();
        let mut read = Self::default();
        let mut bases = Vec::new();
        let mut image_tags = Vec::new();
        let mut old_charts = Vec::new();
        decoder.fields("Kustomization", value, |decoder, key, value| {
            read.field(decoder, key, value, &mut bases, &mut image_tags, &mut old_charts)
        });
        let mut errors = Errors::default();
        errors.note(decoder.finish(()).within("invalid Kustomization"));
        warn_of_deprecated(value, warnings);
        read.resources.append(&mut bases);
        read.images.append(&mut image_tags);
        for args in read.config_maps.iter_mut().chain(&mut read.secrets) {
            let env = std::mem::take(&mut args.env);
            if !env.text.is_empty() {
                args.envs.push(env);
            }
        }
        read.take_old_charts(&old_charts);
        if read.kind.is_empty() {
            read.kind = SmolStr::new_static(KUSTOMIZATION);
        }
        if is_empty(value) {
            errors.note(Err::<(), _>(
                BuildError::new("kustomization.yaml is empty").at(value.origin),
            ));
        }
        errors.note(read.check_kind(root, value.origin));
        (read, errors.finish(()))
    }

    fn field(
        &mut self,
        decoder: &mut Decoder,
        key: &str,
        value: &Value,
        bases: &mut Vec<Entry>,
        image_tags: &mut Vec<Image>,
        old_charts: &mut Vec<Value>,
    ) -> bool {
        match key {
            "kind" => self.kind = decoder.text(value),
            "apiversion" => self.api_version = decoder.text(value),
            "metadata" => {
                decoder.fields("ObjectMeta", value, |decoder, key, value| {
                    match key {
                        "name" | "namespace" => drop(decoder.text(value)),
                        "labels" | "annotations" => drop(decoder.text_map(value)),
                        _ => return false,
                    }
                    true
                });
            }
            "openapi" => {
                for (key, text) in decoder.text_map(value) {
                    match key.as_str() {
                        "path" => self.openapi_path = Some(Entry { text, at: value.origin }),
                        "version" => self.openapi_version = Some(text),
                        _ => {}
                    }
                }
            }
            "nameprefix" => self.name_prefix = decoder.text(value),
            "namesuffix" => self.name_suffix = decoder.text(value),
            "namespace" => self.namespace = decoder.text(value),
            "commonlabels" => self.common_labels = decoder.text_map(value),
            "labels" => self.labels = decoder.list("[]types.Label", value, Label::read),
            "commonannotations" => self.common_annotations = decoder.text_map(value),
            "patchesstrategicmerge" => self.patches_strategic_merge = decoder.entries(value),
            "patchesjson6902" => {
                self.patches_json6902 = decoder.list("[]types.Patch", value, Patch::read);
            }
            "patches" => self.patches = decoder.list("[]types.Patch", value, Patch::read),
            "images" => self.images = decoder.list("[]types.Image", value, Image::read),
            "imagetags" => *image_tags = decoder.list("[]types.Image", value, Image::read),
            "replacements" => {
                self.replacements =
                    decoder.list("[]types.ReplacementField", value, checked::replacement);
            }
            "replicas" => self.replicas = decoder.list("[]types.Replica", value, Replica::read),
            "vars" => self.vars = decoder.list("[]types.Var", value, Var::read),
            "sortoptions" => {
                self.sort_options = (!value.is_null()).then(|| SortOptions::read(decoder, value));
            }
            "resources" => self.resources = decoder.entries(value),
            "bases" => *bases = decoder.entries(value),
            "components" => self.components = decoder.entries(value),
            "crds" => self.crds = decoder.entries(value),
            "configmapgenerator" => {
                self.config_maps =
                    decoder.list("[]types.ConfigMapArgs", value, GeneratorArgs::of_config_map);
            }
            "secretgenerator" => {
                self.secrets = decoder.list("[]types.SecretArgs", value, GeneratorArgs::of_secret);
            }
            "helmglobals" => {
                self.helm_globals = (!value.is_null()).then(|| HelmGlobals::read(decoder, value));
            }
            "helmcharts" => {
                self.helm_charts = decoder.list("[]types.HelmChart", value, checked::chart);
            }
            "helmchartinflationgenerator" => {
                *old_charts = decoder.list("[]types.HelmChartArgs", value, checked::old_chart);
            }
            "generatoroptions" => {
                self.generator_options =
                    (!value.is_null()).then(|| GeneratorOptions::read(decoder, value));
            }
            "configurations" => self.configurations = decoder.entries(value),
            "generators" => self.generators = decoder.entries(value),
            "transformers" => self.transformers = decoder.entries(value),
            "validators" => self.validators = decoder.entries(value),
            "buildmetadata" => self.build_metadata = decoder.texts(value),
            _ => return false,
        }
        true
    }

    /// Turns entries of `helmChartInflationGenerator` into `helmCharts` and `helmGlobals`.
    fn take_old_charts(&mut self, old: &[Value]) {
        let mut globals = HelmGlobals::default();
        for chart in old {
            let (renamed, chart_home, helm_home) = types::rename_old_chart(chart);
            globals.chart_home = chart_home.unwrap_or(globals.chart_home);
            globals.config_home = helm_home.unwrap_or(globals.config_home);
            self.helm_charts.push(renamed);
        }
        if self.helm_globals.is_none() && globals != HelmGlobals::default() {
            self.helm_globals = Some(globals);
        }
    }

    fn check_kind(&self, root: &str, at: Origin) -> Result<()> {
        let mut errors = Vec::new();
        if self.kind != KUSTOMIZATION && self.kind != COMPONENT {
            errors.push("kind should be Kustomization or Component".to_owned());
        }
        let version = if self.kind == COMPONENT {
            "kustomize.config.k8s.io/v1alpha1"
        } else {
            "kustomize.config.k8s.io/v1beta1"
        };
        if !self.api_version.is_empty() && self.api_version != version {
            errors.push(format!("apiVersion for {} should be {version}", self.kind));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(BuildError::new(format!(
            "Failed to read kustomization file under {root}:\n{}",
            errors.join("\n")
        ))
        .at(at))
    }
}

/// Tells whether a kustomization says nothing, its kind apart.
fn is_empty(value: &Value) -> bool {
    let Some(map) = value.as_map() else { return true };
    map.iter().all(|(key, value)| {
        let key = key.to_ascii_lowercase();
        let moved = matches!(key.as_str(), "bases" | "imagetags" | "helmchartinflationgenerator");
        matches!(key.as_str(), "kind" | "apiversion")
            || match &value.data {
                Data::Null => true,
                Data::String(text) => text.is_empty(),
                Data::List(items) => moved && items.is_empty(),
                _ => false,
            }
    })
}

fn warn_of_deprecated(value: &Value, warnings: &mut Vec<Diagnostic>) {
    let Some(map) = value.as_map() else { return };
    for Deprecated { key, instead, lead } in DEPRECATED {
        let used =
            map.iter().find(|(used, value)| used.eq_ignore_ascii_case(key) && !value.is_null());
        if let Some((_, value)) = used {
            warnings.push(
                Diagnostic::warning(
                    "kustomize-deprecated",
                    format!(
                        "'{key}' is deprecated. Please use '{instead}' instead. {lead}Run 'kustomize edit fix' to update your Kustomization automatically."
                    ),
                )
                .at(value.origin),
            );
        }
    }
}
