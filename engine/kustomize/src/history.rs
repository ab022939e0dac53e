//! What changed each object on its way through a build, for those who ask where a field came from.
//!
//! Nothing is kept unless [`BuildSettings::trace`](crate::BuildSettings::trace) asks for it. Then the objects are compared
//! before and after each step, so that no transformer needs to know of it.

use weir_model::{Data, FieldPath, FieldStep, Origin, Value, item_steps, leaves};
use weir_yaml::Node;

use crate::resources::{ResourceList, bookkeeping};

/// What one step of a build changed in an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The word of the kustomization that asked for it, such as `patches` or `images`.
    pub by: &'static str,
    /// Where that stands; unknown for what a build does by itself, such as fixing references.
    pub at: Origin,
    /// The fields.
    pub fields: Vec<EditedField>,
}

/// A field that a step changed.
#[derive(Clone, Debug, PartialEq)]
pub struct EditedField {
    /// The field; one that holds others when all of it was taken away.
    pub path: FieldPath,
    /// What was there before, with its own origin; nothing when the field is new.
    pub before: Option<Value>,
    /// The line that says what is there now.
    pub at: Origin,
}

/// A word of a kustomization with what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directive {
    pub(crate) word: &'static str,
    pub(crate) value: Value,
}

/// How deep objects are compared.
const MAX_DEPTH: usize = 500;

/// The words of a kustomization by the kind of transformer that they make, and whether each item of a list makes one.
const WORDS: &[(&str, &str, bool)] = &[
    ("AnnotationsTransformer", "commonAnnotations", false),
    ("ConfigMapGenerator", "configMapGenerator", true),
    ("HelmChartInflationGenerator", "helmCharts", true),
    ("ImageTagTransformer", "images", true),
    ("LabelTransformer", "labels", true),
    ("NamespaceTransformer", "namespace", false),
    ("PatchJson6902Transformer", "patchesJson6902", true),
    ("PatchStrategicMergeTransformer", "patchesStrategicMerge", false),
    ("PatchTransformer", "patches", true),
    ("PrefixTransformer", "namePrefix", false),
    ("ReplacementTransformer", "replacements", false),
    ("ReplicaCountTransformer", "replicas", true),
    ("SecretGenerator", "secretGenerator", true),
    ("SuffixTransformer", "nameSuffix", false),
];

impl Directive {
    /// A step that a build does by itself.
    pub(crate) fn own(word: &'static str) -> Self {
        Self { word, value: Value::null() }
    }

    /// Finds what a kustomization says to make the `number`th transformer or generator of this kind.
    pub(crate) fn of(kustomization: &Value, kind: &str, number: usize) -> Self {
        let Some((_, word, is_item)) = WORDS.iter().find(|(known, ..)| *known == kind) else {
            return Self::own("transformers");
        };
        let whole = kustomization.get(word);
        let items = whole.and_then(Value::as_list).unwrap_or_default();
        if *is_item && kind == "LabelTransformer" && number >= items.len() {
            let value = kustomization.get("commonLabels").cloned().unwrap_or_default();
            return Self { word: "commonLabels", value };
        }
        let value = if *is_item { items.get(number) } else { whole };
        Self { word, value: value.cloned().unwrap_or_default() }
    }

    /// Returns the line that is behind a field: that of its own key, or of the one setting that is meant.
    fn line(&self, path: &FieldPath) -> Origin {
        const SETTINGS: [&str; 5] = ["digest", "newTag", "newName", "count", "pairs"];
        let key = match path.0.last() {
            Some(FieldStep::Key(key)) => key.as_str(),
            _ => "",
        };
        let own = self.value.pointer(&["pairs", key]).or_else(|| self.value.get(key));
        let setting = || SETTINGS.iter().find_map(|setting| self.value.get(setting));
        own.filter(|value| value.origin.is_known())
            .or_else(setting)
            .map(|value| value.origin)
            .filter(|origin| origin.is_known())
            .unwrap_or(self.value.origin)
    }
}

/// Keeps the objects as they are now.
pub(crate) fn keep(resources: &ResourceList) -> Vec<Node> {
    resources.as_slice().iter().map(|resource| resource.node.clone()).collect()
}

/// Notes what a step changed since the objects were kept.
pub(crate) fn note(resources: &mut ResourceList, kept: &[Node], directive: &Directive) {
    for (resource, before) in resources.as_mut().iter_mut().zip(kept) {
        if resource.node == *before {
            continue;
        }
        let (Ok(old), Ok(new)) = (weir_yaml::to_value(before), weir_yaml::to_value(&resource.node))
        else {
            continue;
        };
        let mut fields = Vec::new();
        compare(&old, &new, &mut FieldPath::default(), &mut fields);
        fields.retain(|field| !is_kept_inside(&field.path));
        if fields.is_empty() {
            continue;
        }
        for field in &mut fields {
            let kept = field.before.as_ref().map(|before| before.origin);
            if !field.at.is_known() || Some(field.at) == kept {
                field.at = directive.line(&field.path);
            }
        }
        resource.history.push(Edit { by: directive.word, at: directive.value.origin, fields });
    }
}

/// Tells whether a field is one of kustomize's own notes, which are taken out before anything is printed.
fn is_kept_inside(path: &FieldPath) -> bool {
    match path.0.as_slice() {
        [_, FieldStep::Key(field), FieldStep::Key(key)] => {
            field == "annotations" && bookkeeping::is_kept_inside(key)
        }
        _ => false,
    }
}

