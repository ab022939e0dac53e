//! Helm releases, seen from outside: what weir leaves, and that Helm goes on from there.

use std::process::Command;

use crate::api::{Api, documents, text};
use crate::releases::set_pending;
use crate::repository::{Repository, outcomes};
use crate::server::server;

const CHART: &str =
    "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"2\"\ndescription: a test\n";
const TEMPLATE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {size: \"{{ .Values.size }}\", revision: \"{{ .Release.Revision }}\"}\n";

/// Makes a repository with one release, `web`, of a chart of its own.
fn repository<'a>(api: &'a Api, name: &'static str, size: u32) -> Repository<'a> {
    let repository = Repository::new(api, name);
    repository.write("charts/web/Chart.yaml", CHART);
    repository.write("charts/web/values.yaml", "size: 0\n");
    repository.write("charts/web/templates/map.yaml", TEMPLATE);
    release(&repository, size);
    repository
}

fn release(repository: &Repository<'_>, size: u32) {
    let namespace = repository.name;
    repository.write(
        "app/web.yaml",
        &format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: {namespace}}}\nspec:\n  interval: 1h\n  timeout: 20s\n  chart: {{spec: {{chart: ./charts/web, sourceRef: {{kind: GitRepository, name: src}}}}}}\n  values: {{size: {size}}}\n"
        ),
    );
}

/// Returns the revisions of Helm's records with their statuses.
fn records(api: &Api, namespace: &str) -> Vec<String> {
    let secrets = api.list(&format!("/api/v1/namespaces/{namespace}/secrets"));
    let records = secrets.iter().filter(|it| text(it, &["type"]) == "helm.sh/release.v1");
    let label = |secret, key| text(secret, &["metadata", "labels", key]).to_owned();
    let mut records: Vec<String> =
        records.map(|it| format!("{} {}", label(it, "version"), label(it, "status"))).collect();
    records.sort();
    records
}

/// Returns the versions of everything that an apply could write.
fn versions(api: &Api, namespace: &str) -> Vec<String> {
    let paths = [
        format!("/api/v1/namespaces/{namespace}/secrets"),
        format!("/api/v1/namespaces/{namespace}/configmaps"),
        format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases"),
    ];
    let objects = paths.iter().flat_map(|path| api.list(path));
    objects.map(|it| text(&it, &["metadata", "resourceVersion"]).to_owned()).collect()
}

#[test]
fn a_release_is_installed_and_then_left_alone() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-release", 1);
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(outcomes(&report, "web"), ["created ConfigMap/web"]);
    assert_eq!(records(&api, "t-release"), ["1 deployed"]);
    let before = versions(&api, "t-release");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(outcomes(&report, "web"), ["unchanged ConfigMap/web"]);
    assert_eq!(versions(&api, "t-release"), before);
}

#[test]
fn a_chart_sees_the_cluster_that_it_goes_to() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-sees", 1);
    repository.write(
        "charts/web/templates/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  version: {{ .Capabilities.KubeVersion.Version }}\n  flux: \"{{ .Capabilities.APIVersions.Has \"helm.toolkit.fluxcd.io/v2/HelmRelease\" }}\"\n  found: \"{{ with lookup \"v1\" \"Namespace\" \"\" \"t-sees\" }}{{ .metadata.name }}{{ end }}\"\n",
    );
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    let map = api.get(&repository.config_map("web")).expect("it is there");
    let version = api.get("/version").expect("the server says its version");
    assert_eq!(text(&map, &["data", "version"]), text(&version, &["gitVersion"]));
    assert_eq!(text(&map, &["data", "flux"]), "true");
    assert_eq!(text(&map, &["data", "found"]), "t-sees");
}

#[test]
fn an_upgrade_is_shown_and_applied_as_it_was_reviewed() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-upgrade", 1);
    assert_eq!(repository.apply(&[]).0, 0);
    assert_eq!(repository.weir("diff", &["--cluster"]).0, 0);
    release(&repository, 2);
    let before = versions(&api, "t-upgrade");
    let (code, shown, _) = repository.weir("diff", &["--cluster"]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("size") && shown.contains('2'), "{shown}");
    let (_, review, _) = repository.weir("diff", &["--cluster", "--output", "json"]);
    assert_eq!(versions(&api, "t-upgrade"), before, "a comparison wrote something");
    repository.write("review.json", &review);
    // Somebody changes the object between the review and the apply.
    let body = r#"{"data":{"size":"9"}}"#;
    api.merge(&repository.config_map("web"), body).expect("it is there");
    let file = repository.path().join("review.json");
    let reviewed = ["--plan", file.to_str().expect("a plain path")];
    assert_eq!(repository.weir("apply", &reviewed).0, 4);
    assert_eq!(records(&api, "t-upgrade"), ["1 deployed"]);
    api.merge(&repository.config_map("web"), r#"{"data":{"size":"1"}}"#).expect("it is there");
    let (code, out, err) = repository.weir("apply", &reviewed);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(records(&api, "t-upgrade"), ["1 superseded", "2 deployed"]);
    let map = api.get(&repository.config_map("web")).expect("it is there");
    assert_eq!(text(&map, &["data", "size"]), "2");
}

