//! The resources of a build in their order, each id once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use smol_str::SmolStr;

use super::id::{Id, IdKey};
use super::origin::OriginNote;
use super::resource::{Behavior, Resource};
use super::select::alternatives;
use crate::budget::{Budget, Size};
use crate::error::{BuildError, Errors, Result};
use crate::schema::Schema;

/// How long a change takes for each node of the object, in looks at nodes.
const CHANGE: usize = 6;

/// The resources of a build. Indices over their ids and names are made when they are needed, and kept while no id changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResourceList {
    list: Vec<Resource>,
    ids: Option<BTreeMap<IdKey, usize>>,
    /// Where the resources stand that have, or had, each name.
    names: Option<BTreeMap<SmolStr, Vec<usize>>>,
    /// Whether there may be resources of which nothing is left.
    may_hold_empty: bool,
}

impl ResourceList {
    /// Collects resources; two with one id are an error.
    pub(crate) fn collect(resources: Vec<Resource>, schema: &Schema) -> Result<Self> {
        let mut list = Self::default();
        let mut errors = Errors::default();
        for resource in resources {
            errors.note(list.append(resource, schema));
        }
        errors.finish(list)
    }

    /// Returns the resources.
    pub(crate) fn as_slice(&self) -> &[Resource] {
        &self.list
    }

    /// Returns the resources to change them.
    pub(crate) fn as_mut(&mut self) -> &mut Vec<Resource> {
        self.forget();
        &mut self.list
    }

    /// Changes one resource. The whole of it counts as looked at, and what it gains as made.
    pub(crate) fn change(
        &mut self,
        at: usize,
        schema: &Schema,
        budget: &Budget,
        change: impl FnOnce(&mut Resource) -> Result<()>,
    ) -> Result<()> {
        let Some(resource) = self.list.get_mut(at) else { return Ok(()) };
        let size = Size::of(&resource.node);
        budget.step(CHANGE * size.nodes)?;
        let before = resource.id(schema).key();
        let result = change(resource);
        let after = resource.id(schema).key();
        budget.hold(Size::of(&resource.node).beyond(size))?;
        if let Some(names) = &mut self.names {
            note_names(names, resource, at);
        }
        self.may_hold_empty |= resource.is_empty();
        if before != after {
            self.move_id(at, &before, after);
        }
        result
    }

    /// Keeps the index over the ids true; where two resources come to have one id, it is made anew when it is needed.
    fn move_id(&mut self, at: usize, before: &IdKey, after: IdKey) {
        let Some(ids) = &mut self.ids else { return };
        if ids.get(before) == Some(&at) {
            ids.remove(before);
        }
        if ids.insert(after, at).is_some() {
            self.ids = None;
        }
    }

    fn forget(&mut self) {
        self.ids = None;
        self.names = None;
        self.may_hold_empty = true;
    }

    /// Gives the resources out.
    pub(crate) fn into_vec(self) -> Vec<Resource> {
        self.list
    }

    /// Adds a resource; one whose id is there already is an error.
    pub(crate) fn append(&mut self, resource: Resource, schema: &Schema) -> Result<()> {
        let id = resource.id(schema);
        let at = self.list.len();
        let list = &self.list;
        let ids = self.ids.get_or_insert_with(|| {
            list.iter().enumerate().map(|(at, known)| (known.id(schema).key(), at)).collect()
        });
        match ids.entry(id.key()) {
            Entry::Occupied(_) => Err(BuildError::new(format!(
                "may not add resource with an already registered id: {id}"
            ))
            .at(resource.at())),
            Entry::Vacant(entry) => {
                entry.insert(at);
                if let Some(names) = &mut self.names {
                    note_names(names, &resource, at);
                }
                self.list.push(resource);
                Ok(())
            }
        }
    }

    /// Adds resources.
    pub(crate) fn append_all(&mut self, other: Self, schema: &Schema) -> Result<()> {
        if self.list.is_empty() {
            *self = other;
            return Ok(());
        }
        let mut errors = Errors::default();
        for resource in other.list {
            errors.note(self.append(resource, schema));
        }
        errors.finish(())
    }

    /// Adds what a generator made: each is new, replaces one that is there, or is merged with it.
    pub(crate) fn absorb_all(
        &mut self,
        made: Vec<Resource>,
        schema: &Schema,
        budget: &Budget,
    ) -> Result<()> {
        made.into_iter().try_for_each(|resource| self.absorb(resource, schema, budget))
    }

