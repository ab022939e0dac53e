//! Replacements: a value of one object copied into fields of others.

mod config;
mod structured;

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_yaml::{Content, Node, ScalarTag, Style};

pub use config::{FieldOptions, Replacement, Selector, Source, Target};

use super::selector::{IdPattern, LabelSelector, ResId};
use crate::budget::{Budget, Exceeded, Size};
use crate::fields::scalar::{resolve, untagged};
use crate::fields::{Create, FieldError, Kind, for_each_match, lookup, smart_split};

/// How long it takes to put a value into a field, in looks at nodes.
const PUT: usize = 100;

/// The field that is meant when none is named.
const DEFAULT_FIELD: &str = "metadata.name";

/// An object that may be source or target.
pub struct Candidate<'a> {
    /// The object.
    pub object: &'a mut Node,
    /// What it was called before transformers changed it.
    pub previous: &'a [ResId],
}

impl Candidate<'_> {
    fn any_id(&self, mut holds: impl FnMut(&ResId) -> bool) -> bool {
        holds(&ResId::of(self.object)) || self.previous.iter().any(holds)
    }

    fn name(&self) -> SmolStr {
        SmolStr::new(
            self.object.pointer(&["metadata", "name"]).and_then(Node::text).unwrap_or_default(),
        )
    }
}

/// Why a replacement could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplacementError(pub String);

impl From<Exceeded> for ReplacementError {
    fn from(exceeded: Exceeded) -> Self {
        Self(exceeded.to_string())
    }
}

impl From<String> for ReplacementError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Makes replacements in order; each sees what those before it did.
pub fn apply(
    candidates: &mut [Candidate<'_>],
    replacements: &[Replacement],
) -> Result<(), ReplacementError> {
    let budget = Budget::default();
    let mut replacer = Replacer::new(candidates, &budget);
    replacements.iter().try_for_each(|replacement| replacer.make(replacement))
}

/// Makes replacements among objects, which it knows by their names.
pub struct Replacer<'c, 'o> {
    candidates: &'c mut [Candidate<'o>],
    /// Where the objects stand that have, or had, each name.
    names: BTreeMap<SmolStr, Vec<usize>>,
    budget: &'c Budget,
}

impl<'c, 'o> Replacer<'c, 'o> {
    /// Takes the objects that may be sources and targets, and what may be used of them.
    pub fn new(candidates: &'c mut [Candidate<'o>], budget: &'c Budget) -> Self {
        let mut names: BTreeMap<SmolStr, Vec<usize>> = BTreeMap::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let previous = candidate.previous.iter().map(|id| id.name.clone());
            for name in previous.chain([candidate.name()]) {
                note(&mut names, name, at);
            }
        }
        Self { candidates, names, budget }
    }

    /// Makes one replacement.
    pub fn make(&mut self, replacement: &Replacement) -> Result<(), ReplacementError> {
        let has_source = replacement.source.is_some() || replacement.source_value.is_some();
        let (true, Some(targets)) = (has_source, &replacement.targets) else {
            return Err("replacements must specify a source and at least one target"
                .to_owned()
                .into());
        };
        let value = self.source_value(replacement)?;
        targets.iter().try_for_each(|target| self.put(target, &value))
    }

    /// Returns where the objects stand that may have a name; all when none is given.
    fn places(&self, name: Option<&str>) -> Result<Vec<usize>, ReplacementError> {
        let places: Vec<usize> = match name {
            Some(name) => self.names.get(name).cloned().unwrap_or_default(),
            None => (0..self.candidates.len()).collect(),
        };
        self.budget.step(places.len())?;
        Ok(places)
    }

    fn source_value(&mut self, replacement: &Replacement) -> Result<Node, ReplacementError> {
        let source = match (&replacement.source, &replacement.source_value) {
            (Some(_), Some(_)) => {
                return Err("value and resource selectors are mutually exclusive"
                    .to_owned()
                    .into());
            }
            (None, text) => {
                return Ok(untagged(text.as_deref().unwrap_or_default(), Style::Default));
            }
            (Some(source), None) => source,
        };
        let name = Some(source.id.name.as_str()).filter(|name| !name.is_empty());
        let places = self.places(name)?;
        let mut matches = places
            .into_iter()
            .filter_map(|at| self.candidates.get(at))
            .filter(|candidate| candidate.any_id(|id| id.is_selected_by(&source.id)));
        let found = matches.next().ok_or_else(|| format!("nothing selected by {source}"))?;
        if matches.next().is_some() {
            return Err(format!("multiple matches for selector {source}").into());
        }
        let field = if source.field_path.is_empty() { DEFAULT_FIELD } else { &source.field_path };
        let value = lookup(found.object, &smart_split(field, '.'))
            .map_err(|error| format!("error looking up replacement source: {error}"))?
            .filter(|value| {
                let is_empty = value.items().is_some_and(Vec::is_empty)
                    || value.pairs().is_some_and(Vec::is_empty);
                !value.is_null() && !is_empty
            })
            .ok_or_else(|| {
                format!("fieldPath `{field}` is missing for replacement source {}", source.id)
            })?;
        refine(value, &source.options)
    }

    fn put(&mut self, target: &Target, value: &Node) -> Result<(), ReplacementError> {
        let select = target
            .select
            .as_ref()
            .ok_or_else(|| "target must specify resources to select".to_owned())?;
        let pattern = compile(select)?;
        let rejects = target.reject.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
        let selected = by_entries(select)?;
        let rejected = target
            .reject
            .iter()
            .filter(|reject| !reject.annotations.is_empty() || !reject.labels.is_empty())
            .map(by_entries)
            .collect::<Result<Vec<_>, _>>()?;
        let default = [DEFAULT_FIELD.to_owned()];
        let paths = if target.field_paths.is_empty() { &default[..] } else { &target.field_paths };
        for at in self.places(pattern.name.text())? {
            let Some(candidate) = self.candidates.get_mut(at) else { continue };
            let meets = |(annotations, labels): &(LabelSelector, LabelSelector)| {
                annotations.matches_annotations(candidate.object)
                    && labels.matches_labels(candidate.object)
            };
            if !meets(&selected) || rejected.iter().any(meets) {
                continue;
            }
            let is_rejected = target.reject.iter().zip(&rejects).any(|(reject, pattern)| {
                reject.id != ResId::default() && candidate.any_id(|id| pattern.matches(id))
            });
            if is_rejected || !candidate.any_id(|id| pattern.matches(id)) {
                continue;
            }
            for path in paths {
                self.budget.step(PUT + path.len())?;
                put_at(candidate.object, path, value, &target.options, self.budget)?;
            }
            note(&mut self.names, candidate.name(), at);
        }
        Ok(())
    }
}

