//! The parts of a kustomization.

use smol_str::SmolStr;
use weir_model::{Map, Origin, Value};

use super::decode::{Decoder, Entry};
use crate::fields::FieldSpec;

/// Which resources are meant: each part a regular expression, an empty part anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selector {
    pub(crate) group: SmolStr,
    pub(crate) version: SmolStr,
    pub(crate) kind: SmolStr,
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) annotation_selector: SmolStr,
    pub(crate) label_selector: SmolStr,
}

impl Selector {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("Selector", value, |decoder, key, value| {
            let field = match key {
                "group" => &mut read.group,
                "version" => &mut read.version,
                "kind" => &mut read.kind,
                "name" => &mut read.name,
                "namespace" => &mut read.namespace,
                "annotationselector" => &mut read.annotation_selector,
                "labelselector" => &mut read.label_selector,
                _ => return false,
            };
            *field = decoder.text(value);
            true
        });
        read
    }
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) path: SmolStr,
    pub(crate) patch: Entry,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    /// The entry as it was written, to be shown in errors.
    pub(crate) raw: Value,
}

impl Patch {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self { raw: value.clone(), ..Self::default() };
        decoder.fields("Patch", value, |decoder, key, value| {
            match key {
                "path" => read.path = decoder.text(value),
                "patch" => read.patch = decoder.entry(value),
                "target" => {
                    read.target = (!value.is_null()).then(|| Selector::read(decoder, value));
                }
                "options" => {
                    decoder.fields("PatchArgs", value, |decoder, key, value| {
                        match key {
                            "allownamechange" => read.allow_name_change = decoder.truth(value),
                            "allowkindchange" => read.allow_kind_change = decoder.truth(value),
                            _ => return false,
                        }
                        true
                    });
                }
                _ => return false,
            }
            true
        });
        read
    }

    /// Tells whether the patch, which reads `text`, may hold values of a Secret: it says so, or its target may be one.
    pub(crate) fn may_be_secret(&self, text: &str) -> bool {
        let kind = self.target.as_ref().map(|target| target.kind.as_str()).unwrap_or_default();
        let is_pattern = !kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
        weir_yaml::may_be_secret(text)
            || kind == "Secret"
            || ((kind.is_empty() || is_pattern) && weir_yaml::has_word(text, "data"))
    }
}

/// An entry of `labels`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Label {
    pub(crate) pairs: Vec<(SmolStr, SmolStr)>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_volume_claim_templates: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

impl Label {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("Label", value, |decoder, key, value| {
            match key {
                "pairs" => read.pairs = decoder.text_map(value),
                "includeselectors" => read.include_selectors = decoder.truth(value),
                "includetemplates" => read.include_templates = decoder.truth(value),
                "includevolumeclaimtemplates" => {
                    read.include_volume_claim_templates = decoder.truth(value);
                }
                "fields" => read.fields = decoder.list("types.FsSlice", value, read_field_spec),
                _ => return false,
            }
            true
        });
        read
    }
}

/// Reads one field spec.
pub(crate) fn read_field_spec(decoder: &mut Decoder, value: &Value) -> FieldSpec {
    let mut read = FieldSpec::default();
    decoder.fields("FieldSpec", value, |decoder, key, value| {
        match key {
            "group" => read.group = decoder.text(value).into(),
            "version" => read.version = decoder.text(value).into(),
            "kind" => read.kind = decoder.text(value).into(),
            "path" => read.path = decoder.text(value).into(),
            "create" => read.create = decoder.truth(value),
            _ => return false,
        }
        true
    });
    read
}

/// An entry of `images`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Image {
    pub(crate) name: SmolStr,
    pub(crate) new_name: SmolStr,
    pub(crate) tag_suffix: SmolStr,
    pub(crate) new_tag: SmolStr,
    pub(crate) digest: SmolStr,
}

impl Image {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("Image", value, |decoder, key, value| {
            let field = match key {
                "name" => &mut read.name,
                "newname" => &mut read.new_name,
                "tagsuffix" => &mut read.tag_suffix,
                "newtag" => &mut read.new_tag,
                "digest" => &mut read.digest,
                _ => return false,
            };
            *field = decoder.text(value);
            true
        });
        read
    }
}

