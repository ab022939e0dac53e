//! HelmReleases are applied as releases: what Helm would do, with Helm's records, so that Helm and helm-controller go on
//! from there.

mod crds;
mod depart;
mod drift;
mod fold;
mod found;
mod hooks;
mod install;
mod leaving;
mod listed;
mod objects;
mod preview;
mod release;
mod render;
mod rollback;
mod session;
mod settings;
mod status;
mod storage;
mod test;
mod uninstall;
mod unlock;
mod upgrade;
mod wait;
mod write;

use std::time::{SystemTime, UNIX_EPOCH};

use weir_golang::time::Time;

pub(crate) use depart::depart;
pub(crate) use found::{GROUP, Surrounded};
pub(crate) use listed::Listed;
pub(crate) use preview::preview_release;
pub(crate) use release::apply_release;

/// The name under which releases are applied and recorded: helm-controller's, so that a cluster can be handed over.
const MANAGER: &str = "helm-controller";

/// Returns the time.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::unix(since.as_secs().try_into().unwrap_or(i64::MAX), since.subsec_nanos())
}

fn unix_seconds() -> i64 {
    now().unix_seconds()
}
