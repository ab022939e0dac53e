//! The resources and components that a kustomization names.

use weir_model::Origin;

use super::{Accumulator, Target};
use crate::error::{BuildError, Errors, Result, Within};
use crate::kustomization::COMPONENT;
use crate::kustomization::decode::Entry;
use crate::load::Folder;
use crate::remote;
use crate::resources::origin::OriginNote;
use crate::resources::{Resource, ResourceList, read};
use crate::session::Session;

impl<'a> Target<'a> {
    /// Adds the resources that paths name: files, and folders with kustomizations of their own.
    pub(super) fn add_resources(
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
        read::resources(file.blob.bytes(), file.source, 0, &session.budget)
            .map_err(|error| read::in_file(error, path))
            .at(Origin::new(file.source, 0))
    }

    /// Adds components: each works on all that there is so far.
    pub(super) fn add_components(
        &self,
        sum: &mut Accumulator,
        session: &mut Session<'a>,
    ) -> Result<()> {
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
}

fn quote(text: &str) -> String {
    weir_golang::strconv::quote(text)
}
