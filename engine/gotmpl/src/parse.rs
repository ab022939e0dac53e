//! From text to trees.

use smol_str::SmolStr;

use crate::{Error, Functions};

/// A parsed template.
#[derive(Clone, Debug)]
pub(crate) struct Tree {}

impl Tree {
    pub(crate) fn is_blank(&self) -> bool {
        false
    }
}

pub(crate) fn parse(
    _name: &str,
    _text: &str,
    _functions: &Functions,
) -> Result<Vec<(SmolStr, Tree)>, Error> {
    Ok(Vec::new())
}
