//! The functions that charts may call: sprig's, and those Helm adds, without `include`, `tpl`, `required` and `lookup`,
//! which belong to the engine.
//!
//! Each family is a file with a table; [`table`] gathers them. To add a function, write its body and a row beside its kin.

mod base_n;
mod case;
mod cast;
mod crypto;
mod dates;
mod decimal;
mod dicts;
mod documents;
mod durations;
mod encoding;
mod flow;
mod json;
mod lists;
mod merge;
mod network;
mod numeric;
mod paths;
mod random;
mod reflection;
mod regex;
mod semver;
mod sources;
mod strings;
mod text;
mod time_object;
mod toml;
mod url;
mod yaml;

pub use sources::Sources;
pub use time_object::{DurationObject, TimeObject};

pub(crate) use base_n::encode_64;

use weir_gotmpl::{Context, Error, Function, Functions, Value};

use crate::HelmVersion;
use crate::engine::Host;

/// What both Helms have.
const COMMON: &[&[Function]] = &[
    base_n::TABLE,
    case::TABLE,
    crypto::TABLES[0],
    crypto::TABLES[1],
    crypto::TABLES[2],
    dates::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    flow::TABLE,
    lists::TABLE,
    merge::TABLE,
    network::TABLE,
    numeric::TABLE,
    paths::TABLE,
    random::TABLE,
    reflection::TABLE,
    regex::TABLE,
    semver::TABLE,
    strings::TABLE,
    text::TABLE,
    url::TABLE,
];

/// What Helm 4 adds.
const HELM_4: &[&[Function]] = &[durations::TABLE, encoding::TABLE_4];

/// Returns the functions of a Helm version. Those that draw on time or randomness need [`Sources`] as the context's host.
pub fn table(version: HelmVersion) -> Functions {
    Functions::new(&tables(version))
}

/// Returns the tables of a Helm version.
pub(crate) fn tables(version: HelmVersion) -> Vec<&'static [Function]> {
    let mut tables = COMMON.to_vec();
    if version == HelmVersion::V4 {
        tables.extend_from_slice(HELM_4);
    }
    tables
}

/// What functions return.
type Outcome = Result<Value, Error>;

/// What Go says of a nil where a value is needed.
const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

/// Finds the sources of time and randomness in the context.
fn sources<'a>(context: &Context<'a>) -> Result<&'a Sources, Error> {
    let host = context.host::<Host>().map(|host| &host.sources);
    host.or_else(|| context.host())
        .ok_or_else(|| Error::new("there is no source of time and randomness here"))
}

/// Counts text about to be made, so that a small template cannot make too much.
fn meter(context: &mut Context<'_>, bytes: usize) -> Result<(), Error> {
    context.meter().bytes(bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests;
