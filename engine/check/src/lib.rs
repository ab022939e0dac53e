//! A plan checked before anything of it is applied: schemas, names, API versions, references, dependencies, and what
//! changes against a base.
//!
//! [`check`] takes a plan and gives a [`Report`]; it reads nothing and asks no cluster. What it cannot check, because there
//! is no schema for a kind, it counts and does not report.

mod apis;
mod conceal;
mod duplicates;
mod graph;
mod immutable;
mod index;
mod metadata;
mod references;
mod report;
pub mod rules;
mod schema;
mod schemas;
mod settings;
#[cfg(test)]
mod tests;
mod version;
mod workloads;

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use weir_model::{Blob, Diagnostic};
use weir_plan::{Body, Plan};

pub use report::{Finding, Report, UnitResult};
pub use settings::{Deny, FILE, Ignore, Settings};

use index::{Index, Placed};
use schema::kubernetes::Kubernetes;
use schemas::Schemas;

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What rendering found.
    pub diagnostics: &'a [Diagnostic],
    /// The plan to compare with, when there is one.
    pub base: Option<&'a Plan>,
    /// The version of Kubernetes that charts are told.
    pub kube_version: &'a str,
    /// Whether somebody asked for that version.
    pub is_version_given: bool,
    /// The OpenAPI documents of a cluster, by path.
    pub documents: &'a BTreeMap<String, Blob>,
    /// What does not count.
    pub settings: &'a Settings,
}

/// Codes of diagnostics that this crate says in its own, more exact words.
const SAID_BETTER: &[&str] =
    &["flux-dependency-circle", "flux-dependency-missing", "flux-duplicate-object"];

/// Returns the versions of Kubernetes whose schemas there are, the oldest first.
pub fn kube_versions() -> Vec<&'static str> {
    schema::kubernetes::versions().collect()
}

/// Checks a plan.
pub fn check(input: &Input<'_>) -> Report {
    let chosen = version::choose(input.kube_version, input.is_version_given);
    let schemas = Schemas::new(Kubernetes::load(chosen.place), input.plan, input.documents);
    let index = Index::new(input.plan, &schemas);
    let mut findings = of_rendering(input);
    let checked: Vec<Checked> =
        index.objects.par_iter().map(|placed| object(placed, &schemas)).collect();
    let mut without_schema: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for (placed, checked) in index.objects.iter().zip(checked) {
        if checked.has_schema {
            *counts.entry(&placed.unit.id).or_default() += 1;
        } else {
            let manifest = placed.manifest();
            let key = (manifest.api_version().to_owned(), manifest.kind().to_owned());
            *without_schema.entry(key).or_default() += 1;
        }
        findings.extend(checked.found);
    }
    broken_schemas(&index, &schemas, &mut findings);
    duplicates::check(&index, &schemas, &mut findings);
    references::check(&index, &mut findings);
    graph::check(&index, &schemas, &mut findings);
    if let Some(base) = input.base {
        immutable::check(base, &index, &schemas, &mut findings);
    }
    conceal::conceal(input.base.into_iter().chain([input.plan]), &mut findings);
    ignore(input.settings, &mut findings);
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    findings.dedup();
    let units = input
        .plan
        .units
        .iter()
        .map(|unit| UnitResult {
            id: unit.id.clone(),
            origin: unit.origin,
            state: match unit.body {
                Body::Ready(_) | Body::Same => "ready",
                Body::Waiting(_) => "waiting",
                Body::Broken(_) => "broken",
            },
            objects: if let Body::Ready(objects) = &unit.body { objects.len() } else { 0 },
            checked: counts.get(&unit.id).copied().unwrap_or_default(),
        })
        .collect();
    Report {
        kube_version: schemas.kubernetes.version.to_owned(),
        kube_version_reason: chosen.reason,
        units,
        findings,
        without_schema,
    }
}

fn key(finding: &Finding) -> impl Ord {
    (
        finding.unit.clone(),
        finding.object.clone(),
        finding.severity,
        finding.field.clone(),
        finding.rule,
        finding.message.clone(),
    )
}

/// Takes over what rendering found, with the unit that each is about where that is known.
fn of_rendering(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told: Vec<&Diagnostic> = Vec::new();
    for unit in &input.plan.units {
        if let Body::Waiting(reasons) | Body::Broken(reasons) = &unit.body {
            told.extend(reasons);
            findings.extend(
                reasons.iter().map(|reason| Finding::of_diagnostic(reason, Some(&unit.id))),
            );
        }
    }
    let others = input
        .diagnostics
        .iter()
        .filter(|diagnostic| !SAID_BETTER.contains(&diagnostic.code) && !told.contains(diagnostic));
    findings.extend(others.map(|diagnostic| Finding::of_diagnostic(diagnostic, None)));
    findings
}

/// What checking one object by itself gives.
struct Checked {
    has_schema: bool,
    found: Vec<Finding>,
}

fn object(placed: &Placed<'_>, schemas: &Schemas<'_>) -> Checked {
    let manifest = placed.manifest();
    let mut found = Vec::new();
    let is_secret = placed.is("", "Secret");
    let schema = schemas.of(manifest);
    if let Some((schema, node)) = schema {
        found.extend(schema::validate::validate(schema, node, placed.value(), None, is_secret));
    }
    metadata::check(placed, schemas, &mut found);
    apis::check(manifest, schemas, &mut found);
    workloads::check(placed, &mut found);
    let own = placed.object.provenance.origin;
    for finding in &mut found {
        finding.unit = Some(placed.unit.id.clone());
        finding.object = Some(placed.object.id.clone());
        if !finding.at.is_known() {
            finding.at = own;
        }
    }
    // A CRD without a schema is known as well: there is nothing to check.
    let is_known = schemas.is_defined(manifest.api_version(), manifest.kind());
    Checked { has_schema: schema.is_some() || is_known, found }
}

/// Reports what of CRDs' schemas cannot be read, of those that objects of the plan were checked against.
fn broken_schemas(index: &Index<'_>, schemas: &Schemas<'_>, findings: &mut Vec<Finding>) {
    for placed in index.of_kind("apiextensions.k8s.io", "CustomResourceDefinition") {
        for problem in schemas.problems_of(placed.manifest()) {
            findings.push(
                Finding::new(rules::BROKEN_SCHEMA, "a part of the schema cannot be read")
                    .in_unit(&placed.unit.id)
                    .of_object(&placed.object.id)
                    .field("spec.versions")
                    .at(placed.object.provenance.origin)
                    .cause(problem),
            );
        }
    }
}

/// Marks what the settings say does not count, and reports entries that match nothing.
fn ignore(settings: &Settings, findings: &mut Vec<Finding>) {
    for ignore in &settings.ignore {
        let mut is_used = false;
        for finding in findings.iter_mut().filter(|finding| ignore.matches(finding)) {
            is_used = true;
            finding.ignored.get_or_insert_with(|| ignore.reason.clone());
        }
        if !is_used {
            let message =
                format!("nothing is ignored by this entry of `{FILE}`: {}", ignore.reason);
            findings.push(Finding::new(rules::UNUSED_IGNORE, message).at(ignore.at));
        }
    }
}
