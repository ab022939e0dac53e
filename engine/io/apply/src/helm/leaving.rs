//! Which objects that leave a release may be deleted: the same proof as for a Kustomization's.

use std::collections::BTreeMap;

use weir_model::{ObjectId, SmolStr, Value};
use weir_reconcile::inventory::{Entry, Inventory};
use weir_reconcile::prune::{Fate, Question, decide};

use super::objects::Item;
use super::session::Session;
use crate::live::find;
use crate::prune::count_defined;
use crate::report::Outcome;

/// Why objects leave a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The next revision does not have them.
    Upgrade,
    /// What was done has failed and is taken back, although the plan wants it.
    Remedy,
    /// The release goes.
    Departure,
}

/// Returns the objects among those that leave which must not be deleted, each with what becomes of it. Objects that are
/// gone are left out.
pub(super) async fn staying(
    session: &Session<'_>,
    before: &[Item],
    after: &[Item],
    why: Leaving,
) -> BTreeMap<ObjectId, Outcome> {
    let mut live: BTreeMap<ObjectId, Value> = BTreeMap::new();
    let mut staying = BTreeMap::new();
    for item in before.iter().filter(|item| !after.iter().any(|it| it.is_same(item))) {
        let id = &item.place.id;
        match find(&session.target.cluster, &item.place.path).await {
            Ok(Some(object)) => {
                live.insert(id.clone(), object);
            }
            Ok(None) => {}
            Err(error) => {
                let why = format!("{id} query failed: {error}");
                staying.insert(id.clone(), Outcome::Failed(why.into()));
            }
        }
    }
    let defined = count_defined(&live, &session.target).await;
    let (before, after) = (inventory(before), inventory(after));
    let question = Question {
        unit: session.unit,
        prunes: true,
        departs: why != Leaving::Upgrade,
        service_account: session.service_account,
        before: &before,
        after: &after,
        live: &live,
        defined: &defined,
        allowed: session.allowed,
    };
    let surroundings = match why {
        Leaving::Remedy => &session.surroundings.without(session.unit),
        Leaving::Upgrade | Leaving::Departure => session.surroundings,
    };
    for (entry, fate) in decide(&question, surroundings) {
        let outcome = match fate {
            Fate::Delete | Fate::Gone => continue,
            Fate::Stays(reason) => Outcome::Kept(reason),
            Fate::NeedsAllowance(danger) => Outcome::Refused(danger),
        };
        staying.entry(entry.id.clone()).or_insert(outcome);
    }
    staying
}

/// Lists objects as an inventory.
pub(super) fn inventory(items: &[Item]) -> Inventory {
    let entry = |item: &Item| {
        let api_version = item.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let version = api_version.rsplit('/').next().unwrap_or_default();
        Entry { id: item.place.id.clone(), version: SmolStr::new(version) }
    };
    Inventory { entries: items.iter().map(entry).collect() }
}
