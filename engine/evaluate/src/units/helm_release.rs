//! The inputs of a HelmRelease.

use std::sync::Arc;

use weir_flux::kinds::HelmRelease;
use weir_model::Manifest;
use weir_plan::UnitId;

use super::lookups::Lookups;
use super::release::{ChartFiles, ReleaseTask};
use super::values::ReleaseValues;
use super::{Task, Work, dependencies, source_ref, values};
use crate::ClusterFacts;
use crate::blocked::Blocked;
use crate::context::Context;
use crate::memo::{Inputs, value_digest};
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
    let chart = chart_of(context, &id.to_string(), &release, &id.namespace)?;
    let mut values = values::collect(context, id, &release)?;
    let chart_files = ChartFiles::from(&chart);
    let lookups = Lookups::find(context, &chart_files.files, &values);
    if lookups.decoys.is_some() {
        values.secrets.extend(lookups.secrets());
        // What comes of a Secret that is looked up is followed as what comes of one among the values.
        values.decoys.get_or_insert_with(|| values.merged.clone());
    }
    let task = ReleaseTask {
        id: id.clone(),
        at: manifest.value().origin,
        release,
        chart: chart_files,
        values,
        facts: Arc::clone(&context.snapshot.cluster),
        lookups,
    };
    let inputs = inputs(&task, manifest);
    Ok(Task {
        input: inputs.key(),
        inputs,
        resolved: task.values.resolved,
        source: Some(source_ref(&chart.source, &chart.path)),
        after: Vec::new(),
        suspended: task.release.suspend,
        warnings: task.values.warnings.clone(),
        work: Work::Release(Box::new(task)),
    })
}

/// Makes the key of a release: every field of the task is in it.
fn inputs(task: &ReleaseTask, manifest: &Manifest) -> Inputs {
    let ReleaseTask { id, at, release: _, chart, values, facts, lookups } = task;
    let ChartFiles {
        files,
        source,
        at: named_at,
        values_files,
        ignore_missing_values_files,
        numbering: _,
    } = chart;
    let ReleaseValues { merged, decoys, secrets, resolved: _, warnings: _ } = values;
    // Schemas are for checks; a rendering never looks at them.
    let ClusterFacts {
        kube_version,
        api_versions,
        is_complete,
        strict_substitution: _,
        schemas: _,
    } = &**facts;
    let mut inputs = Inputs::of("release");
    inputs
        .part("place", |digest| {
            digest.text(&id.to_string()).text(&at.to_string());
        })
        // `release` is read from this alone.
        .value("spec", manifest.spec())
        .digest("chart", *files.digest())
        .part("chart-source", |digest| {
            digest.text(&source.to_string()).text(&named_at.to_string());
        })
        .part("values-files", |digest| {
            digest.number(u64::from(*ignore_missing_values_files));
            for file in values_files {
                digest.text(file);
            }
        })
        .value("values", Some(merged))
        .value("secret-values", decoys.as_ref())
        .part("secrets", |digest| {
            for secret in secrets {
                digest.text(secret);
            }
        })
        // `decoys` is made from the objects alone.
        .part("looked-up", |digest| {
            for (id, object) in &*lookups.objects {
                digest.text(&id.to_string()).digest(&value_digest(object));
            }
        })
        .part("kube-version", |digest| {
            digest.text(kube_version);
        })
        .part("api-versions", |digest| {
            digest.number(u64::from(*is_complete));
            for version in api_versions {
                digest.text(version);
            }
        });
    inputs
}
