//! Each accident here has happened to somebody; the names say which.

use std::sync::Arc;

use weir_model::{Diagnostic, Digest, Origin};
use weir_plan::{PlanObject, Unit};

use super::*;
use crate::tests::{manifest, value};

fn unit_id(name: &str) -> UnitId {
    UnitId { kind: UnitKind::Kustomization, namespace: "flux-system".into(), name: name.into() }
}

fn unit(name: &str, body: Body) -> Unit {
    Unit {
        id: unit_id(name),
        parent: None,
        after: Vec::new(),
        source: None,
        origin: Origin::default(),
        suspended: false,
        input: Digest::of(name.as_bytes()),
        body,
    }
}

fn ready(objects: &[&str]) -> Body {
    let objects = objects.iter().map(|text| PlanObject::new(Arc::new(manifest(text)))).collect();
    Body::Ready(Arc::new(objects))
}

fn inventory(ids: &[&str]) -> Inventory {
    Inventory { entries: ids.iter().map(|id| Entry::parse(id, "v1").unwrap()).collect() }
}

/// A case: what `apps` had, what it has now, what lives, and what the plan holds.
struct Case<'a> {
    before: &'a [&'a str],
    after: &'a [&'a str],
    live: &'a [(&'a str, &'a str)],
    plan: Vec<Unit>,
    prunes: bool,
    departs: bool,
    service_account: Option<&'a str>,
    defined: &'a [(&'a str, usize)],
    allowed: &'a [Danger],
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            before: &[],
            after: &["apps_stays__ConfigMap"],
            live: &[],
            plan: vec![unit("apps", ready(&[]))],
            prunes: true,
            departs: false,
            service_account: None,
            defined: &[],
            allowed: &[],
        }
    }
}

const OWN: &str =
    "kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system";

impl Case<'_> {
    fn fates(&self) -> Vec<String> {
        let id = |id: &str| Entry::parse(id, "v1").unwrap().id;
        let live = self
            .live
            .iter()
            .map(|(name, object)| (id(name), value(&object.replace("OWN", OWN))))
            .collect();
        let (before, after) = (inventory(self.before), inventory(self.after));
        let question = Question {
            unit: &unit_id("apps"),
            prunes: self.prunes,
            departs: self.departs,
            service_account: self.service_account,
            before: &before,
            after: &after,
            live: &live,
            defined: &self.defined.iter().map(|(name, count)| (id(name), *count)).collect(),
            allowed: &self.allowed.iter().copied().collect(),
        };
        let plan = Plan::new(self.plan.clone());
        decide(&question, &Surroundings::of(&plan))
            .iter()
            .map(|(entry, fate)| match fate {
                Fate::Delete => format!("delete {}", entry.id),
                Fate::Gone => format!("gone {}", entry.id),
                Fate::Stays(reason) => format!("stays {}: {reason:?}", entry.id),
                Fate::NeedsAllowance(danger) => format!("ask {}: {}", entry.id, danger.word()),
            })
            .collect()
    }
}

const OWNED: &str = "{metadata: {labels: {OWN}}}";

#[test]
fn what_left_is_deleted_in_the_reverse_order_of_applying() {
    let case = Case {
        before: &[
            "_shop__Namespace",
            "shop_c__ConfigMap",
            "shop_d_apps_Deployment",
            "shop_x__Secret",
        ],
        live: &[
            ("_shop__Namespace", OWNED),
            ("shop_c__ConfigMap", OWNED),
            ("shop_d_apps_Deployment", OWNED),
        ],
        ..Case::default()
    };
    assert_eq!(
        case.fates(),
        [
            "delete Deployment/shop/d",
            "gone Secret/shop/x",
            "delete ConfigMap/shop/c",
            "delete Namespace/shop"
        ]
    );
}

#[test]
fn flux2_3949_the_own_namespace_is_not_deleted() {
    let mut case = Case {
        before: &["_flux-system__Namespace"],
        live: &[("_flux-system__Namespace", OWNED)],
        ..Case::default()
    };
    assert_eq!(case.fates(), ["ask Namespace/flux-system: own-namespace"]);
    case.allowed = &[Danger::OwnNamespace];
    assert_eq!(case.fates(), ["delete Namespace/flux-system"]);
}

