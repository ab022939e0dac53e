//! What `apply` and `diff --cluster` share: the way to the cluster, and what applying would change there.

use std::collections::BTreeMap;
use std::path::Path;

use weir_evaluate::{Evaluation, Releases, Snapshot};
use weir_io_apply::{Preview, Settings, changes};
use weir_io_cluster::{Cluster, ClusterError};
use weir_plan::{Plan, ReviewSettings, UnitId, review};

use super::session::{Session, report};
use super::{filter, show};
use crate::args::{Access, Diff, ReportFormat};
use crate::output::diff_html::Page;
use crate::output::{apply_text, diff_json};
use crate::{CommandError, Exit, Streams};

/// Connects to a cluster and runs `work` there. Nothing is sent before `work` does.
pub(crate) fn with_cluster<T>(
    access: &Access,
    doing: &str,
    work: impl AsyncFnOnce(&Cluster) -> Result<T, ClusterError>,
) -> Result<T, CommandError> {
    let access = weir_io_cluster::Access {
        kubeconfig: access.kubeconfig.clone(),
        context: access.kube_context.clone(),
        patience: access.request_timeout,
    };
    let agent = concat!("weir/", env!("CARGO_PKG_VERSION"));
    weir_io_cluster::run(async {
        let cluster = Cluster::connect(&access, agent).await?;
        work(&cluster).await
    })
    .and_then(|done| done)
    .map_err(|error| {
        let failed = CommandError::new(doing).cause(&error);
        match error {
            ClusterError::Access(_) => {
                failed.hint("name a kubeconfig with `--kubeconfig`, or set `KUBECONFIG`")
            }
            error => match weir_io_apply::hint(&error) {
                Some(hint) => failed.hint(hint),
                None => failed,
            },
        }
    })
}

/// An evaluated folder, with the units that must not be applied as they are.
pub(crate) struct Evaluated {
    pub(crate) snapshot: Snapshot,
    pub(crate) evaluation: Evaluation,
    pub(crate) withheld: BTreeMap<UnitId, String>,
}

/// Evaluates a folder with what units take from objects of the cluster.
pub(crate) fn evaluate(
    session: &Session<'_>,
    dir: Option<&Path>,
    access: &Access,
    streams: &mut Streams<'_>,
) -> Result<Evaluated, CommandError> {
    let mut cluster = BTreeMap::new();
    let (snapshot, evaluation) = session.settle_folder(dir, streams, &mut |ids| {
        let found =
            with_cluster(access, "could not read objects of the cluster", async |cluster| {
                cluster.find_all(ids).await
            })?;
        cluster.extend(found.clone());
        Ok(found)
    })?;
    let withheld = weir_reconcile::variables::withheld(&evaluation.plan, &cluster);
    Ok(Evaluated { snapshot, evaluation, withheld })
}

/// Asks the cluster what applying a plan would change.
pub(crate) fn preview(
    access: &Access,
    plan: &Plan,
    releases: &Releases<'_>,
    settings: &Settings,
) -> Result<Preview, CommandError> {
    with_cluster(access, "could not compare with the cluster", async |cluster| {
        changes(cluster, plan, releases, settings).await
    })
}

/// Runs `weir diff --cluster`.
pub(crate) fn diff_cluster(
    command: &Diff,
    streams: &mut Streams<'_>,
) -> Result<Exit, CommandError> {
    if command.range.dirs.len() > 1 {
        return Err(CommandError::new("`--cluster` compares one folder with a cluster, not two"));
    }
    let session = Session::new(&command.repository)?;
    session.refuse_saved()?;
    let dir = command.range.dirs.first().map(std::path::PathBuf::as_path);
    let Evaluated { snapshot, evaluation, withheld } =
        evaluate(&session, dir, &command.access, streams)?;
    let settings = Settings { withheld, ..Settings::default() };
    let releases = Releases::new(&snapshot, session.memo());
    let mut preview = preview(&command.access, &evaluation.plan, &releases, &settings)?;
    let base = preview.base();
    filter::apply(&mut preview.changes, &command.review);
    let settings =
        ReviewSettings { all: command.review.all, strip: command.review.strip_attr.clone() };
    let plan = &evaluation.plan;
    let reviewed = review(&preview.changes, plan, plan, &settings);
    if show::form(command) == ReportFormat::Json {
        let value = diff_json::of_cluster(&reviewed, &preview, plan, &base);
        writeln!(streams.out, "{}", weir_yaml::json::write_pretty(&value, "  "))?;
    } else {
        let page = Page {
            title: "what applying would change in the cluster",
            review: &reviewed,
            changes: &preview.changes,
            plans: [plan, plan],
            context: command.context,
        };
        show::print(command, &page, streams)?;
        apply_text::print_problems(&preview.units, streams.err)?;
    }
    streams.out.flush()?;
    report(&evaluation.diagnostics, streams.err)?;
    let outcome = show::Outcome {
        refused: false,
        failed: preview.has_failures(),
        differs: preview.has_changes(),
        grave: reviewed.is_grave(),
    };
    Ok(show::exit(command, &outcome))
}

/// Returns the exit code of a preview.
pub(crate) fn exit(preview: &Preview) -> Exit {
    match (preview.has_failures(), preview.has_changes()) {
        (true, _) => Exit::Failure,
        (false, true) => Exit::Differences,
        (false, false) => Exit::Success,
    }
}
