//! Applying, seen from outside: what is written, what is asked, what is said.

use crate::api::{Api, text};
use crate::repository::{Repository, config_maps, outcomes};
use crate::server::server;

/// How many requests an apply may send that changes nothing of a thousand objects.
const REQUESTS: u64 = 30;

#[test]
fn a_second_apply_of_a_thousand_objects_asks_little_and_writes_nothing() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-thousand");
    repository.write(
        "app/maps.yaml",
        &config_maps("t-thousand", (0..990).map(|number| format!("c{number}"))),
    );
    let deployments: Vec<String> = (0..10)
        .map(|number| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{number}, namespace: t-thousand}}\nspec: {{selector: {{matchLabels: {{a: d{number}}}}}, replicas: 1, template: {{metadata: {{labels: {{a: d{number}}}}}, spec: {{containers: [{{name: c, image: x, resources: {{requests: {{cpu: 10m}}}}}}]}}}}}}\n"))
        .collect();
    repository.write("app/deployments.yaml", &deployments.join("---\n"));
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(outcomes(&report, "app").len(), 1_000);
    let versions = || -> Vec<String> {
        let objects = api.list("/api/v1/namespaces/t-thousand/configmaps");
        objects.iter().map(|it| text(it, &["metadata", "resourceVersion"]).to_owned()).collect()
    };
    let before = versions();
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert!(outcomes(&report, "app").iter().all(|it| it.starts_with("unchanged ")), "{report}");
    assert_eq!(versions(), before);
    let requests = report["requests"].as_u64().expect("a count");
    println!("requests for 1,000 unchanged objects: {requests}");
    assert!(requests <= REQUESTS, "{requests} requests");
}

#[test]
fn a_definition_its_namespace_and_its_objects_are_applied_in_one_go() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-one-go");
    repository.write(
        "app/all.yaml",
        "apiVersion: t-one-go.example.com/v1\nkind: Gadget\nmetadata: {name: g, namespace: t-one-go-new}\nspec: {size: 1}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: t-one-go-new}\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gadgets.t-one-go.example.com}\nspec:\n  group: t-one-go.example.com\n  names: {kind: Gadget, plural: gadgets, singular: gadget, listKind: GadgetList}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n",
    );
    // Nobody can be asked about the gadget yet, but that is no mistake.
    let (code, out, err) = repository.weir("diff", &["--cluster"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("Gadget/t-one-go-new/g"), "{out}");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    let (code, out, err) = repository.weir("diff", &["--cluster"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn all_mistakes_are_reported_at_once_and_hold_up_only_their_own_unit() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-mistakes");
    let service = |name: &str, port: u32| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: t-mistakes}}\nspec: {{ports: [{{port: {port}}}]}}\n"
        )
    };
    let bad = [service("one", 99_999), service("two", 99_998), service("three", 0)].join("---\n");
    repository.write("app/bad.yaml", &bad);
    repository.write("app/good.yaml", &config_maps("t-mistakes", ["good".to_owned()]));
    repository.write(
        "entry/other.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: other, namespace: t-mistakes}\nspec: {interval: 1h, prune: true, path: ./other, sourceRef: {kind: GitRepository, name: src}}\n",
    );
    repository.write("other/fine.yaml", &config_maps("t-mistakes", ["fine".to_owned()]));
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 2, "{report}");
    let failed = outcomes(&report, "app");
    assert_eq!(
        failed.iter().filter(|it| it.starts_with("failed Service/")).count(),
        3,
        "{failed:?}"
    );
    assert!(api.get(&repository.config_map("good")).is_none(), "a stage is applied as a whole");
    assert_eq!(outcomes(&report, "other"), ["created ConfigMap/fine"]);
}

#[test]
fn values_of_secrets_are_nowhere_in_what_is_said() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-secrets");
    let secret = |data: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: t-secrets}}\n{data}\n"
        )
    };
    let canaries = ["canary-of-a-secret", "Y2FuYXJ5LW9mLWEtc2VjcmV0", "canary-of-another"];
    for (data, expected) in [
        ("stringData: {password: canary-of-a-secret}", 0),
        ("stringData: {password: canary-of-another}", 0),
        ("data: {password: canary-of-a-secret}", 2),
    ] {
        repository.write("app/secret.yaml", &secret(data));
        let (_, diff, problems) = repository.weir("diff", &["--cluster"]);
        let (code, out, err) = repository.weir("apply", &["--yes"]);
        assert_eq!(code, expected, "{out}{err}");
        for canary in canaries {
            for said in [&diff, &problems, &out, &err] {
                assert!(!said.contains(canary), "{canary} in {said}");
            }
        }
    }
}

#[test]
fn what_was_reviewed_is_applied_or_nothing() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-reviewed");
    repository.write("app/maps.yaml", &config_maps("t-reviewed", ["a".to_owned(), "z".to_owned()]));
    let review = || {
        let (_, out, err) = repository.weir("diff", &["--cluster", "--output", "json"]);
        assert!(out.contains("\"base\""), "{out}{err}");
        let file = repository.path().join("review.json");
        std::fs::write(&file, out).expect("the file can be written");
        file.to_str().expect("a plain path").to_owned()
    };
    let reviewed = review();
    let (code, out, err) = repository.weir("apply", &["--plan", &reviewed]);
    assert_eq!(code, 0, "{out}{err}");

    // What is reviewed may need to be allowed when it is applied.
    repository.write("app/maps.yaml", "");
    let reviewed = review();
    let (code, out, err) = repository.weir("apply", &["--plan", &reviewed, "--allow", "many"]);
    assert_eq!(code, 0, "{out}{err}");
    repository.write("app/maps.yaml", &config_maps("t-reviewed", ["a".to_owned()]));
    let reviewed = review();
    assert_eq!(repository.weir("apply", &["--plan", &reviewed]).0, 0);

    // Another repository than the one that was reviewed.
    repository.write("app/maps.yaml", &config_maps("t-reviewed", ["a".to_owned(), "b".to_owned()]));
    let (code, _, err) = repository.weir("apply", &["--plan", &reviewed]);
    assert_eq!(code, 4, "{err}");
    assert!(api.get(&repository.config_map("b")).is_none());

    // Another cluster than the one that it was reviewed against.
    let reviewed = review();
    api.merge(&repository.config_map("a"), r#"{"data":{"a":"drifted"}}"#).expect("it is there");
    let (code, _, err) = repository.weir("apply", &["--plan", &reviewed]);
    assert_eq!(code, 4, "{err}");
    assert!(api.get(&repository.config_map("b")).is_none());
}

#[test]
fn nobody_to_ask_means_that_nothing_is_applied() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-ask");
    repository.write("app/maps.yaml", &config_maps("t-ask", ["a".to_owned()]));
    let (code, _, err) = repository.weir("apply", &[]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--yes"), "{err}");
    let (code, out, _) = repository.weir("apply", &["--dry-run=server"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("created ConfigMap/t-ask/a"), "{out}");
    assert!(api.get(&repository.config_map("a")).is_none());
}
