//! An apply that is killed at any moment: the next one ends where an undisturbed one would have.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::api::{Api, text};
use crate::repository::{Repository, config_maps};
use crate::server::server;

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
    assert_eq!(repository.apply(&[]).0, 0);
    for round in 1..=rounds {
        repository.write("app/maps.yaml", &config_maps("t-killed", named(round)));
        let source = format!("GitRepository/t-killed/src={}", repository.path().display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir-under-test"))
            .args(["apply", "--yes", "--path", "entry", "--source", &source])
            .current_dir(repository.path())
            .env("KUBECONFIG", &server.kubeconfig)
            .env("XDG_CACHE_HOME", repository.path().join(".cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weir starts");
        // Whenever this hits, what follows must hold.
        std::thread::sleep(Duration::from_millis(u64::from(round * 37 % 230)));
        child.kill().ok();
        child.wait().expect("it ends");
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
