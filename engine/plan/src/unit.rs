//! Plans, units and their objects.

use std::fmt;
use std::sync::Arc;

use crate::hide::without_secrets;
use weir_model::{
    Data, Diagnostic, Digest, DigestBuilder, Manifest, ObjectId, Origin, SmolStr, Value,
};

/// The kinds of things that a plan is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// A Flux `Kustomization`.
    Kustomization,
    /// A Flux `HelmRelease`.
    HelmRelease,
}

impl UnitKind {
    /// Returns the kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }
}

/// The identity of a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId {
    /// The kind.
    pub kind: UnitKind,
    /// The namespace of the Flux object.
    pub namespace: SmolStr,
    /// The name of the Flux object.
    pub name: SmolStr,
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.as_str(), self.namespace, self.name)
    }
}

/// The source a unit is made from: the Flux source object and the revision it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRef {
    /// The source object, for instance `GitRepository/flux-system/flux-system`.
    pub id: ObjectId,
    /// The revision in Flux's form; empty when it is not known.
    pub revision: String,
    /// The path inside the source, or the chart's name.
    pub path: String,
}

/// One Kustomization or HelmRelease with all that it makes.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Which one.
    pub id: UnitId,
    /// The Kustomization whose build holds the Flux object; none for the entry.
    pub parent: Option<UnitId>,
    /// The units that must be ready first (`dependsOn`).
    pub after: Vec<UnitId>,
    /// What it is made from, when that is known.
    pub source: Option<SourceRef>,
    /// Where the Flux object was read.
    pub origin: Origin,
    /// Whether `spec.suspend` is set.
    pub suspended: bool,
    /// Digest of everything the body depends on: the same input gives the same body.
    pub input: Digest,
    /// What it makes.
    pub body: Body,
}

/// What a unit makes. Only `Ready` may be applied or pruned: a half-rendered unit must never look like deletions.
#[derive(Clone, Debug)]
pub enum Body {
    /// All objects, in the order in which they were rendered.
    Ready(Arc<Vec<PlanObject>>),
    /// Something is missing that could not be had; the diagnostics say what.
    Waiting(Vec<Diagnostic>),
    /// The input is wrong; the diagnostics say how.
    Broken(Vec<Diagnostic>),
    /// Not rendered, because its input digest equals that of the unit it is compared with.
    Same,
}

/// One object of a unit.
#[derive(Clone, Debug)]
pub struct PlanObject {
    /// Which one.
    pub id: ObjectId,
    /// The whole object.
    pub manifest: Arc<Manifest>,
    /// Digest of the object's data, secrets too. It tells whether the object changed, and is never printed: from it a
    /// secret that can be guessed could be found out.
    pub digest: Digest,
    /// Digest of the object's data without its secrets, as anyone may see it; of an encrypted value it holds the
    /// ciphertext, which is public as well.
    pub public: Digest,
    /// Where it came from.
    pub provenance: Provenance,
}

/// Where an object came from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The file or template, with the line of the document.
    pub origin: Origin,
    /// The fields whose values were made at random, as JSON pointers: another rendering gives others.
    pub generated: Vec<String>,
}

impl PlanObject {
    /// Takes an object into a plan and hashes its data.
    pub fn new(manifest: Arc<Manifest>) -> Self {
        Self::with_generated(manifest, Vec::new())
    }

    /// Takes an object into a plan of which some fields were made at random; the digest holds their places, not their
    /// values.
    pub fn with_generated(manifest: Arc<Manifest>, generated: Vec<String>) -> Self {
        let digest = digest_of(manifest.value(), &generated);
        let public = match without_secrets(&manifest) {
            Some(value) => digest_of(&value, &generated),
            None => digest,
        };
        Self {
            id: manifest.id(),
            digest,
            public,
            provenance: Provenance { origin: manifest.value().origin, generated },
            manifest,
        }
    }
}

/// Hashes an object; of generated fields only their places.
fn digest_of(value: &Value, generated: &[String]) -> Digest {
    let mut digest = DigestBuilder::new("object");
    if generated.is_empty() {
        value.digest_into(&mut digest);
        return digest.finish();
    }
    let mut kept = value.clone();
    for place in generated {
        clear(&mut kept, place);
    }
    kept.digest_into(&mut digest);
    for place in generated {
        digest.text(place);
    }
    digest.finish()
}

/// Sets the value at a JSON pointer to null, when there is one.
fn clear(value: &mut Value, pointer: &str) {
    set(value, pointer, Value::null());
}

/// Puts a text in the place of the value at a JSON pointer, when there is one.
pub fn replace_at(value: &mut Value, pointer: &str, text: &str) {
    set(value, pointer, Value::from(text));
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    let mut place = value;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let next = match &mut place.data {
            Data::Map(map) => Arc::make_mut(map).get_mut(&key),
            Data::List(items) => {
                key.parse().ok().and_then(|index: usize| Arc::make_mut(items).get_mut(index))
            }
            _ => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
    *place = new;
}

/// The ordered units with their objects.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The units in the order of their ids.
    pub units: Vec<Unit>,
    /// Digest over all units, the same wherever the same is rendered. It covers no plain secret, for it is printed; see
    /// `PlanObject::digest` for whether an object changed.
    pub digest: Digest,
}

impl Plan {
    /// Orders the units and hashes them.
    ///
    /// The digest covers each unit's id, dependencies, whether it is suspended, and its objects; of a unit that is not
    /// ready it covers the word for that, not the diagnostics. It leaves out the sources' revisions: a plan that was
    /// reviewed on a branch keeps its digest when the branch is merged.
    pub fn new(mut units: Vec<Unit>) -> Self {
        units.sort_by(|a, b| a.id.cmp(&b.id));
        let mut digest = DigestBuilder::new("plan");
        digest.number(1).number(units.len() as u64);
        for unit in &units {
            unit.digest_into(&mut digest);
        }
        Self { digest: digest.finish(), units }
    }

    /// Returns the unit of this id.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.binary_search_by(|unit| unit.id.cmp(id)).ok().map(|index| &self.units[index])
    }
}

impl Unit {
    fn digest_into(&self, digest: &mut DigestBuilder) {
        digest.text(&self.id.to_string()).number(u64::from(self.suspended));
        digest.number(self.after.len() as u64);
        for after in &self.after {
            digest.text(&after.to_string());
        }
        match &self.body {
            Body::Ready(objects) => {
                digest.text("ready").number(objects.len() as u64);
                for object in objects.iter() {
                    digest.digest(&object.public);
                }
            }
            Body::Waiting(_) => {
                digest.text("waiting");
            }
            Body::Broken(_) => {
                digest.text("broken");
            }
            Body::Same => {
                digest.text("same").digest(&self.input);
            }
        }
    }
}
