//! The way of one field: what Flux set, what was substituted, what kustomize changed, and what was there first.

use weir_flux::names::{HELM_NAME, HELM_NAMESPACE, KUSTOMIZE_NAME, KUSTOMIZE_NAMESPACE};
use weir_kustomize::{Edit, EditedField};
use weir_model::{FieldPath, FieldStep, Manifest, Origin, Value};
use weir_plan::{UnitId, UnitKind};

use super::{Explainer, Link, LinkKind, ObjectTrace, Place, UnitTrace, Within, shown};

/// What is needed to follow the fields of one object.
pub(super) struct Chain<'a> {
    pub(super) explainer: &'a Explainer<'a>,
    pub(super) unit: &'a UnitId,
    pub(super) trace: &'a UnitTrace,
    pub(super) object: &'a ObjectTrace,
    pub(super) manifest: &'a Manifest,
    /// The same with its secrets hidden.
    pub(super) hidden: &'a Value,
    pub(super) depth: u32,
}

impl Chain<'_> {
    /// Follows a field, which may hold others.
    pub(super) fn of(&self, field: &FieldPath) -> Vec<Link> {
        let mut links = Vec::new();
        let is_secret = self.is_secret(field);
        if let Some(link) = self.metadata(field) {
            let replaces = field.find(&self.object.plain).is_some();
            links.push(link);
            if !replaces {
                return links;
            }
        }
        links.extend(self.variables(field));
        let mut first = field.find(&self.object.plain).cloned();
        let mut current = first.clone();
        for (edit, edited) in self.edits(field) {
            let value = current.as_ref().map(|value| shown(value, is_secret));
            links.push(self.edit(edit, edited, value));
            current.clone_from(&edited.before);
            first.clone_from(&edited.before);
        }
        if let Some(rendered) = &self.object.rendered {
            first = field.find(rendered).cloned();
        }
        if let Some(first) = first {
            self.origin(field, &first, is_secret, &mut links);
        }
        links
    }

    /// Tells whether the field is, or holds, something that no output shows.
    fn is_secret(&self, field: &FieldPath) -> bool {
        field.find(self.hidden) != field.find(self.manifest.value())
    }

    /// Follows what was there before anything changed it: a line of a template, or of a file.
    fn origin(&self, field: &FieldPath, value: &Value, is_secret: bool, links: &mut Vec<Link>) {
        let leaf = first_leaf(value);
        let written = self.trace.templates.as_ref().and_then(|trace| trace.written(field, leaf));
        let Some(written) = written else {
            if let Some(place) = self.place(leaf.origin) {
                let value = (leaf.origin == value.origin || leaf.data == value.data)
                    .then(|| shown(value, is_secret));
                let title = match &place.within {
                    Within::Chart(_) => "written in the chart",
                    Within::Repository | Within::Source(_) => "written",
                };
                links.push(Link {
                    kind: LinkKind::File,
                    title: title.to_owned(),
                    place: Some(place),
                    value,
                    causes: Vec::new(),
                });
            }
            return;
        };
        let mut title = "written by the template";
        for line in written.templates.iter().rev().filter(|line| line.file != "gotpl") {
            let origin = Origin::new(weir_model::Source::named(&line.file), line.line);
            let name = match line.template == line.file {
                true => String::new(),
                false => format!(" `{}`", line.template),
            };
            links.push(Link {
                kind: LinkKind::Template,
                title: format!("{title}{name}"),
                place: self.place(origin),
                value: None,
                causes: Vec::new(),
            });
            title = "run by";
        }
        for read in &written.reads {
            links.push(super::layers::link(self, read, is_secret));
        }
    }

    /// Returns the changes that touched a field, the last first.
    fn edits(&self, field: &FieldPath) -> Vec<(&Edit, &EditedField)> {
        let touches =
            |edited: &&EditedField| field.is_within(&edited.path) || edited.path.is_within(field);
        let edits = self.object.edits.iter().rev();
        edits.filter_map(|edit| Some((edit, edit.fields.iter().find(touches)?))).collect()
    }

    fn edit(&self, edit: &Edit, edited: &EditedField, value: Option<Value>) -> Link {
        let place = self.place(edited.at);
        let own = self.place(edit.at).filter(|own| Some(own) != place.as_ref());
        let (place, own) = match place {
            Some(place) => (Some(place), own),
            None => (own.or_else(|| self.flux_field(edit.by)), None),
        };
        let title = match (edit.by, own) {
            ("references", _) => "changed because what it refers to got another name".to_owned(),
            (word, Some(own)) => format!("set by `{word}` of {}", own.origin),
            (word, None) => format!("set by `{word}`"),
        };
        Link { kind: LinkKind::Edit, title, place, value, causes: Vec::new() }
    }

    /// Finds the field of the Flux object that stands behind a word of a kustomization.
    fn flux_field(&self, word: &str) -> Option<Place> {
        let spec = self.flux_object()?.spec()?;
        let field = if word == "namespace" { "targetNamespace" } else { word };
        self.place(spec.get(field)?.origin)
    }

    /// Returns the Flux object of the unit.
    pub(super) fn flux_object(&self) -> Option<&Manifest> {
        Some(&*self.explainer.settled.node(self.unit)?.placed.manifest)
    }

    /// Says which of Flux's own labels or common metadata a field is.
    fn metadata(&self, field: &FieldPath) -> Option<Link> {
        let [FieldStep::Key(metadata), FieldStep::Key(map), FieldStep::Key(key)] = &field.0[..]
        else {
            return None;
        };
        if metadata != "metadata" || (map != "labels" && map != "annotations") {
            return None;
        }
        let owner = match self.unit.kind {
            UnitKind::Kustomization => [KUSTOMIZE_NAME, KUSTOMIZE_NAMESPACE],
            UnitKind::HelmRelease => [HELM_NAME, HELM_NAMESPACE],
        };
        let object = self.flux_object()?;
        let (title, origin) = if map == "labels" && owner.contains(&key.as_str()) {
            ("set by Flux on all objects of", object.value().origin)
        } else {
            let common = object.spec()?.pointer(&["commonMetadata", map, key])?;
            ("set by `spec.commonMetadata` of", common.origin)
        };
        Some(Link {
            kind: LinkKind::Metadata,
            title: format!("{title} `{}`", self.unit),
            place: self.place(origin).or_else(|| self.place(object.value().origin)),
            value: field.find(self.manifest.value()).cloned(),
            causes: Vec::new(),
        })
    }

    /// Says what a file is of: a chart's files are named after the chart, and may lie in the repository.
    pub(super) fn place(&self, origin: Origin) -> Option<Place> {
        let place = self.explainer.place(self.unit, origin)?;
        let source = self.explainer.task(self.unit).and_then(|task| task.source.as_ref());
        Some(match (&self.trace.chart, source) {
            (Some(chart), Some(source)) => {
                super::release::place(self.explainer, chart, source, place)
            }
            _ => place,
        })
    }
}

/// Returns the first leaf of a value: what holds others was written where its first entry was.
fn first_leaf(value: &Value) -> &Value {
    let mut leaf = value;
    for _ in 0..500 {
        let below = match leaf.as_list() {
            Some(items) => items.first(),
            None => leaf.as_map().and_then(|map| map.iter().next()).map(|(_, value)| value),
        };
        let Some(below) = below else { break };
        leaf = below;
    }
    if leaf.origin.is_known() { leaf } else { value }
}
