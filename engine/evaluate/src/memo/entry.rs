//! A unit's rendering as an entry of the store.
//!
//! An entry holds the objects packed, so that reading it costs next to nothing until someone looks into one of them; and
//! the inputs by name, so that the next evaluation can say which of them is another.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use weir_model::{
    Data, Diagnostic, Digest, DigestBuilder, Manifest, ObjectId, Origin, PackReader, PackWriter,
    PackedValue, Severity, SmolStr, Source, SourceNames, Value,
};
use weir_plan::{Body, PlanObject, Provenance};

use super::Privacy;
use crate::Demand;
use crate::rendering::{Made, Rendering};

/// Names the engine itself: another engine may give something else for the same inputs. See `build.rs`.
const ENGINE: &str = env!("WEIR_ENGINE");

/// Returns the name of an entry in the store.
pub(super) fn key(input: &Digest) -> Digest {
    DigestBuilder::new("memo").text(ENGINE).digest(input).finish()
}

/// Writes a rendering with the inputs it was made from; nothing when it cannot be packed.
pub(super) fn write(made: &Made, parts: &[(&'static str, Digest)]) -> Option<(Vec<u8>, Privacy)> {
    let Made { rendering, details, from_secrets } = made;
    let Rendering { body, diagnostics, demands } = rendering;
    let mut names = SourceNames::default();
    let mut objects = PackWriter::default();
    let (kind, found, private) = match body {
        Body::Ready(ready) => {
            objects.number(ready.len() as u64);
            for object in ready.iter() {
                write_object(object, &mut objects, &mut names)?;
            }
            (0, &[][..], ready.iter().any(|object| holds_secret(object.manifest.value(), 0)))
        }
        Body::Waiting(found) => (1, &found[..], false),
        Body::Broken(found) => (2, &found[..], false),
        Body::Same => return None,
    };
    let mut tail = PackWriter::default();
    tail.byte(kind);
    write_diagnostics(found, &mut tail, &mut names);
    write_diagnostics(diagnostics, &mut tail, &mut names);
    // What waits for anything else is not kept.
    let looked_up: Vec<&ObjectId> = demands.iter().filter_map(Demand::object).collect();
    tail.number(looked_up.len() as u64);
    for id in looked_up {
        write_id(id, &mut tail);
    }
    let inputs = parts.iter().map(|(name, part)| (*name, part));
    let details = details.iter().map(|(name, part)| (name.as_str(), part));
    let inputs: Vec<(&str, &Digest)> = inputs.chain(details).collect();
    tail.number(inputs.len() as u64);
    for (name, part) in inputs {
        tail.text(name).digest(part);
    }
    let mut writer = PackWriter::default();
    names.write(&mut writer);
    writer.bytes(&tail.finish()).bytes(&objects.finish());
    let private = private || *from_secrets;
    Some((writer.finish(), if private { Privacy::Private } else { Privacy::Public }))
}

/// Reads a rendering; its objects stay packed.
pub(super) fn read(entry: &Arc<[u8]>) -> Option<Rendering> {
    let mut reader = PackReader::new(entry);
    let sources = SourceNames::read(&mut reader)?;
    let mut tail = PackReader::new(reader.bytes()?);
    let mut objects = PackReader::new(reader.bytes()?);
    let kind = tail.byte()?;
    let found = read_diagnostics(&mut tail, &sources)?;
    let diagnostics = read_diagnostics(&mut tail, &sources)?;
    let demands = read_demands(&mut tail)?;
    let body = match kind {
        0 => {
            let count = objects.count()?;
            let ready = (0..count).map(|_| read_object(&mut objects, entry, &sources));
            Body::Ready(Arc::new(ready.collect::<Option<_>>()?))
        }
        1 => Body::Waiting(found),
        2 => Body::Broken(found),
        _ => return None,
    };
    Some(Rendering { body, diagnostics, demands })
}

/// Reads the inputs of a rendering by their names.
pub(super) fn read_inputs(entry: &[u8]) -> Option<Vec<(SmolStr, Digest)>> {
    let mut reader = PackReader::new(entry);
    let sources = SourceNames::read(&mut reader)?;
    let mut tail = PackReader::new(reader.bytes()?);
    tail.byte()?;
    read_diagnostics(&mut tail, &sources)?;
    read_diagnostics(&mut tail, &sources)?;
    read_demands(&mut tail)?;
    let count = tail.count()?;
    (0..count).map(|_| Some((SmolStr::new(tail.text()?), tail.digest()?))).collect()
}

fn read_demands(reader: &mut PackReader<'_>) -> Option<BTreeSet<Demand>> {
    let count = reader.count()?;
    (0..count).map(|_| read_id(reader).map(Demand::Object)).collect()
}

fn write_id(id: &ObjectId, writer: &mut PackWriter) {
    let ObjectId { group, kind, namespace, name } = id;
    writer.text(group).text(kind).optional_text(namespace.as_deref()).text(name);
}

fn read_id(reader: &mut PackReader<'_>) -> Option<ObjectId> {
    Some(ObjectId {
        group: reader.text()?.into(),
        kind: reader.text()?.into(),
        namespace: reader.optional_text()?.map(SmolStr::new),
        name: reader.text()?.into(),
    })
}

fn write_object(
    object: &PlanObject,
    writer: &mut PackWriter,
    names: &mut SourceNames,
) -> Option<()> {
    let PlanObject { id, manifest, digest, public, provenance } = object;
    let Provenance { origin, generated } = provenance;
    write_id(id, writer);
    writer.digest(digest).digest(public);
    write_origin(*origin, writer, names);
    writer.number(generated.len() as u64);
    for place in generated {
        writer.text(place);
    }
    let mut value = PackWriter::default();
    if !manifest.value().pack(&mut value, names) {
        return None;
    }
    writer.bytes(&value.finish());
    Some(())
}

fn read_object(
    reader: &mut PackReader<'_>,
    entry: &Arc<[u8]>,
    sources: &Arc<[Source]>,
) -> Option<PlanObject> {
    let id = read_id(reader)?;
    let (digest, public) = (reader.digest()?, reader.digest()?);
    let origin = read_origin(reader, sources)?;
    let count = reader.count()?;
    let generated: Option<Vec<String>> =
        (0..count).map(|_| reader.text().map(str::to_owned)).collect();
    let length = reader.bytes()?.len();
    // The objects stand at the end of the entry.
    let start = entry.len().checked_sub(reader.left() + length)?;
    let value = PackedValue::new(Arc::clone(entry), start, length, Arc::clone(sources))?;
    Some(PlanObject {
        id,
        manifest: Arc::new(Manifest::packed(value)),
        digest,
        public,
        provenance: Provenance { origin, generated: generated? },
    })
}

fn write_origin(origin: Origin, writer: &mut PackWriter, names: &mut SourceNames) {
    let Origin { source, line } = origin;
    writer.number(names.number(source)).number(u64::from(line));
}

fn read_origin(reader: &mut PackReader<'_>, sources: &[Source]) -> Option<Origin> {
    let source = sources.get(usize::try_from(reader.number()?).ok()?)?;
    Some(Origin::new(*source, u32::try_from(reader.number()?).ok()?))
}

fn write_diagnostics(found: &[Diagnostic], writer: &mut PackWriter, names: &mut SourceNames) {
    writer.number(found.len() as u64);
    for diagnostic in found {
        let Diagnostic { severity, code, message, at, column, excerpt, causes, hints } = diagnostic;
        writer.byte(match severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        });
        writer.text(code).text(message);
        write_origin(*at, writer, names);
        writer.number(column.map_or(0, u64::from)).optional_text(excerpt.as_deref());
        for texts in [causes, hints] {
            writer.number(texts.len() as u64);
            for text in texts {
                writer.text(text);
            }
        }
    }
}

fn read_diagnostics(reader: &mut PackReader<'_>, sources: &[Source]) -> Option<Vec<Diagnostic>> {
    let count = reader.count()?;
    let mut found = Vec::new();
    for _ in 0..count {
        let severity = match reader.byte()? {
            0 => Severity::Error,
            1 => Severity::Warning,
            2 => Severity::Info,
            _ => return None,
        };
        let code = code(reader.text()?)?;
        let message = reader.text()?.to_owned();
        let at = read_origin(reader, sources)?;
        let column = u32::try_from(reader.number()?).ok().filter(|column| *column > 0);
        let excerpt = reader.optional_text()?.map(str::to_owned);
        let mut texts = || -> Option<Vec<String>> {
            let count = reader.count()?;
            (0..count).map(|_| reader.text().map(str::to_owned)).collect()
        };
        let (causes, hints) = (texts()?, texts()?);
        found.push(Diagnostic { severity, code, message, at, column, excerpt, causes, hints });
    }
    Some(found)
}

/// How many codes there may be: far more than weir has, and few enough that no store can fill the memory with them.
const MAX_CODES: usize = 2048;

/// The codes that were read. A code lives as long as the process, as those do that are written in the source.
static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn code(text: &str) -> Option<&'static str> {
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = codes.get(text) {
        return Some(known);
    }
    if codes.len() >= MAX_CODES || text.len() > 64 {
        return None;
    }
    let code: &'static str = Box::leak(text.into());
    codes.insert(code);
    Some(code)
}

/// Tells whether a value, or one in it, came from a secret. What is deeper than can be packed is not asked.
fn holds_secret(value: &Value, depth: u32) -> bool {
    value.sensitive
        || depth < 1_000
            && match &value.data {
                Data::List(items) => items.iter().any(|item| holds_secret(item, depth + 1)),
                Data::Map(map) => map.iter().any(|(_, value)| holds_secret(value, depth + 1)),
                Data::Null | Data::Bool(_) | Data::Int(_) | Data::Uint(_) => false,
                Data::Float(_) | Data::String(_) => false,
            }
}
