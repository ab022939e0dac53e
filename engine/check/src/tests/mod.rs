//! Plans made by hand, and what is found in them.

mod dependencies;
mod objects;
mod references;

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{DigestBuilder, Manifest, Origin, Source};
use weir_plan::{Body, Plan, PlanObject, Unit, UnitId, UnitKind};

use crate::{Input, Report, Settings, check};

/// A unit named as `k/namespace/name` or `h/namespace/name`, with the objects of a YAML stream.
fn unit(name: &str, yaml: &str) -> Unit {
    let id = id(name);
    let values = weir_yaml::read_values(yaml.as_bytes(), Source::named("file.yaml")).unwrap();
    let objects = values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| PlanObject::new(Arc::new(Manifest::new(value).unwrap())))
        .collect();
    Unit {
        id,
        parent: None,
        after: Vec::new(),
        source: None,
        origin: Origin::default(),
        suspended: false,
        input: DigestBuilder::new("test").finish(),
        body: Body::Ready(Arc::new(objects)),
    }
}

fn id(name: &str) -> UnitId {
    let parts: Vec<&str> = name.split('/').collect();
    let kind = if parts[0] == "h" { UnitKind::HelmRelease } else { UnitKind::Kustomization };
    UnitId { kind, namespace: parts[1].into(), name: parts[2].into() }
}

fn report_of(units: Vec<Unit>, base: Option<&Plan>) -> Report {
    let plan = Plan::new(units);
    check(&Input {
        plan: &plan,
        diagnostics: &[],
        base,
        kube_version: "1.36.1",
        is_version_given: true,
        documents: &BTreeMap::new(),
        settings: &Settings::default(),
    })
}

/// Writes what is found as `rule field: message`.
fn lines(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    findings.map(|f| format!("{} {}: {}", f.rule, f.field, f.message)).collect()
}

/// Checks the objects of one unit.
fn found(yaml: &str) -> Vec<String> {
    lines(&report_of(vec![unit("k/flux-system/apps", yaml)], None))
}
