//! How a Kustomization wants its objects to be applied, and what becomes of them when it goes.

use weir_golang::time::Duration;
use weir_model::{Manifest, ObjectId, SmolStr, Value};

use crate::health::Expressions;
use crate::ignore::IgnoreRule;

/// The shortest time that is given to an apply, in seconds; less is taken for this, as kustomize-controller does.
const SHORTEST: i64 = 30;

/// What a Kustomization says about its own applying.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether objects that left the set are deleted.
    pub prune: bool,
    /// Whether all objects are waited for.
    pub wait: bool,
    /// Whether objects are made anew when a field cannot be changed.
    pub force: bool,
    /// Whether nothing is done at all.
    pub suspend: bool,
    /// How many seconds applying and waiting may take.
    pub timeout: i64,
    /// The account that applies, of the Kustomization's own namespace.
    pub service_account: Option<SmolStr>,
    /// The Secret with the kubeconfig of another cluster, and its key.
    pub kube_config: Option<(SmolStr, Option<SmolStr>)>,
    /// What becomes of the objects when the Kustomization goes.
    pub deletion: Deletion,
    /// Fields that others may change.
    pub ignore: Vec<IgnoreRule>,
    /// The objects that are waited for when not all are.
    pub health_checks: Vec<ObjectId>,
    /// Rules by which objects are judged, beyond the built-in ones.
    pub expressions: Expressions,
    /// What could not be understood; with anything here nothing is to be applied.
    pub problems: Vec<String>,
}

/// What becomes of a Kustomization's objects when it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// They go when `prune` is set.
    MirrorPrune,
    /// They go.
    Delete,
    /// They go, and are waited for.
    WaitForTermination,
    /// They stay.
    Orphan,
}

impl Default for Policy {
    /// A policy that deletes nothing and waits for nothing.
    fn default() -> Self {
        Self {
            prune: false,
            wait: false,
            force: false,
            suspend: false,
            timeout: SHORTEST,
            service_account: None,
            kube_config: None,
            deletion: Deletion::Orphan,
            ignore: Vec::new(),
            health_checks: Vec::new(),
            expressions: Expressions::default(),
            problems: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the `spec` of a Kustomization.
    pub fn read(manifest: &Manifest) -> Self {
        let spec = manifest.spec();
        let field = |path: &[&str]| spec.and_then(|spec| spec.pointer(path));
        let flag = |name| field(&[name]).and_then(Value::as_bool).unwrap_or_default();
        let text = |path: &[&str]| {
            field(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(SmolStr::new)
        };
        let mut problems = Vec::new();
        let seconds = |name: &str, problems: &mut Vec<String>| {
            let text = text(&[name])?;
            match Duration::parse(&text) {
                #[expect(clippy::cast_possible_truncation, reason = "a duration is bounded")]
                Ok(duration) => Some(duration.seconds() as i64),
                Err(error) => {
                    problems.push(format!("`spec.{name}` is no duration: {error}"));
                    None
                }
            }
        };
        let interval = seconds("interval", &mut problems);
        let timeout = seconds("timeout", &mut problems)
            .or_else(|| interval.map(|interval| interval - SHORTEST))
            .unwrap_or(SHORTEST)
            .max(SHORTEST);
        let ignore = IgnoreRule::read_all(field(&["ignore"])).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let expressions =
            Expressions::read(field(&["healthCheckExprs"])).unwrap_or_else(|problem| {
                problems.push(problem);
                Expressions::default()
            });
        let deletion = match text(&["deletionPolicy"]).as_deref() {
            None | Some("MirrorPrune") => Deletion::MirrorPrune,
            Some("Delete") => Deletion::Delete,
            Some("WaitForTermination") => Deletion::WaitForTermination,
            Some("Orphan") => Deletion::Orphan,
            Some(other) => {
                problems.push(format!("`spec.deletionPolicy` is `{other}`, which is none"));
                Deletion::Orphan
            }
        };
        let kube_config = text(&["kubeConfig", "secretRef", "name"])
            .map(|name| (name, text(&["kubeConfig", "secretRef", "key"])));
        if field(&["kubeConfig", "configMapRef"]).is_some() {
            problems.push("`spec.kubeConfig.configMapRef` is not supported yet".to_owned());
        }
        Self {
            prune: flag("prune"),
            wait: flag("wait"),
            force: flag("force"),
            suspend: flag("suspend"),
            timeout,
            service_account: text(&["serviceAccountName"]),
            kube_config,
            deletion,
            ignore,
            health_checks: health_checks(field(&["healthChecks"]), manifest.namespace()),
            expressions,
            problems,
        }
    }
}

fn health_checks(list: Option<&Value>, own_namespace: Option<&str>) -> Vec<ObjectId> {
    let checks = list.and_then(Value::as_list).unwrap_or_default();
    checks
        .iter()
        .map(|check| {
            let text = |key| check.get(key).and_then(Value::as_str).unwrap_or_default();
            let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
            let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
            ObjectId::new(group, text("kind"), namespace.or(own_namespace), text("name"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::manifest;

    fn policy(spec: &str) -> Policy {
        Policy::read(&manifest(&format!(
            "{{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {{name: a, namespace: n}}, spec: {spec}}}"
        )))
    }

    #[test]
    fn timeouts_are_those_of_kustomize_controller() {
        for (spec, expected) in [
            ("{interval: 10m}", 570),
            ("{interval: 10s}", 30),
            ("{interval: 1h, timeout: 8s}", 30),
            ("{interval: 1h, timeout: 2m}", 120),
            ("{}", 30),
        ] {
            assert_eq!(policy(spec).timeout, expected, "{spec}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (spec, expected) in [
            ("{timeout: soon}", "`spec.timeout` is no duration"),
            ("{deletionPolicy: Maybe}", "`spec.deletionPolicy` is `Maybe`"),
            ("{healthCheckExprs: [{apiVersion: a/v1, kind: X}]}", "`current` is missing"),
            ("{kubeConfig: {configMapRef: {name: x}}}", "configMapRef"),
            ("{ignore: [{paths: [/a], target: {labelSelector: a=b}}]}", "labelSelector"),
        ] {
            let problems = policy(spec).problems;
            assert!(problems[0].contains(expected), "{spec}: {problems:?}");
        }
        assert!(policy("{prune: true, wait: true}").problems.is_empty());
    }
}
