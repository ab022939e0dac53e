//! The recorded scenarios: what weir leaves in a cluster is what kustomize-controller left there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::api::Api;
use crate::scenario::Scenario;
use crate::server::server;

/// How many steps of each scenario end with every object, its field owners and the inventory as recorded. A change may
/// raise a number, never lower it.
const SCENARIOS: &[(&str, usize)] = &[
    ("a01-first-apply", 7),
    ("a02-prune-annotations", 5),
    ("a03-immutable", 6),
    ("a04-drift", 8),
    ("a05-invalid", 11),
    ("a06-health", 6),
    ("a07-depends-suspend", 7),
    ("a08-deletion-policy", 2),
    ("a09-substitute", 5),
    ("a10-ownership", 9),
    ("a11-sa-impersonation", 3),
    ("a12-edge", 6),
    ("a13-takeover", 5),
    ("a14-prune-order", 6),
    ("b01-lifecycle", 8),
    ("b02-upgrade-fail", 9),
    ("b03-install-fail", 7),
    ("b04-tests", 4),
    ("b05-drift", 9),
    ("b06-crds-hooks", 6),
    ("b07-values", 6),
    ("b08-names", 5),
    ("b09-adoption", 6),
    ("b10-ssa-modes", 4),
    ("b11-locks", 5),
];

pub fn conformance() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let found = [named, Some(beside)].into_iter().flatten().find(|it| it.join("apply").is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/conformance, and WEIR_CONFORMANCE names none");
    }
    found
}

/// Returns a program that a scenario starts and that is not there.
fn lacking(scenario: &Path) -> Option<&'static str> {
    let commands: String = (1..)
        .map(|number| scenario.join(format!("input/step{number}")))
        .take_while(|input| input.is_dir())
        .filter_map(|input| std::fs::read_to_string(input.join("commands.txt")).ok())
        .collect();
    let has_kubectl = || Command::new("kubectl").arg("help").output().is_ok();
    let has_helm = || std::env::var_os("HELM3").is_some() && std::env::var_os("HELM4").is_some();
    if commands.contains("kubectl") && !has_kubectl() {
        Some("kubectl")
    } else if commands.contains("$ helm") && !has_helm() {
        Some("`HELM3` and `HELM4`, which name two helm programs")
    } else {
        None
    }
}

#[test]
fn recorded_scenarios_end_as_recorded() {
    let (Some(folder), Some(server)) = (conformance(), server()) else { return };
    let api = Api::new(server);
    let only = std::env::var("WEIR_SCENARIO").unwrap_or_default();
    let mut fallen = Vec::new();
    for (name, floor) in SCENARIOS.iter().filter(|(name, _)| name.starts_with(&only)) {
        if let Some(program) = lacking(&folder.join("apply").join(name)) {
            println!("skipped: {name} needs {program}");
            continue;
        }
        let steps = Scenario::new(&api, &folder.join("apply").join(name)).run();
        let equal = steps.iter().filter(|step| step.differences.is_empty()).count();
        println!("{name}: {equal} of {} steps (at least {floor} must)", steps.len());
        for step in &steps {
            for difference in &step.differences {
                println!("    {}: {difference}", step.name);
            }
        }
        if equal < *floor {
            fallen.push(*name);
        }
    }
    assert!(fallen.is_empty(), "these did better before: {fallen:?}");
}
