//! Single objects, good and bad: the same verdicts as an API server has.

use super::{found, lines, report_of, unit};
use crate::schema::kubernetes::{Kubernetes, versions};
use weir_plan::Plan;

/// A Deployment with a place for more of its spec, of its pod and of its container.
fn deployment(spec: &str, pod: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: apps}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n{spec}  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec:\n{pod}      containers:\n      - name: web\n        image: web:1\n{container}"
    )
}

#[test]
fn good_objects_are_not_found_fault_with() {
    for yaml in [
        deployment("", "", ""),
        deployment("  replicas: 2\n", "      volumes: [{name: tmp, emptyDir: {}}]\n", "        volumeMounts: [{name: tmp, mountPath: /tmp}]\n"),
        deployment("  replicas: null\n", "", "        resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {cpu: 1, memory: 1.5Gi}}\n"),
        deployment("", "", "        ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]\n"),
        deployment("  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}\n", "", ""),
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {ports: [{port: 80, targetPort: http}]}\n".into(),
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {type: ExternalName, externalName: example.org}\n".into(),
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {clusterIP: None}\n".into(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a.b, namespace: apps}\ndata: {a.txt: b}\n".into(),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: apps}\ndata: {a: aGVsbG8=}\nstringData: {b: c}\n".into(),
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'a:b'}\nrules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n".into(),
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a, namespace: apps}\nspec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}\n".into(),
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: apps}\nspec: {policyTypes: [Ingress]}\n".into(),
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\n".into(),
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps, labels: {a: ''}, annotations: {Example.org/A: b}}\n".into(),
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: apps}\nspec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db, volumeMounts: [{name: data, mountPath: /data}]}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}\n".into(),
    ] {
        assert_eq!(found(&yaml), Vec::<String>::new(), "{yaml}");
    }
}