/// An entry of `replicas`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Replica {
    pub(crate) name: SmolStr,
    pub(crate) count: i64,
    pub(crate) at: Origin,
}

impl Replica {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self { at: value.origin, ..Self::default() };
        decoder.fields("Replica", value, |decoder, key, value| {
            match key {
                "name" => read.name = decoder.text(value),
                "count" => read.count = decoder.int(value),
                _ => return false,
            }
            true
        });
        read
    }
}

/// An entry of `vars`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Var {
    pub(crate) name: SmolStr,
    pub(crate) group: SmolStr,
    pub(crate) version: SmolStr,
    pub(crate) kind: SmolStr,
    pub(crate) object_name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) field_path: SmolStr,
    api_version: SmolStr,
}

impl Var {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("Var", value, |decoder, key, value| {
            match key {
                "name" => read.name = decoder.text(value),
                "objref" => decoder.fields("Target", value, |decoder, key, value| {
                    let field = match key {
                        "apiversion" => &mut read.api_version,
                        "group" => &mut read.group,
                        "version" => &mut read.version,
                        "kind" => &mut read.kind,
                        "name" => &mut read.object_name,
                        "namespace" => &mut read.namespace,
                        _ => return false,
                    };
                    *field = decoder.text(value);
                    true
                }),
                "fieldref" => decoder.fields("FieldSelector", value, |decoder, key, value| {
                    if key == "fieldpath" {
                        read.field_path = decoder.text(value);
                    }
                    key == "fieldpath"
                }),
                _ => return false,
            }
            true
        });
        read
    }

    /// Fills in what is left unsaid: the field, and group and version when `apiVersion` was given.
    pub(crate) fn complete(&mut self) {
        if self.field_path.is_empty() {
            self.field_path = SmolStr::new_static("metadata.name");
        }
        let parts: Vec<&str> = self.api_version.split('/').collect();
        match parts.as_slice() {
            [group, version] => {
                self.group = SmolStr::new(group);
                self.version = SmolStr::new(version);
            }
            [version] if !version.is_empty() => self.version = SmolStr::new(version),
            _ => {}
        }
    }
}

impl std::fmt::Display for Var {
    /// Writes the var as Go's `%v` does.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gvk = crate::resources::id::gvk_text(&self.group, &self.version, &self.kind);
        write!(f, "{{{} {gvk} {{{}}}}}", self.name, self.field_path)
    }
}

/// `sortOptions`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SortOptions {
    pub(crate) order: SmolStr,
    /// The kinds that come first, and those that come last.
    pub(crate) legacy: Option<(Vec<SmolStr>, Vec<SmolStr>)>,
}

impl SortOptions {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("SortOptions", value, |decoder, key, value| {
            match key {
                "order" => read.order = decoder.text(value),
                "legacysortoptions" => {
                    if value.is_null() {
                        return true;
                    }
                    let (mut first, mut last) = (Vec::new(), Vec::new());
                    decoder.fields("LegacySortOptions", value, |decoder, key, value| {
                        match key {
                            "orderfirst" => first = decoder.texts(value),
                            "orderlast" => last = decoder.texts(value),
                            _ => return false,
                        }
                        true
                    });
                    read.legacy = Some((first, last));
                }
                _ => return false,
            }
            true
        });
        read
    }
}

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorArgs {
    pub(crate) name: SmolStr,
    pub(crate) namespace: SmolStr,
    pub(crate) behavior: SmolStr,
    pub(crate) literals: Vec<Entry>,
    pub(crate) files: Vec<Entry>,
    pub(crate) envs: Vec<Entry>,
    /// An older way to name one more of `envs`.
    pub(crate) env: Entry,
    pub(crate) options: Option<GeneratorOptions>,
    /// Of a Secret.
    pub(crate) secret_type: SmolStr,
    pub(crate) at: Origin,
}

impl GeneratorArgs {
    /// Reads the arguments of a ConfigMap.
    pub(crate) fn of_config_map(decoder: &mut Decoder, value: &Value) -> Self {
        Self::read("ConfigMapArgs", decoder, value)
    }

