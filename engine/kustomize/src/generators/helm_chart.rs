//! `helmCharts`: the chart is rendered by what the settings give for it.

use smol_str::SmolStr;
use weir_model::{Origin, Source, Value};

use super::Generator;
use crate::error::{BuildError, Result, Within};
use crate::kustomization::decode::Decoder;
use crate::load::Folder;
use crate::merge;
use crate::paths;
use crate::resources::{Resource, bookkeeping, read};
use crate::session::Session;
use crate::settings::ChartRequest;

/// Renders one chart.
#[derive(Default)]
pub(crate) struct HelmChartInflationGenerator {
    at: Origin,
    chart_home: SmolStr,
    name: SmolStr,
    version: SmolStr,
    repo: SmolStr,
    release_name: SmolStr,
    name_template: SmolStr,
    namespace: SmolStr,
    kube_version: SmolStr,
    api_versions: Vec<SmolStr>,
    include_crds: bool,
    skip_hooks: bool,
    skip_tests: bool,
    values_file: SmolStr,
    values_inline: Option<Value>,
    values_merge: SmolStr,
    additional: Vec<SmolStr>,
}

impl HelmChartInflationGenerator {
    /// Reads the generator from an entry of `helmCharts` with `helmGlobals` in it, or a resource of its kind.
    pub(crate) fn read<'a>(
        config: &Value,
        folder: &Folder<'a>,
        session: &mut Session<'a>,
    ) -> Result<Self> {
        if !session.settings.enable_helm {
            return Err(BuildError::new("must specify --enable-helm").at(config.origin));
        }
        let mut decoder = Decoder::lenient();
        let mut read = Self { at: config.origin, ..Self::default() };
        decoder.fields("HelmChartInflationGeneratorPlugin", config, |decoder, key, value| {
            read.field(decoder, key, value)
        });
        let mut read = decoder.finish(read)?;
        read.check().at(config.origin)?;
        if read.chart_home.is_empty() {
            read.chart_home = SmolStr::new_static("charts");
        }
        if read.values_file.is_empty() {
            read.values_file = paths::join(&read.folder(), "values.yaml").into();
        }
        for file in &read.additional {
            folder.load(file, session).within("could not load additionalValuesFile")?;
        }
        Ok(read)
    }

    fn field(&mut self, decoder: &mut Decoder, key: &str, value: &Value) -> bool {
        let text = match key {
            "charthome" => &mut self.chart_home,
            "name" => &mut self.name,
            "version" => &mut self.version,
            "repo" => &mut self.repo,
            "releasename" => &mut self.release_name,
            "nametemplate" => &mut self.name_template,
            "namespace" => &mut self.namespace,
            "kubeversion" => &mut self.kube_version,
            "valuesfile" => &mut self.values_file,
            "valuesmerge" => &mut self.values_merge,
            _ => return self.other_field(decoder, key, value),
        };
        *text = decoder.text(value);
        true
    }

    fn other_field(&mut self, decoder: &mut Decoder, key: &str, value: &Value) -> bool {
        match key {
            "apiversions" => self.api_versions = decoder.texts(value),
            "includecrds" => self.include_crds = decoder.truth(value),
            "skiphooks" => self.skip_hooks = decoder.truth(value),
            "skiptests" => self.skip_tests = decoder.truth(value),
            "valuesinline" => self.values_inline = Some(value.clone()),
            "additionalvaluesfiles" => self.additional = decoder.texts(value),
            _ => return false,
        }
        true
    }

    fn check(&self) -> Result<()> {
        if self.name.is_empty() {
            return Err(BuildError::new("chart name cannot be empty"));
        }
        for (what, text) in [("releaseName", &self.release_name), ("chart name", &self.name)] {
            if text.starts_with('-') {
                return Err(BuildError::new(format!(
                    "{what} must not start with '-', got {text:?}"
                )));
            }
        }
        if !matches!(self.values_merge.as_str(), "" | "merge" | "override" | "replace") {
            return Err(BuildError::new("valuesMerge must be one of [merge override replace]"));
        }
        Ok(())
    }

    /// Returns the chart's folder: in the home, or in a folder of its version when it was pulled.
    fn folder(&self) -> String {
        let home = if self.version.is_empty() || self.repo.is_empty() {
            self.chart_home.to_string()
        } else {
            paths::join(&self.chart_home, &format!("{}-{}", self.name, self.version))
        };
        paths::join(&home, &self.name)
    }

    /// Returns the values that replace the chart's own.
    fn values<'a>(&self, folder: &Folder<'a>, session: &mut Session<'a>) -> Result<String> {
        let inline = self
            .values_inline
            .as_ref()
            .filter(|values| values.as_map().is_some_and(|map| !map.is_empty()));
        let Some(inline) = inline else {
            let file = folder.load(&self.values_file, session)?;
            return Ok(String::from_utf8_lossy(file.blob.bytes()).into_owned());
        };
        if self.values_merge == "replace" {
            return Ok(weir_yaml::to_yaml(inline));
        }
        let file = folder.load(&self.values_file, session)?;
        let own = weir_yaml::parse(file.blob.bytes(), file.source)
            .within("could not parse values file into rnode")?
            .into_iter()
            .next()
            .unwrap_or_default();
        let inline = weir_yaml::from_value(inline);
        let (mut merged, above) =
            if self.values_merge == "merge" { (inline, own) } else { (own, inline) };
        merge::two_way(&mut merged, &above, &session.schema, merge::Settings::default())
            .map_err(|error| BuildError::new(error.to_string()))
            .within("could not merge values")?;
        let merged = weir_yaml::to_value(&merged)?;
        Ok(weir_yaml::to_yaml(&merged))
    }
}

impl Generator for HelmChartInflationGenerator {
    fn generate<'a>(
        &self,
        folder: &Folder<'a>,
        session: &mut Session<'a>,
    ) -> Result<Vec<Resource>> {
        let Some(inflate) = session.settings.inflate.clone() else {
            return Err(BuildError::new(format!(
                "unable to render chart '{}': no renderer for charts is at hand",
                self.name
            ))
            .at(self.at));
        };
        let Some(chart) = folder.chart(&self.folder(), session) else {
            let why = if self.repo.is_empty() {
                "no repo specified for pull, no chart found at ''".to_owned()
            } else {
                format!(
                    "unable to pull chart '{}' from {}: put it into {}",
                    self.name,
                    self.repo,
                    self.folder()
                )
            };
            return Err(BuildError::new(why).at(self.at));
        };
        let mut values = vec![self.values(folder, session)?];
        for file in &self.additional {
            let file = folder.load(file, session)?;
            values.push(String::from_utf8_lossy(file.blob.bytes()).into_owned());
        }
        let request = ChartRequest {
            tree: folder.tree(),
            chart: &chart,
            values: &values,
            name: &self.name,
            release_name: &self.release_name,
            name_template: &self.name_template,
            namespace: &self.namespace,
            kube_version: &self.kube_version,
            api_versions: &self.api_versions,
            include_crds: self.include_crds,
            skip_hooks: self.skip_hooks,
            skip_tests: self.skip_tests,
        };
        let text = inflate(&request).map_err(BuildError::new).at(self.at)?;
        let mut resources =
            read::resources(text.as_bytes(), Source::named(chart.as_str()), 0, &session.budget)
                .at(self.at)?;
        for resource in &mut resources {
            resource.from_chart = true;
            bookkeeping::mark(resource);
        }
        Ok(resources)
    }
}
