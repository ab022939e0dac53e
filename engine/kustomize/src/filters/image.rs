//! Image references: taken apart, matched by name, and given a new name, tag or digest.

use weir_golang::regexp::Regexp;
use weir_yaml::{Content, Node};

use crate::fields::{FieldError, FieldSpec, Gvk, Kind, apply_field_specs, set_scalar};

/// What becomes of the images of a name. Empty texts say nothing.
#[derive(Clone, Debug)]
pub struct ImageChange {
    pattern: Option<Regexp>,
    /// The new name.
    pub new_name: String,
    /// The new tag.
    pub new_tag: String,
    /// What is put behind the tag.
    pub tag_suffix: String,
    /// The new digest.
    pub digest: String,
}

impl ImageChange {
    /// Makes a change, that changes nothing yet, of the images of this name. The name is a regular expression; one that
    /// is none matches nothing.
    pub fn of(name: &str) -> Self {
        let tag = "[a-zA-Z0-9_.{}-]*";
        let pattern = format!("^{name}(:{tag})?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:{tag})?$");
        Self {
            pattern: Regexp::compile(&pattern).ok(),
            new_name: String::new(),
            new_tag: String::new(),
            tag_suffix: String::new(),
            digest: String::new(),
        }
    }

    /// Returns the new reference, when the name is this one's.
    pub fn apply(&self, reference: &str) -> Option<String> {
        if !self.pattern.as_ref()?.is_match(reference) {
            return None;
        }
        let (name, tag, digest) = split(reference);
        let name = if self.new_name.is_empty() { name } else { &self.new_name };
        let suffixed = format!("{tag}{}", self.tag_suffix);
        // A new tag takes the old digest away, and a new digest the old tag.
        let (tag, digest) = match (self.new_tag.as_str(), self.digest.as_str()) {
            ("", "") if self.tag_suffix.is_empty() => (tag, digest),
            ("", "") => (suffixed.as_str(), ""),
            replaced => replaced,
        };
        let part = |mark: &str, text: &str| {
            if text.is_empty() { String::new() } else { format!("{mark}{text}") }
        };
        Some(format!("{name}{}{}", part(":", tag), part("@", digest)))
    }
}

/// Changes the images that the specs lead to. CustomResourceDefinitions stay as they are.
pub fn set(object: &mut Node, change: &ImageChange, specs: &[FieldSpec]) -> Result<(), FieldError> {
    if Gvk::of(object).kind == "CustomResourceDefinition" {
        return Ok(());
    }
    apply_field_specs(object, specs, None, &mut |node| set_one(node, change))
}

/// Changes the field `image` of every element of every list with the name `containers` or `initContainers`.
pub fn set_in_containers(object: &mut Node, change: &ImageChange) -> Result<(), FieldError> {
    if Gvk::of(object).kind == "CustomResourceDefinition" {
        return Ok(());
    }
    walk(object, change)
}

fn walk(node: &mut Node, change: &ImageChange) -> Result<(), FieldError> {
    match &mut node.content {
        Content::Sequence(items) => items.iter_mut().try_for_each(|item| walk(item, change)),
        Content::Mapping(pairs) => pairs.iter_mut().try_for_each(|pair| {
            walk(&mut pair.value, change)?;
            if !matches!(pair.key.text(), Some("containers" | "initContainers")) {
                return Ok(());
            }
            for container in pair.value.items_mut().into_iter().flatten() {
                Kind::Mapping.expect(container)?;
                container.get_mut("image").map_or(Ok(()), |image| set_one(image, change))?;
            }
            Ok(())
        }),
        Content::Scalar(..) | Content::Alias(_) => Ok(()),
    }
}

fn set_one(node: &mut Node, change: &ImageChange) -> Result<(), FieldError> {
    Kind::Scalar.expect(node)?;
    match change.apply(node.text().unwrap_or_default()) {
        Some(reference) => set_scalar(node, &reference, None),
        None => Ok(()),
    }
}

/// Splits `registry:5000/name:tag@digest` into name, tag and digest; what is missing is empty.
pub fn split(reference: &str) -> (&str, &str, &str) {
    // A colon before the first slash belongs to a port.
    let after_host = reference.find('/').filter(|slash| *slash > 0).unwrap_or(0);
    let find = |separator| reference[after_host..].find(separator).map(|at| at + after_host);
    match (find(':'), find('@')) {
        (None, None) => (reference, "", ""),
        (Some(colon), None) => (&reference[..colon], &reference[colon + 1..], ""),
        (Some(colon), Some(at)) if colon < at => {
            (&reference[..colon], &reference[colon + 1..at], &reference[at + 1..])
        }
        (_, Some(at)) => (&reference[..at], "", &reference[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (reference, expected) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1.2", ("nginx", "1.2", "")),
            ("host:5000/nginx", ("host:5000/nginx", "", "")),
            ("host:5000/nginx:1@sha256:12", ("host:5000/nginx", "1", "sha256:12")),
            ("nginx@sha256:12", ("nginx", "", "sha256:12")),
            ("/nginx:1", ("/nginx", "1", "")),
        ] {
            assert_eq!(split(reference), expected, "{reference}");
        }
    }
}
