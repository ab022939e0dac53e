//! The template engine: each chart's templates, run over what Helm puts before them.

mod errors;
mod files;
mod functions;
mod glob;
mod host;
mod metadata;
mod scope;
mod structs;
mod templates;
mod values;

pub(crate) use host::Host;

use std::sync::Arc;

use weir_gotmpl::{Context, MissingKey, Output, Set, Value};
use weir_model::{Limits, Map, Meter, Origin, SmolStr, Source};

use crate::instance::Instances;
use crate::trace::Trace;
use crate::{Chart, Facts, Release};

/// A template's output.
pub(crate) struct File {
    /// The template, such as `web/templates/deployment.yaml`.
    pub(crate) path: SmolStr,
    /// The text.
    pub(crate) text: String,
    /// For each line of the text, the template line that began it; the line itself when the rendering is traced.
    /// Empty when origins are not wanted.
    pub(crate) origins: Vec<Origin>,
}

/// What is to be known of where the output came from.
pub(crate) enum Origins<'t> {
    /// Nothing: the text is enough.
    Unknown,
    /// The template line of each line.
    Lines,
    /// All that led to each line.
    Traced(&'t mut Trace),
}

/// How much text all templates may give, which takes many times as much once it is read. Kubernetes keeps no object
/// above a megabyte or two, and Helm no release.
const OUTPUT: usize = 32 << 20;

/// Runs all templates of a chart. Gives their outputs in Helm's order of running, and leaves in `origins` what they
/// came from. The error is Helm's text.
pub(crate) fn run(
    chart: &Chart,
    instances: &Instances,
    values: &Map,
    release: &Release,
    facts: &Facts,
    host: &Host,
    mut wanted: Origins<'_>,
) -> Result<Vec<File>, String> {
    let scopes = scope::all(instances, values, release, facts);
    let templates = templates::all(instances, &scopes);
    let set = templates::parsed(chart, &templates, facts.helm)?;
    // `include` has Helm's own bound for each template, which must be what a chart runs into first, also when two or
    // three include each other.
    let limits = Limits { depth: facts.limits.depth.saturating_mul(4), ..facts.limits };
    let mut meter = Meter::new(limits);
    let missing_key = if facts.strict { MissingKey::Error } else { MissingKey::Zero };
    let mut context = Context::new(&set, functions::of(facts.helm), missing_key, &mut meter, host);
    if let Origins::Traced(trace) = &mut wanted {
        context.trace();
        for scope in &scopes {
            scope.show(instances, trace);
        }
    }
    let mut files = Vec::new();
    let mut left = OUTPUT;
    for template in templates.iter().filter(|template| !template.is_partial()) {
        let data = template.scope.enter(&template.name);
        let mut output = Output::new();
        context
            .execute(&template.name, &data, &mut output)
            .map_err(|error| errors::execution(facts.helm, &template.name, error.message()))?;
        let origins = match &mut wanted {
            Origins::Unknown => Vec::new(),
            Origins::Lines => origins(&output),
            Origins::Traced(trace) => {
                let source = Source::named(&template.name);
                trace.wrote(template.name.clone(), output.clone());
                (1..).map(|line| Origin::new(source, line)).take(output.lines().len()).collect()
            }
        };
        let text = functions::without_no_value(output.into_text());
        left = left.checked_sub(text.len()).ok_or_else(|| {
            format!("the templates give more than {OUTPUT} bytes, which nothing could install")
        })?;
        files.push(File { path: template.name.clone(), text, origins });
    }
    Ok(files)
}

fn origins(output: &Output) -> Vec<Origin> {
    let mut known: Option<(SmolStr, Source)> = None;
    let lines = output.lines().into_iter();
    lines
        .map(|(name, line)| match &known {
            Some((last, source)) if *last == name => Origin::new(*source, line),
            _ => {
                let source = Source::named(&name);
                known = Some((name, source));
                Origin::new(source, line)
            }
        })
        .collect()
}

/// Makes a release's name of a template, as `--name-template` does. The error is Helm's text.
pub fn release_name(template: &str) -> Result<String, String> {
    let facts = Facts::default();
    let host = Host::new(&facts);
    let functions = functions::of(facts.helm);
    let mut set = Set::new();
    set.parse("name-template", template, functions).map_err(|error| error.message().to_owned())?;
    let mut meter = Meter::new(facts.limits);
    let mut output = Output::new();
    Context::new(&Arc::new(set), functions, MissingKey::Invalid, &mut meter, &host)
        .execute("name-template", &Value::Nil, &mut output)
        .map_err(|error| error.message().to_owned())?;
    Ok(output.into_text())
}
