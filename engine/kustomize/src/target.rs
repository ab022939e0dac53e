//! One kustomization: its resources gathered, generated and transformed, and those of the kustomizations it names.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Origin, Value};

use crate::KUSTOMIZATION_FILES;
use crate::config::{self, TransformerConfig};
use crate::error::{BuildError, Missing, Result, Within};
use crate::generators::config_map::ConfigMapGenerator;
use crate::generators::helm_chart::HelmChartInflationGenerator;
use crate::generators::secret::SecretGenerator;
use crate::history::{self, Directive};
use crate::kustomization::decode::Entry;
use crate::kustomization::types::{GeneratorArgs, GeneratorOptions};
use crate::kustomization::{COMPONENT, Kustomization};
use crate::load::Folder;
use crate::plugins::{self, NotedGenerator, NotedTransformer};
use crate::references::vars::Vars;
use crate::resources::origin::OriginNote;
use crate::resources::read;
use crate::resources::{Resource, ResourceList};
use crate::session::Session;
use crate::transformers::{self, Context};
use crate::validators;

/// What the kustomizations so far have given.
#[derive(Default)]
pub(crate) struct Accumulator {
    pub(crate) resources: ResourceList,
    pub(crate) config: Arc<TransformerConfig>,
    pub(crate) vars: Vars,
}

/// A kustomization in its folder.
pub(crate) struct Target<'a> {
    pub(crate) kustomization: Kustomization,
    /// The same as it was read.
    value: Value,
    folder: Folder<'a>,
    file_name: SmolStr,
    /// Where the kustomization is, when `buildMetadata` asks for it.
    origin: Option<OriginNote>,
    /// The namespace that charts get from the kustomizations above.
    chart_namespace: SmolStr,
}

impl Accumulator {
    fn merge(&mut self, other: Self, session: &Session<'_>) -> Result<()> {
        self.resources.append_all(other.resources, &session.schema)?;
        self.config = config::merge(&self.config, &other.config)?;
        self.vars.merge(other.vars)
    }
}

