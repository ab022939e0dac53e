//! The digests of what changes the rendered objects of a release, by which a change of it alone is noticed.

use sha2::{Digest as _, Sha256};
use weir_model::{Map, Value};
use weir_yaml::json;

/// The fields of a selector, in the order of Go's type.
const SELECTOR: [&str; 7] =
    ["group", "version", "kind", "namespace", "name", "annotationSelector", "labelSelector"];
/// The fields of an image that may be missing.
const IMAGE: [&str; 3] = ["newName", "newTag", "digest"];

/// Returns the digest of `spec.postRenderers`; empty when there are none.
pub fn post_renderers_digest(spec: Option<&Value>) -> String {
    let Some(renderers) = spec.and_then(|spec| spec.get("postRenderers")?.as_list()) else {
        return String::new();
    };
    let mut out = String::new();
    list(&mut out, renderers, |out, renderer| {
        object(out, |fields| {
            let Some(kustomize) = renderer.get("kustomize").filter(|it| !it.is_null()) else {
                return;
            };
            fields.with("kustomize", |out| {
                object(out, |fields| {
                    fields.list("patches", kustomize, patch);
                    fields.list("images", kustomize, |out, image| {
                        object(out, |fields| {
                            fields.required("name", image);
                            IMAGE.iter().for_each(|name| fields.text(name, image));
                        });
                    });
                });
            });
        });
    });
    sha256(out)
}

/// Returns the digest of `spec.commonMetadata`; empty when there is none.
pub fn common_metadata_digest(spec: Option<&Value>) -> String {
    let Some(metadata) =
        spec.and_then(|spec| spec.get("commonMetadata")).filter(|it| !it.is_null())
    else {
        return String::new();
    };
    let mut out = String::new();
    object(&mut out, |fields| {
        for name in ["annotations", "labels"] {
            if let Some(entries) = metadata.get(name)
                && entries.as_map().is_some_and(|map| !Map::is_empty(map))
            {
                fields.with(name, |out| json::write_to(out, entries));
            }
        }
    });
    sha256(out)
}

fn patch(out: &mut String, patch: &Value) {
    object(out, |fields| {
        fields.required("patch", patch);
        if let Some(target) = patch.get("target").filter(|target| !target.is_null()) {
            fields.with("target", |out| {
                object(out, |fields| SELECTOR.iter().for_each(|name| fields.text(name, target)));
            });
        }
    });
}

/// Go's encoder ends a text with a newline.
fn sha256(mut text: String) -> String {
    text.push('\n');
    let mut shown = String::from("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        shown.push_str(&format!("{byte:02x}"));
    }
    shown
}

fn object(out: &mut String, write: impl FnOnce(&mut Fields<'_>)) {
    out.push('{');
    write(&mut Fields { out, is_first: true });
    out.push('}');
}

fn list(out: &mut String, items: &[Value], write: impl Fn(&mut String, &Value)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// The fields of an object that is being written in the order of Go's type.
struct Fields<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl Fields<'_> {
    fn with(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
        json::write_text(self.out, name);
        self.out.push(':');
        write(self.out);
    }

    fn required(&mut self, name: &str, of: &Value) {
        let text = of.get(name).and_then(Value::as_str).unwrap_or_default();
        self.with(name, |out| json::write_text(out, text));
    }

    fn text(&mut self, name: &str, of: &Value) {
        if of.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
            self.required(name, of);
        }
    }

    fn list(&mut self, name: &str, of: &Value, write: impl Fn(&mut String, &Value)) {
        let items = of.get(name).and_then(Value::as_list).unwrap_or_default();
        if !items.is_empty() {
            self.with(name, |out| list(out, items, write));
        }
    }
}