fn note(names: &mut BTreeMap<SmolStr, Vec<usize>>, name: SmolStr, at: usize) {
    let places = names.entry(name).or_default();
    if let Err(place) = places.binary_search(&at) {
        places.insert(place, at);
    }
}

fn compile(selector: &Selector) -> Result<IdPattern, String> {
    IdPattern::new(&selector.id).map_err(|error| format!("error creating target selector: {error}"))
}

fn by_entries(selector: &Selector) -> Result<(LabelSelector, LabelSelector), String> {
    Ok((LabelSelector::parse(&selector.annotations)?, LabelSelector::parse(&selector.labels)?))
}

/// Takes the part of a text that the options ask for.
fn refine(value: &Node, options: &FieldOptions) -> Result<Node, ReplacementError> {
    if options.delimiter.is_empty() {
        return Ok(value.clone());
    }
    let Content::Scalar(text, tag) = &value.content else {
        return Err("delimiter option can only be used with scalar nodes".to_owned().into());
    };
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| text.split(&options.delimiter).nth(index));
    let part = part.ok_or_else(|| {
        format!("options.index {} is out of bounds for value {text}", options.index)
    })?;
    Ok(Node { content: Content::Scalar(part.into(), *tag), ..value.clone() })
}

fn put_at(
    object: &mut Node,
    path: &str,
    value: &Node,
    options: &FieldOptions,
    budget: &Budget,
) -> Result<(), ReplacementError> {
    let size = Size::of(value);
    let create = options.create.then_some(match value.content {
        Content::Mapping(_) => Create::Mapping,
        Content::Sequence(_) => Create::Sequence,
        Content::Scalar(..) | Content::Alias(_) => Create::SCALAR,
    });
    let parts = smart_split(path, '.');
    let mut set = |field: &mut Node| {
        budget.step(size.nodes)?;
        budget.hold(size)?;
        budget.text(field.text().map_or(0, str::len))?;
        assign(field, value, options)
    };
    if structured::set(object, &parts, create, budget, &mut set) {
        return Ok(());
    }
    let lost = |cause: &dyn std::fmt::Display| {
        let doing = if create.is_some() { "find or create" } else { "find" };
        format!("unable to {doing} field {path:?} in replacement target{cause}")
    };
    let mut assigning = None;
    let count = for_each_match(object, &parts, create, &mut |field| {
        set(field).inspect_err(|error| assigning = Some(error.clone()))
    });
    match (count, assigning) {
        (_, Some(error)) => Err(error.to_string().into()),
        (Err(error), None) => Err(lost(&format_args!(": {error}")).into()),
        (Ok(0), None) => Err(lost(&"").into()),
        (Ok(_), None) => Ok(()),
    }
}

/// Puts the value into a field. A scalar takes over the text alone and stays what it was: a number, a string.
fn assign(field: &mut Node, value: &Node, options: &FieldOptions) -> Result<(), FieldError> {
    let mut text = value.text().unwrap_or_default().to_owned();
    if !options.delimiter.is_empty() {
        if Kind::of(field) != Kind::Scalar {
            return Err(FieldError::Other(
                "delimiter option can only be used with scalar nodes".into(),
            ));
        }
        let mut parts: Vec<&str> =
            field.text().unwrap_or_default().split(&options.delimiter).collect();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, &text),
            Ok(index) => match parts.get_mut(index) {
                Some(part) => *part = &text,
                None => parts.push(&text),
            },
        }
        text = parts.join(&options.delimiter);
    }
    match &mut field.content {
        Content::Scalar(old, tag) => {
            // An empty text without quotes was made just now, and is what its text says.
            if old.is_empty() && *tag == ScalarTag::Str && field.style == Style::Default {
                *tag = resolve(&text);
            }
            *old = text.into();
        }
        _ => *field = value.clone(),
    }
    Ok(())
}
