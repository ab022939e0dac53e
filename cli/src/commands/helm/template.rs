//! `weir helm template`: the flags of `helm template`, its output and its errors.

use std::io::Read;
use std::path::Path;

use clap::Args;
use weir_helm::{Chart, Facts, HelmVersion, KubeVersion, Release, TextOptions, values};
use weir_model::{Diagnostic, Value, Warned};

use crate::{CommandError, Exit, Streams};

/// `weir helm template`.
#[derive(Debug, Args)]
pub(crate) struct Template {
    /// The release's name, which may be left out, and the chart: a folder or an archive
    #[arg(required = true, num_args = 1..=2, value_names = ["NAME", "CHART"])]
    arguments: Vec<String>,
    /// The namespace of the release
    #[arg(long, short, default_value = "default")]
    namespace: String,
    /// A file of values; may be repeated
    #[arg(long, short = 'f', value_name = "FILE", value_delimiter = ',')]
    values: Vec<String>,
    /// Set values, such as `a.b=1,c={x,y}`
    #[arg(long, value_name = "ASSIGNMENTS")]
    set: Vec<String>,
    /// Set values that are texts whatever they look like
    #[arg(long, value_name = "ASSIGNMENTS")]
    set_string: Vec<String>,
    /// Set values that are JSON
    #[arg(long, value_name = "ASSIGNMENTS")]
    set_json: Vec<String>,
    /// Set values to the content of files
    #[arg(long, value_name = "ASSIGNMENTS")]
    set_file: Vec<String>,
    /// Set one value to a text as it stands
    #[arg(long, value_name = "ASSIGNMENT")]
    set_literal: Vec<String>,
    /// The Kubernetes version that the chart is told
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// API versions that the chart is told, beyond Helm's own list
    #[arg(long, short, value_name = "GROUP/VERSION[/KIND]", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Print the files of `crds/` folders too
    #[arg(long)]
    include_crds: bool,
    /// Accepted and without effect, as in helm
    #[arg(long, hide = true)]
    skip_crds: bool,
    /// Leave hooks out
    #[arg(long)]
    no_hooks: bool,
    /// Leave test hooks out
    #[arg(long)]
    skip_tests: bool,
    /// Render for an upgrade rather than an installation
    #[arg(long)]
    is_upgrade: bool,
    /// Print only what this template gives; may be repeated
    #[arg(long, short, value_name = "TEMPLATE")]
    show_only: Vec<String>,
    /// Make up the release's name with this template
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,
    /// Do not check values against the charts' schemas
    #[arg(long)]
    skip_schema_validation: bool,
    /// Accepted and without effect
    #[arg(long, hide = true)]
    debug: bool,
}

/// Runs `weir helm template`.
pub(crate) fn run(
    command: &Template,
    helm: HelmVersion,
    streams: &mut Streams<'_>,
) -> Result<Exit, CommandError> {
    let (text, warnings) = render(command, helm);
    for warning in warnings.iter().filter(|warning| !warning.is_error()) {
        writeln!(streams.err, "{}: {warning}", warning.severity.word())?;
    }
    match text {
        Ok(text) => {
            streams.out.write_all(text.as_bytes())?;
            Ok(Exit::Success)
        }
        // The word and its form are helm's, for those who read its errors.
        Err(message) => {
            writeln!(streams.err, "Error: {message}")?;
            Ok(Exit::Failure)
        }
    }
}

/// Returns the text to print, or helm's error.
fn render(command: &Template, helm: HelmVersion) -> (Result<String, String>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    (try_render(command, helm, &mut diagnostics), diagnostics)
}