impl<'a> Target<'a> {
    /// Reads the kustomization of a folder.
    pub(crate) fn load(folder: Folder<'a>, session: &mut Session<'a>) -> Result<Self> {
        let mut found = None;
        for name in KUSTOMIZATION_FILES {
            let Ok(file) = folder.load(name, session) else { continue };
            if found.replace((name, file)).is_some() {
                return Err(BuildError::new(format!(
                    "Found multiple kustomization files under: {}\n",
                    folder.name()
                )));
            }
        }
        let Some((name, file)) = found else {
            return Err(BuildError::new(format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{}'",
                folder.name()
            )));
        };
        let value = weir_yaml::read_value(file.blob.bytes(), file.source)
            .within("invalid Kustomization")?;
        Self::of(&value, name, folder, session)
    }

    /// Takes a value for the kustomization of a folder.
    pub(crate) fn of(
        value: &Value,
        file_name: &str,
        folder: Folder<'a>,
        session: &mut Session<'a>,
    ) -> Result<Self> {
        let name = folder.name();
        let mut warnings = Vec::new();
        let kustomization = Kustomization::read(value, &name, &mut warnings)
            .at(Origin::new(folder.source_of(file_name), 0));
        warnings.into_iter().for_each(|warning| session.warn(warning));
        Ok(Self {
            kustomization: kustomization?,
            value: value.clone(),
            folder,
            file_name: file_name.into(),
            origin: None,
            chart_namespace: SmolStr::default(),
        })
    }

    /// Starts to note where resources come from.
    pub(crate) fn note_origins(&mut self) {
        self.origin = Some(OriginNote::default());
    }

    /// Takes the schemas that the kustomization asks for.
    pub(crate) fn set_schema(&self, session: &mut Session<'a>) -> Result<()> {
        let path = self.kustomization.openapi_path.as_ref();
        session
            .set_schema(
                self.kustomization.openapi_version.as_deref(),
                path.map(|path| path.text.as_str()),
                &self.folder,
            )
            .at(path.map(|path| path.at).unwrap_or_default())
    }

    /// Adds what the kustomization gives. A component starts from what its parent has.
    pub(crate) fn accumulate(
        &self,
        mut sum: Accumulator,
        session: &mut Session<'a>,
    ) -> Result<Accumulator> {
        let kustomization = &self.kustomization;
        self.add_resources(&mut sum, &kustomization.resources, session)
            .within("accumulating resources")?;
        let own = config::load(&kustomization.configurations, &self.folder, session)?;
        sum.config = config::merge(&sum.config, &own).within("merging config")?;
        let crds = config::load_crds(&kustomization.crds, &self.folder, session)
            .within(format!("loading CRDs {}", listed(&kustomization.crds)))?;
        sum.config = config::merge(&sum.config, &Arc::new(crds)).within("merging CRDs")?;
        self.generate(&mut sum, session)?;
        let sum = self.add_components(sum, session).within("accumulating components")?;
        let mut sum = self.transform(sum, session)?;
        self.validate(&mut sum, session)?;
        sum.vars.add(&kustomization.vars, &mut sum.resources, session)?;
        Ok(sum)
    }

    /// Adds the resources that paths name: files, and folders with kustomizations of their own.
    fn add_resources(
        &self,
        sum: &mut Accumulator,
        paths: &[Entry],
        session: &mut Session<'a>,
    ) -> Result<()> {
        let mut missing = Missing::default();
        for Entry { text, at } in paths {
            missing.note(self.add_resource(sum, text, session).at(*at))?;
        }
        missing.finish()
    }

    fn add_resource(
        &self,
        sum: &mut Accumulator,
        path: &str,
        session: &mut Session<'a>,
    ) -> Result<()> {
        // A remote folder is asked for as such at once, and not as a file before.
        let file_error = if crate::load::remote::is_folder_url(path) {
            BuildError::new(format!(
                "accumulating resources from '{path}': URL is a git repository"
            ))
        } else {
            match self.add_file(sum, path, session) {
                Err(BuildError::Missing) => return Err(BuildError::Missing),
                Err(error) => error,
                Ok(()) => return Ok(()),
            }
        };
        let within = |error: BuildError| {
            error.within(format!("accumulation err='{}'", file_error.message()))
        };
        let folder = match self.folder.enter(path, session) {
            Ok(folder) => folder,
            Err(BuildError::Missing) => return Err(BuildError::Missing),
            Err(_) if file_error.is_malformed() => return Err(file_error),
            Err(error) => return Err(within(error)),
        };
        let origin = self.origin.as_ref().map(|origin| origin.below(path));
        let child = self.child(folder, origin, false, session).map_err(within)?;
        let name = child.folder.name();
        let given = session
            .deeper(|session| child.accumulate(Accumulator::default(), session))
            .within(format!("recursed accumulation of path '{name}'"))
            .map_err(within)?;
        sum.merge(given, session)
            .within(format!("recursed merging from path '{name}'"))
            .map_err(within)
    }

    fn add_file(&self, sum: &mut Accumulator, path: &str, session: &mut Session<'a>) -> Result<()> {
        let mut resources = self
            .read_file(path, session)
            .within(format!("accumulating resources from '{path}'"))?;
        session.use_scopes(&resources);
        if let Some(origin) = &self.origin {
            let note = origin.below(path);
            for resource in &mut resources {
                resource.note_origin(&note);
            }
        }
        let schema = &session.schema;
        // Nothing is added of a file that repeats an id.
        let resources = ResourceList::collect(resources, schema)
            .within(format!("accumulating resources from '{path}'"))?;
        sum.resources
            .append_all(resources, schema)
            .within(format!("merging resources from '{path}'"))
    }

    fn read_file(&self, path: &str, session: &mut Session<'a>) -> Result<Vec<Resource>> {
        let file = self.folder.load(path, session)?;
        read::resources(file.blob.bytes(), file.source, 0)
            .map_err(|error| read::in_file(error, path))
            .at(Origin::new(file.source, 0))
    }

    /// Adds components: each works on all that there is so far.
    fn add_components(
        &self,
        mut sum: Accumulator,
        session: &mut Session<'a>,
    ) -> Result<Accumulator> {
        let mut missing = Missing::default();
        for Entry { text: path, at } in &self.kustomization.components {
            let folder = match self.folder.enter(path, session) {
                Ok(folder) => folder,
                Err(BuildError::Missing) => {
                    missing.note(Err(BuildError::Missing))?;
                    continue;
                }
                Err(error) => {
                    return Err(error
                        .reworded(|message| format!("loader.New {}", quote(message)))
                        .at(*at));
                }
            };
            let origin = self.origin.as_ref().map(|origin| origin.below(path));
            let name = folder.name();
            sum = self
                .child(folder, origin, true, session)
                .and_then(|child| {
                    session
                        .deeper(|session| child.accumulate(sum, session))
                        .within(format!("recursed accumulation of path '{name}'"))
                })
                .map_err(|error| {
                    error.reworded(|message| format!("accumulateDirectory: {}", quote(message)))
                })
                .at(*at)?;
        }
        missing.finish()?;
        Ok(sum)
    }

    /// Reads the kustomization of another folder.
    fn child(
        &self,
        folder: Folder<'a>,
        origin: Option<OriginNote>,
        is_component: bool,
        session: &mut Session<'a>,
    ) -> Result<Self> {
        let name = folder.name();
        let mut child = Self::load(folder, session)
            .within(format!("couldn't make target for path '{name}'"))?;
        child.origin = origin;
        child.chart_namespace = if self.kustomization.namespace.is_empty() {
            self.chart_namespace.clone()
        } else {
            self.kustomization.namespace.clone()
        };
        child.set_schema(session)?;
        let kind = &child.kustomization.kind;
        if is_component && kind != COMPONENT {
            return Err(BuildError::new(format!(
                "expected kind '{COMPONENT}' for path '{name}' but got '{kind}'"
            )));
        }
        if !is_component && kind == COMPONENT {
            return Err(BuildError::new(format!(
                "expected kind != '{COMPONENT}' for path '{name}'"
            )));
        }
        Ok(child)
    }

    /// Runs the generators.
    fn generate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let mut generators = self.own_generators(session)?;
        let doing = "loading generator plugins";
        let configured =
            self.plugin_resources(&self.kustomization.generators, session).within(doing)?;
        for resource in configured {
            let generator = plugins::generator(&resource, &self.folder, session)
                .within("failed to load generator")
                .within(doing)?;
            generators.push(generator);
        }
        let mut directives = self.generator_directives().into_iter();
        for (generator, note) in generators {
            let mut made = generator.generate(&self.folder, session)?;
            let directive = directives.next().unwrap_or(Directive::own("generators"));
            let kept = session.settings.trace.then(|| history::keep(&sum.resources));
            if let Some(note) = &note {
                ResourceList::note_generator(&mut made, note);
            }
            sum.resources.absorb_all(made, &session.schema).within("merging from generator")?;
            if let Some(kept) = kept {
                history::note(&mut sum.resources, &kept, &directive);
            }
        }
        Ok(())
    }

    /// Returns what the kustomization says to make each of its own generators.
    fn generator_directives(&self) -> Vec<Directive> {
        let kustomization = &self.kustomization;
        let counts = [
            ("ConfigMapGenerator", kustomization.config_maps.len()),
            ("SecretGenerator", kustomization.secrets.len()),
            ("HelmChartInflationGenerator", kustomization.helm_charts.len()),
        ];
        let of =
            |(kind, count)| (0..count).map(move |number| Directive::of(&self.value, kind, number));
        counts.into_iter().flat_map(of).collect()
    }

    fn own_generators(&self, session: &mut Session<'a>) -> Result<Vec<NotedGenerator>> {
        let kustomization = &self.kustomization;
        let global = kustomization.generator_options.as_ref();
        let filled = |args: &GeneratorArgs| GeneratorArgs {
            options: GeneratorOptions::filled(args.options.as_ref(), global),
            ..args.clone()
        };
        let mut generators: Vec<NotedGenerator> = Vec::new();
        for args in &kustomization.config_maps {
            let generator = ConfigMapGenerator { args: filled(args) };
            generators.push((Box::new(generator), self.note("ConfigMapGenerator")));
        }
        for args in &kustomization.secrets {
            let generator = SecretGenerator { args: filled(args) };
            generators.push((Box::new(generator), self.note("SecretGenerator")));
        }
        for chart in &kustomization.helm_charts {
            let chart = self.chart(chart);
            let kind = "HelmChartInflationGenerator";
            let generator = HelmChartInflationGenerator::read(&chart, &self.folder, session)
                .within(format!(
                    "trouble configuring builtin {kind} with config: `\n{}`",
                    weir_yaml::to_yaml(&chart)
                ))?;
            generators.push((Box::new(generator), self.note(kind)));
        }
        Ok(generators)
    }

    /// Adds to a chart what `helmGlobals` and `namespace` say.
    fn chart(&self, chart: &Value) -> Value {
        let mut chart = chart.clone();
        let Some(map) = chart.as_map_mut() else { return chart };
        if let Some(globals) = &self.kustomization.helm_globals {
            for (key, text) in
                [("chartHome", &globals.chart_home), ("configHome", &globals.config_home)]
            {
                if !text.is_empty() {
                    map.insert(key, Value::string(text.clone()));
                }
            }
        }
        let own = map.get("namespace").and_then(Value::as_str).unwrap_or_default();
        if own.is_empty() {
            let namespace = if self.kustomization.namespace.is_empty() {
                &self.chart_namespace
            } else {
                &self.kustomization.namespace
            };
            if !namespace.is_empty() {
                map.insert("namespace", Value::string(namespace.clone()));
            }
        }
        chart
    }

    fn note(&self, kind: &str) -> Option<OriginNote> {
        self.origin.as_ref().map(|origin| origin.builtin(&self.file_name, kind))
    }

    /// Reads the resources that configure generators or transformers: given inline, or by path.
    fn plugin_resources(
        &self,
        entries: &[Entry],
        session: &mut Session<'a>,
    ) -> Result<Vec<Resource>> {
        let mut sum = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            let at = entry.at;
            let inline = read::resources(entry.text.as_bytes(), at.source, at.line)
                .and_then(|resources| ResourceList::collect(resources, &session.schema));
            match inline {
                Ok(mut resources) => {
                    if let Some(origin) = &self.origin {
                        let note = origin.below(&self.file_name);
                        for resource in resources.as_mut() {
                            resource.note_origin(&note);
                        }
                    }
                    sum.resources.append_all(resources, &session.schema)?;
                }
                Err(_) => paths.push(entry.clone()),
            }
        }
        self.add_resources(&mut sum, &paths, session)?;
        Ok(sum.resources.into_vec())
    }

    /// Runs the transformers.
    fn transform(&self, mut sum: Accumulator, session: &mut Session<'a>) -> Result<Accumulator> {
        let Kustomization { patches, patches_strategic_merge, .. } = &self.kustomization;
        if !patches.is_empty() || !patches_strategic_merge.is_empty() {
            session.use_schema();
        }
        let mut context = Context { folder: &self.folder, session };
        let own = transformers::of_kustomization(&self.kustomization, &sum.config, &mut context)?;
        let kinds: Vec<&str> = own.iter().map(|(kind, _)| *kind).collect();
        let mut run: Vec<NotedTransformer> =
            own.into_iter().map(|(kind, transformer)| (transformer, self.note(kind))).collect();
        run.extend(self.plugin_transformers(&self.kustomization.transformers, session)?);
        for (index, (transformer, note)) in run.into_iter().enumerate() {
            let kept = session.settings.trace.then(|| history::keep(&sum.resources));
            transformer.transform(&mut sum.resources, session)?;
            if let Some(kept) = kept {
                history::note(&mut sum.resources, &kept, &self.directive(&kinds, index));
            }
            if let Some(note) = &note {
                sum.resources.note_transformer(note);
            }
            sum.resources.drop_empty();
        }
        Ok(sum)
    }

    /// Returns what the kustomization says to make one of its transformers, its own or one that a resource configures.
    fn directive(&self, kinds: &[&str], index: usize) -> Directive {
        let Some(kind) = kinds.get(index) else { return Directive::own("transformers") };
        let before = kinds.iter().take(index).filter(|other| *other == kind).count();
        Directive::of(&self.value, kind, before)
    }

    fn plugin_transformers(
        &self,
        entries: &[Entry],
        session: &mut Session<'a>,
    ) -> Result<Vec<NotedTransformer>> {
        self.plugin_resources(entries, session)?
            .iter()
            .map(|resource| plugins::transformer(resource, &self.folder, session))
            .collect()
    }

    /// Runs the validators.
    fn validate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        for (validator, _) in self.plugin_transformers(&self.kustomization.validators, session)? {
            let before = sum.resources.clone();
            validator.transform(&mut sum.resources, session)?;
            validators::check(&before, &sum.resources)?;
        }
        Ok(())
    }
}

fn quote(text: &str) -> String {
    weir_golang::strconv::quote(text)
}

fn listed(entries: &[Entry]) -> String {
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    format!("[{}]", texts.join(" "))
}
