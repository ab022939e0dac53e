use super::*;
use crate::tests::value;

const DEPLOYMENT: &str = "apiVersion: apps/v1, kind: Deployment";

fn pod(rest: &str) -> Value {
    value(&format!("{{{DEPLOYMENT}, spec: {{template: {{spec: {rest}}}}}}}"))
}

/// Merges pods' specs and returns the spec that is left.
fn merged(original: &str, modified: &str, current: &str) -> Result<String, MergeError> {
    let current = pod(current);
    let patch = strategic(Some(&pod(original)), &pod(modified), &current, true)?;
    let result = apply_strategic(&current, &patch)?;
    let spec = result.pointer(&["spec", "template", "spec"]).cloned().unwrap_or_default();
    Ok(weir_yaml::json::write(&spec))
}

#[test]
fn what_is_wanted_is_set_what_was_ours_goes_what_is_others_stays() {
    for (what, original, modified, current, expected) in [
        (
            "an injected container stays",
            "{containers: [{name: a, image: x}]}",
            "{containers: [{name: a, image: z}]}",
            "{containers: [{name: a, image: x}, {name: injected}]}",
            r#"{"containers":[{"image":"z","name":"a"},{"name":"injected"}]}"#,
        ),
        (
            "a container goes",
            "{containers: [{name: a}, {name: b}]}",
            "{containers: [{name: a}]}",
            "{containers: [{name: a}, {name: b}]}",
            r#"{"containers":[{"name":"a"}]}"#,
        ),
        (
            "a volume becomes another kind",
            "{volumes: [{name: v, emptyDir: {}}]}",
            "{volumes: [{name: v, configMap: {name: c}}]}",
            "{volumes: [{name: v, emptyDir: {}}]}",
            r#"{"volumes":[{"configMap":{"name":"c"},"name":"v"}]}"#,
        ),
        (
            "an added label of a selector goes with ours",
            "{nodeSelector: {a: b}}",
            "{}",
            "{nodeSelector: {a: b, c: d}}",
            "{}",
        ),
        (
            "drift is put right",
            "{hostname: h}",
            "{hostname: h}",
            "{hostname: other}",
            r#"{"hostname":"h"}"#,
        ),
    ] {
        assert_eq!(merged(original, modified, current).unwrap(), expected, "{what}");
    }
    assert!(merged("{odd: [1]}", "{odd: [2]}", "{odd: [1]}").is_err());
}

#[test]
fn what_others_changed_is_a_conflict_without_overwrite() {
    let (original, modified, current) =
        (pod("{hostname: a}"), pod("{hostname: b}"), pod("{hostname: c}"));
    assert!(strategic(Some(&original), &modified, &current, true).is_ok());
    assert!(strategic(Some(&original), &modified, &current, false).is_err());
    assert!(strategic(Some(&original), &modified, &original, false).is_ok());
}

#[test]
fn json_patches_replace_lists_and_keep_the_identity() {
    let object = |rest: &str| value(&format!("{{apiVersion: x/v1, kind: W, {rest}}}"));
    let (original, modified, current) = (
        object("spec: {a: 1, l: [1]}"),
        object("spec: {l: [2]}"),
        object("spec: {a: 1, b: 2, l: [1]}"),
    );
    let patch = json_three_way(Some(&original), &modified, &current).unwrap();
    assert_eq!(weir_yaml::json::write(&patch), r#"{"spec":{"a":null,"l":[2]}}"#);
    let applied = apply_json(&current, &patch).unwrap();
    let spec = applied.get("spec").map(weir_yaml::json::write);
    assert_eq!(spec.as_deref(), Some(r#"{"b":2,"l":[2]}"#));
    assert!(
        json_three_way(Some(&original), &value("{apiVersion: x/v2, kind: W}"), &current).is_err()
    );
}

#[test]
fn depth_is_bounded() {
    let mut deep = value("1");
    for _ in 0..150 {
        deep = Value::map(Map::from_iter([("a".into(), deep)]));
    }
    let mut other = value("2");
    for _ in 0..150 {
        other = Value::map(Map::from_iter([("a".into(), other)]));
    }
    assert!(strategic(Some(&deep), &other, &deep, true).is_err());
    assert!(json_three_way(Some(&deep), &other, &deep).is_err());
}
