//! An API server that misbehaves: what is applied through it ends as it should, and nothing is deleted by mistake.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Api, text};
use crate::proxy::{Asked, Fault, Proxy};
use crate::repository::{Repository, config_maps};
use crate::server::server;

/// Which of a hundred requests are spoiled.
const PERCENT: u64 = 35;

/// How often an apply may fail before it must have succeeded.
const TRIES: u32 = 12;

#[test]
fn an_apply_over_a_bad_connection_ends_as_over_a_good_one() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-faults");
    let seeds: u64 =
        std::env::var("WEIR_FAULTS").ok().and_then(|count| count.parse().ok()).unwrap_or(3);
    let named = |round: u64| -> BTreeSet<String> {
        (round * 3..round * 3 + 20).map(|number| format!("c{number}")).collect()
    };
    let there = || -> BTreeMap<String, String> {
        let objects = api.list("/api/v1/namespaces/t-faults/configmaps");
        let name =
            |it| (text(it, &["metadata", "name"]).into(), text(it, &["metadata", "uid"]).into());
        objects
            .iter()
            .map(name)
            .filter(|(name, _): &(String, _)| name != "kube-root-ca.crt")
            .collect()
    };
    repository.write("app/maps.yaml", &config_maps("t-faults", named(0)));
    assert_eq!(repository.apply(&[]).0, 0);
    api.apply(&crate::api::documents(&config_maps("t-faults", ["not-ours".to_owned()]))[0], "user");
    let (mut failed, mut met) = (0, BTreeMap::new());
    for seed in 1..=seeds {
        let before = there();
        repository.write("app/maps.yaml", &config_maps("t-faults", named(seed)));
        let proxy = Proxy::of_seed(&server.kubeconfig, seed, PERCENT);
        let kept: Vec<&String> = before.keys().filter(|name| named(seed).contains(*name)).collect();
        for attempt in 1.. {
            let (code, out, err) = through(&repository, &proxy, &["--allow", "many"]);
            for name in &kept {
                assert_eq!(there().get(*name), before.get(*name), "{name} was wanted all the time");
            }
            assert!(there().contains_key("not-ours"));
            if code == 0 {
                break;
            }
            failed += 1;
            assert_is_explained(&out, &err);
            assert!(attempt < TRIES, "seed {seed}: {out}{err}");
        }
        let mut wanted = named(seed);
        wanted.insert("not-ours".to_owned());
        assert_eq!(there().into_keys().collect::<BTreeSet<_>>(), wanted, "seed {seed}");
        for (fault, count) in proxy.met() {
            *met.entry(fault).or_insert(0) += count;
        }
    }
    println!("{seeds} seeds, {failed} applies failed in between, faults met: {met:?}");
}

/// Every failure must be of something, and say what to try.
fn assert_is_explained(out: &str, err: &str) {
    let Ok(report) = serde_json::from_str::<serde_json::Value>(out) else {
        assert!(err.contains("hint:"), "{err}");
        return;
    };
    for unit in report["units"].as_array().expect("units") {
        let objects = unit["objects"].as_array().expect("objects");
        for object in objects.iter().filter(|object| object["outcome"] == "failed") {
            let name = object["name"].as_str().expect("a name");
            assert!(object["why"].as_str().is_some_and(|why| why.contains(name)), "{object}");
            assert!(object["hint"].is_string(), "{object}");
        }
        if unit["outcome"] == "failed" && objects.iter().all(|object| object["outcome"] != "failed")
        {
            assert!(unit["notes"].to_string().contains("hint: "), "{unit}");
        }
    }
}

fn through(repository: &Repository<'_>, proxy: &Proxy, more: &[&str]) -> (i32, String, String) {
    let kubeconfig = proxy.kubeconfig.to_str().expect("a plain path");
    let mut all =
        vec!["--yes", "-o", "json", "--kubeconfig", kubeconfig, "--request-timeout", "2s"];
    all.extend(more);
    repository.weir("apply", &all)
}

/// A fault that stays, with what is then said, and whether `gone`, which left the repository, is deleted all the same.
struct Case {
    name: &'static str,
    fault: fn(&Asked<'_>) -> Option<Fault>,
    says: &'static [&'static str],
    deletes: bool,
}

fn when(is_so: bool, fault: Fault) -> Option<Fault> {
    is_so.then_some(fault)
}

