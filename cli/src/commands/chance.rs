//! The time and the randomness of a chart's rendering, which the engine has not: passwords and keys that it makes are real ones.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Draws from the system. Without randomness nothing is rendered: a password that can be guessed is worse than none.
pub(crate) fn entropy() -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("could not draw randomness from the system: {error}"))?;
    Ok(bytes)
}
