//! What the API server checks of workloads and Services beyond their schemas.

use std::collections::BTreeSet;

use weir_cel::dns1123_label;
use weir_model::{Origin, Value};

use crate::index::Placed;
use crate::references::pod_spec;
use crate::report::Finding;
use crate::rules::{self, Rule};

/// Checks one object.
pub(crate) fn check(placed: &Placed<'_>, found: &mut Vec<Finding>) {
    let mut run = Run { found };
    if let Some((spec, way)) = pod_spec(placed) {
        run.pod(placed.value(), spec, &way.join("."));
        run.restart_policy(placed, spec, way);
    }
    let has_selector = placed.object.id.group == "apps";
    if has_selector {
        run.selector(placed.value());
    }
    if placed.is("", "Service") {
        run.service(placed.value());
    }
    if placed.is("networking.k8s.io", "Ingress") {
        run.ingress(placed.value());
    }
    if placed.is("autoscaling", "HorizontalPodAutoscaler") {
        run.autoscaler(placed.value());
    }
    if placed.is("policy", "PodDisruptionBudget") {
        run.budget(placed.value());
    }
}

fn list<'a>(value: &'a Value, way: &[&str]) -> impl Iterator<Item = (usize, &'a Value)> {
    value.pointer(way).and_then(Value::as_list).unwrap_or(&[]).iter().enumerate()
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

struct Run<'out> {
    found: &'out mut Vec<Finding>,
}

