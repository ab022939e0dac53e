//! Where Helm keeps its records: a Secret for each revision of a release.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use weir_helm::record::{Record, SECRET_TYPE, Status, decode, encode, labels, secret_name};
use weir_io_cluster::{Cluster, ClusterError};
use weir_model::{Map, Value};

use super::unix_seconds;

/// The records of one release, as they are in the cluster.
pub(super) struct Storage {
    cluster: Cluster,
    manager: String,
    /// The path of the Secrets of the namespace.
    path: String,
    name: String,
    /// How many records are kept; all when it is 0.
    pub(super) limit: usize,
    /// The records, the oldest revision first.
    records: Vec<Record>,
    /// The records that were written or removed since [`Self::take_written`] was asked, each as it was then:
    /// helm-controller takes note of both.
    written: Vec<Record>,
}

impl Storage {
    /// Reads the records of a release. What cannot be read is left out, as Helm does.
    pub(super) async fn load(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
        manager: &str,
    ) -> Result<Self, ClusterError> {
        let path = format!("/api/v1/namespaces/{namespace}/secrets");
        let query = format!("labelSelector=name%3D{name}%2Cowner%3Dhelm");
        let secrets = cluster.list(&path, &query).await?;
        Ok(Self::of(cluster, namespace, name, manager, &secrets))
    }

    /// Reads the records of a release from Secrets that were looked up before.
    pub(super) fn of(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
        manager: &str,
        secrets: &[Value],
    ) -> Self {
        let mut records: Vec<Record> = secrets.iter().filter_map(read).collect();
        records.sort_by_key(|record| record.version);
        Self {
            cluster: cluster.clone(),
            manager: manager.to_owned(),
            path: format!("/api/v1/namespaces/{namespace}/secrets"),
            name: name.to_owned(),
            limit: 0,
            records,
            written: Vec::new(),
        }
    }

    /// Returns all records, the oldest revision first.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Returns the last revision.
    pub(super) fn last(&self) -> Option<&Record> {
        self.records.last()
    }

    /// Returns the last revision that is deployed.
    pub(super) fn deployed(&self) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.info.status == Status::Deployed)
    }

    /// Returns a revision.
    pub(super) fn get(&self, version: i64) -> Option<&Record> {
        self.records.iter().find(|record| record.version == version)
    }

    /// Returns the records that were written or removed since this was asked last, each as it was then, in order.
    pub(super) fn take_written(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.written)
    }

    /// Writes a new record. Before, the oldest go that are too many; the one that is deployed stays.
    pub(super) async fn create(&mut self, record: &Record) -> Result<(), String> {
        if self.limit > 0 {
            self.prune(self.limit - 1).await?;
        }
        let secret = secret(record, "createdAt");
        let query = format!("fieldManager={}", self.manager);
        match self.cluster.create(&self.path, &query, &secret).await {
            Ok(_) => {}
            Err(error) if error.code() == Some(409) => {
                return Err("release: already exists".to_owned());
            }
            Err(error) => return Err(format!("create: failed to create: {error}")),
        }
        self.note(record);
        Ok(())
    }

    /// Writes a record anew.
    pub(super) async fn update(&mut self, record: &Record) -> Result<(), String> {
        let secret = secret(record, "modifiedAt");
        let query = format!("fieldManager={}", self.manager);
        let written =
            self.cluster.replace(&self.secret_path(record.version), &query, &secret).await;
        written.map_err(|error| format!("update: failed to update: {error}"))?;
        self.note(record);
        Ok(())
    }

    /// Removes a record.
    pub(super) async fn delete(&mut self, version: i64) -> Result<(), String> {
        match self.cluster.delete(&self.secret_path(version), None).await {
            Err(error) if !error.is_not_found() => return Err(error.to_string()),
            _ => {}
        }
        if let Some(place) = self.records.iter().position(|record| record.version == version) {
            self.written.push(self.records.remove(place));
        }
        Ok(())
    }

    async fn prune(&mut self, limit: usize) -> Result<(), String> {
        let surplus = self.records.len().saturating_sub(limit);
        let deployed = self.deployed().map(|record| record.version);
        let versions = self.records.iter().map(|record| record.version);
        let surplus: Vec<i64> =
            versions.filter(|version| Some(*version) != deployed).take(surplus).collect();
        for version in surplus {
            self.delete(version).await?;
        }
        Ok(())
    }

    fn note(&mut self, record: &Record) {
        self.written.push(record.clone());
        match self.records.iter_mut().find(|known| known.version == record.version) {
            Some(known) => known.clone_from(record),
            None => self.records.push(record.clone()),
        }
        self.records.sort_by_key(|record| record.version);
    }

    fn secret_path(&self, version: i64) -> String {
        format!("{}/{}", self.path, secret_name(&self.name, version))
    }
}

/// Reads a record with its labels; nothing when it cannot be read.
fn read(secret: &Value) -> Option<Record> {
    let encoded = secret.pointer(&["data", "release"])?.as_str()?;
    let mut record = decode(&STANDARD.decode(encoded).ok()?).ok()?;
    let labels = secret.pointer(&["metadata", "labels"]).and_then(Value::as_map);
    record.labels = labels
        .into_iter()
        .flat_map(Map::iter)
        .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())))
        .collect();
    Some(record)
}

/// Makes the Secret of a record; `stamp` is the label that says when it was written.
fn secret(record: &Record, stamp: &str) -> Value {
    let mut all = Map::new();
    for (key, value) in labels(record) {
        all.insert(key, Value::string(value));
    }
    all.insert(stamp, Value::string(unix_seconds().to_string()));
    let metadata = Map::from_iter([
        ("name".into(), Value::string(secret_name(&record.name, record.version))),
        ("labels".into(), Value::map(all)),
    ]);
    let release = STANDARD.encode(encode(record));
    let data = Map::from_iter([("release".into(), Value::string(release))]);
    Value::map(Map::from_iter([
        ("apiVersion".into(), "v1".into()),
        ("kind".into(), "Secret".into()),
        ("metadata".into(), Value::map(metadata)),
        ("type".into(), SECRET_TYPE.into()),
        ("data".into(), Value::map(data)),
    ]))
}
