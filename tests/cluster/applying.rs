//! Applying, seen from outside: what is written, what is asked, what is said.

use crate::api::{Api, documents, text};
use crate::repository::{Repository, config_maps, outcomes};
use crate::server::{fresh_server, server};

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
        let (_, json, _) = repository.weir("apply", &["--yes", "-o", "json"]);
        let (_, junit, _) = repository.weir("apply", &["--yes", "-o", "junit"]);
        let events = api.list("/api/v1/namespaces/t-secrets/events");
        let events: String = events.iter().map(weir_yaml::json::write).collect();
        let app = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/t-secrets/kustomizations/app";
        let status = api.get(app).map(|app| weir_yaml::json::write(&app)).unwrap_or_default();
        for canary in canaries {
            for said in [&diff, &problems, &out, &err, &json, &junit, &events, &status] {
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

#[test]
fn what_happens_is_told_as_events_and_what_does_not_is_not() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-events");
    let told = || -> Vec<String> {
        let events = api.list("/api/v1/namespaces/t-events/events");
        let about_app = |it: &&weir_model::Value| text(it, &["involvedObject", "name"]) == "app";
        events
            .iter()
            .filter(about_app)
            .map(|it| {
                assert_eq!(text(it, &["source", "component"]), "kustomize-controller");
                assert!(!text(it, &["involvedObject", "uid"]).is_empty());
                let message = text(it, &["message"]).split(" in ").next().unwrap_or_default();
                format!("{} {} {message}", text(it, &["type"]), text(it, &["reason"]))
            })
            .collect()
    };
    let maps =
        |names: &[&str]| config_maps("t-events", names.iter().map(|name| (*name).to_owned()));
    repository.write("app/maps.yaml", &maps(&["a", "b"]));
    assert_eq!(repository.apply(&[]).0, 0);
    let mut first = told();
    first.sort();
    assert_eq!(
        first,
        [
            "Normal Progressing ConfigMap/t-events/a created\nConfigMap/t-events/b created",
            "Normal ReconciliationSucceeded Reconciliation finished",
        ]
    );
    assert_eq!(repository.apply(&[]).0, 0);
    assert_eq!(told().len(), 2, "nothing happened");
    repository.write("app/maps.yaml", &maps(&["a"]));
    assert_eq!(repository.apply(&[]).0, 0);
    assert!(told().contains(&"Normal Progressing ConfigMap/t-events/b deleted".to_owned()));
    repository.write("app/maps.yaml", "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: t-events}, spec: {ports: [{port: 0}]}}");
    assert_eq!(repository.apply(&[]).0, 2);
    let failed = "Warning ReconciliationFailed Service/t-events/s dry-run failed (Invalid): ";
    assert!(told().iter().any(|event| event.starts_with(failed)), "{:?}", told());
}

#[test]
fn a_unit_with_a_kubeconfig_of_its_own_is_applied_there() {
    let (Some(server), Some(there)) = (server(), fresh_server()) else { return };
    let (api, remote) = (Api::new(server), Api::new(&there));
    let repository = Repository::new(&api, "t-remote");
    remote.apply(
        &documents("{apiVersion: v1, kind: Namespace, metadata: {name: t-remote}}")[0],
        "user",
    );
    repository.write(
        "entry/app.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app, namespace: t-remote}\nspec: {interval: 1h, prune: true, wait: true, path: ./app, sourceRef: {kind: GitRepository, name: src}, kubeConfig: {secretRef: {name: there}}}\n",
    );
    repository.write("app/maps.yaml", &config_maps("t-remote", ["a".to_owned(), "b".to_owned()]));
    let kubeconfig = |text: &str| {
        let text = serde_json::Value::from(text);
        let secret = format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: there, namespace: t-remote}}, stringData: {{value: {text}}}}}"
        );
        api.apply(&documents(&secret)[0], "user");
    };
    let good = std::fs::read_to_string(&there.kubeconfig).expect("it can be read");
    let key = good.split("client-key-data: ").nth(1).expect("a key").trim_end_matches(['}', '\n']);
    let key = key.split(['}', '\n']).next().expect("a key").to_owned();
    let with_program = good.replace("client-certificate-data", "exec: {command: touch, apiVersion: client.authentication.k8s.io/v1}, client-certificate-data");
    let blind = good.replace(
        "certificate-authority-data",
        "insecure-skip-tls-verify: true, certificate-authority-data",
    );
    // Without the Secret, and with kubeconfigs that ask for too much, nothing is applied anywhere.
    for (text, says) in [
        (None, "could not use the kubeconfig of Secret `t-remote/there`"),
        (Some(with_program), "names a program to start"),
        (Some(blind), "skips the check"),
        (Some("nonsense".to_owned()), "could not use the kubeconfig"),
    ] {
        text.iter().for_each(|text| kubeconfig(text));
        let (code, out, err) = repository.weir("apply", &["--yes"]);
        assert_eq!(code, 2, "{out}{err}");
        assert!(out.contains(says), "no `{says}` in {out}{err}");
        assert!(!out.contains(&key) && !err.contains(&key), "the key is shown");
    }
    kubeconfig(&good);
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    for name in ["a", "b"] {
        assert!(api.get(&repository.config_map(name)).is_none(), "{name} is not here");
        assert!(remote.get(&repository.config_map(name)).is_some(), "{name} is there");
    }
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(outcomes(&report, "app"), ["unchanged ConfigMap/a", "unchanged ConfigMap/b"]);
    // What leaves is deleted there.
    repository.write("app/maps.yaml", &config_maps("t-remote", ["a".to_owned()]));
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert!(remote.get(&repository.config_map("b")).is_none());
    assert!(remote.get(&repository.config_map("a")).is_some());
}
