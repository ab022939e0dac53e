//! Deleting, on a real API server: only what was recorded, owned, and may go.

use crate::api::Api;
use crate::repository::{Repository, config_maps, outcomes};
use crate::server::server;

#[test]
fn what_leaves_goes_and_what_is_not_owned_stays() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-prune");
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    repository.write("app/maps.yaml", &config_maps("t-prune", names(&["a", "b", "c", "d"])));
    assert_eq!(repository.apply(&[]).0, 0);
    // Somebody takes `c` away from us, and forbids that `d` is deleted.
    let taken = r#"{"metadata":{"labels":{"kustomize.toolkit.fluxcd.io/name":null}}}"#;
    api.merge(&repository.config_map("c"), taken).expect("it is there");
    let kept = r#"{"metadata":{"annotations":{"kustomize.toolkit.fluxcd.io/prune":"disabled"}}}"#;
    api.merge(&repository.config_map("d"), kept).expect("it is there");
    repository.write("app/maps.yaml", &config_maps("t-prune", names(&["a"])));
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        outcomes(&report, "app"),
        ["unchanged ConfigMap/a", "kept ConfigMap/d", "kept ConfigMap/c", "deleted ConfigMap/b"]
    );
    for (name, is_there) in [("a", true), ("b", false), ("c", true), ("d", true)] {
        assert_eq!(api.get(&repository.config_map(name)).is_some(), is_there, "{name}");
    }
}

#[test]
fn more_than_a_change_usually_takes_away_must_be_allowed() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-budget");
    let numbered = |count: usize| config_maps("t-budget", (0..count).map(|it| format!("c{it}")));
    repository.write("app/maps.yaml", &numbered(40));
    assert_eq!(repository.apply(&[]).0, 0);
    repository.write("app/maps.yaml", &numbered(1));
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 2, "{report}");
    assert!(api.get(&repository.config_map("c39")).is_some());
    // What was not deleted is not forgotten.
    let (code, report) = repository.apply(&["--allow", "many"]);
    assert_eq!(code, 0, "{report}");
    assert!(api.get(&repository.config_map("c39")).is_none());
    assert!(api.get(&repository.config_map("c0")).is_some());
}

#[test]
fn a_unit_that_cannot_be_rendered_takes_nothing_away() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-broken");
    repository.write("app/maps.yaml", &config_maps("t-broken", ["a".to_owned()]));
    repository.write("app/more.yaml", &config_maps("t-broken", ["b".to_owned()]));
    assert_eq!(repository.apply(&[]).0, 0);
    repository.remove("app/more.yaml");
    repository.write("app/maps.yaml", "apiVersion: v1\nkind: [\n");
    let (code, report) = repository.apply(&[]);
    assert_eq!(code, 2, "{report}");
    for name in ["a", "b"] {
        assert!(api.get(&repository.config_map(name)).is_some(), "{name}");
    }
}
