//! A snapshot as bytes: each blob and each tree once, then everything that refers to them, in the order of their keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_model::{Artifact, Blob, Digest, Revision, Tree, TreePath};

use super::parts::{Reader, Writer};
use super::{demand, unit};
use crate::{Answer, ClusterFacts, Snapshot, Unavailable};

/// Blobs and trees by their digests, each with its place in the list of its kind.
#[derive(Default)]
struct Stock<'a> {
    blobs: BTreeMap<Digest, (usize, &'a Blob)>,
    trees: BTreeMap<Digest, (usize, &'a Tree)>,
}

impl<'a> Stock<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut stock = Self::default();
        let answers = snapshot.answers.values().filter_map(|answer| match answer {
            Ok(Answer::Files(artifact)) => Some(artifact),
            _ => None,
        });
        for artifact in answers.chain(snapshot.sources.values()).chain([&snapshot.root]) {
            stock.trees.insert(*artifact.tree.digest(), (0, &artifact.tree));
        }
        let in_trees =
            stock.trees.values().flat_map(|(_, tree)| tree.files().map(|(_, blob)| blob));
        for blob in in_trees {
            stock.blobs.insert(*blob.digest(), (0, blob));
        }
        stock.blobs.values_mut().zip(0..).for_each(|((place, _), index)| *place = index);
        stock.trees.values_mut().zip(0..).for_each(|((place, _), index)| *place = index);
        stock
    }

    fn write(&self, writer: &mut Writer) {
        writer.count(self.blobs.len());
        for (_, blob) in self.blobs.values() {
            writer.bytes.bytes(blob.bytes());
        }
        writer.count(self.trees.len());
        for (_, tree) in self.trees.values() {
            writer.count(tree.len());
            for (path, blob) in tree.files() {
                writer.text(path.as_str());
                writer.count(self.blobs.get(blob.digest()).map_or(0, |(place, _)| *place));
            }
        }
    }

    fn write_artifact(&self, writer: &mut Writer, artifact: &Artifact) {
        writer.text(&artifact.revision.0);
        writer.count(self.trees.get(artifact.tree.digest()).map_or(0, |(place, _)| *place));
    }
}

/// Writes a snapshot and the digest of the plan that it gives; nothing when a value in it nests too deep.
pub(super) fn write(snapshot: &Snapshot, plan: &Digest) -> Option<Vec<u8>> {
    let Snapshot { root, root_urls, entry, sources, answers, cluster, recorded } = snapshot;
    let mut writer = Writer::default();
    let stock = Stock::of(snapshot);
    writer.bytes.digest(plan);
    stock.write(&mut writer);
    stock.write_artifact(&mut writer, root);
    writer.texts(root_urls.iter().map(String::as_str));
    writer.text(entry.as_str());
    writer.count(sources.len());
    for (id, artifact) in sources {
        writer.id(id);
        stock.write_artifact(&mut writer, artifact);
    }
    writer.count(answers.len());
    for (demand, answer) in answers {
        demand::write(&mut writer, demand);
        match answer {
            Ok(Answer::Files(artifact)) => {
                writer.bytes.byte(0);
                stock.write_artifact(&mut writer, artifact);
            }
            Ok(Answer::Object(manifest)) => {
                writer.bytes.byte(1);
                writer.value(manifest.value());
            }
            // All files are in memory by now.
            Ok(Answer::Sealed(_)) => writer.failed = true,
            Err(Unavailable { message, hints }) => {
                writer.bytes.byte(2);
                writer.text(message);
                writer.texts(hints.iter().map(String::as_str));
            }
        }
    }
    write_facts(&mut writer, cluster);
    writer.count(recorded.len());
    for (id, recorded) in recorded {
        unit::write(&mut writer, id, recorded);
    }
    writer.finish()
}

/// Writes the facts of a cluster.
pub(super) fn write_facts(writer: &mut Writer, facts: &ClusterFacts) {
    let ClusterFacts { kube_version, api_versions, is_complete, schemas, strict_substitution } =
        facts;
    writer.text(kube_version);
    writer.texts(api_versions.iter().map(String::as_str));
    writer.bytes.byte(u8::from(*is_complete)).byte(u8::from(*strict_substitution));
    writer.count(schemas.len());
    for (path, blob) in schemas {
        writer.bytes.text(path).bytes(blob.bytes());
    }
}

/// Reads what [`write`] writes.
pub(super) fn read(content: &[u8]) -> Option<(Snapshot, Digest)> {
    let mut reader = Reader::new(content)?;
    let plan = reader.bytes.digest()?;
    let blobs: Vec<Blob> = reader.list(|reader| Some(Blob::new(reader.bytes.bytes()?)))?;
    let trees: Vec<Arc<Tree>> = reader.list(|reader| {
        let files = reader.list(|reader| Some((path(reader)?, item(reader, &blobs)?)))?;
        Some(Arc::new(Tree::from_files(files)))
    })?;
    let artifact = |reader: &mut Reader<'_>| {
        let revision = Revision(reader.string()?);
        Some(Artifact { revision, tree: item(reader, &trees)? })
    };
    let snapshot = Snapshot {
        root: artifact(&mut reader)?,
        root_urls: reader.list(Reader::string)?,
        entry: path(&mut reader)?,
        sources: reader.list(|reader| Some((reader.id()?, artifact(reader)?)))?,
        answers: reader.list(|reader| Some((demand::read(reader)?, answer(reader, &artifact)?)))?,
        cluster: Arc::new(read_facts(&mut reader)?),
        recorded: reader.list(unit::read)?,
    };
    (reader.bytes.left() == 0).then_some((snapshot, plan))
}

fn answer(
    reader: &mut Reader<'_>,
    artifact: &dyn Fn(&mut Reader<'_>) -> Option<Artifact>,
) -> Option<Result<Answer, Unavailable>> {
    Some(match reader.bytes.byte()? {
        0 => Ok(Answer::Files(artifact(reader)?)),
        1 => Ok(Answer::Object(Arc::new(reader.manifest()?))),
        2 => Err(Unavailable { message: reader.string()?, hints: reader.list(Reader::string)? }),
        _ => return None,
    })
}

/// Reads what [`write_facts`] writes.
pub(super) fn read_facts(reader: &mut Reader<'_>) -> Option<ClusterFacts> {
    Some(ClusterFacts {
        kube_version: reader.string()?,
        api_versions: reader.list(Reader::string)?,
        is_complete: reader.flag()?,
        strict_substitution: reader.flag()?,
        schemas: reader
            .list(|reader| Some((reader.string()?, Blob::new(reader.bytes.bytes()?))))?,
    })
}

/// Reads a path, which must be written as it is meant: plain and inside the tree.
fn path(reader: &mut Reader<'_>) -> Option<TreePath> {
    let text = reader.bytes.text()?;
    TreePath::parse(text).ok().filter(|path| path.as_str() == text)
}

fn item<T: Clone>(reader: &mut Reader<'_>, items: &[T]) -> Option<T> {
    items.get(usize::try_from(reader.bytes.number()?).ok()?).cloned()
}