fn compare(old: &Value, new: &Value, path: &mut FieldPath, found: &mut Vec<EditedField>) {
    if old.data == new.data || path.0.len() > MAX_DEPTH {
        return;
    }
    match (&old.data, &new.data) {
        (Data::Map(before), Data::Map(after)) => {
            let removed = before.iter().filter(|(key, _)| !after.contains_key(key));
            for (key, value) in removed {
                gone(FieldStep::Key(key.clone()), value, path, found);
            }
            let steps = after.iter().map(|(key, value)| (FieldStep::Key(key.clone()), value));
            entries(old, steps, path, found);
        }
        (Data::List(before), Data::List(after)) => {
            let steps = item_steps(after);
            for (step, value) in item_steps(before).into_iter().zip(before.iter()) {
                if step.find(new).is_none() {
                    gone(step, value, path, found);
                }
            }
            entries(old, steps.into_iter().zip(after.iter()), path, found);
        }
        _ => found.push(EditedField {
            path: path.clone(),
            before: Some(old.clone()),
            at: new.origin,
        }),
    }
}

fn entries<'a>(
    old: &Value,
    new: impl Iterator<Item = (FieldStep, &'a Value)>,
    path: &mut FieldPath,
    found: &mut Vec<EditedField>,
) {
    for (step, value) in new {
        let before = step.find(old);
        path.0.push(step);
        match before {
            Some(before) => compare(before, value, path, found),
            None => leaves(value, &mut |below, leaf| {
                let path = path.join(&below.0);
                found.push(EditedField { path, before: None, at: leaf.origin });
            }),
        }
        path.0.pop();
    }
}

fn gone(step: FieldStep, value: &Value, path: &FieldPath, found: &mut Vec<EditedField>) {
    found.push(EditedField {
        path: path.join(&[step]),
        before: Some(value.clone()),
        at: Origin::default(),
    });
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, TreeBuilder, TreePath};

    use crate::{BuildSettings, build};

    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n      - name: web\n        image: nginx:1\n";

    /// Lists for each object what changed it, a line for each field.
    fn history(files: &[(&str, &str)]) -> Vec<String> {
        let mut builder = TreeBuilder::default();
        for (path, text) in files {
            builder.insert(TreePath::parse(path).unwrap(), Blob::new(text.as_bytes()));
        }
        let settings = BuildSettings { trace: true, ..BuildSettings::default() };
        let built = build(&builder.finish(), &TreePath::parse("over").unwrap(), &settings);
        assert!(!built.has_errors(), "{:?}", built.diagnostics);
        let mut lines = Vec::new();
        for edit in built.value.edits.iter().flatten() {
            for field in &edit.fields {
                let before = match &field.before {
                    Some(value) => format!("{value:?}@{}", value.origin),
                    None => "nothing".to_owned(),
                };
                let (path, by, at, line) = (&field.path, edit.by, edit.at, field.at);
                lines.push(format!("{path} by {by} {at} as {line} over {before}"));
            }
        }
        lines
    }

    #[test]
    fn each_step_says_what_it_changed() {
        let over = "resources: [../base]\nnamespace: prod\nlabels:\n- pairs:\n    tier: front\npatches:\n- path: patch.yaml\nreplicas:\n- name: web\n  count: 3\nimages:\n- name: nginx\n  newTag: \"2\"\n";
        let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  paused: true\n  replicas: 2\n";
        let lines = history(&[
            ("base/kustomization.yaml", "resources: [a.yaml]\n"),
            ("base/a.yaml", DEPLOYMENT),
            ("over/kustomization.yaml", over),
            ("over/patch.yaml", patch),
        ]);
        assert_eq!(
            lines,
            [
                "spec.paused by patches over/kustomization.yaml:7 as over/patch.yaml:6 over nothing",
                "spec.replicas by patches over/kustomization.yaml:7 as over/patch.yaml:7 over 1@base/a.yaml:6",
                "metadata.namespace by namespace over/kustomization.yaml:2 as over/kustomization.yaml:2 over nothing",
                "metadata.labels.tier by labels over/kustomization.yaml:4 as over/kustomization.yaml:5 over nothing",
                "spec.replicas by replicas over/kustomization.yaml:9 as over/kustomization.yaml:10 over 2@over/patch.yaml:7",
                "spec.template.spec.containers[name=web].image by images over/kustomization.yaml:12 as over/kustomization.yaml:13 over \"nginx:1\"@base/a.yaml:11",
            ]
        );
    }

    #[test]
    fn a_merged_config_map_keeps_where_each_entry_came_from() {
        let lines = history(&[
            (
                "base/kustomization.yaml",
                "configMapGenerator:\n- name: c\n  literals:\n  - a=1\n  - b=1\n",
            ),
            (
                "over/kustomization.yaml",
                "resources: [../base]\ngeneratorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:\n- name: c\n  behavior: merge\n  literals:\n  - b=2\n",
            ),
        ]);
        assert_eq!(
            lines,
            [
                "data.b by configMapGenerator over/kustomization.yaml:4 as over/kustomization.yaml:7 over \"1\"@base/kustomization.yaml:5"
            ]
        );
    }
}
