//! What a review folds, what it keeps, and what it says of the consequences.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{Digest, Manifest, Origin, Source};

use super::*;
use crate::{Body, PlanObject, Unit, UnitId, UnitKind, compare};

fn objects(text: &str) -> Vec<PlanObject> {
    let values = weir_yaml::read_values(text.as_bytes(), Source::named("test.yaml")).unwrap();
    values
        .into_iter()
        .map(|value| PlanObject::new(Arc::new(Manifest::new(value).unwrap())))
        .collect()
}

fn plan(units: &[(&str, &str)]) -> Plan {
    let unit = |(name, text): &(&str, &str)| Unit {
        id: id(name),
        parent: Some(id("parent")).filter(|parent| *parent != id(name)),
        after: Vec::new(),
        source: None,
        origin: Origin::default(),
        suspended: false,
        input: Digest::of(text.as_bytes()),
        body: Body::Ready(Arc::new(objects(text))),
    };
    Plan::new(units.iter().map(unit).collect())
}

fn id(name: &str) -> UnitId {
    UnitId { kind: UnitKind::Kustomization, namespace: "flux-system".into(), name: name.into() }
}

/// Says in one line for each object what a review makes of it.
fn lines(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
    let (before, after) = (plan(before), plan(after));
    let changes = compare(&before, &after);
    let review = review(&changes, &before, &after, &ReviewSettings::default());
    let mut lines = Vec::new();
    for unit in &review.units {
        for object in &unit.objects {
            let own: Vec<&str> = object.own.iter().map(|field| field.path.as_str()).collect();
            let causes: BTreeSet<String> = object
                .aside
                .iter()
                .map(|(cause, _)| unit.causes[*cause].kind.to_string())
                .collect();
            let causes: Vec<String> = causes.into_iter().collect();
            let consequences: Vec<&str> =
                object.consequences.iter().map(Consequence::word).collect();
            let action = match &object.change.action {
                Action::Add => "+".to_owned(),
                Action::Change => "~".to_owned(),
                Action::Remove => "-".to_owned(),
                Action::Move { from } => format!("> {}", from.name),
                Action::Replace { from, .. } => format!("> {from}"),
            };
            lines.push(format!(
                "{action} {} own [{}] causes [{}] {}{}",
                object.change.id,
                own.join(" "),
                causes.join("; "),
                consequences.join(" "),
                if object.same_as.is_some() { " same" } else { "" },
            ));
        }
    }
    lines
}

fn deployment(name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: a}}\nspec: {rest}\n"
    )
}

fn config(name: &str, namespace: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{k: {value}}}\n"
    )
}

fn one(before: &str, after: &str) -> Vec<String> {
    lines(&[("u", before)], &[("u", after)])
}

