//! Digests, passwords, keys and certificates. What is random is drawn from the entropy among the facts.

mod certificates;
mod der;
mod digests;
mod dsa;
mod keys;
mod passwords;
mod pem;

use weir_gotmpl::Function;

/// Sprig's tables for them.
pub(super) const TABLES: [&[Function]; 3] = [digests::TABLE, passwords::TABLE, certificates::TABLE];
