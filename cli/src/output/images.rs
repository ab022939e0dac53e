//! The images that a plan's objects run, and how they change.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use weir_model::{Data, Manifest, Value};
use weir_plan::{Body, Changes, Plan, UnitId};

use super::json::map;
use super::safe;
use super::style::{ADDED, CHANGED, FAINT, HEADING, REMOVED, RESET};

/// How the tags of one image change in one unit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImageChange {
    unit: UnitId,
    image: String,
    /// The tags and digests that are no longer used.
    before: Vec<String>,
    /// Those that are used instead.
    after: Vec<String>,
}

/// The images of each unit: names with their tags and digests.
type Images = BTreeMap<(UnitId, String), BTreeSet<String>>;

/// Lists the images of a plan by unit.
pub(crate) fn of_plan(plan: &Plan) -> Vec<ImageChange> {
    let mut images = Images::new();
    for unit in &plan.units {
        let Body::Ready(objects) = &unit.body else { continue };
        for object in objects.iter() {
            collect(&unit.id, &object.manifest, &mut images);
        }
    }
    let change = |((unit, image), after): ((UnitId, String), BTreeSet<String>)| ImageChange {
        unit,
        image,
        before: Vec::new(),
        after: after.into_iter().collect(),
    };
    images.into_iter().map(change).collect()
}

/// Lists the images that come, go or change their tag.
pub(crate) fn of_changes(changes: &Changes) -> Vec<ImageChange> {
    let (mut before, mut after) = (Images::new(), Images::new());
    for unit in &changes.units {
        for object in &unit.objects {
            if let Some(manifest) = &object.before {
                collect(&unit.id, manifest, &mut before);
            }
            if let Some(manifest) = &object.after {
                collect(&unit.id, manifest, &mut after);
            }
        }
    }
    let keys: BTreeSet<(UnitId, String)> = before.keys().chain(after.keys()).cloned().collect();
    let none = BTreeSet::new();
    let mut found = Vec::new();
    for key in keys {
        let (old, new) = (before.get(&key).unwrap_or(&none), after.get(&key).unwrap_or(&none));
        if old != new {
            let (unit, image) = key;
            let gone = old.difference(new).cloned().collect();
            let come = new.difference(old).cloned().collect();
            found.push(ImageChange { unit, image, before: gone, after: come });
        }
    }
    found
}

fn collect(unit: &UnitId, manifest: &Manifest, images: &mut Images) {
    walk(manifest.value(), &mut |reference| {
        let (name, tag) = split(reference);
        images.entry((unit.clone(), name.to_owned())).or_default().insert(tag.to_owned());
    });
}

/// Finds the images of containers, in pods, templates and custom objects alike: an `image` text in an item of a list whose
/// name ends in `ontainers`. A value from a secret is no image to show.
fn walk(value: &Value, found: &mut dyn FnMut(&str)) {
    match &value.data {
        Data::Map(map) => {
            for (key, value) in map.iter() {
                if key.ends_with("ontainers") {
                    for item in value.as_list().into_iter().flatten() {
                        let image = item.get("image").filter(|image| !image.sensitive);
                        if let Some(image) = image.and_then(Value::as_str) {
                            found(image);
                        }
                    }
                }
                walk(value, found);
            }
        }
        Data::List(items) => items.iter().for_each(|item| walk(item, found)),
        _ => {}
    }
}

/// Splits a reference into the name and the tag or digest; without any the tag is `latest`.
fn split(reference: &str) -> (&str, &str) {
    let path = reference.rfind('/').map_or(0, |slash| slash + 1);
    let at = reference[path..].find([':', '@']).map(|at| path + at);
    match at {
        Some(at) => (&reference[..at], &reference[at + 1..]),
        None => (reference, "latest"),
    }
}

/// Prints the images for people.
pub(crate) fn print(images: &[ImageChange], out: &mut dyn Write) -> io::Result<()> {
    let mut last = None;
    for change in images {
        if last != Some(&change.unit) {
            writeln!(out, "{HEADING}{}{RESET}", safe::line(&change.unit.to_string()))?;
            last = Some(&change.unit);
        }
        let (colour, mark) = match (change.before.is_empty(), change.after.is_empty()) {
            (true, _) => (ADDED, "+"),
            (false, true) => (REMOVED, "-"),
            (false, false) => (CHANGED, "~"),
        };
        let tags = |tags: &[String]| safe::line(&tags.join(", ")).into_owned();
        let name = safe::line(&change.image);
        write!(out, "  {colour}{mark}{RESET} {name} ")?;
        let (before, after) = (tags(&change.before), tags(&change.after));
        match (change.before.is_empty(), change.after.is_empty()) {
            (false, false) => writeln!(out, "{before} {FAINT}->{RESET} {after}")?,
            (false, true) => writeln!(out, "{before}")?,
            (true, _) => writeln!(out, "{after}")?,
        }
    }
    Ok(())
}

/// Returns the images for programs.
pub(crate) fn value(images: &[ImageChange]) -> Value {
    let texts = |texts: &[String]| -> Value {
        texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>().into()
    };
    let one = |change: &ImageChange| {
        map([
            ("unit", Value::string(change.unit.to_string())),
            ("image", change.image.as_str().into()),
            ("before", texts(&change.before)),
            ("after", texts(&change.after)),
        ])
    };
    images.iter().map(one).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_registrys_port_is_no_tag() {
        for (reference, expected) in [
            ("web", ("web", "latest")),
            ("host:5000/web", ("host:5000/web", "latest")),
            ("host:5000/web:1.2@sha256:ab", ("host:5000/web", "1.2@sha256:ab")),
            ("host/web@sha256:ab", ("host/web", "sha256:ab")),
        ] {
            assert_eq!(split(reference), expected);
        }
    }
}