impl Run<'_> {
    fn add(&mut self, rule: Rule, field: String, at: Origin, message: impl Into<String>) {
        self.found.push(Finding::new(rule, message).field(field).at(at));
    }

    fn pod(&mut self, value: &Value, spec: &Value, way: &str) {
        // The claims of a StatefulSet are volumes as well.
        let claims = list(value, &["spec", "volumeClaimTemplates"])
            .filter_map(|(_, claim)| text(claim.get("metadata")?, "name"));
        let volumes: BTreeSet<&str> = list(spec, &["volumes"])
            .filter_map(|(_, volume)| text(volume, "name"))
            .chain(claims)
            .collect();
        for (index, volume) in list(spec, &["volumes"]) {
            let sources = volume.as_map().map_or(0, |map| {
                map.iter().filter(|(key, value)| *key != "name" && !value.is_null()).count()
            });
            if sources > 1 {
                let message = "may have only one kind of source";
                self.add(
                    rules::INVALID_VALUE,
                    format!("{way}.volumes[{index}]"),
                    volume.origin,
                    message,
                );
            }
        }
        if let Some(containers) = spec.get("containers").and_then(Value::as_list)
            && containers.is_empty()
        {
            let message = "a pod must have a container";
            self.add(rules::INVALID_VALUE, format!("{way}.containers"), spec.origin, message);
        }
        for field in ["initContainers", "containers"] {
            for (index, container) in list(spec, &[field]) {
                self.container(container, &format!("{way}.{field}[{index}]"), &volumes);
            }
        }
    }

    fn container(&mut self, container: &Value, way: &str, volumes: &BTreeSet<&str>) {
        if let Some(name) = container.get("name")
            && let Some(problem) = name.as_str().and_then(dns1123_label)
        {
            self.add(rules::INVALID_NAME, format!("{way}.name"), name.origin, problem);
        }
        if container.get("image").and_then(Value::as_str).is_none_or(str::is_empty) {
            self.add(rules::MISSING_FIELD, way.to_owned(), container.origin, "`image` is required");
        }
        for (index, port) in list(container, &["ports"]) {
            self.port(port, "containerPort", &format!("{way}.ports[{index}].containerPort"));
        }
        for (index, mount) in list(container, &["volumeMounts"]) {
            let Some(name) = text(mount, "name").filter(|name| !volumes.contains(name)) else {
                continue;
            };
            let message = format!("there is no volume `{name}`");
            self.found.push(
                Finding::new(rules::INVALID_VALUE, message)
                    .field(format!("{way}.volumeMounts[{index}].name"))
                    .at(mount.origin),
            );
        }
        self.resources(container, way);
    }

    fn resources(&mut self, container: &Value, way: &str) {
        let Some(requests) = container.pointer(&["resources", "requests"]).and_then(Value::as_map)
        else {
            return;
        };
        for (name, request) in requests.iter() {
            let limit = container.pointer(&["resources", "limits", name]);
            let (Some(request_amount), Some(limit)) = (amount(request), limit.and_then(amount))
            else {
                continue;
            };
            if request_amount.compare(&limit).is_gt() {
                let message = "must be no more than the limit";
                let field = format!("{way}.resources.requests.{name}");
                self.add(rules::INVALID_VALUE, field, request.origin, message);
            }
        }
    }

    fn port(&mut self, holder: &Value, field: &str, way: &str) {
        if let Some(port) = holder.get(field)
            && let Some(number) = port.as_int()
            && !(1..=65_535).contains(&number)
        {
            let message = format!("must be between 1 and 65535, but is `{number}`");
            self.add(rules::INVALID_VALUE, way.to_owned(), port.origin, message);
        }
    }

    fn restart_policy(&mut self, placed: &Placed<'_>, spec: &Value, way: &[&str]) {
        let Some(policy) = spec.get("restartPolicy") else {
            // Without one it is `Always`, which a Job may not have.
            if placed.object.id.group == "batch" {
                let message = "`restartPolicy` must be `OnFailure` or `Never`";
                self.add(rules::MISSING_FIELD, way.join("."), spec.origin, message);
            }
            return;
        };
        let word = policy.as_str().unwrap_or_default();
        let problem = match placed.object.id.group.as_str() {
            "apps" if word != "Always" => "must be `Always`",
            "batch" if word == "Always" => "must be `OnFailure` or `Never`",
            _ => return,
        };
        let field = format!("{}.restartPolicy", way.join("."));
        self.add(rules::INVALID_VALUE, field, policy.origin, format!("{problem}, but is `{word}`"));
    }

    fn selector(&mut self, value: &Value) {
        let Some(wanted) = value.pointer(&["spec", "selector", "matchLabels"]) else { return };
        let labels = value.pointer(&["spec", "template", "metadata", "labels"]);
        for (key, label) in wanted.as_map().into_iter().flat_map(|map| map.iter()) {
            let own = labels.and_then(|labels| labels.get(key));
            if own.and_then(Value::as_str) != label.as_str() {
                let message = format!(
                    "the selector wants the label `{key}`, which the template has not like that"
                );
                self.add(
                    rules::INVALID_VALUE,
                    "spec.selector.matchLabels".into(),
                    label.origin,
                    message,
                );
            }
        }
    }

    fn service(&mut self, value: &Value) {
        let count = list(value, &["spec", "ports"]).count();
        let mut names = BTreeSet::new();
        for (index, port) in list(value, &["spec", "ports"]) {
            let way = format!("spec.ports[{index}]");
            self.port(port, "port", &format!("{way}.port"));
            self.port(port, "targetPort", &format!("{way}.targetPort"));
            match text(port, "name").filter(|name| !name.is_empty()) {
                None if count > 1 => {
                    let message = "`name` is required where there is more than one port";
                    self.add(rules::MISSING_FIELD, way, port.origin, message);
                }
                Some(name) if !names.insert(name) => {
                    let message = format!("two ports are named `{name}`");
                    self.add(rules::INVALID_VALUE, format!("{way}.name"), port.origin, message);
                }
                Some(name) => {
                    if let Some(problem) = dns1123_label(name) {
                        self.add(rules::INVALID_NAME, format!("{way}.name"), port.origin, problem);
                    }
                }
                None => {}
            }
        }
        let kind = value.pointer(&["spec", "type"]).and_then(Value::as_str).unwrap_or("ClusterIP");
        let is_headless =
            value.pointer(&["spec", "clusterIP"]).and_then(Value::as_str) == Some("None");
        if count == 0 && !is_headless && kind != "ExternalName" && value.get("spec").is_some() {
            self.add(rules::MISSING_FIELD, "spec".into(), value.origin, "`ports` is required");
        }
    }

    fn ingress(&mut self, value: &Value) {
        for (index, rule) in list(value, &["spec", "rules"]) {
            for (place, path) in list(rule, &["http", "paths"]) {
                let is_free = text(path, "pathType") == Some("ImplementationSpecific");
                let Some(given) = path.get("path") else { continue };
                if given.as_str().is_some_and(|p| !p.starts_with('/')) && !is_free {
                    let field = format!("spec.rules[{index}].http.paths[{place}].path");
                    self.add(rules::INVALID_VALUE, field, given.origin, "must begin with `/`");
                }
            }
        }
    }

    fn autoscaler(&mut self, value: &Value) {
        let number = |field: &str| value.pointer(&["spec", field]).and_then(Value::as_int);
        let (least, most) = (number("minReplicas").unwrap_or(1), number("maxReplicas"));
        if let Some(most) = most.filter(|most| *most < least) {
            let message =
                format!("must be at least `minReplicas`, which is {least}, but is {most}");
            self.add(rules::INVALID_VALUE, "spec.maxReplicas".into(), value.origin, message);
        }
    }

    fn budget(&mut self, value: &Value) {
        let has =
            |field: &str| value.pointer(&["spec", field]).is_some_and(|value| !value.is_null());
        if has("minAvailable") && has("maxUnavailable") {
            let message = "`minAvailable` and `maxUnavailable` cannot both be set";
            self.add(rules::INVALID_VALUE, "spec".into(), value.origin, message);
        }
    }
}

fn amount(value: &Value) -> Option<weir_cel::Quantity> {
    match value.as_str() {
        Some(text) => weir_cel::Quantity::parse(text),
        None => weir_cel::Quantity::parse(&crate::schema::limits::plain(value)),
    }
}
