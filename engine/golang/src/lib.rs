//! What Go's standard library does that reaches output, for those who must print the same bytes.
//!
//! Enter by the module named as in Go. What is absent on purpose: anything that no chart, kustomization or Flux object can observe.

pub mod regexp;
pub mod semver;
pub mod strconv;
pub mod time;
