//! The way to a Kubernetes API server: who asks ([`Access`]), what it serves ([`Resources`]), and requests.
//!
//! [`Cluster`] sends requests and gives back [`weir_model::Value`]s. It knows paths and retries, but not what is asked
//! for: reading facts and applying plans are other crates'. Objects are never decoded into Rust types, so a field that
//! this program does not know is kept.

mod access;
mod cluster;
mod error;
mod facts;
mod resources;

pub use access::{Access, PATIENCE};
pub use cluster::{Cluster, Patch, Written};
pub use error::{Cause, ClusterError, Refusal};
pub use facts::ServerFacts;
pub use resources::{Resource, Resources};

/// Runs a future to its end on this thread, for callers that are not asynchronous.
///
/// Fails when the system gives no event queue.
pub fn run<F: Future>(future: F) -> Result<F::Output, ClusterError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ClusterError::Access(error.to_string()))?;
    Ok(runtime.block_on(future))
}
