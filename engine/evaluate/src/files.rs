//! The files of a source: in memory, or known by their digest and still where they are kept.

use std::fmt;
use std::sync::Arc;

use weir_model::{Diagnostic, Digest, Tree};

use crate::blocked::Blocked;
use crate::memo::Facts;
use crate::{Demand, Memo};

/// Brings files into memory. Nothing when they are lost: then they are demanded anew.
#[derive(Clone)]
pub struct Opener(Arc<dyn Fn() -> Option<Tree> + Send + Sync>);

impl Opener {
    /// Takes what brings the files into memory. It may be asked any number of times, by any thread.
    pub fn new(open: impl Fn() -> Option<Tree> + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }

    /// Brings the files into memory.
    pub fn open(&self) -> Option<Tree> {
        (self.0)()
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}

/// The files of a source.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// In memory.
    Here(Arc<Tree>),
    /// Known by their digest alone. Most evaluations never look into them.
    Sealed {
        digest: Digest,
        opener: Opener,
        /// What they answer, to ask for them anew when they are lost.
        demand: Box<Demand>,
    },
}

impl Files {
    /// Returns the digest of the tree.
    pub(crate) fn digest(&self) -> &Digest {
        match self {
            Self::Here(tree) => tree.digest(),
            Self::Sealed { digest, .. } => digest,
        }
    }

    /// Tells whether a file may hold a text, as `known` has it for these files or is told now. Files that cannot be had may
    /// hold anything.
    pub(crate) fn may_hold(&self, text: &str, known: &Facts<bool>, memo: &Memo) -> bool {
        let found = known.get(memo, *self.digest(), || {
            let tree = self.open(memo)?;
            let finder = memchr::memmem::Finder::new(text);
            Ok::<_, Blocked>(tree.files().any(|(_, blob)| finder.find(blob.bytes()).is_some()))
        });
        found.map_or(true, |found| *found)
    }

    /// Brings the files into memory. Files with another digest are no answer.
    pub(crate) fn open(&self, memo: &Memo) -> Result<Arc<Tree>, Blocked> {
        let (digest, opener, demand) = match self {
            Self::Here(tree) => return Ok(Arc::clone(tree)),
            Self::Sealed { digest, opener, demand } => (digest, opener, demand),
        };
        memo.opened.get_or_make(digest, || {
            let opened = opener.open().filter(|tree| tree.digest() == digest);
            opened.map(Arc::new).ok_or_else(|| {
                let message = format!("{demand} was fetched, but what was kept of it is lost");
                let diagnostic = Diagnostic::error("flux-not-fetched", message);
                Blocked::demanding((**demand).clone(), diagnostic)
            })
        })
    }

    /// Makes files of these files. What comes of sealed files stays sealed when the memo knows its digest; the key says
    /// all that the making depends on, the digest of these files among it.
    pub(crate) fn derive(
        self,
        memo: &Memo,
        key: Digest,
        make: impl Fn(&Tree) -> Result<Tree, String> + Clone + Send + Sync + 'static,
    ) -> Result<Result<Self, String>, Blocked> {
        if let Self::Sealed { opener, demand, .. } = &self {
            let name = memo.names.get(memo, key, || match make(&*self.open(memo)?) {
                Ok(tree) => Ok(Ok(*tree.digest())),
                Err(problem) => Ok(Err(problem)),
            })?;
            return Ok(match &*name {
                Err(problem) => Err(problem.clone()),
                Ok(digest) if digest == self.digest() => Ok(self),
                Ok(digest) => {
                    let opener = opener.clone();
                    let opener = Opener::new(move || make(&opener.open()?).ok());
                    Ok(Self::Sealed { digest: *digest, opener, demand: demand.clone() })
                }
            });
        }
        let tree = self.open(memo)?;
        Ok(memo.tree(key, || make(&tree)).map(Self::Here))
    }
}
