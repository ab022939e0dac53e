//! What a review shows, in which form, and what policies make of it: whole commands on repositories made here.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn weir(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .output()
        .expect("weir starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
        .expect("it can be made");
    std::fs::write(path, text).expect("it can be written");
}

fn kustomization(name: &str, path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec: {{interval: 1h, path: {path}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n---\n"
    )
}

fn deployment(name: &str, namespace: &str, tag: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
         containers: [{{name: main, image: 'registry.example.org/{name}:{tag}'}}]\n---\n"
    )
}

/// Two sides: an image changes in one namespace, a claim goes in the other.
fn sides() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: store}\nspec: {storageClassName: x}\n---\n";
    for (side, tag, extra) in [("before", "1.0.0", claim), ("after", "1.1.0", "")] {
        let root = folder.path().join(side);
        write(&root, "clusters/prod/all.yaml", &kustomization("app", "./app"));
        write(
            &root,
            "app/all.yaml",
            &(deployment("web", "web", tag) + &deployment("store", "store", "2") + extra),
        );
    }
    folder
}

#[test]
fn policies_refuse_with_their_own_exit_code() {
    let folder = sides();
    let policy = "rules:\n\
        - name: no-data-lost\n  deny: change.consequences.exists(c, c.consequence == 'data-lost')\n  message: storage is deleted by hand\n\
        - name: only-tags\n  when: change.action == 'change' && change.kind == 'Deployment'\n  \
        deny: \"!change.fields.all(f, f.path.endsWith('.image'))\"\n\
        - name: budget\n  each: diff\n  deny: counts.removed > 0\n  message: nothing is removed here\n";
    write(folder.path(), "policy.yaml", policy);
    let output = weir(
        folder.path(),
        &["diff", "before", "after", "--policy", "policy.yaml", "--kind", "Deployment"],
    );
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    insta::assert_snapshot!(err(&output), @r"
    refused[no-data-lost]: storage is deleted by hand
      at PersistentVolumeClaim/store/data of Kustomization/flux-system/app
    refused[budget]: nothing is removed here
    ");
    // Filters choose what is shown, never what is judged.
    assert!(!out(&output).contains("PersistentVolumeClaim"));
    write(folder.path(), "policy.yaml", "rules: [{name: a, deny: 'counts.added > 0'}]");
    let output = weir(folder.path(), &["diff", "before", "after", "--policy", "policy.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
}

#[test]
fn a_rule_that_fails_refuses() {
    let folder = sides();
    write(folder.path(), "policy.yaml", "rules: [{name: a, deny: change.nowhere == 1}]");
    let output = weir(folder.path(), &["diff", "before", "after", "--policy", "policy.yaml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("cannot be evaluated: no such key: nowhere"), "{}", err(&output));
}

#[test]
fn images_are_listed_and_compared() {
    let folder = sides();
    insta::assert_snapshot!(out(&weir(folder.path(), &["images", "after"])), @r"
    Kustomization/flux-system/app
      + registry.example.org/store 2
      + registry.example.org/web 1.1.0
    ");
    insta::assert_snapshot!(out(&weir(folder.path(), &["images", "before", "after"])), @r"
    Kustomization/flux-system/app
      ~ registry.example.org/web 1.0.0 -> 1.1.0
    ");
}

#[test]
fn few_lines_tell_what_changes() {
    let folder = sides();
    insta::assert_snapshot!(out(&weir(folder.path(), &["diff", "before", "after", "-o", "brief"])), @r"
    ~ Kustomization/flux-system/app
        pods are replaced: Deployment/web/web
      - PersistentVolumeClaim/store/data
          ! data is lost: the volume behind the claim may be deleted
      ~ Deployment/web/web: spec.template.spec.containers[name=main].image
    objects: 1 changed, 1 removed
    ");
    insta::assert_snapshot!(out(&weir(folder.path(), &["diff", "before", "after", "--stat"])), @r"
    Kustomization/flux-system/app      .    ~1    -1     . !1
    objects: 1 changed, 1 removed
    ");
}

#[test]
fn filters_choose_objects() {
    let folder = sides();
    for (arguments, shown, hidden) in [
        (["--namespace", "store"], "PersistentVolumeClaim", "Deployment"),
        (["--name", "we*"], "Deployment", "PersistentVolumeClaim"),
        (["--unit", "ks/flux-system/app"], "Deployment", "nothing"),
    ] {
        let mut all = vec!["diff", "before", "after"];
        all.extend(arguments);
        let text = out(&weir(folder.path(), &all));
        assert!(text.contains(shown) && !text.contains(hidden), "{arguments:?}: {text}");
    }
}

#[test]
fn json_is_as_the_schema_says() {
    let folder = sides();
    let fleet = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fleet"));
    let before = fleet.join("before").display().to_string();
    let after = fleet.join("after").display().to_string();
    let whole = ["diff", "before", "after", "-ojson"];
    let nothing = ["diff", "before", "before", "-ojson"];
    let fixture = ["diff", &before, &after, "-ojson"];
    let fleets = ["diff", "before", "after", "--fleet", "-ojson"];
    let none = ["diff", "before", "before", "--fleet", "-ojson"];
    for (schema, reports) in [
        (&["diff", "--schema"][..], &[&whole[..], &nothing, &fixture][..]),
        (&["diff", "--fleet", "--schema"], &[&fleets, &none]),
    ] {
        let schema: serde_json::Value =
            serde_json::from_str(&out(&weir(folder.path(), schema))).expect("the schema is JSON");
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.add_resource("diff.json", schema).expect("a resource");
        let index = compiler.compile("diff.json", &mut schemas).expect("a schema");
        for arguments in reports {
            let text = out(&weir(folder.path(), arguments));
            let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
            if let Err(error) = schemas.validate(&value, index) {
                panic!("{arguments:?}: {error:#}");
            }
        }
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let folder = sides();
    let page = out(&weir(folder.path(), &["diff", "before", "after", "-o", "html"]));
    for name in ["Deployment/web/web", "PersistentVolumeClaim/store/data", "data is lost"] {
        assert!(page.contains(name), "{name}");
    }
    for sign in ["src=", "@import", "url(", "<link", "http://", "https://"] {
        assert!(!page.contains(sign), "the page loads something: {sign}");
    }
}

#[test]
fn a_large_change_fits_a_comment_and_says_what_is_folded() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (side, tag) in [("before", 1), ("after", 2)] {
        let root = folder.path().join(side);
        let mut objects = String::new();
        for index in 0..5_000 {
            objects.push_str(&format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{index}, namespace: n{}}}\ndata: {{a: 'x{index}-{tag}'}}\n---\n",
                index % 50
            ));
        }
        write(&root, "clusters/prod/all.yaml", &kustomization("app", "./app"));
        write(&root, "app/all.yaml", &objects);
    }
    let arguments =
        ["diff", "before", "after", "-o", "github", "--report-url", "https://ci.example.org/1"];
    let text = out(&weir(folder.path(), &arguments));
    let length = text.chars().count();
    assert!((50_000..=65_000).contains(&length), "{length}");
    assert!(text.contains("objects: 5000 changed"));
    let end = text.lines().last().unwrap_or_default();
    assert!(
        end.contains("Folded to fit a comment") && end.contains("https://ci.example.org/1"),
        "{end}"
    );
    // What is written and what is said to be folded are all.
    let written = text.matches("✏️ change").count();
    assert!(end.contains(&format!("the names of {} objects", 5_000 - written)), "{end} {written}");
}

/// A fleet of clusters that share a base; some have their own settings. Even ones differ in one value on both sides.
fn fleet(clusters: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (side, tag) in [("before", "1.0.0"), ("after", "1.1.0")] {
        let root = folder.path().join(side);
        write(
            &root,
            "base/all.yaml",
            &(deployment("web", "web", tag) + &deployment("store", "store", "2")),
        );
        write(&root, "base/kustomization.yaml", "resources: [all.yaml]\n");
        for index in 0..clusters {
            let own = if index % 5 == 4 {
                // Another number of replicas on each side, in these clusters alone.
                let replicas = 5 + usize::from(side == "after");
                format!(
                    "patches:\n- target: {{kind: Deployment, name: web}}\n  patch: |\n    - {{op: add, path: /spec/replicas, value: {replicas}}}\n"
                )
            } else {
                String::new()
            };
            write(
                &root,
                &format!("clusters/c{index:03}/app.yaml"),
                &kustomization("app", &format!("./apps/c{index:03}")),
            );
            write(
                &root,
                &format!("apps/c{index:03}/kustomization.yaml"),
                &format!("resources: [../../base]\n{own}"),
            );
        }
    }
    folder
}

#[test]
fn a_fleet_shows_each_distinct_change_once() {
    let folder = fleet(10);
    let output = weir(folder.path(), &["diff", "--fleet", "before", "after"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    insta::assert_snapshot!(out(&output));
    let some = out(&weir(
        folder.path(),
        &["diff", "--fleet", "before", "after", "--path", "clusters/c00[0]"],
    ));
    assert!(some.is_empty(), "{some}");
    let markdown =
        out(&weir(folder.path(), &["diff", "--fleet", "before", "after", "-o", "markdown"]));
    assert!(
        markdown.contains("| 1 | `in 8 clusters, all but clusters/c004, clusters/c009` |"),
        "{markdown}"
    );
}

#[test]
fn a_fleets_changes_are_those_of_its_clusters() {
    let folder = fleet(10);
    let read = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&out(&weir(folder.path(), arguments))).expect("it is JSON")
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let fleet = read(&["diff", "--fleet", "before", "after", "-ojson"]);
    let mut of_fleet = Vec::new();
    for change in fleet["changes"].as_array().expect("changes") {
        for cluster in change["clusters"].as_array().expect("clusters") {
            of_fleet.push((text(cluster), text(&change["unit"]), text(&change["object"])));
        }
    }
    let mut of_each = Vec::new();
    for index in 0..10 {
        let entry = format!("clusters/c{index:03}");
        let one = read(&["diff", "before", "after", "--path", &entry, "-ojson"]);
        for unit in one["units"].as_array().expect("units") {
            let id = format!(
                "{}/{}/{}",
                text(&unit["kind"]),
                text(&unit["namespace"]),
                text(&unit["name"])
            );
            for object in unit["objects"].as_array().expect("objects") {
                let object =
                    [&object["kind"], &object["namespace"], &object["name"]].map(text).join("/");
                of_each.push((entry.clone(), id.clone(), object));
            }
        }
    }
    of_fleet.sort();
    of_each.sort();
    assert_eq!(of_fleet, of_each);
    assert_eq!(of_each.len(), 10);
}

#[test]
fn snapshots_hold_what_is_rendered() {
    let folder = sides();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: web}\nstringData: {k: hunter2-hunter2}\n---\n";
    let root = folder.path().join("before");
    write(&root, "app/secret.yaml", secret);
    let run = |arguments: &[&str]| {
        let mut all = vec!["test", "before"];
        all.extend(arguments);
        let output = weir(folder.path(), &all);
        let shown = out(&output).replace(&folder.path().display().to_string(), "");
        (output.status.code(), shown.replace("/private", "") + &err(&output))
    };
    let (code, shown) = run(&[]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("snapshots: 2 new"), "{shown}");
    assert_eq!(run(&["--update"]).0, Some(0));
    assert_eq!(run(&[]), (Some(0), "snapshots: 2 same\n".to_owned()));
    let path = root.join(".weir/snapshots/clusters/prod/Kustomization/flux-system/app.snap");
    let snapshot = std::fs::read_to_string(&path).expect("a snapshot");
    assert!(snapshot.contains("k: (hidden)") && !snapshot.contains("hunter2"), "{snapshot}");
    write(&root, "app/all.yaml", &deployment("web", "web", "2.0.0"));
    let (code, shown) = run(&[]);
    assert_eq!(code, Some(1));
    assert!(
        shown.contains("+             - image: registry.example.org/web:2.0.0")
            || shown.contains("web:2.0.0"),
        "{shown}"
    );
    // Nobody answers, so nothing is written.
    assert_eq!(run(&["--review"]).0, Some(1));
    assert_eq!(std::fs::read_to_string(&path).expect("a snapshot"), snapshot);
    // What cannot be rendered leaves its snapshot alone, also when all is to be written.
    write(&root, "app/all.yaml", "a: [\n");
    assert_eq!(run(&["--update"]).0, Some(2));
    assert_eq!(std::fs::read_to_string(&path).expect("a snapshot"), snapshot);
}

/// Twelve clusters over one base: each has its own number of replicas, every third has an app of its own, and one stays.
fn clusters(root: &Path, tag: &str) {
    write(root, "base/all.yaml", &deployment("web", "web", tag));
    write(root, "base/kustomization.yaml", "resources: [all.yaml]\n");
    for cluster in 0..12 {
        let folder = format!("apps/c{cluster:02}");
        let entry = format!("clusters/c{cluster:02}/all.yaml");
        write(root, &entry, &kustomization("app", &format!("./{folder}")));
        let tag = if cluster == 7 { "fixed" } else { tag };
        let patch = format!(
            "resources: [../../base{}]\nimages: [{{name: registry.example.org/web, newTag: '{tag}'}}]\nreplicas: [{{name: web, count: {}}}]\n",
            if cluster % 3 == 0 { ", own.yaml" } else { "" },
            cluster % 4 + usize::from(tag == "1.1.0"),
        );
        write(root, &format!("{folder}/kustomization.yaml"), &patch);
        if cluster % 3 == 0 {
            let own = deployment(&format!("own{cluster}"), "own", tag);
            write(root, &format!("{folder}/own.yaml"), &own);
        }
    }
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&out(output)).unwrap_or_else(|_| panic!("no JSON: {}", err(output)))
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_fleet_is_shown_with_who_changes_alike_and_judged_cluster_by_cluster() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    clusters(&folder.path().join("before"), "1.0.0");
    clusters(&folder.path().join("after"), "1.1.0");
    let policy = "rules:\n- name: not-there\n  deny: cluster == 'clusters/c03' && change.name == 'web'\n- name: budget\n  each: diff\n  deny: counts.changed > 1\n";
    write(folder.path(), "policy.yaml", policy);
    let arguments = ["diff", "before", "after", "--fleet", "--policy", "policy.yaml"];
    let output = weir(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(err(&output));
    let shown = out(&output);
    insta::assert_snapshot!(shown.split_once("\n\n").map_or("", |(_, matrix)| matrix));
    let page = out(&weir(folder.path(), &["diff", "before", "after", "--fleet", "-o", "html"]));
    for part in [
        "<option value=\"11\">clusters/c11</option>",
        "data-clusters=\"0 4 8\"",
        "<table id=\"matrix\">",
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }
}

#[test]
fn the_clusters_of_a_fleet_can_be_at_revisions_of_their_own() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let root = folder.path().join("repository");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(&root).args(["-c", "user.name=a", "-c", "user.email=a@b.c"]);
        assert!(
            git.args(arguments).output().is_ok_and(|done| done.status.success()),
            "{arguments:?}"
        );
    };
    for (tag, version) in [("v1", "1.0.0"), ("v2", "1.0.1"), ("v3", "1.1.0")] {
        clusters(&root, version);
        if tag == "v1" {
            git(&["init", "-q"]);
        }
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", tag]);
        git(&["tag", tag]);
    }
    clusters(&folder.path().join("elsewhere"), "2.0.0");
    let fleet = |members: &[&str]| {
        let mut arguments = vec!["diff", "--fleet", "-o", "json"];
        arguments.extend(members.iter().flat_map(|member| ["--member", member]));
        weir(&root, &arguments)
    };
    let report = json(&fleet(&[
        "canary=v2..v3:clusters/c01",
        "prod=v1..v3:clusters/c01",
        "same=v3:clusters/c02",
    ]));
    let images = |name: &str| -> Vec<String> {
        let changes = report["changes"].as_array().expect("changes").iter();
        let of = changes.filter(|change| change["clusters"][0] == name);
        of.map(|change| text(&change["diff"])).collect()
    };
    assert!(images("canary")[0].contains("web:1.0.1") && images("prod")[0].contains("web:1.0.0"));
    assert_eq!(images("same"), Vec::<String>::new());
    for (members, expected) in [
        (&["a=v1..v9:clusters/c01"][..], "this is about `--member a=v1..v9:clusters/c01`"),
        (&["a=v1..v2:clusters/none"], "is not a folder of the repository"),
        (&["a=v1:clusters/c01", "a=v2:clusters/c01"], "two members are called `a`"),
        (&["v1..v2"], "could not read `--member v1..v2`"),
        (&["a=v1..v2"], "12 entry paths"),
    ] {
        let output = fleet(members);
        assert_eq!(output.status.code(), Some(2), "{members:?}");
        assert!(err(&output).contains(expected), "{members:?}: {}", err(&output));
    }
}

#[test]
fn the_exit_code_tells_what_is_asked_for() {
    let folder = sides();
    let code = |arguments: &[&str]| {
        let all = [&["diff", "before", "after"], arguments].concat();
        weir(folder.path(), &all).status.code()
    };
    // The claim that goes is grave, the new image is not.
    for (rule, all, images) in [("differences", 1, 1), ("grave", 1, 0), ("never", 0, 0)] {
        assert_eq!(code(&["--exit-code", rule]), Some(all), "{rule}");
        assert_eq!(code(&["--exit-code", rule, "--kind", "Deployment"]), Some(images), "{rule}");
        assert_eq!(code(&["--exit-code", rule, "--fleet"]), Some(all), "{rule}");
    }
    write(folder.path(), "policy.yaml", "rules: [{name: none, deny: 'true'}]");
    assert_eq!(code(&["--exit-code", "never", "--policy", "policy.yaml"]), Some(3));
}
