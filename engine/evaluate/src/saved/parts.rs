//! Ids, origins and diagnostics as bytes. A list is its count and its items.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use weir_model::{
    Diagnostic, Manifest, ObjectId, Origin, PackReader, PackWriter, Severity, SmolStr, Source,
    SourceNames, Value,
};

/// How many codes of diagnostics may come from saved files, and how long one may be.
const MAX_CODES: usize = 1000;
const MAX_CODE: usize = 64;

/// Writes, and collects the names that origins refer to.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: PackWriter,
    names: SourceNames,
    /// Whether something could not be written: a value that nests too deep.
    pub(super) failed: bool,
}

impl Writer {
    /// Returns the names, then what was written.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        let mut head = PackWriter::default();
        self.names.write(&mut head);
        let mut all = head.finish();
        all.extend(self.bytes.finish());
        (!self.failed).then_some(all)
    }

    pub(super) fn count(&mut self, count: usize) {
        self.bytes.number(count as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes.text(text);
    }

    pub(super) fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.count(texts.len());
        texts.for_each(|text| self.text(text));
    }

    pub(super) fn value(&mut self, value: &Value) {
        self.failed |= !value.pack(&mut self.bytes, &mut self.names);
    }

    pub(super) fn origin(&mut self, origin: Origin) {
        if origin.is_known() {
            let number = self.names.number(origin.source);
            self.bytes.byte(1).number(number).number(u64::from(origin.line));
        } else {
            self.bytes.byte(0);
        }
    }

    pub(super) fn id(&mut self, id: &ObjectId) {
        let ObjectId { group, kind, namespace, name } = id;
        self.bytes.text(group).text(kind).optional_text(namespace.as_deref()).text(name);
    }

    pub(super) fn diagnostics(&mut self, diagnostics: &[Diagnostic]) {
        self.count(diagnostics.len());
        for diagnostic in diagnostics {
            let Diagnostic { severity, code, message, at, column, excerpt, causes, hints } =
                diagnostic;
            self.bytes.byte(match severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Info => 2,
            });
            self.bytes.text(code).text(message);
            self.origin(*at);
            self.bytes.number(u64::from(column.unwrap_or_default()));
            self.bytes.optional_text(excerpt.as_deref());
            self.texts(causes.iter().map(String::as_str));
            self.texts(hints.iter().map(String::as_str));
        }
    }
}

/// Reads what [`Writer`] writes; nothing where the bytes are something else.
pub(super) struct Reader<'bytes> {
    pub(super) bytes: PackReader<'bytes>,
    sources: std::sync::Arc<[Source]>,
}

impl<'bytes> Reader<'bytes> {
    pub(super) fn new(bytes: &'bytes [u8]) -> Option<Self> {
        let mut bytes = PackReader::new(bytes);
        let sources = SourceNames::read(&mut bytes)?;
        Some(Self { bytes, sources })
    }

    pub(super) fn list<T, C: FromIterator<T>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<C> {
        let count = self.bytes.count()?;
        (0..count).map(|_| item(self)).collect()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.bytes.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn string(&mut self) -> Option<String> {
        self.bytes.text().map(str::to_owned)
    }

    pub(super) fn name(&mut self) -> Option<SmolStr> {
        self.bytes.text().map(SmolStr::new)
    }

    pub(super) fn optional_name(&mut self) -> Option<Option<SmolStr>> {
        self.bytes.optional_text().map(|text| text.map(SmolStr::new))
    }

    pub(super) fn manifest(&mut self) -> Option<Manifest> {
        Manifest::new(Value::unpack(&mut self.bytes, &self.sources)?).ok()
    }

    pub(super) fn origin(&mut self) -> Option<Origin> {
        if !self.flag()? {
            return Some(Origin::default());
        }
        let source = *self.sources.get(usize::try_from(self.bytes.number()?).ok()?)?;
        Some(Origin::new(source, u32::try_from(self.bytes.number()?).ok()?))
    }

    pub(super) fn id(&mut self) -> Option<ObjectId> {
        Some(ObjectId {
            group: self.name()?,
            kind: self.name()?,
            namespace: self.optional_name()?,
            name: self.name()?,
        })
    }

    pub(super) fn diagnostics(&mut self) -> Option<Vec<Diagnostic>> {
        self.list(|reader| {
            let severity = match reader.bytes.byte()? {
                0 => Severity::Error,
                1 => Severity::Warning,
                2 => Severity::Info,
                _ => return None,
            };
            let code = code(reader.bytes.text()?)?;
            let message = reader.string()?;
            let at = reader.origin()?;
            let column = u32::try_from(reader.bytes.number()?).ok().filter(|column| *column > 0);
            let excerpt = reader.bytes.optional_text()?.map(str::to_owned);
            let (causes, hints) = (reader.list(Self::string)?, reader.list(Self::string)?);
            Some(Diagnostic { severity, code, message, at, column, excerpt, causes, hints })
        })
    }
}

/// Returns the code of a diagnostic as one that lives as long as the program. There are few of them, and they are plain.
fn code(text: &str) -> Option<&'static str> {
    static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if text.len() > MAX_CODE || !text.bytes().all(is_plain) {
        return None;
    }
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = codes.get(text) {
        return Some(known);
    }
    if codes.len() >= MAX_CODES {
        return None;
    }
    let code: &'static str = Box::leak(text.to_owned().into_boxed_str());
    codes.insert(code);
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_come_back() {
        let at = Origin::new(Source::named("a.yaml"), 3);
        let diagnostics = vec![
            Diagnostic::error("a-code", "what").cause("why").hint("try").column(4).excerpt("x"),
            Diagnostic::warning("a-code", "ü").at(at),
            Diagnostic::info("b", ""),
        ];
        let mut writer = Writer::default();
        writer.diagnostics(&diagnostics);
        let bytes = writer.finish().unwrap();
        assert_eq!(Reader::new(&bytes).unwrap().diagnostics().unwrap(), diagnostics);
        for end in 0..bytes.len() {
            assert!(
                Reader::new(&bytes[..end]).is_none_or(|mut reader| reader.diagnostics().is_none())
            );
        }
    }

    #[test]
    fn odd_codes_are_refused() {
        for odd in ["\u{1b}[31m", "a b", &"x".repeat(MAX_CODE + 1)] {
            assert_eq!(code(odd), None);
        }
    }
}
