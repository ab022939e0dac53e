//! `helmCharts`: the chart is rendered by what the settings give for it.

use smol_str::SmolStr;
use weir_model::{Source, Value};

use super::Generator;
use crate::error::{BuildError, Result, Within};
use crate::kustomization::decode::Decoder;
use crate::load::{self, Folder};
use crate::merge;
use crate::resources::{Resource, read};
use crate::session::Session;
use crate::settings::ChartRequest;

/// Renders one chart.
pub(crate) struct HelmChartInflationGenerator {
    chart: Value,
    chart_home: SmolStr,
    name: SmolStr,
    version: SmolStr,
    repo: SmolStr,
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
        let mut decoder = Decoder::lenient("HelmChart");
        let mut read = Self {
            chart: config.clone(),
            chart_home: SmolStr::default(),
            name: SmolStr::default(),
            version: SmolStr::default(),
            repo: SmolStr::default(),
            values_file: SmolStr::default(),
            values_inline: None,
            values_merge: SmolStr::default(),
            additional: Vec::new(),
        };
        let mut release = SmolStr::default();
        decoder.fields(config, |decoder, key, value| {
            match key {
                "charthome" => read.chart_home = decoder.text(value),
                "name" => read.name = decoder.text(value),
                "version" => read.version = decoder.text(value),
                "repo" => read.repo = decoder.text(value),
                "releasename" => release = decoder.text(value),
                "valuesfile" => read.values_file = decoder.text(value),
                "valuesinline" => read.values_inline = Some(value.clone()),
                "valuesmerge" => read.values_merge = decoder.text(value),
                "additionalvaluesfiles" => read.additional = decoder.texts(value),
                _ => return false,
            }
            true
        });
        let mut read = decoder.finish(read)?;
        if read.name.is_empty() {
            return Err(BuildError::new("chart name cannot be empty").at(config.origin));
        }
        for (what, text) in [("releaseName", &release), ("chart name", &read.name)] {
            if text.starts_with('-') {
                return Err(BuildError::new(format!(
                    "{what} must not start with '-', got {text:?}"
                ))
                .at(config.origin));
            }
        }
        if read.chart_home.is_empty() {
            read.chart_home = SmolStr::new_static("charts");
        }
        if read.values_file.is_empty() {
            read.values_file =
                load::join(&read.home(), &format!("{}/values.yaml", read.name)).into();
        }
        for file in &read.additional {
            folder.load(file, session).within("could not load additionalValuesFile")?;
        }
        if !matches!(read.values_merge.as_str(), "" | "merge" | "override" | "replace") {
            return Err(BuildError::new("valuesMerge must be one of [merge override replace]")
                .at(config.origin));
        }
        Ok(read)
    }

    /// Returns the folder in which the chart is looked for: below the home by name and version when it was pulled.
    fn home(&self) -> String {
        if self.version.is_empty() || self.repo.is_empty() {
            self.chart_home.to_string()
        } else {
            load::join(&self.chart_home, &format!("{}-{}", self.name, self.version))
        }
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
        let at = self.chart.origin;
        let Some(inflate) = session.settings.inflate.clone() else {
            return Err(BuildError::new(format!(
                "unable to render chart '{}': no renderer for charts is at hand",
                self.name
            ))
            .at(at));
        };
        let mut values = vec![self.values(folder, session)?];
        for file in &self.additional {
            let file = folder.load(file, session)?;
            values.push(String::from_utf8_lossy(file.blob.bytes()).into_owned());
        }
        let request = ChartRequest {
            tree: folder.tree(),
            folder: folder.path(),
            chart_home: &self.home(),
            chart: &self.chart,
            values: &values,
        };
        let text = inflate(&request).map_err(|error| BuildError::new(error).at(at))?;
        let source = Source::named(&format!("{}/{}", self.home(), self.name));
        let mut resources = read::resources(text.as_bytes(), source, 0)?;
        for resource in &mut resources {
            resource.from_chart = true;
        }
        Ok(resources)
    }
}