#[test]
fn an_upgrade_that_was_cut_off_is_continued() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-cut-off", 1);
    assert_eq!(repository.apply(&[]).0, 0);
    release(&repository, 2);
    assert_eq!(repository.apply(&[]).0, 0);
    set_pending(&api, "t-cut-off", "web.v2", "pending-upgrade");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(records(&api, "t-cut-off").last().map(String::as_str), Some("3 deployed"));
}

#[test]
fn a_release_goes_with_its_object_but_data_must_be_allowed_to_go() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-leave", 1);
    repository.write(
        "charts/web/templates/claim.yaml",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], volumeName: none, storageClassName: none, resources: {requests: {storage: 1Gi}}}\n",
    );
    let kustomization =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: t-leave}\n";
    repository.write("app/other.yaml", kustomization);
    // Nobody binds claims here, or takes their finalizers away.
    let path = repository.path().join("app/web.yaml");
    let text = std::fs::read_to_string(path).expect("it is there");
    let hasty = "  install: {disableWait: true}\n  uninstall: {disableWait: true}\n";
    repository.write("app/web.yaml", &format!("{text}{hasty}"));
    assert_eq!(repository.apply(&[]).0, 0);
    let claim = "/api/v1/namespaces/t-leave/persistentvolumeclaims/data";
    assert!(api.get(claim).is_some());
    repository.remove("app/web.yaml");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 2, "{report}");
    assert!(api.get(&repository.config_map("web")).is_some(), "{report}");
    assert!(!records(&api, "t-leave").is_empty());
    let (code, report) = repository.apply(&["--allow", "storage"]);
    assert_eq!(code, 0, "{report}");
    assert!(records(&api, "t-leave").is_empty(), "{report}");
    assert!(api.get(&repository.config_map("web")).is_none());
}

/// Returns the programs that `HELM3` and `HELM4` name, or says that there are none.
fn helms() -> Vec<(&'static str, String)> {
    let named = ["HELM3", "HELM4"].into_iter().filter_map(|name| {
        let program = std::env::var(name).ok().filter(|program| !program.is_empty())?;
        Command::new(&program).arg("version").output().ok().map(|_| (name, program))
    });
    let found: Vec<(&str, String)> = named.collect();
    if found.is_empty() {
        println!("skipped: `HELM3` and `HELM4` name no helm programs");
    }
    found
}

#[test]
fn a_release_of_helm_is_adopted_and_helm_rolls_it_back() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    for (version, program) in helms() {
        let namespace = if version == "HELM3" { "t-helm3" } else { "t-helm4" };
        let repository = repository(&api, namespace, 1);
        let run = |arguments: &str| {
            let line = format!("{program} --namespace {namespace} {arguments}");
            let output = api.shell(repository.path(), &line, "").expect("a shell");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{line}: {text}{errors}");
            text
        };
        run("install web charts/web --set size=1");
        let uid = || {
            let map = api.get(&repository.config_map("web")).expect("it is there");
            text(&map, &["metadata", "uid"]).to_owned()
        };
        let before = uid();
        release(&repository, 2);
        let (code, report) = repository.apply(&[]);
        assert_eq!(code, 0, "{report}");
        assert_eq!(uid(), before, "the object was made anew");
        assert_eq!(records(&api, namespace), ["1 superseded", "2 deployed"]);
        assert!(run("list").contains("web-1.0.0"));
        assert!(run("history web").contains("Upgrade complete"));
        assert!(run("get values web").contains("size: 2"));
        assert!(run("get manifest web").contains("helm.toolkit.fluxcd.io/name: web"));
        // Helm rolls back, and weir brings back what the repository says.
        let conflicts = if version == "HELM4" { " --force-conflicts" } else { "" };
        run(&format!("rollback web 1{conflicts}"));
        assert_eq!(uid(), before);
        let (code, report) = repository.apply(&[]);
        assert_eq!(code, 0, "{report}");
        assert_eq!(records(&api, namespace).last().map(String::as_str), Some("4 deployed"));
        let map = api.get(&repository.config_map("web")).expect("it is there");
        assert_eq!(text(&map, &["data", "size"]), "2");
        run("uninstall web");
        assert!(records(&api, namespace).is_empty());
    }
}

