//! The functions, a family a file. A row is a name, who has it, and a body that looks at the kinds of its arguments.

mod conversions;
mod encoders;
mod format;
pub(crate) mod formats;
mod lists;
pub(crate) mod network;
mod optional;
pub(crate) mod quantity;
mod regex;
pub(crate) mod semver;
mod sets;
mod standard;
mod strings;
mod time;
pub(crate) mod url;

use weir_golang::regexp::Regexp;

use crate::{CelError, Val};

/// Whose functions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Those of Flux: health checks, `readyExpr`, filters.
    Flux,
    /// Those of Kubernetes: the rules of CRDs.
    Kubernetes,
}

/// One call: the values are the receiver, when there is one, and the arguments.
pub(crate) struct Call<'call> {
    /// The name of the function.
    pub(crate) name: &'call str,
    pub(crate) values: &'call [Val],
    /// The compiled pattern, when it was a literal.
    pub(crate) pattern: Option<&'call Regexp>,
    /// How many steps may still be taken; a function that makes something large looks here first.
    pub(crate) steps_left: u64,
}

/// What a function does.
pub(crate) type Body = fn(&Call<'_>) -> Result<Val, CelError>;

/// Who has a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Both,
    Kubernetes,
}

type Row = (&'static str, Who, Body);

/// The families in the order in which they are asked.
const FAMILIES: &[&[Row]] = &[
    standard::ROWS,
    conversions::ROWS,
    strings::ROWS,
    optional::ROWS,
    time::ROWS,
    sets::ROWS,
    encoders::ROWS,
    lists::ROWS,
    regex::ROWS,
    url::ROWS,
    network::ROWS,
    quantity::ROWS,
    semver::ROWS,
    formats::ROWS,
];

/// Finds a function by its name. One name may stand in several families (`indexOf` of texts and of lists); the first
/// that the library has answers, and knows the others.
pub(crate) fn find(name: &str, library: Library) -> Option<Body> {
    let rows = FAMILIES.iter().flat_map(|rows| rows.iter());
    rows.filter(|(_, who, _)| *who == Who::Both || library == Library::Kubernetes)
        .find(|(other, ..)| *other == name)
        .map(|(.., body)| *body)
}

fn no_overload<T>() -> Result<T, CelError> {
    Err(CelError::no_overload())
}

fn int(count: usize) -> Val {
    Val::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
