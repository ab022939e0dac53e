//! The generators of a kustomization: its own words, and resources that configure more.

use weir_model::Value;

use super::{Accumulator, Target};
use crate::error::{Errors, Result, Within};
use crate::generators::config_map::ConfigMapGenerator;
use crate::generators::helm_chart::HelmChartInflationGenerator;
use crate::generators::secret::SecretGenerator;
use crate::history::{self, Directive};
use crate::kustomization::decode::Entry;
use crate::kustomization::types::{GeneratorArgs, GeneratorOptions};
use crate::plugins::{self, NotedGenerator};
use crate::resources::origin::OriginNote;
use crate::resources::{Resource, ResourceList, read};
use crate::session::Session;
use crate::transformers;

impl<'a> Target<'a> {
    /// Runs the generators.
    pub(super) fn generate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
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
            let absorbed = sum.resources.absorb_all(made, &session.schema, &session.budget);
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

    pub(super) fn note(&self, kind: &str) -> Option<OriginNote> {
        self.origin.as_ref().map(|origin| origin.builtin(&self.file_name, kind))
    }

    /// Reads the resources that configure generators or transformers: given inline, or by path.
    pub(super) fn plugin_resources(
        &self,
        entries: &[Entry],
        session: &mut Session<'a>,
    ) -> Result<Vec<Resource>> {
        let mut sum = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            let at = entry.at;
            let inline =
                read::resources(entry.text.as_bytes(), at.source, at.line, &session.budget)
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
}
