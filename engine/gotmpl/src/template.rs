//! Sets of named templates: parsed once, shared between renders.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::parse::{Tree, parse};
use crate::{Error, Functions};

/// Named templates. Immutable once shared (`Arc<Set>`), `Send` and `Sync`; a further set may stand on a shared one.
#[derive(Clone, Debug, Default)]
pub struct Set {
    name: SmolStr,
    base: Option<Arc<Self>>,
    templates: BTreeMap<SmolStr, Arc<Tree>>,
}

impl Set {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty set with a name of its own, which the error about a template that is not there tells: Helm's is `gotpl`.
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Makes a set that has all of another's templates and takes more of its own, as Go's `Clone` does.
    pub fn on(base: &Arc<Self>) -> Self {
        Self { name: base.name.clone(), base: Some(Arc::clone(base)), templates: BTreeMap::new() }
    }

    /// Parses a text under a name, with the templates it defines, as Go's `New(name).Parse(text)`.
    ///
    /// A later definition replaces an earlier one of the same name, unless its body is blank.
    /// Refuses, with Go's text, what is no template or calls a function that is not there; then the set is unchanged.
    pub fn parse(&mut self, name: &str, text: &str, functions: &Functions) -> Result<(), Error> {
        for (name, tree) in parse(name, text, functions)? {
            if tree.is_blank() && self.get(&name).is_some() {
                continue;
            }
            self.templates.insert(name, Arc::new(tree));
        }
        Ok(())
    }

    /// Tells whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Finds a template.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Tree>> {
        let mut set = self;
        loop {
            if let Some(tree) = set.templates.get(name) {
                return Some(tree);
            }
            set = set.base.as_deref()?;
        }
    }
}
