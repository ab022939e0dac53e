//! One kustomization: its resources gathered, generated and transformed, and those of the kustomizations it names.

use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Origin, Value};

use crate::KUSTOMIZATION_FILES;
use crate::config::{self, TransformerConfig};
use crate::error::{BuildError, Errors, Result, Within};
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
use crate::remote;
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
    /// Whether something that belongs here is wrong or missing. Then texts are still read, so that all that is wrong with
    /// them is found, but nothing more is done to the resources: it would fail for what is missing.
    is_partial: bool,
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
    /// What is wrong with the kustomization itself.
    wrong: Errors,
}

impl Accumulator {
    /// Begins with nothing; `is_partial` when something is wrong already.
    pub(crate) fn new(is_partial: bool) -> Self {
        Self { is_partial, ..Self::default() }
    }

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
        Ok(Self::of(&value, name, folder, session))
    }

    /// Takes a value for the kustomization of a folder. What is wrong with it is reported with what it leads to.
    pub(crate) fn of(
        value: &Value,
        file_name: &str,
        folder: Folder<'a>,
        session: &mut Session<'a>,
    ) -> Self {
        let mut warnings = Vec::new();
        let mut wrong = Errors::default();
        let (kustomization, read) = Kustomization::read(value, &folder.name(), &mut warnings);
        wrong.note(read.at(Origin::new(folder.source_of(file_name), 0)));
        warnings.into_iter().for_each(|warning| session.warn(warning));
        Self {
            kustomization,
            value: value.clone(),
            folder,
            file_name: file_name.into(),
            origin: None,
            chart_namespace: SmolStr::default(),
            wrong,
        }
    }

    /// Starts to note where resources come from.
    pub(crate) fn note_origins(&mut self) {
        self.origin = Some(OriginNote::default());
    }

    /// Takes the schemas that the kustomization asks for.
    fn set_schema(&self, session: &mut Session<'a>) -> Result<()> {
        let path = self.kustomization.openapi_path.as_ref();
        session
            .set_schema(
                self.kustomization.openapi_version.as_deref(),
                path.map(|path| path.text.as_str()),
                &self.folder,
            )
            .at(path.map(|path| path.at).unwrap_or_default())
    }

    /// Gives out what was found wrong when the kustomization was read, and takes its schemas.
    pub(crate) fn begin(&mut self, session: &mut Session<'a>) -> Result<()> {
        let mut errors = std::mem::take(&mut self.wrong);
        errors.note(self.set_schema(session));
        errors.finish(())
    }

    /// Adds what the kustomization gives. A component adds to what its parent has.
    ///
    /// All mistakes that do not follow from others are found: those of each file, and those of each step as long as the
    /// steps before it were right.
    pub(crate) fn accumulate(
        &self,
        sum: &mut Accumulator,
        session: &mut Session<'a>,
    ) -> Result<()> {
        let kustomization = &self.kustomization;
        let mut errors = Errors::default();
        errors.note(
            self.add_resources(sum, &kustomization.resources, session)
                .within("accumulating resources"),
        );
        errors.note(self.configure(sum, session));
        sum.is_partial |= errors.any();
        errors.note(self.generate(sum, session));
        sum.is_partial |= errors.any();
        errors.note(self.add_components(sum, session).within("accumulating components"));
        sum.is_partial |= errors.any();
        errors.note(self.transform(sum, session));
        sum.is_partial |= errors.any();
        errors.note(self.validate(sum, session));
        if !sum.is_partial {
            errors.note(sum.vars.add(&kustomization.vars, &mut sum.resources, session));
        }
        sum.is_partial |= errors.any();
        errors.finish(()).at(Origin::new(self.folder.source_of(&self.file_name), 0))
    }

    /// Adds to the field tables what `configurations` and `crds` say.
    fn configure(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let Kustomization { configurations, crds, .. } = &self.kustomization;
        let mut errors = Errors::default();
        if let Some(own) = errors.note(config::load(configurations, &self.folder, session)) {
            let merged = config::merge(&sum.config, &own).within("merging config");
            sum.config = errors.note(merged).unwrap_or(own);
        }
        let crds = config::load_crds(crds, &self.folder, session)
            .doing(|| format!("loading CRDs {}", listed(crds)));
        if let Some(crds) = errors.note(crds) {
            let merged = config::merge(&sum.config, &Arc::new(crds)).within("merging CRDs");
            if let Some(merged) = errors.note(merged) {
                sum.config = merged;
            }
        }
        errors.finish(())
    }

    /// Adds the resources that paths name: files, and folders with kustomizations of their own.
    fn add_resources(
        &self,
        sum: &mut Accumulator,
        paths: &[Entry],
        session: &mut Session<'a>,
    ) -> Result<()> {
        let mut errors = Errors::default();
        for Entry { text, at } in paths {
            errors.note(self.add_resource(sum, text, session).at(*at));
        }
        errors.finish(())
    }

    fn add_resource(
        &self,
        sum: &mut Accumulator,
        path: &str,
        session: &mut Session<'a>,
    ) -> Result<()> {
        // A remote folder is asked for as such at once, and not as a file before.
        let file_error = if remote::is_folder(path) {
            BuildError::new(format!(
                "accumulating resources from '{path}': URL is a git repository"
            ))
        } else {
            match self.add_file(sum, path, session) {
                Ok(()) => return Ok(()),
                Err(error) if error.is_missing() => return Err(error),
                Err(error) => error,
            }
        };
        let within = |error: BuildError| {
            error.within(format_args!("accumulation err='{}'", file_error.message()))
        };
        let folder = match self.folder.enter(path, session) {
            Ok(folder) => folder,
            Err(error) if error.is_missing() => return Err(error),
            Err(_) if file_error.is_malformed() => return Err(file_error),
            Err(error) => return Err(within(error).caused_by(file_error)),
        };
        let origin = self.origin.as_ref().map(|origin| origin.below(path));
        let mut child = self.child(folder, origin, false, session).map_err(within)?;
        let name = child.folder.name();
        let mut errors = Errors::default();
        errors.note(child.begin(session).map_err(within));
        let mut given = Accumulator::new(errors.any());
        errors.note(
            session
                .deeper(|session| child.accumulate(&mut given, session))
                .within(format_args!("recursed accumulation of path '{name}'"))
                .map_err(within),
        );
        sum.is_partial |= errors.any();
        if !errors.any() {
            errors.note(
                sum.merge(given, session)
                    .within(format_args!("recursed merging from path '{name}'"))
                    .map_err(within),
            );
        }
        errors.finish(())
    }

    fn add_file(&self, sum: &mut Accumulator, path: &str, session: &mut Session<'a>) -> Result<()> {
        let doing = || format!("accumulating resources from '{path}'");
        let mut resources = self.read_file(path, session).doing(doing)?;
        session.use_scopes(&resources);
        if let Some(origin) = &self.origin {
            let note = origin.below(path);
            for resource in &mut resources {
                resource.note_origin(&note);
            }
        }
        let schema = &session.schema;
        // Nothing is added of a file that repeats an id.
        let resources = ResourceList::collect(resources, schema).doing(doing)?;
        sum.resources
            .append_all(resources, schema)
            .doing(|| format!("merging resources from '{path}'"))
    }

    fn read_file(&self, path: &str, session: &mut Session<'a>) -> Result<Vec<Resource>> {
        let file = self.folder.load(path, session)?;
        read::resources(file.blob.bytes(), file.source, 0)
            .map_err(|error| read::in_file(error, path))
            .at(Origin::new(file.source, 0))
    }

    /// Adds components: each works on all that there is so far.
    fn add_components(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let mut errors = Errors::default();
        for Entry { text, at } in &self.kustomization.components {
            errors.note(self.add_component(sum, text, session).at(*at));
            sum.is_partial |= errors.any();
        }
        errors.finish(())
    }

    fn add_component(
        &self,
        sum: &mut Accumulator,
        path: &str,
        session: &mut Session<'a>,
    ) -> Result<()> {
        let folder = self
            .folder
            .enter(path, session)
            .map_err(|error| error.reworded(|message| format!("loader.New {}", quote(message))))?;
        let origin = self.origin.as_ref().map(|origin| origin.below(path));
        let within = |error: BuildError| {
            error.reworded(|message| format!("accumulateDirectory: {}", quote(message)))
        };
        let mut child = self.child(folder, origin, true, session).map_err(within)?;
        let name = child.folder.name();
        let mut errors = Errors::default();
        errors.note(child.begin(session).map_err(within));
        sum.is_partial |= errors.any();
        errors.note(
            session
                .deeper(|session| child.accumulate(sum, session))
                .within(format_args!("recursed accumulation of path '{name}'"))
                .map_err(within),
        );
        errors.finish(())
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
        let doing = format!("couldn't make target for path '{name}'");
        let mut child = Self::load(folder, session).within(&doing)?;
        child.wrong = child.wrong.map(|error| error.within(&doing));
        child.origin = origin;
        child.chart_namespace = if self.kustomization.namespace.is_empty() {
            self.chart_namespace.clone()
        } else {
            self.kustomization.namespace.clone()
        };
        let kind = &child.kustomization.kind;
        let trouble = match (is_component, kind == COMPONENT) {
            (true, false) => {
                format!("expected kind '{COMPONENT}' for path '{name}' but got '{kind}'")
            }
            (false, true) => format!("expected kind != '{COMPONENT}' for path '{name}'"),
            _ => return Ok(child),
        };
        Err(BuildError::new(trouble).hint(|| {
            let word = if is_component { "resources" } else { "components" };
            Some(format!("name it under `{word}`"))
        }))
    }

    /// Runs the generators.
    fn generate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let mut errors = Errors::default();
        let mut generators = self.own_generators(&mut errors, session);
        let doing = "loading generator plugins";
        let configured = self.plugin_resources(&self.kustomization.generators, session);
        for resource in errors.note(configured.within(doing)).unwrap_or_default() {
            let generator = plugins::generator(&resource, &self.folder, session)
                .within("failed to load generator")
                .within(doing);
            generators.extend(errors.note(generator));
        }
        let mut directives = self.generator_directives().into_iter();
        for (generator, note) in generators {
            let directive = directives.next().unwrap_or(Directive::own("generators"));
            let Some(mut made) = errors.note(generator.generate(&self.folder, session)) else {
                continue;
            };
            if sum.is_partial {
                continue;
            }
            let kept = session.settings.trace.then(|| history::keep(&sum.resources));
            if let Some(note) = &note {
                ResourceList::note_generator(&mut made, note);
            }
            let absorbed = sum.resources.absorb_all(made, &session.schema);
            errors.note(absorbed.within("merging from generator"));
            if let Some(kept) = kept {
                history::note(&mut sum.resources, &kept, &directive);
            }
        }
        errors.finish(())
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

    fn own_generators(
        &self,
        errors: &mut Errors,
        session: &mut Session<'a>,
    ) -> Vec<NotedGenerator> {
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
            let generator = HelmChartInflationGenerator::read(&chart, &self.folder, session);
            if let Some(generator) = errors.note(transformers::trouble(generator, kind, &chart)) {
                generators.push((Box::new(generator), self.note(kind)));
            }
        }
        generators
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

    /// Runs the transformers. When one fails, those after it that need what it does are not run.
    fn transform(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let Kustomization { patches, patches_strategic_merge, .. } = &self.kustomization;
        if !patches.is_empty() || !patches_strategic_merge.is_empty() {
            session.use_schema();
        }
        let mut errors = Errors::default();
        let mut context = Context { folder: &self.folder, session };
        let own = transformers::of_kustomization(
            &self.kustomization,
            &sum.config,
            &mut context,
            &mut errors,
        );
        let kinds: Vec<&str> = own.iter().map(|(kind, _)| *kind).collect();
        let mut run: Vec<NotedTransformer> =
            own.into_iter().map(|(kind, transformer)| (transformer, self.note(kind))).collect();
        run.extend(self.plugin_transformers(
            &self.kustomization.transformers,
            &mut errors,
            session,
        ));
        if sum.is_partial {
            return errors.finish(());
        }
        for (index, (transformer, note)) in run.into_iter().enumerate() {
            if errors.any() && transformer.reads_others() {
                continue;
            }
            if !transformer.passes_over_deleted() {
                sum.resources.drop_empty();
            }
            let kept = session.settings.trace.then(|| history::keep(&sum.resources));
            errors.note(transformer.transform(&mut sum.resources, session));
            if let Some(kept) = kept {
                history::note(&mut sum.resources, &kept, &self.directive(&kinds, index));
            }
            if let Some(note) = &note {
                session.step(sum.resources.as_slice().len())?;
                sum.resources.note_transformer(note);
            }
        }
        sum.resources.drop_empty();
        errors.finish(())
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
        errors: &mut Errors,
        session: &mut Session<'a>,
    ) -> Vec<NotedTransformer> {
        let resources = errors.note(self.plugin_resources(entries, session)).unwrap_or_default();
        resources
            .iter()
            .filter_map(|resource| {
                errors.note(plugins::transformer(resource, &self.folder, session))
            })
            .collect()
    }

    /// Runs the validators.
    fn validate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let mut errors = Errors::default();
        let validators =
            self.plugin_transformers(&self.kustomization.validators, &mut errors, session);
        for (validator, _) in validators.into_iter().filter(|_| !sum.is_partial) {
            let before = sum.resources.clone();
            let checked = validator
                .transform(&mut sum.resources, session)
                .and_then(|()| validators::check(&before, &sum.resources));
            errors.note(checked);
        }
        errors.finish(())
    }
}

fn quote(text: &str) -> String {
    weir_golang::strconv::quote(text)
}

fn listed(entries: &[Entry]) -> String {
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    format!("[{}]", texts.join(" "))
}