    /// Reads the arguments of a Secret.
    pub(crate) fn of_secret(decoder: &mut Decoder, value: &Value) -> Self {
        Self::read("SecretArgs", decoder, value)
    }

    fn read(kind: &'static str, decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self { at: value.origin, ..Self::default() };
        decoder.fields(kind, value, |decoder, key, value| {
            match key {
                "name" => read.name = decoder.text(value),
                "namespace" => read.namespace = decoder.text(value),
                "behavior" => read.behavior = decoder.text(value),
                "literals" => read.literals = decoder.entries(value),
                "files" => read.files = decoder.entries(value),
                "envs" => read.envs = decoder.entries(value),
                "env" => read.env = decoder.entry(value),
                "type" if kind == "SecretArgs" => read.secret_type = decoder.text(value),
                "options" => {
                    read.options =
                        (!value.is_null()).then(|| GeneratorOptions::read(decoder, value));
                }
                _ => return false,
            }
            true
        });
        read
    }
}

/// `generatorOptions`, or an entry's `options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Vec<(SmolStr, SmolStr)>,
    pub(crate) annotations: Vec<(SmolStr, SmolStr)>,
    pub(crate) disable_name_suffix_hash: bool,
    pub(crate) immutable: bool,
}

impl GeneratorOptions {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("GeneratorOptions", value, |decoder, key, value| {
            match key {
                "labels" => read.labels = decoder.text_map(value),
                "annotations" => read.annotations = decoder.text_map(value),
                "disablenamesuffixhash" => read.disable_name_suffix_hash = decoder.truth(value),
                "immutable" => read.immutable = decoder.truth(value),
                _ => return false,
            }
            true
        });
        read
    }

    /// Fills in what an entry leaves to the kustomization's `generatorOptions`.
    pub(crate) fn filled(local: Option<&Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return local.cloned() };
        let mut filled = local.cloned().unwrap_or_default();
        for (own, other) in
            [(&mut filled.labels, &global.labels), (&mut filled.annotations, &global.annotations)]
        {
            for (key, text) in other {
                if !own.iter().any(|(known, _)| known == key) {
                    own.push((key.clone(), text.clone()));
                }
            }
            own.sort();
        }
        filled.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        filled.immutable |= global.immutable;
        Some(filled)
    }
}

/// `helmGlobals`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HelmGlobals {
    pub(crate) chart_home: SmolStr,
    pub(crate) config_home: SmolStr,
}

impl HelmGlobals {
    pub(crate) fn read(decoder: &mut Decoder, value: &Value) -> Self {
        let mut read = Self::default();
        decoder.fields("HelmGlobals", value, |decoder, key, value| {
            match key {
                "charthome" => read.chart_home = decoder.text(value),
                "confighome" => read.config_home = decoder.text(value),
                _ => return false,
            }
            true
        });
        read
    }
}

/// Gives an entry of `helmChartInflationGenerator` the names that `helmCharts` has, and its chart and helm homes.
pub(crate) fn rename_old_chart(old: &Value) -> (Value, Option<SmolStr>, Option<SmolStr>) {
    const NAMES: &[(&str, &str)] = &[
        ("chartname", "name"),
        ("chartversion", "version"),
        ("chartrepourl", "repo"),
        ("values", "valuesFile"),
        ("valueslocal", "valuesInline"),
        ("valuesmerge", "valuesMerge"),
        ("releasename", "releaseName"),
    ];
    let mut chart = Map::new();
    let (mut chart_home, mut helm_home) = (None, None);
    for (key, value) in old.as_map().into_iter().flat_map(Map::iter) {
        let key = key.to_ascii_lowercase();
        let text = || value.as_str().filter(|text| !text.is_empty()).map(SmolStr::new);
        match key.as_str() {
            "charthome" => chart_home = text(),
            "helmhome" => helm_home = text(),
            _ => {
                if let Some((_, name)) = NAMES.iter().find(|(old, _)| *old == key) {
                    chart.insert(*name, value.clone());
                }
            }
        }
    }
    (Value::map(chart).at(old.origin), chart_home, helm_home)
}