#[test]
fn bad_objects_are_found() {
    for (yaml, expected) in [
        (deployment("  replica: 2\n", "", ""), "unknown-field spec.replica: there is no field `replica` here"),
        (deployment("  replicas: three\n", "", ""), "wrong-type spec.replicas: must be a whole number, but is the text `three`"),
        (deployment("  replicas: '3'\n", "", ""), "wrong-type spec.replicas: must be a whole number, but is the text `3`"),
        (deployment("  replicas: 3000000000\n", "", ""), "invalid-value spec.replicas: must fit 32 bits, but is `3000000000`"),
        (deployment("  paused: 'yes'\n", "", ""), "wrong-type spec.paused: must be `true` or `false`, but is the text `yes`"),
        (deployment("", "", "        imagePullPolicy: always\n"), "invalid-value spec.template.spec.containers[0].imagePullPolicy: must be one of `Always`, `IfNotPresent`, `Never`, but is the text `always`"),
        (deployment("", "", "        ports: [{containerPort: 80}, {containerPort: 80, protocol: TCP}]\n"), "duplicate-list-key spec.template.spec.containers[0].ports[1]: has the same key as item 0: `containerPort: 80`, `protocol: TCP`"),
        (deployment("", "", "        env: [{name: A, value: 1}]\n"), "wrong-type spec.template.spec.containers[0].env[0].value: must be a text, but is `1`"),
        (deployment("", "", "        env: [{value: a}]\n"), "missing-field spec.template.spec.containers[0].env[0]: `name` is required"),
        (deployment("", "", "        env: [{name: A}, {name: A}]\n"), "duplicate-list-key spec.template.spec.containers[0].env[1]: has the same key as item 0: `name: A`"),
        (deployment("", "", "        resources: {requests: {memory: 1GB}}\n"), "invalid-value spec.template.spec.containers[0].resources.requests.memory: must be a quantity such as `100m` or `1Gi`, but is the text `1GB`"),
        (deployment("", "", "        resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}\n"), "invalid-value spec.template.spec.containers[0].resources.requests.cpu: must be no more than the limit"),
        (deployment("", "", "        ports: [{containerPort: 70000}]\n"), "invalid-value spec.template.spec.containers[0].ports[0].containerPort: must be between 1 and 65535, but is `70000`"),
        (deployment("", "", "        volumeMounts: [{name: tmp, mountPath: /tmp}]\n"), "invalid-value spec.template.spec.containers[0].volumeMounts[0].name: there is no volume `tmp`"),
        (deployment("", "      restartPolicy: Never\n", ""), "invalid-value spec.template.spec.restartPolicy: must be `Always`, but is `Never`"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: apps}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}, spec: {containers: [{name: a, image: b}]}}}\n".into(), "invalid-value spec.selector.matchLabels: the selector wants the label `app`, which the template has not like that"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: apps}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n".into(), "missing-field spec: `selector` is required"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: Web_1, namespace: apps}\n".into(), "invalid-name metadata.name: `Web_1` must consist of lower case letters, digits, `-` or `.`, and must start and end with a letter or digit"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: -web, namespace: apps}\nspec: {ports: [{port: 80}]}\n".into(), "invalid-name metadata.name: `-web` must consist of lower case letters, digits or `-`, and must start and end with a letter or digit"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {ports: [{port: 80}, {port: 81}]}\n".into(), "missing-field spec.ports[0]: `name` is required where there is more than one port"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: apps}\nspec: {type: ClusterIp, ports: [{port: 80}]}\n".into(), "invalid-value spec.type: must be one of `ClusterIP`, `ExternalName`, `LoadBalancer`, `NodePort`, but is the text `ClusterIp`"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: apps}\ndata: {a: hunter2!}\n".into(), "invalid-value data.a: must be in base 64, but is another string"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\ndata: {a: 1}\n".into(), "wrong-type data.a: must be a text, but is `1`"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\ndata: {a b: c}\n".into(), "invalid-name data[a b]: a key must consist of letters, digits, `-`, `_` or `.`"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps, labels: {a: 'b c'}}\n".into(), "invalid-name metadata.labels[a]: `b c` must be empty or consist of letters, digits, `-`, `_` or `.`, and must start and end with a letter or digit"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps, annotations: {a: true}}\n".into(), "invalid-name metadata.annotations[a]: must be a text: put it in quotes"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".into(), "missing-namespace metadata.namespace: lives in a namespace, but names none, and `Kustomization/flux-system/apps` sets none"),
        ("apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a, namespace: apps}\n".into(), "removed-api apiVersion: `HorizontalPodAutoscaler` of `autoscaling/v2beta2` is gone since Kubernetes 1.26"),
        ("apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata: {name: a}\n".into(), "removed-api apiVersion: `FlowSchema` of `flowcontrol.apiserver.k8s.io/v1beta3` is not served by Kubernetes 1.36.3; 1.29.15 to 1.31.14 serve it"),
        ("apiVersion: v1\nkind: Endpoints\nmetadata: {name: a, namespace: apps}\n".into(), "deprecated-api apiVersion: `Endpoints` of `v1` is deprecated since Kubernetes 1.33"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: apps}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n".into(), "missing-field spec.template.spec: `restartPolicy` must be `OnFailure` or `Never`"),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, namespace: apps}\nspec: {rules: [{http: {paths: [{path: a, pathType: Prefix, backend: {resource: {kind: A, name: b}}}]}}]}\n".into(), "invalid-value spec.rules[0].http.paths[0].path: must begin with `/`"),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, namespace: apps}\nspec: {rules: [{http: {paths: [{path: /, backend: {resource: {kind: A, name: b}}}]}}]}\n".into(), "missing-field spec.rules[0].http.paths[0]: `pathType` is required"),
        ("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a, namespace: apps}\nspec: {minAvailable: 1, maxUnavailable: 1}\n".into(), "invalid-value spec: `minAvailable` and `maxUnavailable` cannot both be set"),
        ("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a, namespace: apps}\nspec: {minReplicas: 3, maxReplicas: 2, scaleTargetRef: {kind: Other, apiVersion: example.org/v1, name: b}}\n".into(), "invalid-value spec.maxReplicas: must be at least `minReplicas`, which is 3, but is 2"),
    ] {
        let found = found(&yaml);
        assert!(found.iter().any(|line| line == expected), "{yaml}\nwanted {expected}\nfound {found:#?}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let yaml = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: apps}\ndata: {a: hunter2!}\nstringData: {b: 7311}\ntype: [hunter2]\n";
    let text = found(yaml).join("\n");
    assert!(!text.contains("hunter2") && !text.contains("7311"), "{text}");
}

/// A CRD of a kind `Widget` with this schema of its spec.
fn widget(schema: &str, spec: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.example.org}}\nspec:\n  \
         group: example.org\n  scope: Namespaced\n  names: {{kind: Widget, plural: widgets}}\n  versions:\n  - name: v1\n    \
         served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          \
         spec: {schema}\n---\napiVersion: example.org/v1\nkind: Widget\nmetadata: {{name: w, namespace: apps}}\nspec: {spec}\n"
    )
}

