//! `weir helm template`: the flags of `helm template`, its output and its errors.

use weir_helm::{Chart, Facts, HelmVersion, KubeVersion, Release, Rendered, TextOptions};
use weir_model::{Diagnostic, Value, Warned};

use super::output_dir::OutputDir;
use super::{locate, values, warnings};
use crate::args::Template;
use crate::commands::chance;
use crate::output::safe;
use crate::{CommandError, Exit, Streams};

/// Runs `weir helm template`.
pub(crate) fn run(
    command: &Template,
    helm: HelmVersion,
    streams: &mut Streams<'_>,
) -> Result<Exit, CommandError> {
    let mut run = Run { command, helm, diagnostics: Vec::new(), printed: String::new() };
    let done = run.render();
    for warning in run.diagnostics.iter().filter(|warning| !warning.is_error()) {
        warnings::print(helm, warning.severity, &warning.message, streams.err)?;
    }
    streams.out.write_all(run.printed.as_bytes())?;
    match done {
        Ok(()) => Ok(Exit::Success),
        // The word and its form are helm's, for those who read its errors.
        Err(message) => {
            writeln!(streams.err, "Error: {}", safe::lines(&message))?;
            Ok(Exit::Failure)
        }
    }
}

/// One run of the command.
struct Run<'a> {
    command: &'a Template,
    helm: HelmVersion,
    diagnostics: Vec<Diagnostic>,
    /// What goes to standard output, also when the run fails after it.
    printed: String,
}

/// What is rendered, of what.
struct Input {
    chart: Chart,
    given: Value,
    release: Release,
    facts: Facts,
}

