//! The facts of a cluster as a file: exported once, used wherever the cluster is out of reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{Manifest, ObjectId, Value};

use super::container::{self, Kind};
use super::hide::Hider;
use super::parts::{Reader, Writer};
use super::{SavedError, contents};
use crate::{Answer, ClusterFacts, Demand, Unavailable};

/// What is known of a cluster: its facts, and the objects that evaluations asked for.
#[derive(Clone, Debug, Default)]
pub struct KnownCluster {
    /// Version, API versions and schemas.
    pub facts: ClusterFacts,
    /// The objects; none where the cluster has no such object.
    pub objects: BTreeMap<ObjectId, Option<Arc<Manifest>>>,
}

impl KnownCluster {
    /// Returns the answers to demands for objects.
    pub fn answers(&self) -> BTreeMap<Demand, Result<Answer, Unavailable>> {
        let answer = |(id, object): (&ObjectId, &Option<Arc<Manifest>>)| {
            let answer = match object {
                Some(manifest) => Ok(Answer::Object(Arc::clone(manifest))),
                None => Err(Unavailable {
                    message: format!("the cluster has no `{id}`"),
                    hints: Vec::new(),
                }),
            };
            (Demand::Object(id.clone()), answer)
        };
        self.objects.iter().map(answer).collect()
    }

    /// Replaces the values of Secrets by `(hidden)`. What is made from them then shows that instead.
    pub fn hide_secrets(&mut self) {
        let mut hider = Hider::default();
        for manifest in self.objects.values_mut().flatten() {
            *manifest = Arc::new(hider.object(manifest));
        }
    }

    /// Writes the facts as a file. Equal facts give equal bytes.
    pub fn save(&self) -> Result<Vec<u8>, SavedError> {
        let mut writer = Writer::default();
        contents::write_facts(&mut writer, &self.facts);
        writer.count(self.objects.len());
        for (id, object) in &self.objects {
            writer.id(id);
            writer.bytes.byte(u8::from(object.is_some()));
            if let Some(manifest) = object {
                writer.value(manifest.value());
            }
        }
        let content = writer.finish().ok_or(SavedError::NotReplayable)?;
        Ok(container::pack(Kind::Facts, &content))
    }

    /// Reads what [`Self::save`] wrote.
    pub fn load(file: &[u8]) -> Result<Self, SavedError> {
        let content = container::unpack(Kind::Facts, file)?;
        let read = || {
            let mut reader = Reader::new(&content)?;
            let facts = contents::read_facts(&mut reader)?;
            let objects = reader.list(|reader| {
                let id = reader.id()?;
                let object = if reader.flag()? { Some(Arc::new(reader.manifest()?)) } else { None };
                Some((id, object))
            })?;
            (reader.bytes.left() == 0).then_some(Self { facts, objects })
        };
        read().ok_or(SavedError::Damaged("its content cannot be read"))
    }
}

/// Leaves out what of an object changes with every write, so that equal objects give equal files and equal plans.
pub fn lasting(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata"));
    if let Some(metadata) = metadata.and_then(Value::as_map_mut) {
        for field in ["managedFields", "resourceVersion", "generation"] {
            metadata.remove(field);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use weir_model::{Blob, Source};

    use super::*;

    fn known() -> KnownCluster {
        let text = b"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\ndata: {p: aHVudGVyMg==}\n";
        let value = weir_yaml::read_value(text, Source::default()).unwrap();
        let manifest = Manifest::new(value).unwrap();
        let absent = ObjectId::new("", "ConfigMap", Some("b"), "none");
        KnownCluster {
            facts: ClusterFacts {
                kube_version: "v1.36.1".into(),
                api_versions: ["apps/v1".to_owned()].into(),
                is_complete: true,
                schemas: [("apis/apps/v1".to_owned(), Blob::new(&b"{}"[..]))].into(),
                ..ClusterFacts::default()
            },
            objects: [(manifest.id(), Some(Arc::new(manifest))), (absent, None)].into(),
        }
    }

    #[test]
    fn facts_come_back_and_secrets_only_when_wanted() {
        let mut known = known();
        let file = known.save().unwrap();
        let read = KnownCluster::load(&file).unwrap();
        assert_eq!(read.save().unwrap(), file);
        assert_eq!(read.objects, known.objects);
        assert!(format!("{:?}", read.objects).contains("aHVudGVyMg"));
        assert!(read.answers().values().any(Result::is_err));
        known.hide_secrets();
        let read = KnownCluster::load(&known.save().unwrap()).unwrap();
        assert!(!format!("{:?}", read.objects).contains("aHVudGVyMg"));
        assert!(KnownCluster::load(&file[..file.len() - 1]).is_err());
    }
}
