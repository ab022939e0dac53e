//! The transformers and validators of a kustomization: its own words, and resources that configure more.

use super::{Accumulator, Target};
use crate::budget::Size;
use crate::error::{Errors, Result};
use crate::history::{self, Directive};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Entry;
use crate::plugins::{self, NotedTransformer};
use crate::session::Session;
use crate::transformers::{self, Context};
use crate::validators;

/// What a note about a transformer takes, in bytes.
const NOTE: usize = 100;

impl<'a> Target<'a> {
    /// Runs the transformers. When one fails, those after it that need what it does are not run.
    pub(super) fn transform(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
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
                session.budget.text(NOTE * sum.resources.as_slice().len())?;
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
    pub(super) fn validate(&self, sum: &mut Accumulator, session: &mut Session<'a>) -> Result<()> {
        let mut errors = Errors::default();
        let validators =
            self.plugin_transformers(&self.kustomization.validators, &mut errors, session);
        for (validator, _) in validators.into_iter().filter(|_| !sum.is_partial) {
            for resource in sum.resources.as_slice() {
                session.step(Size::of(&resource.node).nodes)?;
            }
            let before = sum.resources.clone();
            let checked = validator
                .transform(&mut sum.resources, session)
                .and_then(|()| validators::check(&before, &sum.resources));
            errors.note(checked);
        }
        errors.finish(())
    }
}
