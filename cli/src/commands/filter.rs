//! Which of the changes a person wants to see.

use weir_plan::{Changes, ObjectChange, UnitChange, UnitState};

use crate::args::Review;
use crate::output::manifests::expand;

/// Leaves out the changes that were not asked for. Units that could not be compared stay unless units were named: what
/// is unknown may hold anything.
pub(crate) fn apply(changes: &mut Changes, wanted: &Review) {
    let units: Vec<String> = wanted.unit.iter().map(|name| expand(name)).collect();
    let by_object =
        !(wanted.kind.is_empty() && wanted.namespace.is_empty() && wanted.name.is_empty());
    changes.units.retain(|unit| fits(&units, &unit.id.to_string()));
    if !by_object {
        return;
    }
    for unit in &mut changes.units {
        let namespace = unit.id.namespace.clone();
        unit.objects.retain(|object| shows(wanted, object, &namespace));
    }
    let says = |unit: &UnitChange| {
        !unit.objects.is_empty() || matches!(unit.state, UnitState::Unknown { .. })
    };
    changes.units.retain(says);
}

fn shows(wanted: &Review, object: &ObjectChange, default_namespace: &str) -> bool {
    let namespace = object.id.namespace.as_deref().unwrap_or(default_namespace);
    fits(&wanted.kind, &object.id.kind)
        && fits(&wanted.name, &object.id.name)
        && fits(&wanted.namespace, namespace)
}

/// Tells whether a text fits one of the patterns, or there is none.
pub(crate) fn fits(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
}

/// Tells whether a text fits a pattern in which `*` stands for anything; case doesn't matter.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = &parts[..] else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("deployment", "Deployment", true),
            ("deploy*", "Deployment", true),
            ("*/apps/*", "HelmRelease/apps/web", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("web", "web-2", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
