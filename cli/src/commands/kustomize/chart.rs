//! Charts for `weir kustomize build --enable-helm`: rendered by weir itself.

use weir_helm::{Chart, Facts, KubeVersion, Release, TextOptions, values};
use weir_kustomize::ChartRequest;
use weir_model::Diagnostic;

use crate::commands::chance;

/// Renders a chart as `helm template` does. The error is Helm's message.
pub(super) fn inflate(request: &ChartRequest<'_>) -> Result<String, String> {
    let facts = facts(request)?;
    let loaded = Chart::load_as(&request.tree.subtree(request.chart), facts.helm);
    let chart = loaded.value.ok_or_else(|| first_error(&loaded.diagnostics))?;
    let mut given = values::empty();
    for text in request.values {
        let more = values::read(text.as_bytes(), "values.yaml", facts.helm)?;
        given = values::merge(&given, &more);
    }
    let namespace = if request.namespace.is_empty() { "default" } else { request.namespace };
    let release = Release::new(release_name(request)?, namespace);
    let rendered = weir_helm::render_text(&chart, &given, &release, &facts);
    let rendered = rendered.value.ok_or_else(|| first_error(&rendered.diagnostics))?;
    Ok(rendered.text(TextOptions {
        crds: request.include_crds,
        no_hooks: request.skip_hooks,
        skip_tests: request.skip_tests,
    }))
}

fn facts(request: &ChartRequest<'_>) -> Result<Facts, String> {
    let chance = Facts { now: chance::now(), entropy: chance::entropy()?, ..Facts::default() };
    let mut facts = chance.with_api_versions(request.api_versions.iter().map(|text| text.as_str()));
    facts.kube_version = if request.kube_version.is_empty() {
        KubeVersion::built_in(facts.helm)
    } else {
        KubeVersion::parse(request.kube_version)
            .map_err(|error| format!("invalid kube version '{}': {error}", request.kube_version))?
    };
    Ok(facts)
}

/// Returns the release's name. One that helm would make up from the clock is made from the chart's name alone.
fn release_name(request: &ChartRequest<'_>) -> Result<String, String> {
    match (request.release_name, request.name_template) {
        ("", "") => Ok(request.name.to_owned()),
        ("", template) => weir_helm::release_name(template),
        (name, _) => Ok(name.to_owned()),
    }
}

fn first_error(diagnostics: &[Diagnostic]) -> String {
    let error = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    error.map(ToString::to_string).unwrap_or_default()
}