impl Run<'_> {
    fn render(&mut self) -> Result<(), String> {
        let (input, is_validated) = self.input()?;
        let Input { chart, given, release, facts } = &input;
        self.command.labels.iter().try_for_each(|label| check_label(label))?;
        let render = if is_validated { weir_helm::render } else { weir_helm::render_text };
        let rendered = self.keep(render(chart, given, release, facts), Some(&input))?;
        if is_validated && let Some(wrong) = weir_helm::validate(&rendered, facts).first() {
            return Err(wrong.message.clone());
        }
        let printed = self.print(&rendered, &release.name);
        // The process ends, and taking all of this apart piece by piece would take a tenth of its time.
        std::mem::forget((input, rendered));
        printed
    }

    /// Reads what is to be rendered, in helm's order, and whether it is to be validated.
    fn input(&mut self) -> Result<(Input, bool), String> {
        let command = self.command;
        let mut is_validated = command.validate;
        let facts = self.facts()?;
        if let Some(program) = &command.post_renderer {
            return Err(format!(
                "`--post-renderer {program}` is refused: no other program is started here\nhint: pipe the output through it, or patch the manifests with `weir kustomize build` or `spec.postRenderers` of a HelmRelease"
            ));
        }
        if self.helm == HelmVersion::V4 {
            is_validated |= self.dry_run()?;
        }
        let (name, reference) = name_and_chart(command)?;
        // Helm looks for the chart before it reads values, and reads the chart after them.
        let chart = locate::chart(reference, &command.chart, self.helm)?;
        let given = values::given(&command.values, self.helm)?;
        let chart = self.keep(chart, None)?;
        if self.helm == HelmVersion::V3 {
            is_validated |= self.dry_run()?;
        }
        let release =
            Release { is_upgrade: command.is_upgrade, ..Release::new(name, &command.namespace) };
        Ok((Input { chart, given, release, facts }, is_validated))
    }

    fn facts(&self) -> Result<Facts, String> {
        let mut facts = Facts {
            helm: self.helm,
            now: chance::now(),
            entropy: chance::entropy()?,
            validate_schema: !self.command.skip_schema_validation,
            ..Facts::default()
        };
        facts = facts.with_api_versions(self.command.api_versions.iter().map(String::as_str));
        facts.kube_version = match &self.command.kube_version {
            Some(text) => KubeVersion::parse(text)
                .map_err(|error| format!("invalid kube version '{text}': {error}"))?,
            None => KubeVersion::built_in(self.helm),
        };
        Ok(facts)
    }

    /// Reads `--dry-run`: tells whether a server would be asked.
    fn dry_run(&mut self) -> Result<bool, String> {
        let Some(mode) = self.command.dry_run.as_deref() else { return Ok(false) };
        match (self.helm, mode) {
            (_, "client") => Ok(false),
            (_, "server") => {
                self.warn("there is no server to ask: manifests are checked as `--validate` does, and `lookup` finds nothing");
                Ok(true)
            }
            (HelmVersion::V3, "unset" | "" | "true" | "false" | "none") => Ok(false),
            (HelmVersion::V3, _) => Err(
                "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server"
                    .to_owned(),
            ),
            (HelmVersion::V4, "unset") => {
                self.warn("--dry-run is deprecated and should be replaced with '--dry-run=client'");
                Ok(false)
            }
            (HelmVersion::V4, "1" | "t" | "T" | "true" | "TRUE" | "True") => {
                self.warn(&format!(
                    "boolean '--dry-run={mode}' flag is deprecated and must be replaced with '--dry-run=client'"
                ));
                Ok(false)
            }
            (HelmVersion::V4, "none" | "0" | "f" | "F" | "false" | "FALSE" | "False") => {
                Err(format!("invalid dry-run value ({mode:?}). Must be \"server\" or \"client\""))
            }
            (HelmVersion::V4, _) => Err(format!(
                "invalid dry-run value ({mode:?}). Must be \"none\", \"server\", or \"client\""
            )),
        }
    }

    fn warn(&mut self, message: &str) {
        self.diagnostics.push(Diagnostic::warning("helm-flag", message));
    }

    /// Takes the value out, or makes helm's error of what went wrong. What was rendered is printed with `--debug`.
    fn keep<T>(&mut self, warned: Warned<Option<T>>, input: Option<&Input>) -> Result<T, String> {
        let error = warned.diagnostics.iter().find(|diagnostic| diagnostic.is_error()).cloned();
        self.diagnostics.extend(warned.diagnostics);
        if let Some(value) = warned.value {
            return Ok(value);
        }
        let error = error.unwrap_or_else(|| Diagnostic::error("helm-render", "nothing was made"));
        if error.code != "helm-render" {
            return Err(error.message);
        }
        if !self.command.debug {
            return Err(format!(
                "{}\n\nUse --debug flag to render out invalid YAML",
                error.message
            ));
        }
        let files = input.and_then(|Input { chart, given, release, facts }| {
            weir_helm::render_templates(chart, given, release, facts).ok()
        });
        let mut printed = String::new();
        for (path, text) in files.unwrap_or_default() {
            if !path.ends_with("NOTES.txt") && !text.trim().is_empty() {
                printed.push_str(&format!("---\n# Source: {path}\n{text}\n"));
            }
        }
        self.printed = format!("{}\n", printed.trim());
        Err(error.message)
    }

    fn print(&mut self, rendered: &Rendered, release: &str) -> Result<(), String> {
        let command = self.command;
        let options = TextOptions {
            crds: command.include_crds,
            no_hooks: command.no_hooks,
            skip_tests: command.skip_tests,
        };
        if let Some(folder) = &command.output_dir {
            let release = command.release_name.then_some(release);
            self.printed = OutputDir::new(folder, release).write(rendered, options)?;
            return match command.show_only.first() {
                // Nothing is left to show.
                Some(template) => Err(format!("could not find template {template} in chart")),
                None => {
                    self.printed.push('\n');
                    Ok(())
                }
            };
        }
        self.printed = if command.show_only.is_empty() {
            rendered.text(options)
        } else {
            rendered.text_of(&command.show_only, options, self.helm)?
        };
        Ok(())
    }
}

fn name_and_chart(command: &Template) -> Result<(String, &str), String> {
    match (command.arguments.as_slice(), &command.name_template) {
        ([_, _], _) if command.generate_name => {
            Err("cannot set --generate-name and also specify a name".to_owned())
        }
        ([_, _], Some(_)) => Err("cannot set --name-template and also specify a name".to_owned()),
        ([name, chart], None) => Ok((name.clone(), chart)),
        ([chart], Some(template)) => Ok((weir_helm::release_name(template)?, chart)),
        ([chart], None) => Ok(("release-name".to_owned(), chart)),
        (more, _) => Err(format!(
            "expected at most two arguments, unexpected arguments: {}",
            more.get(2..).unwrap_or_default().join(", ")
        )),
    }
}

/// Checks a label of `--labels` as helm does.
fn check_label(label: &str) -> Result<(), String> {
    const RESERVED: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];
    let Some((key, _)) = label.split_once('=') else {
        return Err(format!(
            "invalid argument {label:?} for \"-l, --labels\" flag: {label} must be formatted as key=value"
        ));
    };
    if RESERVED.contains(&key) {
        return Err(format!(
            "user supplied labels contains system reserved label name. System labels: [{}]",
            RESERVED.join(" ")
        ));
    }
    Ok(())
}
