//! Recorded units as bytes.

use std::sync::Arc;

use weir_plan::{Body, PlanObject, Provenance, SourceRef, UnitId, UnitKind};

use super::parts::{Reader, Writer};
use crate::Recorded;

pub(super) fn write(writer: &mut Writer, id: &UnitId, recorded: &Recorded) {
    let Recorded { after, source, suspended, body, warnings } = recorded;
    write_unit_id(writer, id);
    writer.count(after.len());
    after.iter().for_each(|id| write_unit_id(writer, id));
    writer.bytes.byte(u8::from(source.is_some()));
    if let Some(SourceRef { id, revision, path }) = source {
        writer.id(id);
        writer.text(revision);
        writer.text(path);
    }
    writer.bytes.byte(u8::from(*suspended));
    match body {
        Body::Ready(objects) => {
            writer.bytes.byte(0);
            writer.count(objects.len());
            objects.iter().for_each(|object| write_object(writer, object));
        }
        Body::Waiting(reasons) => {
            writer.bytes.byte(1);
            writer.diagnostics(reasons);
        }
        Body::Broken(reasons) => {
            writer.bytes.byte(2);
            writer.diagnostics(reasons);
        }
        Body::Same => drop(writer.bytes.byte(3)),
    }
    writer.diagnostics(warnings);
}

fn write_object(writer: &mut Writer, object: &PlanObject) {
    let PlanObject { id, manifest, digest: _, public, provenance } = object;
    let Provenance { origin, generated } = provenance;
    writer.id(id);
    writer.value(manifest.value());
    writer.bytes.digest(public);
    writer.origin(*origin);
    writer.texts(generated.iter().map(String::as_str));
}

fn write_unit_id(writer: &mut Writer, id: &UnitId) {
    writer.bytes.byte(match id.kind {
        UnitKind::Kustomization => 0,
        UnitKind::HelmRelease => 1,
    });
    writer.text(&id.namespace);
    writer.text(&id.name);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<(UnitId, Recorded)> {
    let id = read_unit_id(reader)?;
    let after = reader.list(read_unit_id)?;
    let source = if reader.flag()? {
        let id = reader.id()?;
        Some(SourceRef { id, revision: reader.string()?, path: reader.string()? })
    } else {
        None
    };
    let suspended = reader.flag()?;
    let body = match reader.bytes.byte()? {
        0 => Body::Ready(Arc::new(reader.list(read_object)?)),
        1 => Body::Waiting(reader.diagnostics()?),
        2 => Body::Broken(reader.diagnostics()?),
        3 => Body::Same,
        _ => return None,
    };
    let warnings = reader.diagnostics()?;
    Some((id, Recorded { after, source, suspended, body, warnings }))
}

fn read_object(reader: &mut Reader<'_>) -> Option<PlanObject> {
    let (id, manifest) = (reader.id()?, Arc::new(reader.manifest()?));
    // From the digest of an object with its secrets they could be guessed, so there is none but the public one.
    let public = reader.bytes.digest()?;
    Some(PlanObject {
        id,
        manifest,
        digest: public,
        public,
        provenance: Provenance {
            origin: reader.origin()?,
            generated: reader.list(Reader::string)?,
        },
    })
}

fn read_unit_id(reader: &mut Reader<'_>) -> Option<UnitId> {
    let kind = match reader.bytes.byte()? {
        0 => UnitKind::Kustomization,
        1 => UnitKind::HelmRelease,
        _ => return None,
    };
    Some(UnitId { kind, namespace: reader.name()?, name: reader.name()? })
}