#[test]
fn custom_resources_are_checked_by_their_crds() {
    for (schema, spec, expected) in [
        ("{type: object, properties: {a: {type: integer}}}", "{a: 1}", None),
        (
            "{type: object, properties: {a: {type: integer}}}",
            "{b: 1}",
            Some("unknown-field spec.b: there is no field `b` here"),
        ),
        ("{type: object, x-kubernetes-preserve-unknown-fields: true}", "{b: {c: 1}}", None),
        (
            "{type: object, additionalProperties: {type: string}}",
            "{b: 1}",
            Some("wrong-type spec.b: must be a text, but is `1`"),
        ),
        (
            "{type: object, required: [a], properties: {a: {type: integer}}}",
            "{}",
            Some("missing-field spec: `a` is required"),
        ),
        ("{type: object, required: [a], properties: {a: {type: integer, default: 1}}}", "{}", None),
        (
            "{type: object, properties: {a: {type: integer, minimum: 2}}}",
            "{a: 1}",
            Some("invalid-value spec.a: must be at least 2, but is `1`"),
        ),
        (
            "{type: object, properties: {a: {type: string, pattern: '^a+$'}}}",
            "{a: ab}",
            Some("invalid-value spec.a: must match `^a+$`, but is the text `ab`"),
        ),
        (
            "{type: object, properties: {a: {type: string, enum: [x, w]}}}",
            "{a: z}",
            Some("invalid-value spec.a: must be one of `x`, `w`, but is the text `z`"),
        ),
        (
            "{type: object, properties: {a: {type: string, format: date-time}}}",
            "{a: now}",
            Some(
                "invalid-value spec.a: must be a time such as `2026-01-02T03:04:05Z`, but is the text `now`",
            ),
        ),
        ("{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}", "{a: 50%}", None),
        (
            "{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}",
            "{a: true}",
            Some("wrong-type spec.a: must be a whole number or a text, but is `true`"),
        ),
        (
            "{type: object, properties: {a: {type: string, nullable: true}, b: {type: string}}}",
            "{a: null}",
            None,
        ),
        (
            "{type: object, properties: {a: {type: array, maxItems: 1, items: {type: string}}}}",
            "{a: [b, c]}",
            Some("invalid-value spec.a: must have at most 1 items, but has 2"),
        ),
        (
            "{type: object, properties: {a: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, properties: {k: {type: string}}}}}}",
            "{a: [{k: x}, {k: x}]}",
            Some("duplicate-list-key spec.a[1]: has the same key as item 0: `k: x`"),
        ),
        (
            "{type: object, properties: {a: {type: integer}, b: {type: integer}}, oneOf: [{required: [a]}, {required: [b]}]}",
            "{a: 1, b: 2}",
            Some("invalid-value spec: must be as one of the alternatives, but is as 2"),
        ),
        (
            "{type: object, properties: {a: {type: integer}, b: {type: integer}}, anyOf: [{required: [a]}, {required: [b]}]}",
            "{}",
            Some("invalid-value spec: is as none of the alternatives"),
        ),
        (
            "{type: object, properties: {a: {type: integer}}, not: {required: [a]}}",
            "{a: 1}",
            Some("invalid-value spec: must not be as the schema says under `not`"),
        ),
        (
            "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a > 2', message: too small}]}",
            "{a: 1}",
            Some("cel-rule spec: too small"),
        ),
        (
            "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a > 2', messageExpression: '\"a is \" + string(self.a)'}]}",
            "{a: 1}",
            Some("cel-rule spec: a is 1"),
        ),
        (
            "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a > 0'}]}",
            "{a: 1}",
            None,
        ),
        (
            "{type: object, properties: {a: {type: integer, default: 5}}, x-kubernetes-validations: [{rule: 'self.a == 5'}]}",
            "{}",
            None,
        ),
        (
            "{type: object, properties: {a: {type: string, format: date-time}}, x-kubernetes-validations: [{rule: 'self.a.getFullYear() == 2026'}]}",
            "{a: '2026-01-02T03:04:05Z'}",
            None,
        ),
        (
            "{type: object, properties: {a-b: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a__dash__b == 1'}]}",
            "{a-b: 1}",
            None,
        ),
        (
            "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'oldSelf.a == self.a'}]}",
            "{a: 1}",
            None,
        ),
        (
            "{type: object, properties: {a: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}}",
            "{a: {apiVersion: v1, kind: A, metadata: {name: b}, x: 1}}",
            None,
        ),
    ] {
        let found = found(&widget(schema, spec));
        assert_eq!(
            found,
            expected.map(str::to_owned).into_iter().collect::<Vec<_>>(),
            "{schema} {spec}"
        );
    }
}