#[test]
fn a_generated_name_and_those_who_use_it_are_one_change() {
    let uses = |name: &str| {
        deployment(
            "web",
            &format!(
                "{{template: {{spec: {{volumes: [{{name: c, configMap: {{name: {name}}}}}]}}}}}}"
            ),
        )
    };
    let before = config("app-79f9h82h97", "a", "1") + &uses("app-79f9h82h97");
    let after = config("app-m85dk9g4hd", "a", "2") + &uses("app-m85dk9g4hd");
    insta::assert_snapshot!(one(&before, &after).join("\n"), @r"
    > ConfigMap/a/app-79f9h82h97 ConfigMap/a/app-m85dk9g4hd own [data.k] causes [the move] 
    ~ Deployment/a/web own [] causes [the new name of ConfigMap/app-m85dk9g4hd (app-79f9h82h97)] restart
    ");
}

#[test]
fn a_checksum_follows_from_what_it_is_of_and_else_is_shown() {
    let sums = |sum: &str| {
        deployment(
            "web",
            &format!("{{template: {{metadata: {{annotations: {{checksum: {sum}}}}}}}}}"),
        )
    };
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let with = one(&(config("c", "a", "1") + &sums(&old)), &(config("c", "a", "2") + &sums(&new)));
    let without = one(&sums(&old), &sums(&new));
    insta::assert_snapshot!(with.join("\n") + "\n\n" + &without.join("\n"), @r"
    ~ ConfigMap/a/c own [data.k] causes [] 
    ~ Deployment/a/web own [] causes [the content of ConfigMap/c] restart

    ~ Deployment/a/web own [spec.template.metadata.annotations.checksum] causes [] restart
    ");
}

#[test]
fn labels_that_change_in_many_objects_are_written_once() {
    let all = |version: &str| -> String {
        ["a", "b", "c"]
            .iter()
            .map(|name| {
                format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, labels: {{app.kubernetes.io/version: \"{version}\"}}}}\nspec: {{selector: {{v: \"{version}\"}}}}\n")
            })
            .collect()
    };
    insta::assert_snapshot!(one(&all("1"), &all("2")).join("\n"), @r"
    ~ Service/a own [spec.selector.v] causes [`app.kubernetes.io/version`: `1` -> `2`] 
    ~ Service/b own [spec.selector.v] causes [`app.kubernetes.io/version`: `1` -> `2`]  same
    ~ Service/c own [spec.selector.v] causes [`app.kubernetes.io/version`: `1` -> `2`]  same
    ");
}

#[test]
fn order_and_defaults_are_folded_where_they_mean_nothing() {
    let role = |verbs: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r}}\nrules: [{{apiGroups: [\"\"], resources: [pods], verbs: {verbs}}}]\n"
        )
    };
    let custom = |items: &str| {
        format!(
            "---\napiVersion: x.example.org/v1\nkind: Role\nmetadata: {{name: c}}\nverbs: {items}\n"
        )
    };
    let before =
        role("[get, list]") + &custom("[a, b]") + &deployment("d", "{replicas: 1, paused: false}");
    let after = role("[list, get]") + &custom("[b, a]") + &deployment("d", "{paused: false}");
    insta::assert_snapshot!(one(&before, &after).join("\n"), @r"
    ~ Role/c own [verbs] causes [] 
    ~ Role/r own [] causes [another order that means nothing] 
    ~ Deployment/a/d own [] causes [defaults, written or not] 
    ");
}

#[test]
fn moves_between_units_and_namespaces_are_told_from_deletions() {
    let found = lines(
        &[
            ("u", &(config("one", "a", "1") + &config("two", "a", "1"))),
            ("v", &config("z", "a", "1")),
        ],
        &[
            ("u", &config("two", "b", "1")),
            ("v", &(config("z", "a", "1") + &config("one", "a", "2"))),
        ],
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    > ConfigMap/a/two ConfigMap/b/two own [] causes [the move] 
    > u ConfigMap/a/one own [data.k] causes [] 
    ");
}

#[test]
fn consequences_are_named() {
    let claim = "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: a}\nspec: {storageClassName: x}\n";
    let crd = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: t.x.example.org}\nspec: {group: x.example.org, names: {kind: T, plural: ts}, scope: Namespaced, versions: [{name: v1, served: true}]}\n";
    let resource = "---\napiVersion: x.example.org/v1\nkind: T\nmetadata: {name: t}\n";
    let kept = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: k, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}}\n";
    let parent = |prune: bool| {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: u, namespace: flux-system}}\nspec: {{prune: {prune}}}\n"
        )
    };
    let before = claim.to_owned()
        + crd
        + resource
        + kept
        + &deployment("d", "{selector: {matchLabels: {a: b}}, template: {x: 1}}");
    let after = crd.replace("{name: v1", "{name: v2")
        + resource
        + &deployment("d", "{selector: {matchLabels: {a: c}}, template: {x: 1}}");
    let of = |prune: bool| {
        let parent = parent(prune);
        lines(&[("u", &before), ("parent", &parent)], &[("u", &after), ("parent", &parent)])
    };
    insta::assert_snapshot!(of(true).join("\n"), @r"
    ~ CustomResourceDefinition/t.x.example.org own [spec.versions[name=v1] spec.versions[name=v2]] causes [] version-gone
    - Namespace/k own [] causes [] kept
    ~ Deployment/a/d own [spec.selector.matchLabels.a] causes [] refused
    - PersistentVolumeClaim/a/data own [] causes [] data-lost
    ");
    assert!(
        of(false)
            .iter()
            .any(|line| line.ends_with("PersistentVolumeClaim/a/data own [] causes [] kept"))
    );
}

#[test]
fn every_changed_object_is_in_the_review() {
    let before = config("a", "x", "1") + &config("b", "x", "1") + &config("c-79f9h82h97", "x", "1");
    let after = config("a", "x", "2") + &config("d", "x", "9") + &config("c-m85dk9g4hd", "x", "2");
    let (before, after) = (plan(&[("u", &before)]), plan(&[("u", &after)]));
    let changes = compare(&before, &after);
    let ids = |plan: &Plan| -> BTreeSet<String> {
        let Body::Ready(objects) = &plan.units[0].body else { panic!("it is ready") };
        objects.iter().map(|object| format!("{} {}", object.id, object.digest)).collect()
    };
    let (old, new) = (ids(&before), ids(&after));
    let expected: BTreeSet<String> = old.symmetric_difference(&new).cloned().collect();
    let mut found = BTreeSet::new();
    for object in changes.units.iter().flat_map(|unit| &unit.objects) {
        for manifest in object.before.iter().chain(&object.after) {
            let object = PlanObject::new(Arc::clone(manifest));
            found.insert(format!("{} {}", object.id, object.digest));
        }
    }
    assert_eq!(found, expected);
}
