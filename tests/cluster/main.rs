//! Applying on a real API server: the recorded scenarios of kustomize-controller, and cases of our own.
//!
//! The server is the one of `KUBECONFIG`, when that is on this machine, or `tests/apibox`, which Go builds once. Without
//! either the tests say that they are skipped; in CI (`CI=true`) they fail.

mod api;
mod applying;
mod audit;
mod faults;
mod helm;
mod killed;
mod normalise;
mod proxy;
mod pruning;
mod releases;
mod repository;
mod scenario;
mod scenarios;
mod server;
mod twice;