#[test]
fn definitions_of_a_chart_and_their_objects_come_in_one_go() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-crds", 1);
    repository.write(
        "charts/web/crds/gadget.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gadgets.t-crds.example.com}\nspec:\n  group: t-crds.example.com\n  names: {kind: Gadget, plural: gadgets, singular: gadget, listKind: GadgetList}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n",
    );
    repository.write(
        "charts/web/templates/gadget.yaml",
        "apiVersion: t-crds.example.com/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {size: {{ .Values.size }}}\n",
    );
    // The HelmRelease is not there yet, and neither is the definition.
    let (code, shown, errors) = repository.weir("diff", &["--cluster"]);
    assert_eq!(code, 1, "{shown}{errors}");
    assert!(shown.contains("Gadget"), "{shown}");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        outcomes(&report, "web"),
        [
            "created CustomResourceDefinition/gadgets.t-crds.example.com",
            "created ConfigMap/web",
            "created Gadget/g"
        ]
    );
    assert_eq!(repository.weir("diff", &["--cluster"]).0, 0);
}

#[test]
fn values_of_secrets_are_nowhere_in_what_is_said_of_releases() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-release-secrets", 1);
    let secret = |value: &str| {
        let object = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: values, namespace: t-release-secrets}}\nstringData: {{values.yaml: 'password: {value}'}}\n"
        );
        api.apply(&documents(&object)[0], "user");
    };
    secret("canary-one-5309");
    repository.write(
        "charts/web/templates/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: own}\nstringData: {password: \"{{ .Values.password }}\"}\n",
    );
    repository.write(
        "charts/web/templates/copy.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata: {url: \"https://me:{{ .Values.password }}@host\"}\n",
    );
    let text = std::fs::read_to_string(repository.path().join("app/web.yaml")).expect("a file");
    repository
        .write("app/web.yaml", &format!("{text}  valuesFrom: [{{kind: Secret, name: values}}]\n"));
    let mut said = String::new();
    let mut say = |(_, out, err): (i32, String, String)| said.push_str(&format!("{out}{err}"));
    say(repository.weir("diff", &["--cluster"]));
    say(repository.weir("apply", &["--yes"]));
    secret("canary-two-5309");
    say(repository.weir("diff", &["--cluster", "--output", "json"]));
    say(repository.weir("apply", &["--yes", "--output", "json"]));
    // The API server refuses the next one, and quotes it.
    repository.write(
        "charts/web/templates/bad.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad, labels: {a: \"{{ .Values.password }}_\"}}\n",
    );
    repository.write("charts/web/Chart.yaml", &CHART.replace("1.0.0", "1.1.0"));
    say(repository.weir("diff", &["--cluster"]));
    say(repository.weir("apply", &["--yes"]));
    let namespace = repository.name;
    for path in [
        format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases"),
        format!("/api/v1/namespaces/{namespace}/events"),
    ] {
        for object in api.list(&path) {
            said.push_str(&weir_yaml::json::write(&object));
        }
    }
    assert!(said.contains("is invalid"), "nothing was refused: {said}");
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn of_many_releases_only_those_that_change_cost_requests() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = repository(&api, "t-many", 1);
    let write = |name: &str, size: u32| {
        let text = std::fs::read_to_string(repository.path().join("app/web.yaml")).expect("a file");
        let text = text.replace("name: web,", &format!("name: {name},"));
        let text = text.replace("{size: 1}", &format!("{{size: {size}}}"));
        repository.write(&format!("app/{name}.yaml"), &text);
    };
    for number in 0..9 {
        write(&format!("r{number}"), 1);
    }
    assert_eq!(repository.apply(&[]).0, 0);
    let before = versions(&api, "t-many");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(versions(&api, "t-many"), before);
    let requests = report["requests"].as_u64().expect("a count");
    println!("requests for 10 unchanged releases: {requests}");
    assert!(requests <= 15, "{requests} requests");
    write("r4", 2);
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(outcomes(&report, "r4"), ["configured ConfigMap/r4"]);
    assert_eq!(outcomes(&report, "r5"), ["unchanged ConfigMap/r5"]);
    // A record that goes behind our back is noticed.
    api.delete("/api/v1/namespaces/t-many/secrets/sh.helm.release.v1.r5.v1");
    assert_eq!(repository.apply(&[]).0, 0);
    assert!(api.get("/api/v1/namespaces/t-many/secrets/sh.helm.release.v1.r5.v1").is_some());
}
