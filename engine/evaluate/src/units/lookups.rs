//! What the templates of a chart find in the cluster with `lookup`: the objects that the snapshot knows.
//!
//! Only charts that may look something up are handed objects, so that a change in the cluster renders no other chart anew.
//! Objects that a chart asks for and nobody knows are demands; until they are answered the chart finds nothing, as with
//! `helm template`.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use weir_flux::taint;
use weir_model::{Manifest, ObjectId, Value, decode_base64};

use super::values::ReleaseValues;
use crate::context::Context;
use crate::files::Files;
use crate::saved::lasting;
use crate::{Answer, Demand};

/// What there is to be found.
pub(super) type Objects = Arc<BTreeMap<ObjectId, Value>>;

/// The objects that a chart may find.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookups {
    pub(super) objects: Objects,
    /// The same with decoys in the Secrets; none when there are no Secrets.
    pub(super) decoys: Option<Objects>,
}

impl Lookups {
    /// Finds the objects that a chart may look up.
    pub(super) fn find(context: Context<'_>, files: &Files, values: &ReleaseValues) -> Self {
        let known: Vec<&Manifest> = context
            .snapshot
            .answers
            .iter()
            .filter_map(|(demand, answer)| match (demand, answer) {
                (Demand::Object(_), Ok(Answer::Object(manifest))) => Some(&**manifest),
                _ => None,
            })
            .collect();
        let memo = context.memo;
        if known.is_empty()
            || !(mentions(&values.merged) || files.may_hold(SIGN, &memo.looks_up, memo))
        {
            return Self::default();
        }
        let objects: BTreeMap<ObjectId, Value> =
            known.iter().map(|manifest| (manifest.id(), lasting(manifest.value()))).collect();
        let mut decoys = objects.clone();
        let mut has_secrets = false;
        for (_, secret) in decoys.iter_mut().filter(|(id, _)| is_secret(id)) {
            has_secrets = true;
            replace(secret);
        }
        Self { objects: Arc::new(objects), decoys: has_secrets.then(|| Arc::new(decoys)) }
    }

    /// Returns the texts of the Secrets, as they are and decoded.
    pub(super) fn secrets(&self) -> Vec<String> {
        let secrets = self.objects.iter().filter(|(id, _)| is_secret(id));
        let fields = secrets.flat_map(|(_, secret)| {
            FIELDS.iter().filter_map(|(field, _)| secret.get(field)?.as_map())
        });
        let texts = fields.flat_map(|map| map.iter().filter_map(|(_, value)| value.as_str()));
        texts.flat_map(|text| [Some(text.to_owned()), decoded(text)]).flatten().collect()
    }
}

/// Where a Secret holds its values, and whether in base64.
const FIELDS: &[(&str, bool)] = &[("data", true), ("stringData", false)];

/// The function that looks something up.
const SIGN: &str = "lookup";

/// Tells whether values hold templates that may look something up.
fn mentions(value: &Value) -> bool {
    if let Some(text) = value.as_str() {
        return text.contains(SIGN);
    }
    let in_map = value.as_map().is_some_and(|map| map.iter().any(|(_, below)| mentions(below)));
    in_map || value.as_list().is_some_and(|items| items.iter().any(mentions))
}

fn is_secret(id: &ObjectId) -> bool {
    id.group.is_empty() && id.kind == "Secret"
}

/// Puts decoys in the place of a Secret's values.
fn replace(secret: &mut Value) {
    let Some(object) = secret.as_map_mut() else { return };
    for (field, is_encoded) in FIELDS {
        let Some(map) = object.get_mut(field).and_then(Value::as_map_mut) else { continue };
        for (_, value) in map.iter_mut() {
            let Some(text) = value.as_str() else { continue };
            let decoy = match decoded(text).filter(|_| *is_encoded) {
                Some(plain) => STANDARD.encode(taint::decoy(&plain)),
                None => taint::decoy(text),
            };
            *value = Value::string(decoy).at(value.origin);
        }
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(decode_base64(text)?).ok()
}
