//! What waits for what.

use weir_plan::Unit;

use super::{id, lines, report_of, unit};

fn kustomization(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {spec}\n---\n"
    )
}

fn after(mut unit: Unit, others: &[&str]) -> Unit {
    unit.after = others.iter().map(|name| id(name)).collect();
    unit
}

fn below(mut unit: Unit, parent: &str) -> Unit {
    unit.parent = Some(id(parent));
    unit
}

#[test]
fn circles_and_dependencies_on_nothing_are_named() {
    let units = vec![
        after(unit("k/flux-system/a", ""), &["k/flux-system/b"]),
        after(unit("k/flux-system/b", ""), &["k/flux-system/a"]),
        after(unit("k/flux-system/c", ""), &["k/flux-system/d", "k/flux-system/a"]),
    ];
    assert_eq!(
        lines(&report_of(units, None)),
        [
            "dependency-cycle : dependencies form a circle: `Kustomization/flux-system/a` depends on `Kustomization/flux-system/b`; `Kustomization/flux-system/b` depends on `Kustomization/flux-system/a`",
            "dependency-missing : depends on `Kustomization/flux-system/d`, which nothing in the repository makes",
        ]
    );
}

#[test]
fn a_child_cannot_depend_on_a_parent_that_waits_for_it() {
    let make = |wait: bool| {
        let parent = kustomization("parent", &format!("{{wait: {wait}}}"));
        let child = kustomization("child", "{}");
        vec![
            unit("k/flux-system/flux-system", &parent),
            below(unit("k/flux-system/parent", &child), "k/flux-system/flux-system"),
            after(
                below(unit("k/flux-system/child", ""), "k/flux-system/parent"),
                &["k/flux-system/parent"],
            ),
        ]
    };
    assert_eq!(lines(&report_of(make(false), None)), Vec::<String>::new());
    let found = lines(&report_of(make(true), None));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("unsatisfiable-dependency") && found[0].contains("`spec.wait`"),
        "{found:?}"
    );
}

#[test]
fn a_kustomization_cannot_hold_an_object_and_the_release_that_brings_its_crd() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: op, namespace: flux-system}\nspec: {}\n---\n";
    let object =
        "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w, namespace: flux-system}\n";
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.org}\nspec: {group: example.org, scope: Namespaced, names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true, storage: true}]}\n";
    let together = vec![
        unit("k/flux-system/apps", &format!("{release}{object}")),
        below(unit("h/flux-system/op", crd), "k/flux-system/apps"),
    ];
    let found = lines(&report_of(together, None));
    assert!(
        found.len() == 1 && found[0].contains("whose CRD `HelmRelease/flux-system/op` makes"),
        "{found:?}"
    );
    let apart = vec![
        unit("k/flux-system/apps", release),
        below(unit("h/flux-system/op", crd), "k/flux-system/apps"),
        unit("k/flux-system/more", object),
    ];
    assert_eq!(lines(&report_of(apart, None)), Vec::<String>::new());
}