    fn absorb(&mut self, mut made: Resource, schema: &Schema, budget: &Budget) -> Result<()> {
        let id = made.id(schema);
        let found = self.by_any_id(&id, schema);
        match found.as_slice() {
            [] if matches!(made.behavior, Behavior::Merge | Behavior::Replace) => {
                Err(BuildError::new(format!(
                    "id {} does not exist; cannot merge or replace",
                    debug(&id)
                ))
                .at(made.at()))
            }
            [] => self.append(made, schema),
            [at] => {
                let behavior = made.behavior;
                if !matches!(behavior, Behavior::Merge | Behavior::Replace) {
                    return Err(BuildError::new(format!(
                        "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
                        debug(&id),
                        behavior.word()
                    ))
                    .at(made.at()));
                }
                self.change(*at, schema, budget, |old| {
                    super::absorb::take_over(&mut made, old, behavior == Behavior::Merge)?;
                    *old = made;
                    Ok(())
                })
            }
            _ => Err(BuildError::new(format!(
                "found multiple objects [{}] that could accept merge of {id}",
                found
                    .iter()
                    .filter_map(|at| self.list.get(*at))
                    .map(|resource| resource.id(schema).to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            ))
            .at(made.at())),
        }
    }

    /// Returns where the resources stand that have, or had, this id.
    fn by_any_id(&mut self, id: &Id, schema: &Schema) -> Vec<usize> {
        let key = id.key();
        self.by_any(&id.name, |candidate| candidate.key() == key, schema)
    }

    /// Returns where the resources stand that have, or had, this name and an id that passes.
    pub(crate) fn by_any(
        &mut self,
        name: &SmolStr,
        passes: impl Fn(&Id) -> bool,
        schema: &Schema,
    ) -> Vec<usize> {
        let places = self.once_named(name).to_vec();
        let ids = |at: &usize| {
            self.list.get(*at).is_some_and(|resource| {
                let mut ids = resource.previous_ids().chain(std::iter::once(resource.id(schema)));
                !resource.is_empty() && ids.any(|id| passes(&id))
            })
        };
        places.into_iter().filter(ids).collect()
    }

    /// Returns where the resources stand that have a name, had it, or stand in their places now.
    pub(crate) fn once_named(&mut self, name: &str) -> &[usize] {
        let list = &self.list;
        let names = self.names.get_or_insert_with(|| {
            let mut names = BTreeMap::new();
            for (at, resource) in list.iter().enumerate() {
                note_names(&mut names, resource, at);
            }
            names
        });
        names.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns where the one resource stands that has, or had, this id.
    pub(crate) fn one_by_any_id(&mut self, id: &Id, schema: &Schema) -> Result<usize> {
        let found = self.by_any_id(id, schema);
        let trouble = match found.as_slice() {
            [at] => return Ok(*at),
            [] => "no matches",
            _ => "multiple matches",
        };
        Err(BuildError::new(format!(
            "{trouble} for Id {id}; failed to find unique target for patch {id}"
        ))
        .hint(|| found.is_empty().then(|| alternatives(&id.kind, &self.list)).flatten()))
    }

    /// Takes out the resources of which nothing is left.
    pub(crate) fn drop_empty(&mut self) {
        if self.may_hold_empty && self.list.iter().any(Resource::is_empty) {
            self.as_mut().retain(|resource| !resource.is_empty());
        }
        self.may_hold_empty = false;
    }

    /// Notes which generator made the resources that have no note yet.
    pub(crate) fn note_generator(made: &mut [Resource], origin: &OriginNote) {
        for resource in made {
            if resource.origin.is_none() {
                resource.note_origin(origin);
            }
        }
    }

    /// Notes which transformer changed the resources, or made those that have no note yet.
    pub(crate) fn note_transformer(&mut self, origin: &OriginNote) {
        for resource in &mut self.list {
            match resource.origin {
                Some(_) => resource.transformations.push(origin.clone()),
                None => resource.note_origin(origin),
            }
        }
    }
}

/// Notes the names that a resource has, and had.
fn note_names(names: &mut BTreeMap<SmolStr, Vec<usize>>, resource: &Resource, at: usize) {
    let previous = resource.previous.iter().map(|previous| previous.name.clone());
    for name in previous.chain(std::iter::once(resource.name())) {
        let places = names.entry(name).or_default();
        if let Err(place) = places.binary_search(&at) {
            places.insert(place, at);
        }
    }
}

/// Writes an id as Go's `%#v` does.
fn debug(id: &Id) -> String {
    format!(
        "resid.ResId{{Gvk:resid.Gvk{{Group:{:?}, Version:{:?}, Kind:{:?}, isClusterScoped:{}}}, Name:{:?}, Namespace:{:?}}}",
        id.group.as_str(),
        id.version.as_str(),
        id.kind.as_str(),
        id.cluster_scoped,
        id.name.as_str(),
        id.namespace.as_str()
    )
}
