//! Why fields change that nobody wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use weir_model::{ObjectId, SmolStr};

use crate::FieldChange;

/// Why fields change that nobody wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// The chart has another version; labels say so.
    Chart,
    /// An object has a new generated name; others name it.
    Name {
        /// The old object.
        from: ObjectId,
        /// The new one.
        to: ObjectId,
    },
    /// The content of these objects differs; checksums say so.
    Checksum {
        /// The ConfigMaps and Secrets of the unit that differ.
        of: Vec<ObjectId>,
    },
    /// The object moves; owner labels, name or namespace say so.
    Move,
    /// A label or annotation changes in the same way in many objects.
    Label {
        /// Its key.
        key: SmolStr,
        /// The value before; none when it is new.
        before: Option<SmolStr>,
        /// The value after; none when it goes.
        after: Option<SmolStr>,
    },
    /// Whoever asked for the review does not want to read this label or annotation.
    Stripped {
        /// Its key.
        key: SmolStr,
    },
    /// A definition explains a field in other words.
    Description,
    /// The same items stand in another order, in a list whose order means nothing.
    Order,
    /// A default is written down, or no longer.
    Default,
}

impl fmt::Display for CauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chart => f.write_str("the chart's version"),
            Self::Name { from, to } => {
                write!(f, "the new name of {}/{} ({})", to.kind, to.name, from.name)
            }
            Self::Checksum { of } => {
                f.write_str("the content of ")?;
                for (index, id) in of.iter().take(3).enumerate() {
                    write!(f, "{}{}/{}", if index > 0 { ", " } else { "" }, id.kind, id.name)?;
                }
                if of.len() > 3 {
                    write!(f, " and {} more", of.len() - 3)?;
                }
                Ok(())
            }
            Self::Move => f.write_str("the move"),
            Self::Label { key, before, after } => {
                let word = |value: &Option<SmolStr>| match value {
                    Some(value) => format!("`{value}`"),
                    None => "nothing".to_owned(),
                };
                write!(f, "`{key}`: {} -> {}", word(before), word(after))
            }
            Self::Stripped { key } => write!(f, "`{key}`, which is not to be shown"),
            Self::Description => f.write_str("other words in descriptions"),
            Self::Order => f.write_str("another order that means nothing"),
            Self::Default => f.write_str("defaults, written or not"),
        }
    }
}

/// A cause with what follows from it.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Which one.
    pub kind: CauseKind,
    /// The places of the objects in the unit that it touches.
    pub objects: BTreeSet<usize>,
    /// How many fields it changes.
    pub fields: usize,
    /// The last steps of those fields' paths: label keys and field names.
    pub names: BTreeSet<SmolStr>,
}

/// Collects causes, each once.
#[derive(Default)]
pub(super) struct Causes {
    places: BTreeMap<CauseKind, usize>,
    causes: Vec<Cause>,
}

impl Causes {
    /// Notes that a field of an object follows from a cause, and returns the cause's place.
    pub(super) fn add(&mut self, kind: CauseKind, object: usize, field: &FieldChange) -> usize {
        let next = self.causes.len();
        let place = *self.places.entry(kind.clone()).or_insert(next);
        if place == next {
            let (objects, names) = (BTreeSet::new(), BTreeSet::new());
            self.causes.push(Cause { kind, objects, fields: 0, names });
        }
        if let Some(cause) = self.causes.get_mut(place) {
            cause.objects.insert(object);
            cause.fields += 1;
            cause.names.insert(last_step(&field.path).into());
        }
        place
    }

    pub(super) fn finish(self) -> Vec<Cause> {
        self.causes
    }
}

/// Returns the last step of a path: `image` of `containers[name=a].image`, `a.b/c` of `labels["a.b/c"]`.
fn last_step(path: &str) -> &str {
    if let Some(quoted) = path.strip_suffix("\"]") {
        return quoted.rsplit_once("[\"").map_or(quoted, |(_, key)| key);
    }
    path.rsplit_once('.').map_or(path, |(_, step)| step)
}

#[cfg(test)]
mod tests {
    use super::last_step;

    #[test]
    fn a_paths_last_step_is_a_field_or_a_key() {
        assert_eq!(last_step("spec.containers[name=a].image"), "image");
        assert_eq!(last_step(r#"metadata.labels["helm.sh/chart"]"#), "helm.sh/chart");
        assert_eq!(last_step("spec"), "spec");
    }
}
