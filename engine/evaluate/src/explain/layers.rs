//! What gives a value that a template read: the chart's defaults, `valuesFrom`, `spec.values`.

use weir_flux::data::{ObjectData, object_data};
use weir_flux::kinds::ValuesReference;
use weir_helm::{HelmVersion, ValueRead, values};
use weir_model::{FieldPath, FieldStep, Origin, SmolStr, Value};

use super::chain::Chain;
use super::{Link, LinkKind, named, shown};
use crate::units::Work;

/// Names a value that a template read, with what gives it.
pub(super) fn link(chain: &Chain<'_>, read: &ValueRead, is_secret: bool) -> Link {
    let causes = match read.path.0.split_first() {
        Some((FieldStep::Key(first), below)) if first == "Values" => {
            layers(chain, &FieldPath(below.to_vec()))
        }
        Some((FieldStep::Key(first), below)) if first == "Release" => release(chain, below),
        _ => Vec::new(),
    };
    let is_secret =
        is_secret || causes.iter().any(is_hidden) || holds_secret(chain, read.value.as_str());
    let is_whole = read.value.as_map().is_some() || read.value.as_list().is_some();
    Link {
        kind: LinkKind::Value,
        title: format!("reads `.{}`", read.path),
        place: None,
        value: (!is_whole).then(|| shown(&read.value, is_secret)),
        causes,
    }
}

/// Tells whether a text is one of the release's secrets, or holds one.
fn holds_secret(chain: &Chain<'_>, text: Option<&str>) -> bool {
    let Some(Work::Release(task)) = chain.explainer.task(chain.unit).map(|task| &task.work) else {
        return false;
    };
    let secrets = task.values.secrets.iter().filter(|secret| secret.len() > 2);
    text.is_some_and(|text| secrets.into_iter().any(|secret| text.contains(secret.as_str())))
}

fn is_hidden(link: &Link) -> bool {
    link.value.as_ref().and_then(Value::as_str) == Some(weir_plan::HIDDEN)
}

/// Lists what gives a value, what counts first.
fn layers(chain: &Chain<'_>, path: &FieldPath) -> Vec<Link> {
    let Some(Work::Release(task)) = chain.explainer.task(chain.unit).map(|task| &task.work) else {
        return Vec::new();
    };
    let mut links = Vec::new();
    let single = |reference: &&ValuesReference| reference.target_path.is_some();
    for reference in task.release.values_from.iter().rev().filter(single) {
        let target = reference.target_path.as_deref().and_then(|path| path.parse().ok());
        if target.is_some_and(|target: FieldPath| path.is_within(&target)) {
            links.extend(from_object(chain, reference, None));
        }
    }
    let own = FieldPath::keys(&["spec", "values"]).join(&path.0);
    if let Some(object) = chain.flux_object()
        && let Some(value) = own.find(object.value())
    {
        let (place, causes) = chain.given(object, &own).unwrap_or_default();
        links.push(Link {
            kind: LinkKind::Layer,
            title: format!("`spec.values` of `{}`", chain.unit),
            place,
            value: scalar(value, value.sensitive),
            causes,
        });
    }
    for reference in task.release.values_from.iter().rev().filter(|reference| !single(reference)) {
        links.extend(from_object(chain, reference, Some(path)));
    }
    links.extend(defaults(chain, path));
    for link in links.iter_mut().skip(1) {
        link.title = format!("instead of {}", link.title);
    }
    links
}

/// Finds the value in the data of a ConfigMap or Secret: all of an entry, or a place in the YAML that it holds.
fn from_object(
    chain: &Chain<'_>,
    reference: &ValuesReference,
    path: Option<&FieldPath>,
) -> Option<Link> {
    let ValuesReference { kind, name, key, .. } = reference;
    let namespace = &chain.unit.namespace;
    let placed = chain.explainer.settled.world().find("", kind, namespace, name)?;
    let is_secret = kind == "Secret";
    let data = ["stringData", "data"].into_iter().find_map(|data| {
        let path = FieldPath::keys(&[data, key]);
        Some((path.find(placed.manifest.value())?.origin, path))
    });
    let (origin, data) = data?;
    let ObjectData::Plain(mut entries) = object_data(&placed.manifest) else { return None };
    let text = entries.remove(key)?;
    let (value, line) = match path {
        None => (Value::string(SmolStr::from(text)), 0),
        Some(path) => {
            let all = values::read(text.as_bytes(), key, HelmVersion::V4).ok()?;
            let found = path.find(&all)?.clone();
            let line = found.origin.line;
            (found, line)
        }
    };
    let mut causes =
        chain.explainer.follow_made(&placed.unit, &placed.manifest, &data, chain.depth);
    // The text stands below the line of its entry, or is a whole file; what is encoded has no lines of its own.
    let encoded = is_secret && data.0.first() == Some(&FieldStep::Key("data".into()));
    let written = causes.last().and_then(|link| link.place.clone());
    let mut place = written.or_else(|| chain.explainer.place(&placed.unit, origin));
    if let Some(place) = place.as_mut().filter(|_| !encoded) {
        place.origin = Origin::new(place.origin.source, place.origin.line + line);
    }
    if matches!(&causes[..], [only] if only.causes.is_empty()) {
        causes.clear();
    }
    let at = if path.is_none() { " (`targetPath`)" } else { "" };
    Some(Link {
        kind: LinkKind::Layer,
        title: format!("`valuesFrom` `{}`, key `{key}`{at}", named(kind, namespace, name)),
        place,
        value: scalar(&value, is_secret),
        causes,
    })
}

/// Finds the value among the defaults of the chart, or of the chart below that it is for.
fn defaults(chain: &Chain<'_>, path: &FieldPath) -> Option<Link> {
    let value = chain.trace.chart.as_ref()?.default_value(path, HelmVersion::V4)?;
    Some(Link {
        kind: LinkKind::Layer,
        title: "the chart's default".to_owned(),
        place: chain.place(value.origin),
        value: scalar(value, false),
        causes: Vec::new(),
    })
}

/// Says where the name and the namespace of a release are written.
fn release(chain: &Chain<'_>, below: &[FieldStep]) -> Vec<Link> {
    let (Some(object), [FieldStep::Key(name)]) = (chain.flux_object(), below) else {
        return Vec::new();
    };
    let candidates: &[&[&str]] = match name.as_str() {
        "Name" => &[&["spec", "releaseName"], &["metadata", "name"]],
        "Namespace" => &[&["spec", "targetNamespace"], &["metadata", "namespace"]],
        _ => &[],
    };
    let Some((path, value)) = candidates.iter().find_map(|keys| {
        let path = FieldPath::keys(keys);
        let value = path.find(object.value())?.clone();
        Some((path, value))
    }) else {
        return Vec::new();
    };
    let (place, causes) = chain.given(object, &path).unwrap_or_default();
    vec![Link {
        kind: LinkKind::Layer,
        title: format!("`{path}` of `{}`", chain.unit),
        place,
        value: Some(value),
        causes,
    }]
}

fn scalar(value: &Value, is_secret: bool) -> Option<Value> {
    let is_whole = value.as_map().is_some() || value.as_list().is_some();
    (!is_whole).then(|| shown(value, is_secret))
}