#[test]
fn flux_operator_391_a_namespace_of_other_flux_objects_is_not_deleted() {
    let mut other = unit("tenant", ready(&[]));
    other.id.namespace = "tenant".into();
    let case = Case {
        before: &["_tenant__Namespace"],
        live: &[("_tenant__Namespace", OWNED)],
        plan: vec![unit("apps", ready(&[])), other],
        ..Case::default()
    };
    assert_eq!(case.fates(), ["ask Namespace/tenant: own-namespace"]);
}

#[test]
fn flux2_1366_what_was_never_recorded_is_never_deleted() {
    let case = Case { live: &[("_foo__Namespace", OWNED)], ..Case::default() };
    assert!(case.fates().is_empty());
}

#[test]
fn flux2_1462_what_was_there_before_and_is_not_owned_stays() {
    for labels in [
        "{}",
        "{metadata: {labels: {kustomize.toolkit.fluxcd.io/name: apps}}}",
        "{metadata: {labels: {kustomize.toolkit.fluxcd.io/name: other, kustomize.toolkit.fluxcd.io/namespace: flux-system}}}",
    ] {
        let case = Case {
            before: &["_shop__Namespace"],
            live: &[("_shop__Namespace", labels)],
            ..Case::default()
        };
        assert!(case.fates()[0].starts_with("stays Namespace/shop: NotOwned"), "{labels}");
    }
}

#[test]
fn kustomize_controller_339_a_move_is_no_deletion_and_a_broken_unit_may_be_where_it_went() {
    let moved = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}";
    let mut case = Case {
        before: &["shop_c__ConfigMap"],
        live: &[("shop_c__ConfigMap", OWNED)],
        plan: vec![unit("apps", ready(&[])), unit("shop", ready(&[moved]))],
        ..Case::default()
    };
    assert!(case.fates()[0].starts_with("stays ConfigMap/shop/c: Moved"), "{:?}", case.fates());
    let broken = Body::Broken(vec![Diagnostic::error("x", "y".to_owned())]);
    case.plan = vec![unit("apps", ready(&[])), unit("shop", broken)];
    assert_eq!(case.fates(), ["ask ConfigMap/shop/c: unknown"]);
}

#[test]
fn a_child_that_takes_its_parents_object_keeps_it() {
    // The plan may not know that a kind lives outside namespaces, and name one all the same.
    let moved = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: c, namespace: shop}}";
    let case = Case {
        before: &["_c_example.com_Thing"],
        live: &[("_c_example.com_Thing", OWNED)],
        plan: vec![unit("apps", ready(&[])), unit("child", ready(&[moved]))],
        ..Case::default()
    };
    assert!(case.fates()[0].starts_with("stays Thing/c: Moved"));
}

#[test]
fn flux2_1077_an_empty_build_does_not_take_everything_away() {
    let mut case = Case {
        before: &["shop_a__ConfigMap", "shop_b__ConfigMap"],
        after: &[],
        live: &[("shop_a__ConfigMap", OWNED), ("shop_b__ConfigMap", OWNED)],
        ..Case::default()
    };
    assert_eq!(case.fates(), ["ask ConfigMap/shop/b: many", "ask ConfigMap/shop/a: many"]);
    let deleted = ["delete ConfigMap/shop/b", "delete ConfigMap/shop/a"];
    case.departs = true;
    assert_eq!(case.fates(), deleted);
    case.departs = false;
    case.allowed = &[Danger::Many];
    assert_eq!(case.fates(), deleted);
}

