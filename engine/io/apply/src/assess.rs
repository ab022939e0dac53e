//! What is to be done with one object: nothing is written here, but for dry runs.

use weir_io_cluster::{Cluster, ClusterError, Patch};
use weir_model::{ObjectId, Value};
use weir_plan::PlanObject;
use weir_reconcile::markers::{self, SSA, Skip};
use weir_reconcile::normalize::normalize;
use weir_reconcile::policy::Policy;
use weir_reconcile::refusal::{self, Refused};
use weir_reconcile::{drift, held, ignore, takeover};

use crate::FIELD_MANAGER;
use crate::live::{Live, find};
use crate::report::Failure;
use crate::secrecy::{is_still_encrypted, without_secrets};
use crate::target::{Place, Target};

/// What to try about a kind that is not served.
const NO_KIND: &str = "install the definition of the kind, in a unit that this one depends on, or correct `apiVersion` and `kind`";

/// What to try when there is no answer.
const UNREACHABLE: &str = "apply again when the API server answers: what was written is recorded";

/// An object with what is to be done with it.
pub(crate) struct Assessment<'plan> {
    pub(crate) object: &'plan PlanObject,
    /// Where it goes; none when that is not known yet.
    pub(crate) place: Option<Place>,
    pub(crate) verdict: Verdict,
    /// The object as it is.
    pub(crate) live: Option<Value>,
    /// The object as it would be, when a dry run was made.
    pub(crate) result: Option<Value>,
}

/// What is to be done with an object.
pub(crate) enum Verdict {
    /// It is as wanted.
    Unchanged,
    /// It is to be left alone.
    Skip(Skip),
    /// It is to be made.
    Create(Value),
    /// It is to be changed; the fields of others may have to be taken over first.
    Configure { desired: Value, takeover: Option<Value> },
    /// It is to be deleted and made anew.
    Recreate(Value),
    /// It needs something that the plan brings.
    Pending(String),
    /// It is refused.
    Fail(Failure),
}

impl Verdict {
    /// Tells whether something is to be written.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Configure { .. } | Self::Recreate(_))
    }
}

/// Things that the plan brings, so that lacking them is no failure of a preview.
#[derive(Clone, Copy)]
pub(crate) struct Coming<'a> {
    /// Tells whether the plan brings a kind, by group and kind.
    pub(crate) kind: &'a (dyn Fn(&str, &str) -> bool + Sync),
    /// Tells whether the plan brings a namespace.
    pub(crate) namespace: &'a (dyn Fn(&str) -> bool + Sync),
}

/// Finds out what is to be done with an object. `coming` is given for a preview only: when a plan is applied, what an
/// object needs is there by then.
pub(crate) async fn assess<'plan>(
    object: &'plan PlanObject,
    target: &Target,
    live: &Live,
    policy: &Policy,
    coming: Option<Coming<'_>>,
) -> Assessment<'plan> {
    let mut assessment =
        Assessment { object, place: None, verdict: Verdict::Unchanged, live: None, result: None };
    let place = match target.place(&object.manifest) {
        Ok(place) => place,
        Err(problem) => {
            assessment.verdict = match coming
                .filter(|coming| (coming.kind)(object.manifest.group(), object.manifest.kind()))
            {
                Some(_) => Verdict::Pending(format!("the definition of `{}`", object.id.kind)),
                None => Verdict::Fail(Failure { why: problem, hint: Some(NO_KIND) }),
            };
            return assessment;
        }
    };
    assessment.place = Some(place.clone());
    if is_still_encrypted(object.manifest.value()) {
        let why = "it holds values that are still encrypted, and decryption is not there yet";
        assessment.verdict = Verdict::Fail(format!("{}: {why}", place.id).into());
        return assessment;
    }
    let desired = normalize(&object.manifest);
    let look = Look { target, place: &place, policy, object, desired };
    let found = look.decide(live, &mut assessment).await;
    assessment.verdict = found
        .unwrap_or_else(|error| Verdict::Fail(explain(&place.id, &error, object.manifest.value())));
    if let (Verdict::Fail(_), Some(coming), Some(namespace)) =
        (&assessment.verdict, coming, &place.id.namespace)
        && assessment.live.is_none()
        && (coming.namespace)(namespace)
    {
        assessment.verdict = Verdict::Pending(format!("the namespace `{namespace}`"));
    }
    assessment
}

/// One object with what is needed to look at it.
struct Look<'a> {
    target: &'a Target,
    place: &'a Place,
    policy: &'a Policy,
    object: &'a PlanObject,
    desired: Value,
}

