//! Objects as arguments name them: `KIND/NAMESPACE/NAME`.

use weir_model::{FieldPath, SmolStr, Value, leaves};
use weir_plan::{Body, Plan, PlanObject, Unit};

use crate::CommandError;

/// An object's name as it was given.
pub(crate) struct Wanted {
    text: String,
    kind: SmolStr,
    namespace: Option<SmolStr>,
    name: SmolStr,
}

impl Wanted {
    /// Reads `KIND/NAMESPACE/NAME` or `KIND/NAME`. The kind may be in any case, and may be followed by its group.
    pub(crate) fn parse(text: &str) -> Result<Self, CommandError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts[..] {
            [kind, name] if !kind.is_empty() && !name.is_empty() => (kind, None, name),
            [kind, namespace, name] if !kind.is_empty() && !name.is_empty() => {
                (kind, Some(SmolStr::new(namespace)), name)
            }
            _ => {
                return Err(CommandError::new(format!("`{text}` names no object"))
                    .hint("write it as `Deployment/apps/web`, or `Namespace/apps`"));
            }
        };
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        Ok(Self { text: text.to_owned(), kind: kind.into(), namespace, name: name.into() })
    }

    /// Finds the object in a plan. One that names no namespace is in that of its unit.
    pub(crate) fn find<'plan>(
        &self,
        plan: &'plan Plan,
    ) -> Option<(&'plan Unit, &'plan PlanObject)> {
        let mut loose = None;
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                if !self.is_kind(object) || object.id.name != self.name {
                    continue;
                }
                if object.id.namespace == self.namespace {
                    return Some((unit, object));
                }
                if object.id.namespace.is_none() || self.namespace.is_none() {
                    loose = loose.or(Some((unit, object)));
                }
            }
        }
        loose
    }

    fn is_kind(&self, object: &PlanObject) -> bool {
        let (kind, group) = match self.kind.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (self.kind.as_str(), None),
        };
        object.id.kind.eq_ignore_ascii_case(kind)
            && group.is_none_or(|group| object.id.group == group)
    }

    /// Says that the object is not there, and what comes close.
    pub(crate) fn missing(&self, plan: &Plan) -> CommandError {
        let mut names: Vec<(usize, String)> = Vec::new();
        for unit in &plan.units {
            let Body::Ready(objects) = &unit.body else { continue };
            for object in objects.iter() {
                let namespace = object.id.namespace.as_deref().unwrap_or(&unit.id.namespace);
                let name = format!("{}/{namespace}/{}", object.id.kind, object.id.name);
                names.push((distance(&self.text.to_lowercase(), &name.to_lowercase()), name));
            }
        }
        let error = CommandError::new(format!("no unit makes an object `{}`", self.text));
        let pending: Vec<String> = plan
            .units
            .iter()
            .filter(|unit| matches!(unit.body, Body::Waiting(_) | Body::Broken(_)))
            .map(|unit| format!("`{}`", unit.id))
            .collect();
        let error = match closest(names) {
            Some(list) => error.hint(format!("these come close: {list}")),
            None => error,
        };
        match pending.len() {
            0 => error,
            count => error.hint(format!(
                "{count} units could not be rendered and may make it: {}",
                some(&pending)
            )),
        }
    }
}

/// Reads a field's path and finds it in an object, whose secrets may be hidden.
pub(crate) fn field(text: &str, object: &Value) -> Result<FieldPath, CommandError> {
    let path: FieldPath = text.parse().map_err(|error| {
        CommandError::new(format!("`{text}` is no path of a field"))
            .cause(error)
            .hint("write it as `spec.template.spec.containers[name=web].image`")
    })?;
    if let Some(found) = path.within(object) {
        return Ok(found);
    }
    let mut names = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    leaves(object, &mut |path, _| {
        for length in 1..=path.0.len() {
            let name = FieldPath(path.0.get(..length).unwrap_or_default().to_vec()).to_string();
            if seen.insert(name.clone()) {
                names.push((distance(text, &name), name));
            }
        }
    });
    let error = CommandError::new(format!("the object has no field `{text}`"));
    Err(match closest(names) {
        Some(list) => error.hint(format!("these come close: {list}")),
        None => error,
    })
}

fn closest(mut names: Vec<(usize, String)>) -> Option<String> {
    names.sort();
    names.dedup();
    let names: Vec<String> =
        names.into_iter().map(|(_, name)| format!("`{name}`")).take(3).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn some(names: &[String]) -> String {
    let mut list = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 3 {
        list.push_str(", …");
    }
    list
}

/// Counts how many characters must be changed, added or taken away to make one text of another; only so many are looked
/// at.
fn distance(a: &str, b: &str) -> usize {
    let start = |text: &str| text.chars().take(400).collect::<String>();
    strsim::levenshtein(&start(a), &start(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_far_apart_as_their_changes() {
        for (a, b, expected) in
            [("", "", 0), ("a", "", 1), ("web", "wed", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn an_object_has_a_kind_and_a_name() {
        for wrong in ["web", "a/b/c/d", "/web", "Deployment/"] {
            assert!(Wanted::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            Wanted::parse("Deployment//web").map(|wanted| wanted.namespace).ok(),
            Some(None)
        );
    }
}
