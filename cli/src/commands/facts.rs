//! `weir facts export`: what a cluster is, in a file that CI keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_evaluate::{ClusterFacts, KnownCluster, lasting};
use weir_io_source::files;
use weir_model::{Blob, Manifest, ObjectId};

use super::cluster::with_cluster;
use super::session::{Session, report};
use crate::args::{Facts, FactsCommand};
use crate::output::{plural, safe};
use crate::{CommandError, Exit, Streams};

/// Runs `weir facts`.
pub(crate) fn run(command: &Facts, streams: &mut Streams<'_>) -> Result<Exit, CommandError> {
    let FactsCommand::Export(command) = &command.command;
    let mut session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let doing = "could not read the facts of the cluster";
    let served = with_cluster(&command.access, doing, async |cluster| cluster.facts().await)?;
    let schemas = served.schemas.into_iter();
    let mut known = KnownCluster {
        facts: ClusterFacts {
            kube_version: served.version,
            api_versions: served.api_versions,
            is_complete: true,
            schemas: schemas.map(|(path, text)| (path, Blob::new(text.into_bytes()))).collect(),
            ..ClusterFacts::default()
        },
        objects: BTreeMap::new(),
    };
    session.know(known.clone());
    // What the repository asks for is known when it is evaluated with what the cluster is.
    let mut objects: BTreeMap<ObjectId, Option<Arc<Manifest>>> = BTreeMap::new();
    let evaluation = session.evaluate_folder_with(command.dir.as_deref(), streams, &mut |ids| {
        let doing = "could not read objects of the cluster";
        let found =
            with_cluster(&command.access, doing, async |cluster| cluster.find_all(ids).await)?;
        for id in ids {
            objects.insert(id.clone(), found.get(id).map(kept));
        }
        Ok(found)
    })?;
    known.objects = objects;
    if !command.with_secrets {
        known.hide_secrets();
    }
    let doing = format!("could not write the facts to `{}`", command.file.display());
    let bytes = known.save().map_err(|error| CommandError::new(doing.as_str()).cause(error))?;
    files::write_private(&command.file, &bytes)
        .map_err(|error| CommandError::new(doing).cause(error))?;
    report(&evaluation.diagnostics, streams.err)?;
    let secrets = if command.with_secrets { "with their values" } else { "without their values" };
    writeln!(
        streams.out,
        "saved {}: Kubernetes {}, {}, {}, {}, Secrets {secrets}",
        safe::line(&command.file.display().to_string()),
        safe::line(&known.facts.kube_version),
        plural(known.facts.api_versions.len(), "API version"),
        plural(known.facts.schemas.len(), "schema"),
        plural(known.objects.len(), "object"),
    )?;
    Ok(Exit::Success)
}

/// Returns an object as the file has it.
fn kept(manifest: &Arc<Manifest>) -> Arc<Manifest> {
    Manifest::new(lasting(manifest.value())).map_or_else(|_| Arc::clone(manifest), Arc::new)
}
