//! References, and what changes against a base.

use weir_plan::Plan;

use super::{found, lines, report_of, unit};

fn pod(spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: apps}}\nspec:\n  containers: [{{name: c, image: i}}]\n{spec}---\n"
    )
}

#[test]
fn references_to_nothing_are_found_and_others_are_not() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: apps}\nstringData: {a: b}\n---\n";
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: apps}\nspec: {secretName: s}\n---\n";
    let volume = "  volumes: [{name: v, secret: {secretName: s}}]\n";
    let missing = "missing-reference spec.volumes[0].secret.secretName: refers to `Secret/apps/s`, which nothing in the repository makes";
    for (yaml, expected) in [
        (pod(volume) + secret, vec![]),
        (pod(volume) + certificate, vec![]),
        (pod(volume), vec![missing]),
        (pod("  volumes: [{name: v, secret: {secretName: s, optional: true}}]\n"), vec![]),
        (pod("  volumes: [{name: v, configMap: {name: kube-root-ca.crt}}]\n"), vec![]),
        (pod("  serviceAccountName: default\n"), vec![]),
        (
            pod("  serviceAccountName: sa\n"),
            vec!["missing-reference spec.serviceAccountName: refers to `ServiceAccount/apps/sa`, which nothing in the repository makes"],
        ),
        (
            pod("  volumes: [{name: v, persistentVolumeClaim: {claimName: s}}]\n"),
            vec!["missing-reference spec.volumes[0].persistentVolumeClaim.claimName: refers to `PersistentVolumeClaim/apps/s`, which nothing in the repository makes"],
        ),
        (
            pod("  volumes: [{name: v, secret: {secretName: s, items: [{key: z, path: p}]}}]\n") + secret,
            vec!["missing-key spec.volumes[0].secret.items[0].key: `Secret/apps/s` has no key `z`"],
        ),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: apps}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n".into(),
            vec![],
        ),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: apps}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\n".into(),
            vec!["missing-reference roleRef: refers to `Role/apps/r`, which nothing in the repository makes"],
        ),
    ] {
        assert_eq!(found(&yaml), expected, "{yaml}");
    }
}

#[test]
fn fields_that_cannot_change_are_announced() {
    let service = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a, namespace: apps}}\nspec: {{clusterIP: {ip}, ports: [{{port: 80}}]}}\n"
        )
    };
    let claim = |class: &str, size: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: a, namespace: apps}}\nspec: {{storageClassName: {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
        )
    };
    let config = |value: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: apps{more}}}\nimmutable: true\ndata: {{a: {value}}}\n"
        )
    };
    for (before, after, expected) in [
        (
            service("10.0.0.1"),
            service("10.0.0.2"),
            vec!["immutable-field spec.clusterIP: cannot be changed"],
        ),
        (service("10.0.0.1"), service("10.0.0.1"), vec![]),
        (claim("fast", "1Gi"), claim("fast", "2Gi"), vec![]),
        (
            claim("fast", "1Gi"),
            claim("slow", "1Gi"),
            vec!["immutable-field spec.storageClassName: cannot be changed"],
        ),
        (config("b", ""), config("c", ""), vec!["immutable-field data: cannot be changed"]),
        (
            config("b", ""),
            config("c", ", annotations: {kustomize.toolkit.fluxcd.io/force: enabled}"),
            vec!["recreated data: cannot be changed, so the object will be deleted and made anew"],
        ),
    ] {
        let base = Plan::new(vec![unit("k/flux-system/apps", &before)]);
        let report = report_of(vec![unit("k/flux-system/apps", &after)], Some(&base));
        assert_eq!(lines(&report), expected, "{after}");
    }
}

#[test]
fn an_object_in_two_units_is_found_where_both_end_up_in_one_namespace() {
    let of = |namespace: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{namespace}}}\n")
    };
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: flux-system}\nspec: {targetNamespace: apps}\n---\n";
    let both = vec![
        unit("k/flux-system/one", &(release.to_owned() + &of(", namespace: apps"))),
        unit("h/flux-system/web", &of("")),
    ];
    let found = lines(&report_of(both, None));
    assert_eq!(
        found,
        ["duplicate-object : is made by `Kustomization/flux-system/one` and by `HelmRelease/flux-system/web`"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
}