impl Look<'_> {
    async fn decide(
        self,
        listed: &Live,
        assessment: &mut Assessment<'_>,
    ) -> Result<Verdict, ClusterError> {
        let cluster = &self.target.cluster;
        let is_recorded = listed.is_recorded(&self.place.id);
        let listed = self.target.is_own.then(|| listed.get(&self.place.id)).flatten().cloned();
        let asks_first = is_recorded
            || markers::skip(&self.desired, None).is_some()
            || markers::is_marked(&self.desired, SSA, "IfNotPresent");
        let live = match listed {
            Some(live) => Some(live),
            None if asks_first => find(cluster, &self.place.path).await?,
            // An object that no list has is most likely new, which the dry run tells.
            None => None,
        };
        if let Some(skip) = markers::skip(&self.desired, live.as_ref()) {
            assessment.live = live;
            return Ok(Verdict::Skip(skip));
        }
        if let Some(there) = &live
            && takeover::takeover(there, FIELD_MANAGER).is_none()
            && held::is_held(&self.desired, there, FIELD_MANAGER)
        {
            assessment.live = live;
            return Ok(Verdict::Unchanged);
        }
        let dry_run = dry_run(cluster, &self.place.path, &self.desired).await;
        if let Ok(written) = &dry_run
            && written.created
        {
            assessment.result = Some(written.object.clone());
            return Ok(Verdict::Create(self.desired));
        }
        let live = match live {
            Some(live) => Some(live),
            None => find(cluster, &self.place.path).await?,
        };
        let Some(there) = live else {
            // It was refused, and nothing is there; or it went between the two requests.
            return dry_run.map(|written| {
                assessment.result = Some(written.object);
                Verdict::Create(self.desired)
            });
        };
        if let Some(skip) = markers::skip(&self.desired, Some(&there)) {
            assessment.live = Some(there);
            return Ok(Verdict::Skip(skip));
        }
        let verdict = match dry_run {
            Ok(written) => {
                let verdict = self.compare(&there, &written.object);
                assessment.result = Some(written.object);
                verdict
            }
            Err(error) if self.may_recreate(&there, &error) => Verdict::Recreate(self.desired),
            Err(error) => {
                assessment.live = Some(there);
                return Err(error);
            }
        };
        assessment.live = Some(there);
        Ok(verdict)
    }

    fn compare(self, live: &Value, result: &Value) -> Verdict {
        let merges = markers::is_marked(&self.desired, SSA, "Merge")
            || markers::is_marked(live, SSA, "Merge");
        let takeover = if merges { None } else { takeover::takeover(live, FIELD_MANAGER) };
        let ignored = ignore::ignored_paths(&self.policy.ignore, &self.object.manifest);
        if takeover.is_none() && !drift::has_drifted(live, result, &ignored) {
            return Verdict::Unchanged;
        }
        let desired = ignore::respect(&self.desired, live, &ignored, FIELD_MANAGER);
        Verdict::Configure { desired, takeover }
    }

    fn may_recreate(&self, live: &Value, error: &ClusterError) -> bool {
        refused(error).is_some_and(|refused| refusal::is_immutable(&refused))
            && markers::may_recreate(&self.desired, live, self.policy.force)
    }
}

/// Asks what server-side apply would do.
pub(crate) async fn dry_run(
    cluster: &Cluster,
    path: &str,
    desired: &Value,
) -> Result<weir_io_cluster::Written, ClusterError> {
    let query = format!("dryRun=All&fieldManager={FIELD_MANAGER}&force=true");
    cluster.patch(path, Patch::Apply, &query, &weir_yaml::json::write(desired)).await
}

/// Returns what matters of a refusal.
fn refused(error: &ClusterError) -> Option<Refused> {
    let refusal = error.refusal()?;
    Some(Refused {
        code: refusal.code,
        reason: refusal.reason.clone(),
        message: refusal.message.clone(),
        conflicts: refusal.causes.iter().any(|cause| cause.reason == "FieldManagerConflict"),
    })
}

/// Tells of an error about an object, without the values of secrets.
pub(crate) fn explain(id: &ObjectId, error: &ClusterError, object: &Value) -> Failure {
    let text = match refused(error) {
        Some(refused) => refusal::explain(id, &refused),
        None => format!("{id}: {error}"),
    };
    Failure { why: without_secrets(&text, object), hint: hint(error) }
}

/// Tells of an error while something else was being done.
pub(crate) fn failure(doing: &str, error: &ClusterError) -> Failure {
    Failure { why: format!("{doing}: {error}"), hint: hint(error) }
}

/// Says what to try about an error of the API server, where something can be said.
pub fn hint(error: &ClusterError) -> Option<&'static str> {
    match refused(error) {
        Some(refused) => refusal::advice(&refused),
        None => match error {
            ClusterError::Access(_) => Some("check the kubeconfig"),
            _ => Some(UNREACHABLE),
        },
    }
}
