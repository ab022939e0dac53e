//! One kustomization: its resources gathered, generated and transformed, and those of the kustomizations it names.

mod gather;
mod generate;
mod transform;

use std::sync::Arc;

use smol_str::SmolStr;
use weir_model::{Origin, Value};

use crate::KUSTOMIZATION_FILES;
use crate::config::{self, TransformerConfig};
use crate::error::{BuildError, Errors, Result, Within};
use crate::kustomization::Kustomization;
use crate::kustomization::decode::Entry;
use crate::load::Folder;
use crate::references::vars::Vars;
use crate::resources::ResourceList;
use crate::resources::origin::OriginNote;
use crate::session::Session;

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
        self.config = config::merge(&self.config, &other.config, &session.budget)?;
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
            let merged = config::merge(&sum.config, &own, &session.budget).within("merging config");
            sum.config = errors.note(merged).unwrap_or(own);
        }
        let crds = config::load_crds(crds, &self.folder, session)
            .doing(|| format!("loading CRDs {}", listed(crds)));
        if let Some(crds) = errors.note(crds) {
            let merged =
                config::merge(&sum.config, &Arc::new(crds), &session.budget).within("merging CRDs");
            if let Some(merged) = errors.note(merged) {
                sum.config = merged;
            }
        }
        errors.finish(())
    }
}

fn listed(entries: &[Entry]) -> String {
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    format!("[{}]", texts.join(" "))
}