#[test]
fn more_than_the_budget_must_be_allowed() {
    let ids: Vec<String> = (0..=BUDGET).map(|n| format!("shop_c{n}__ConfigMap")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let live: Vec<(&str, &str)> = ids.iter().map(|id| (*id, OWNED)).collect();
    let case = Case { before: &ids, live: &live, ..Case::default() };
    assert!(case.fates().iter().all(|fate| fate.ends_with(": many")));
    let case = Case { before: &ids[1..], live: &live, ..Case::default() };
    assert!(case.fates().iter().all(|fate| fate.starts_with("delete ")));
}

#[test]
fn ankhmorpork_1489_the_account_that_applies_is_not_deleted() {
    let case = Case {
        before: &[
            "flux-system_deployer__ServiceAccount",
            "shop_deployer__ServiceAccount",
            "shop_bind_rbac.authorization.k8s.io_RoleBinding",
        ],
        live: &[
            ("flux-system_deployer__ServiceAccount", OWNED),
            ("shop_deployer__ServiceAccount", OWNED),
            (
                "shop_bind_rbac.authorization.k8s.io_RoleBinding",
                "{metadata: {labels: {OWN}}, subjects: [{kind: ServiceAccount, name: deployer, namespace: flux-system}]}",
            ),
        ],
        service_account: Some("deployer"),
        ..Case::default()
    };
    assert_eq!(
        case.fates(),
        [
            "ask RoleBinding/shop/bind: own-identity",
            "delete ServiceAccount/shop/deployer",
            "ask ServiceAccount/flux-system/deployer: own-identity",
        ]
    );
}

#[test]
fn the_flux_objects_of_the_plan_are_not_deleted() {
    // An entry that leaves out the objects that `flux bootstrap` made would take itself away, and all that it holds.
    let case = Case {
        before: &[
            "flux-system_apps_kustomize.toolkit.fluxcd.io_Kustomization",
            "flux-system_gone_kustomize.toolkit.fluxcd.io_Kustomization",
        ],
        live: &[
            ("flux-system_apps_kustomize.toolkit.fluxcd.io_Kustomization", OWNED),
            ("flux-system_gone_kustomize.toolkit.fluxcd.io_Kustomization", OWNED),
        ],
        ..Case::default()
    };
    assert_eq!(
        case.fates(),
        [
            "delete Kustomization/flux-system/gone",
            "ask Kustomization/flux-system/apps: own-identity"
        ]
    );
}

#[test]
fn a_definition_with_objects_and_volumes_stay_until_allowed() {
    let mut case = Case {
        before: &[
            "_a.example.com_apiextensions.k8s.io_CustomResourceDefinition",
            "shop_data__PersistentVolumeClaim",
        ],
        live: &[
            ("_a.example.com_apiextensions.k8s.io_CustomResourceDefinition", OWNED),
            ("shop_data__PersistentVolumeClaim", OWNED),
        ],
        ..Case::default()
    };
    let asked = [
        "ask PersistentVolumeClaim/shop/data: storage",
        "ask CustomResourceDefinition/a.example.com: definitions",
    ];
    assert_eq!(case.fates(), asked);
    case.defined = &[("_a.example.com_apiextensions.k8s.io_CustomResourceDefinition", 2)];
    assert_eq!(case.fates(), asked);
    case.defined = &[("_a.example.com_apiextensions.k8s.io_CustomResourceDefinition", 0)];
    assert_eq!(case.fates()[1], "delete CustomResourceDefinition/a.example.com");
}

#[test]
fn platform_3368_what_is_kept_says_why() {
    for (marker, word) in [
        ("kustomize.toolkit.fluxcd.io/prune: Disabled", "prune: disabled"),
        ("kustomize.toolkit.fluxcd.io/reconcile: disabled", "reconcile: disabled"),
        ("kustomize.toolkit.fluxcd.io/ssa: ignore", "ssa: Ignore"),
    ] {
        let live = format!("{{metadata: {{labels: {{OWN}}, annotations: {{{marker}}}}}}}");
        let case = Case {
            before: &["shop_c__ConfigMap"],
            live: &[("shop_c__ConfigMap", &live)],
            ..Case::default()
        };
        assert!(case.fates()[0].contains(word), "{:?}", case.fates());
    }
    let case = Case {
        before: &["shop_c__ConfigMap"],
        live: &[("shop_c__ConfigMap", OWNED)],
        prunes: false,
        ..Case::default()
    };
    assert_eq!(case.fates(), ["stays ConfigMap/shop/c: NoPruning"]);
}