const CASES: &[Case] = &[
    Case {
        name: "what the server serves is not known",
        fault: |asked| when(asked.path == "/apis", Fault::Unavailable),
        says: &["no server", "apply again later"],
        deletes: false,
    },
    Case {
        name: "the records cannot be read",
        fault: |asked| {
            when(!asked.is_write() && asked.path.contains("/kustomizations"), Fault::Broken)
        },
        says: &["etcdserver: no leader", "apply again later"],
        deletes: false,
    },
    Case {
        name: "the records may not be read",
        fault: |asked| {
            when(!asked.is_write() && asked.path.contains("/kustomizations"), Fault::Forbidden)
        },
        says: &["could not read its inventory", "a role that allows it"],
        deletes: false,
    },
    Case {
        name: "the record cannot be written",
        fault: |asked| when(asked.path.contains("/kustomizations/app/status"), Fault::Forbidden),
        says: &["could not write its inventory", "a role that allows it"],
        deletes: false,
    },
    Case {
        name: "what left cannot be looked at",
        fault: |asked| {
            let is_list = asked.path.contains("/configmaps?");
            when(!asked.is_write() && (is_list || asked.path.ends_with("/gone")), Fault::Broken)
        },
        says: &["ConfigMap/t-refused/gone", "apply again later"],
        deletes: false,
    },
    Case {
        name: "a webhook refuses an object",
        fault: |asked| when(asked.path.contains("/configmaps/new?"), Fault::WebhookRefuses),
        says: &["ConfigMap/t-refused/new", "denied the request", "as the webhook asks"],
        deletes: false,
    },
    Case {
        name: "a webhook is down",
        fault: |asked| when(asked.path.contains("/configmaps/new?"), Fault::WebhookDown),
        says: &["ConfigMap/t-refused/new", "failed calling webhook", "the webhook's service"],
        deletes: false,
    },
    Case {
        name: "an object is always changed by somebody else",
        fault: |asked| when(asked.path.contains("/configmaps/new?"), Fault::Overtaken),
        says: &["ConfigMap/t-refused/new", "has been modified", "somebody else"],
        deletes: false,
    },
    Case {
        name: "deleting is refused",
        fault: |asked| when(asked.method == "DELETE", Fault::WebhookRefuses),
        says: &["ConfigMap/t-refused/gone delete failed", "as the webhook asks"],
        deletes: false,
    },
    Case {
        name: "the first answer to a deletion is lost",
        fault: |asked| when(asked.method == "DELETE" && asked.before == 0, Fault::DroppedAfter),
        says: &[],
        deletes: true,
    },
    Case {
        name: "the server hangs once at everything",
        fault: |asked| when(asked.before == 0 && asked.is_write(), Fault::Hangs),
        says: &[],
        deletes: true,
    },
];

#[test]
fn what_stays_wrong_is_told_and_deletes_nothing() {
    let Some(server) = server() else { return };
    let api = Api::new(server);
    let repository = Repository::new(&api, "t-refused");
    let maps =
        |names: &[&str]| config_maps("t-refused", names.iter().map(|name| (*name).to_owned()));
    let is_there = |name: &str| api.get(&repository.config_map(name)).is_some();
    for case in CASES {
        repository.write("app/maps.yaml", &maps(&["stays", "gone"]));
        assert_eq!(repository.apply(&["--allow", "many"]).0, 0);
        repository.write("app/maps.yaml", &maps(&["stays", "new"]));
        let proxy = Proxy::new(&server.kubeconfig, case.fault);
        let (code, out, err) = through(&repository, &proxy, &[]);
        let name = case.name;
        assert!(!proxy.met().is_empty(), "{name}: nothing was spoiled");
        assert_eq!(code, if case.deletes { 0 } else { 2 }, "{name}: {out}{err}");
        for words in case.says {
            assert!(
                out.contains(words) || err.contains(words),
                "{name}: no `{words}` in {out}{err}"
            );
        }
        if code != 0 {
            assert_is_explained(&out, &err);
        }
        assert!(is_there("stays"), "{name}");
        assert_eq!(is_there("gone"), !case.deletes, "{name}: {out}");
        // Once all is well again, what was begun is done.
        let (code, report) = repository.apply(&[]);
        assert_eq!(code, 0, "{name}: {report}");
        assert!(!is_there("gone") && is_there("new"), "{name}: {report}");
    }
}
