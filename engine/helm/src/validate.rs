//! What `--validate` checks when there is no cluster to ask: that every manifest is an object of a known kind.

use std::collections::BTreeSet;

use weir_golang::strconv::quote;
use weir_model::{Diagnostic, Value};

use crate::{Facts, ManifestText, Rendered};

/// Checks that each manifest is an object with `apiVersion`, `kind` and a name, of an API version that is among
/// [`Facts::api_versions`] or that a custom resource definition of the release brings. Returns an error for each that is
/// not, in Helm's words.
///
/// Helm asks a cluster, which knows the fields of each kind too; those are not checked here.
pub fn validate(rendered: &Rendered, facts: &Facts) -> Vec<Diagnostic> {
    let known = Known::new(rendered, facts);
    let manifests = rendered.manifests.iter();
    manifests.filter_map(|manifest| Some(wrong(manifest, &known.check(&manifest.value)?))).collect()
}

fn wrong(manifest: &ManifestText, why: &str) -> Diagnostic {
    let message = format!("unable to build kubernetes objects from release manifest: {why}");
    Diagnostic::error("helm-validate", message).at(manifest.value.origin)
}

/// The API versions that there are.
struct Known<'a> {
    /// `group/version`, every kind of which is taken for known, or `group/version/Kind`.
    versions: BTreeSet<&'a str>,
    /// Those of custom resource definitions, as `group/version/Kind`.
    custom: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn new(rendered: &Rendered, facts: &'a Facts) -> Self {
        let mut custom = BTreeSet::new();
        for crd in &rendered.crds {
            if let Ok(values) = &*crd.values() {
                values.iter().for_each(|value| define(value, &mut custom));
            }
        }
        rendered.manifests.iter().for_each(|manifest| define(&manifest.value, &mut custom));
        Self { versions: facts.api_versions.iter().map(String::as_str).collect(), custom }
    }

    /// Returns what is wrong with a manifest.
    fn check(&self, value: &Value) -> Option<String> {
        if value.is_null() {
            return None;
        }
        let text = |path: &[&str]| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text(&["apiVersion"]), text(&["kind"]));
        let missing: Vec<&str> = [("apiVersion not set", version), ("kind not set", kind)]
            .into_iter()
            .filter_map(|(words, found)| found.is_empty().then_some(words))
            .collect();
        if !missing.is_empty() {
            let list = missing.join(", ");
            let list = if missing.len() > 1 { format!("[{list}]") } else { list };
            return Some(format!("error validating \"\": error validating data: {list}"));
        }
        let name = text(&["metadata", "name"]);
        let is_list =
            kind.ends_with("List") && value.get("items").and_then(Value::as_list).is_some();
        if name.is_empty() && text(&["metadata", "generateName"]).is_empty() && !is_list {
            return Some("resource name may not be empty".to_owned());
        }
        let full = format!("{version}/{kind}");
        if self.versions.contains(version)
            || self.versions.contains(&*full)
            || self.custom.contains(&full)
        {
            return None;
        }
        let [name, namespace] = [name, text(&["metadata", "namespace"])].map(quote);
        Some(format!(
            "resource mapping not found for name: {name} namespace: {namespace} from \"\": no matches for kind {} in version {}\nensure CRDs are installed first",
            quote(kind),
            quote(version)
        ))
    }
}

/// Adds the kinds that a custom resource definition brings.
fn define(value: &Value, custom: &mut BTreeSet<String>) {
    let text = |value: &Value, path: &[&str]| {
        value.pointer(path).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    if text(value, &["kind"]) != "CustomResourceDefinition" {
        return;
    }
    let group = text(value, &["spec", "group"]);
    let kind = text(value, &["spec", "names", "kind"]);
    let versions = value.pointer(&["spec", "versions"]).and_then(Value::as_list);
    let versions = versions.into_iter().flatten().map(|version| text(version, &["name"]));
    let old = text(value, &["spec", "version"]);
    for version in versions.chain((!old.is_empty()).then_some(old)) {
        custom.insert(format!("{group}/{version}/{kind}"));
    }
}