#[test]
fn a_rule_about_changes_is_checked_against_the_base() {
    let schema = "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a == oldSelf.a', message: a stays}]}";
    let base = Plan::new(vec![unit("k/flux-system/apps", &widget(schema, "{a: 1}"))]);
    let report =
        report_of(vec![unit("k/flux-system/apps", &widget(schema, "{a: 2}"))], Some(&base));
    assert_eq!(lines(&report), ["immutable-field spec: a stays"]);
}

#[test]
fn a_rule_that_cannot_be_read_is_told_with_its_crd() {
    let schema = "{type: object, properties: {a: {type: integer}}, x-kubernetes-validations: [{rule: 'self.a >'}]}";
    let found = found(&widget(schema, "{a: 1}"));
    assert_eq!(found, ["broken-schema spec.versions: a part of the schema cannot be read"]);
}

#[test]
fn what_the_cluster_serves_is_checked_by_its_documents() {
    let document = r##"{"components": {"schemas": {
        "org.example.v1.Widget": {"type": "object", "properties": {"spec": {"$ref": "#/components/schemas/Spec"}},
            "x-kubernetes-group-version-kind": [{"group": "example.org", "version": "v1", "kind": "Widget"}]},
        "Spec": {"type": "object", "properties": {"size": {"type": "integer"},
            "inner": {"allOf": [{"$ref": "#/components/schemas/Spec"}]}}}}}}"##;
    let documents =
        [("apis/example.org/v1".to_owned(), weir_model::Blob::new(document.as_bytes().to_vec()))];
    let yaml = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w, namespace: apps}\nspec: {inner: {inner: {size: big}}}\n";
    let plan = Plan::new(vec![unit("k/flux-system/apps", yaml)]);
    let report = crate::check(&crate::Input {
        plan: &plan,
        diagnostics: &[],
        base: None,
        kube_version: "1.36.1",
        is_version_given: true,
        documents: &documents.into_iter().collect(),
        settings: &crate::Settings::default(),
    });
    assert_eq!(
        lines(&report),
        ["wrong-type spec.inner.inner.size: must be a whole number, but is the text `big`"]
    );
}

#[test]
fn kinds_without_a_schema_are_counted() {
    let yaml = "apiVersion: example.org/v1\nkind: Other\nmetadata: {name: a, namespace: b}\nspec: {x: 1}\n";
    let report = report_of(vec![unit("k/flux-system/apps", yaml)], None);
    assert_eq!(lines(&report), Vec::<String>::new());
    assert_eq!(report.without_schema.values().sum::<usize>(), 1);
    assert_eq!(report.units[0].checked, 0);
}

#[test]
fn all_versions_of_the_table_can_be_read() {
    let all: Vec<&str> = versions().collect();
    assert!(
        all.len() >= 9
            && all.is_sorted_by_key(|name| name
                .split('.')
                .nth(1)
                .and_then(|n| n.parse::<u32>().ok()))
    );
    for place in 0..all.len() {
        let kubernetes = Kubernetes::load(place);
        let served = kubernetes.served("apps/v1", "Deployment").unwrap();
        assert!(served.namespaced && served.node.is_some());
    }
}

#[test]
fn deep_schemas_and_values_are_no_danger() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("{}{}", open.repeat(count), close.repeat(count))
    };
    let schema = deep("{type: object, properties: {a: ", "}}", 60)
        .replace("properties: {a: }}", "properties: {}}");
    let value = deep("{a: ", "}", 60).replace("{a: }", "{}");
    let _unused = found(&widget(&schema, &value));
    let recursive = "{type: object, properties: {a: {anyOf: [{type: string}, {type: integer}]}}}";
    assert_eq!(found(&widget(recursive, "{a: [1]}")).len(), 1);
}
