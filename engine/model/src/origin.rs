//! Where a value came from.

use std::fmt;
use std::sync::{LazyLock, RwLock};

use smol_str::SmolStr;

/// A text that values come from: a file of a source, a chart's template, a values layer.
///
/// A source is interned once per process and then is four bytes wide; it compares and prints by its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Source(u32);

/// The names in the order in which they were first seen. They are few (paths), and the same again in the next run.
static NAMES: LazyLock<RwLock<Names>> = LazyLock::new(|| RwLock::new(Names::default()));

#[derive(Default)]
struct Names {
    by_number: Vec<SmolStr>,
    by_name: std::collections::BTreeMap<SmolStr, u32>,
}

impl Source {
    /// Returns the source of this name, for instance `apps/web/deployment.yaml` or `podinfo/templates/service.yaml`.
    pub fn named(name: &str) -> Self {
        if name.is_empty() {
            return Self(0);
        }
        if let Some(number) = NAMES.read().ok().and_then(|names| names.by_name.get(name).copied()) {
            return Self(number);
        }
        let Ok(mut names) = NAMES.write() else { return Self(0) };
        if let Some(number) = names.by_name.get(name) {
            return Self(*number);
        }
        let name = SmolStr::new(name);
        names.by_number.push(name.clone());
        let number = u32::try_from(names.by_number.len()).unwrap_or_default();
        names.by_name.insert(name, number);
        Self(number)
    }

    /// Returns the name; empty when the source is unknown.
    pub fn name(self) -> SmolStr {
        let Some(index) = self.0.checked_sub(1) else { return SmolStr::default() };
        NAMES
            .read()
            .ok()
            .and_then(|names| names.by_number.get(index as usize).cloned())
            .unwrap_or_default()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name(), f)
    }
}

/// The place a value came from: a source and a line, eight bytes in all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    /// The file, template or values layer.
    pub source: Source,
    /// The line, from 1; 0 when only the source is known.
    pub line: u32,
}

impl Origin {
    /// Names a line of a source.
    pub fn new(source: Source, line: u32) -> Self {
        Self { source, line }
    }

    /// Names a whole file.
    pub fn file(name: &str) -> Self {
        Self::new(Source::named(name), 0)
    }

    /// Tells whether anything is known.
    pub fn is_known(self) -> bool {
        self.source != Source::default()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.name())?;
        if self.line > 0 { write!(f, ":{}", self.line) } else { Ok(()) }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
