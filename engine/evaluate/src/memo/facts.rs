//! Small facts about trees that are costly to find: kept in the store, so that a tree need not be opened for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_model::{Digest, DigestBuilder, PackReader, PackWriter};

use super::{Memo, Privacy, Table, entry};

/// A fact that can be kept as bytes.
pub(crate) trait Fact: Sized {
    /// Writes the fact.
    fn write(&self, writer: &mut PackWriter);
    /// Reads what [`Fact::write`] wrote.
    fn read(reader: &mut PackReader<'_>) -> Option<Self>;
}

/// Facts of one kind.
pub(crate) struct Facts<T> {
    kind: &'static str,
    table: Table<T>,
}

impl<T: Fact> Facts<T> {
    /// Keeps facts under the name of their kind.
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, table: Table::default() }
    }

    /// Returns a fact from memory or from the store, or finds it; it is kept in both.
    pub(crate) fn get<E>(
        &self,
        memo: &Memo,
        key: Digest,
        find: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(known) = self.table.get(&key) {
            return Ok(known);
        }
        let mut name = DigestBuilder::new(self.kind);
        let name = entry::key(&name.digest(&key).finish());
        let kept = memo.store.get(&name);
        if let Some(fact) = kept.and_then(|bytes| T::read(&mut PackReader::new(&bytes))) {
            return Ok(self.table.keep(key, fact));
        }
        let fact = find()?;
        let mut writer = PackWriter::default();
        fact.write(&mut writer);
        memo.store.put(&name, &writer.finish(), Privacy::Public);
        Ok(self.table.keep(key, fact))
    }

    /// Returns a fact from memory, or finds it: for what is quickly found in a tree that is in memory anyway.
    pub(crate) fn get_here(&self, key: Digest, find: impl FnOnce() -> T) -> Arc<T> {
        self.table.get_or_make(key, find)
    }
}

/// What a build may look at.
#[derive(Clone, Debug)]
pub(crate) struct ClosureFacts {
    /// Digest of the files.
    pub(crate) digest: Digest,
    /// See [`weir_flux::closure::Closure::strange`].
    pub(crate) strange: BTreeSet<String>,
}

impl Fact for ClosureFacts {
    fn write(&self, writer: &mut PackWriter) {
        writer.digest(&self.digest).number(self.strange.len() as u64);
        for text in &self.strange {
            writer.text(text);
        }
    }

    fn read(reader: &mut PackReader<'_>) -> Option<Self> {
        let digest = reader.digest()?;
        let count = reader.count()?;
        let texts = (0..count).map(|_| reader.text().map(str::to_owned));
        Some(Self { digest, strange: texts.collect::<Option<_>>()? })
    }
}

impl Fact for bool {
    fn write(&self, writer: &mut PackWriter) {
        writer.byte(u8::from(*self));
    }

    fn read(reader: &mut PackReader<'_>) -> Option<Self> {
        Some(reader.byte()? != 0)
    }
}

impl Fact for Result<Digest, String> {
    fn write(&self, writer: &mut PackWriter) {
        match self {
            Ok(digest) => drop(writer.byte(1).digest(digest)),
            Err(problem) => drop(writer.byte(0).text(problem)),
        }
    }

    fn read(reader: &mut PackReader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => reader.text().map(|problem| Err(problem.to_owned())),
            _ => reader.digest().map(Ok),
        }
    }
}
