//! An apply that is killed at any moment: the next one ends where an undisturbed one would have.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::api::{Api, text};
use crate::repository::{Repository, config_maps, outcomes};
use crate::server::{Server, server};

#[test]
fn a_killed_apply_loses_nothing_and_forgets_nothing() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-killed");
    let rounds: u32 =
        std::env::var("WEIR_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    let named = |round: u32| -> BTreeSet<String> {
        // Each round takes a few away and brings a few.
        (round * 3..round * 3 + 30).map(|number| format!("c{number}")).collect()
    };
    repository.write("app/maps.yaml", &config_maps("t-killed", named(0)));
    let started = std::time::Instant::now();
    assert_eq!(repository.apply(&[]).0, 0);
    let whole = started.elapsed();
    for round in 1..=rounds {
        repository.write("app/maps.yaml", &config_maps("t-killed", named(round)));
        // Whenever this hits, what follows must hold.
        apply_and_kill(&repository, server, moment(whole, round));
    }
    // When no round came as far as pruning, more is left over than goes without being asked about.
    let (code, report) = repository.apply(&["--allow", "many"]);
    assert_eq!(code, 0, "{report}");
    let there: BTreeSet<String> = api
        .list("/api/v1/namespaces/t-killed/configmaps")
        .iter()
        .map(|it| text(it, &["metadata", "name"]).to_owned())
        .filter(|name| name != "kube-root-ca.crt")
        .collect();
    assert_eq!(there, named(rounds), "what was wanted in between is gone, what is wanted is there");
}

#[test]
fn a_killed_release_is_taken_up_where_it_was() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-killed-release");
    let rounds: u32 =
        std::env::var("WEIR_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    repository.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repository.write(
        "charts/web/templates/maps.yaml",
        "{{ range $n := until 10 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c{{ add $n $.Values.round }}}\ndata: {round: \"{{ $.Values.round }}\"}\n{{ end }}\n",
    );
    let write = |round: u32| {
        repository.write(
            "app/web.yaml",
            &format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: t-killed-release}}\nspec:\n  interval: 1h\n  chart: {{spec: {{chart: ./charts/web, sourceRef: {{kind: GitRepository, name: src}}}}}}\n  values: {{round: {round}}}\n"
            ),
        );
    };
    for round in 0..=rounds {
        write(round);
        // Whenever this hits, what follows must hold. The first rounds cut off the installation.
        let milliseconds = 60 + u64::from(round * 67 % 320);
        apply_and_kill(&repository, server, Duration::from_millis(milliseconds));
    }
    let (code, report) = repository.apply(&["--allow", "many"]);
    assert_eq!(code, 0, "{report}");
    let maps = api.list("/api/v1/namespaces/t-killed-release/configmaps");
    let there: BTreeSet<String> = maps
        .iter()
        .filter(|it| text(it, &["data", "round"]) == rounds.to_string())
        .map(|it| text(it, &["metadata", "name"]).to_owned())
        .collect();
    let wanted: BTreeSet<String> =
        (rounds..rounds + 10).map(|number| format!("c{number}")).collect();
    assert_eq!(there, wanted);
    let secrets = api.list("/api/v1/namespaces/t-killed-release/secrets");
    let statuses: Vec<&str> =
        secrets.iter().map(|it| text(it, &["metadata", "labels", "status"])).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "deployed").count(), 1, "{statuses:?}");
    assert!(!statuses.iter().any(|status| status.starts_with("pending")), "{statuses:?}");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert!(outcomes(&report, "web").iter().all(|it| it.starts_with("unchanged ")), "{report}");
}

fn apply_and_kill(repository: &Repository<'_>, server: &Server, after: Duration) {
    let source = format!("GitRepository/{}/src={}", repository.name, repository.path().display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
        .args(["apply", "--yes", "--path", "entry", "--source", &source])
        .current_dir(repository.path())
        .env("KUBECONFIG", &server.kubeconfig)
        .env("XDG_CACHE_HOME", repository.path().join(".cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("weir starts");
    std::thread::sleep(after);
    child.kill().ok();
    child.wait().expect("it ends");
}

/// Returns a moment in the course of an apply, at random but the same with every run.
fn moment(whole: Duration, round: u32) -> Duration {
    let random = weir_model::Digest::of(&round.to_be_bytes());
    whole.mul_f64(f64::from(random.as_bytes()[0]) / 255.0)
}