fn try_render(
    command: &Template,
    helm: HelmVersion,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<String, String> {
    let facts = facts(command, helm)?;
    let (name, path) = name_and_chart(command)?;
    let given = given_values(command, helm)?;
    let chart = keep(chart(path, helm)?, diagnostics)?;
    let release =
        Release { is_upgrade: command.is_upgrade, ..Release::new(name, &command.namespace) };
    let rendered = keep(weir_helm::render(&chart, &given, &release, &facts), diagnostics)?;
    let options = TextOptions {
        crds: command.include_crds,
        no_hooks: command.no_hooks,
        skip_tests: command.skip_tests,
    };
    if command.show_only.is_empty() {
        return Ok(rendered.text(options));
    }
    rendered.text_of(&command.show_only, options, helm)
}

/// Takes the value out, or makes helm's error of what went wrong.
fn keep<T>(warned: Warned<Option<T>>, diagnostics: &mut Vec<Diagnostic>) -> Result<T, String> {
    let error = warned.diagnostics.iter().find(|diagnostic| diagnostic.is_error()).map(|error| {
        // helm says so when it had begun to render.
        let hint = if error.code == "helm-render" {
            "\n\nUse --debug flag to render out invalid YAML"
        } else {
            ""
        };
        format!("{}{hint}", error.message)
    });
    diagnostics.extend(warned.diagnostics);
    warned.value.ok_or_else(|| error.unwrap_or_default())
}

fn facts(command: &Template, helm: HelmVersion) -> Result<Facts, String> {
    let mut facts =
        Facts { helm, validate_schema: !command.skip_schema_validation, ..Facts::default() };
    facts = facts.with_api_versions(command.api_versions.iter().map(String::as_str));
    facts.kube_version = match &command.kube_version {
        Some(text) => KubeVersion::parse(text).ok_or_else(|| {
            format!("invalid kube version '{text}': could not parse {text:?} as version")
        })?,
        None => KubeVersion::built_in(helm),
    };
    Ok(facts)
}

fn name_and_chart(command: &Template) -> Result<(String, &str), String> {
    match (command.arguments.as_slice(), &command.name_template) {
        ([_, _], Some(_)) => Err("cannot set --name-template and also specify a name".to_owned()),
        ([name, chart], None) => Ok((name.clone(), chart)),
        ([chart], None) => Ok(("release-name".to_owned(), chart)),
        ([chart], Some(template)) => Ok((weir_helm::release_name(template)?, chart)),
        _ => Err("expected at most two arguments".to_owned()),
    }
}

fn given_values(command: &Template, helm: HelmVersion) -> Result<Value, String> {
    let mut given = values::empty();
    for path in &command.values {
        let text = read_file(path)?;
        let file = values::read(&text, path, helm)
            .map_err(|error| format!("failed to parse {path}: {error}"))?;
        given = values::merge(&given, &file);
    }
    for text in &command.set_json {
        values::set_json(&mut given, text, helm).map_err(|error| match error.0 {
            whole if whole.starts_with("failed parsing") => whole,
            _ => format!("failed parsing --set-json data {text}"),
        })?;
    }
    for text in &command.set {
        values::set(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set data: {error}"))?;
    }
    for text in &command.set_string {
        values::set_string(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set-string data: {error}"))?;
    }
    let read_text =
        |path: &str| read_file(path).map(|text| String::from_utf8_lossy(&text).into_owned());
    for text in &command.set_file {
        values::set_file(&mut given, text, helm, &read_text)
            .map_err(|error| format!("failed parsing --set-file data: {error}"))?;
    }
    for text in &command.set_literal {
        values::set_literal(&mut given, text, helm)
            .map_err(|error| format!("failed parsing --set-literal data: {error}"))?;
    }
    Ok(given)
}

fn chart(path: &str, helm: HelmVersion) -> Result<Warned<Option<Chart>>, String> {
    let folder = Path::new(path);
    if folder.is_dir() {
        let tree = weir_io_source::folder::read(folder).map_err(|error| error.to_string())?;
        return Ok(Chart::load_as(&tree.value, helm));
    }
    if !folder.exists() {
        return Err(format!("path {path:?} not found"));
    }
    Ok(Chart::from_archive_as(&read_file(path)?, helm))
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    if path.trim() == "-" {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map_err(|error| error.to_string())?;
        return Ok(text);
    }
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
        _ => format!("open {path}: {error}"),
    })
}
