//! One transformer on the documents of `input`, with `params`.

use serde_json::Value;
use weir_kustomize::fields::FieldSpec;
use weir_kustomize::filters::image::ImageChange;
use weir_kustomize::filters::replacement::{Candidate, Replacement};
use weir_kustomize::filters::selector::ResId;
use weir_kustomize::filters::{
    iam_policy, image, metadata, namespace, path, replacement, replicas,
};
use weir_kustomize::merge::Outcome;
use weir_kustomize::schema::Schema;
use weir_kustomize::{json_patch, merge};
use weir_model::SmolStr;
use weir_model::Source;
use weir_yaml::Node;

/// Runs the filter that the vector names.
pub(crate) fn answer(vector: &Value) -> Result<Value, String> {
    let mut nodes = super::kustomize_nodes(&vector["input"])?;
    let params = &vector["params"];
    let schema = Schema::builtin();
    match text(&vector["filter"]) {
        "replacement" => replace(&mut nodes, params)?,
        "patchstrategicmerge" => {
            let patch = super::kustomize_node(&params["patch"])?;
            let mut kept = Vec::new();
            for mut node in nodes {
                if merge::strategic(&mut node, &patch, &schema).map_err(words)? == Outcome::Kept {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        "iampolicygenerator" => {
            let account = iam_policy::ServiceAccount {
                google_name: text(&params["serviceAccount"]["name"]),
                project: text(&params["serviceAccount"]["projectId"]),
                name: text(&params["kubernetesService"]["name"]),
                namespace: text(&params["kubernetesService"]["namespace"]),
            };
            nodes.push(iam_policy::generate(text(&params["cloud"]), &account).map_err(words)?);
        }
        filter => nodes.iter_mut().try_for_each(|node| run(filter, node, params, &schema))?,
    }
    Ok(weir_yaml::emit_all(&nodes).into())
}

fn run(filter: &str, node: &mut Node, params: &Value, schema: &Schema) -> Result<(), String> {
    let spec = || read_spec(&params["fieldSpec"]);
    let specs =
        |key: &str| params[key].as_array().into_iter().flatten().map(read_spec).collect::<Vec<_>>();
    match filter {
        "labels" | "annotations" => {
            let entries = params[filter].as_object().into_iter().flatten();
            metadata::set_entries(
                node,
                entries.map(|(key, value)| (key.as_str(), text(value))),
                &specs("fsslice"),
            )
            .map_err(words)
        }
        "prefix" => metadata::prefix(node, text(&params["prefix"]), &spec()).map_err(words),
        "suffix" => metadata::suffix(node, text(&params["suffix"]), &spec()).map_err(words),
        "replicacount" => {
            replicas::set(node, params["replica"]["count"].as_i64().unwrap_or_default(), &spec())
                .map_err(words)
        }
        "imagetag" => {
            image::set(node, &read_image(&params["imageTag"]), &specs("fieldSpecs")).map_err(words)
        }
        "imagetag.LegacyFilter" => {
            image::set_in_containers(node, &read_image(&params["imageTag"])).map_err(words)
        }
        "namespace" => {
            let settings = namespace::Settings {
                namespace: text(&params["namespace"]),
                specs: &specs("fieldSpecs"),
                unset_only: params["unsetOnly"] == true,
                subjects: namespace::Subjects::of(text(&params["setRoleBindingSubjects"])),
            };
            namespace::set(node, &settings, schema).map_err(words)
        }
        "valueadd" => {
            let position = params["filePathPosition"].as_i64().unwrap_or_default();
            path::add_value(node, text(&params["fieldpath"]), text(&params["value"]), position)
                .map_err(words)
        }
        "patchjson6902" => {
            let patch = json_patch::parse(text(&params["patch"])).map_err(words)?;
            json_patch::apply(node, &patch).map_err(words)
        }
        other => Err(format!("no filter `{other}` here")),
    }
}

fn replace(nodes: &mut [Node], params: &Value) -> Result<(), String> {
    let settings =
        weir_yaml::json::read(params.to_string().as_bytes(), Source::default()).map_err(words)?;
    let list =
        settings.get("replacements").and_then(weir_model::Value::as_list).unwrap_or_default();
    let replacements: Vec<Replacement> = list.iter().map(Replacement::read).collect();
    let previous = nodes.iter().map(previous_ids).collect::<Vec<_>>();
    let mut candidates: Vec<Candidate<'_>> = nodes
        .iter_mut()
        .zip(&previous)
        .map(|(object, previous)| Candidate { object, previous })
        .collect();
    replacement::apply(&mut candidates, &replacements).map_err(words)
}

/// Reads what kustomize notes in annotations while it builds.
fn previous_ids(object: &Node) -> Vec<ResId> {
    let note = |what: &str| -> Vec<SmolStr> {
        let key = format!("internal.config.kubernetes.io/previous{what}");
        let text = object.pointer(&["metadata", "annotations", &key]).and_then(Node::text);
        text.into_iter().flat_map(|text| text.split(',')).map(SmolStr::new).collect()
    };
    let (names, kinds, namespaces) = (note("Names"), note("Kinds"), note("Namespaces"));
    let notes = names.into_iter().zip(kinds).zip(namespaces);
    notes
        .map(|((name, kind), namespace)| ResId { name, kind, namespace, ..ResId::of(object) })
        .collect()
}

fn read_spec(spec: &Value) -> FieldSpec {
    FieldSpec {
        group: text(&spec["group"]).into(),
        version: text(&spec["version"]).into(),
        kind: text(&spec["kind"]).into(),
        path: text(&spec["path"]).into(),
        create: spec["create"] == true,
    }
}

fn read_image(image: &Value) -> ImageChange {
    let mut change = ImageChange::of(text(&image["name"]));
    change.new_name = text(&image["newName"]).into();
    change.new_tag = text(&image["newTag"]).into();
    change.tag_suffix = text(&image["tagSuffix"]).into();
    change.digest = text(&image["digest"]).into();
    change
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
