//! The inputs of a HelmRelease.

use std::sync::Arc;

use weir_flux::kinds::HelmRelease;
use weir_model::{DigestBuilder, Manifest};
use weir_plan::UnitId;

use super::release::ReleaseTask;
use super::{Task, Work, dependencies, source_ref, values};
use crate::blocked::Blocked;
use crate::context::Context;
use crate::sources::{chart_of, checked};

/// Finds the chart and the values of a HelmRelease.
pub(super) fn prepare(context: Context<'_>, id: &UnitId, manifest: &Manifest) -> Task {
    let read = HelmRelease::read(manifest);
    let after = dependencies(id, &read.value.depends_on);
    let suspended = read.value.suspend;
    let task = checked(read)
        .and_then(|release| found(context, id, manifest, release))
        .unwrap_or_else(Task::blocked);
    Task { after, suspended, ..task }
}

fn found(
    context: Context<'_>,
    id: &UnitId,
    manifest: &Manifest,
    release: HelmRelease,
) -> Result<Task, Blocked> {
    let referrer = id.to_string();
    let chart = chart_of(context, &referrer, &release, &id.namespace)?;
    let values = values::collect(context, id, &release)?;
    let facts = &context.snapshot.cluster;
    let mut input = DigestBuilder::new("helmrelease");
    input.text(&referrer);
    if let Some(spec) = manifest.spec() {
        spec.digest_into(&mut input);
    }
    input.digest(chart.source.tree.digest()).number(chart.values_files.len() as u64);
    for file in &chart.values_files {
        input.text(file);
    }
    values.merged.digest_into(&mut input);
    input.number(u64::from(values.decoys.is_some()));
    input.text(&facts.kube_version).number(u64::from(facts.is_complete));
    input.number(facts.api_versions.len() as u64);
    for version in &facts.api_versions {
        input.text(version);
    }
    Ok(Task {
        input: input.finish(),
        resolved: values.resolved,
        source: Some(source_ref(&chart.source, &chart.path)),
        after: Vec::new(),
        suspended: release.suspend,
        warnings: values.warnings.clone(),
        work: Work::Release(Box::new(ReleaseTask {
            id: id.clone(),
            at: manifest.value().origin,
            release,
            chart,
            values,
            facts: Arc::clone(facts),
        })),
    })
}
