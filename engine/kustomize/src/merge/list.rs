//! Lists that are merged by keys, or, when they hold scalars, by value.
//!
//! kustomize edits lists of shared nodes step by step, and what it does to elements that lack a key follows from these
//! steps. They are kept here: elements are numbered, and lists are lists of numbers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use smol_str::SmolStr;
use weir_yaml::{Content, Node};

use super::MergeError;
use super::directive::{KEY, elements_beside};
use super::plain_list::Plan;
use super::walk::{Other, Visit, Walked, Walker, bare};
use crate::fields::{Kind, set_field};
use crate::schema::Type;

/// The values of the keys of one element.
pub(super) type Values = Vec<SmolStr>;

impl Walker<'_> {
    /// Merges a list by keys; without keys, by value.
    pub(super) fn merged_list(
        &self,
        mut dest: Option<&mut Node>,
        others: [Other<'_>; 2],
        schema: Option<&Type>,
        depth: u32,
    ) -> Result<Walked, MergeError> {
        let keys = self.keys(dest.as_deref(), others, schema);
        let element = schema.and_then(|schema| self.schema.items(schema));
        match self.visitor.list(dest.as_deref_mut(), others, true)? {
            Visit::Gone => Ok(Walked::Gone),
            Visit::Stays => {
                let Some(dest) = dest else { return Ok(Walked::Gone) };
                let new = self.merge_into(dest, others, element.as_ref(), &keys?, depth)?;
                Ok(if new {
                    Walked::Becomes { node: std::mem::take(dest), source: None }
                } else {
                    Walked::Stays
                })
            }
            Visit::Adopt(index) => {
                let Some(mut node) = others.get(index).and_then(|other| other.node()).cloned()
                else {
                    return Ok(Walked::Gone);
                };
                // Beside a list, a directive has been obeyed; where there was none, it is an element like any other.
                if dest.is_some_and(|dest| !dest.is_null()) {
                    let left = elements_beside(&node).into_iter().cloned().collect();
                    node.content = Content::Sequence(left);
                }
                let new = self.merge_into(
                    &mut node,
                    [Other::Same, Other::Absent],
                    element.as_ref(),
                    &keys?,
                    depth,
                )?;
                Ok(Walked::Becomes { node, source: (!new).then_some(index) })
            }
            Visit::Fresh => {
                let mut node = Node::sequence(Vec::new());
                self.merge_into(&mut node, others, element.as_ref(), &keys?, depth)?;
                Ok(Walked::Becomes { node, source: None })
            }
        }
    }

    /// Merges the elements; tells whether the list is a new one.
    fn merge_into(
        &self,
        dest: &mut Node,
        others: [Other<'_>; 2],
        element: Option<&Type>,
        keys: &[SmolStr],
        depth: u32,
    ) -> Result<bool, MergeError> {
        let mut lists = Lists::new(dest, others, self.visitor.is_directive(KEY));
        let primitive = keys.is_empty();
        let none = [SmolStr::default()];
        let keys = if primitive { &none[..] } else { keys };
        if let Some(plan) = Plan::of(&lists, keys, self.settings.prepend) {
            let is_empty = plan.is_empty();
            self.merge_plain(&mut lists, &plan, element, keys, depth)?;
            lists.finish(dest);
            return Ok(self.settings.prepend && !is_empty);
        }
        let mut all = lists.values(keys, self.settings.prepend);
        if all.is_empty() {
            lists.finish(dest);
            return Ok(false);
        }
        lists.refuse_many(all.len())?;
        if keys.len() > 1 {
            join_matching(&mut all);
        }
        let used: BTreeSet<usize> = all.iter().flat_map(present).collect();
        let keys: Vec<SmolStr> = if used.is_empty() {
            keys.to_vec()
        } else {
            keys.iter()
                .enumerate()
                .filter(|(at, _)| used.contains(at))
                .map(|(_, key)| key.clone())
                .collect()
        };
        let mut added: Vec<usize> = Vec::new();
        for values in &all {
            let values: Values = values
                .iter()
                .enumerate()
                .filter(|(at, value)| used.is_empty() || !value.is_empty() || used.contains(at))
                .map(|(_, value)| value.clone())
                .collect();
            let places = lists.places(&keys, &values);
            match self.element(&mut lists, element, (&keys, &values), places, depth)? {
                Some(index) => lists.set(List::Added(&mut added), Some(index), &keys, &values)?,
                None => lists.set(List::Dest, None, &keys, &values)?,
            }
        }
        if self.settings.prepend {
            let from = std::mem::take(&mut lists.dest);
            lists.append(&mut added, &from, &keys)?;
            lists.dest = added;
        } else {
            let mut to = std::mem::take(&mut lists.dest);
            lists.append(&mut to, &added, &keys)?;
            lists.dest = to;
        }
        lists.finish(dest);
        Ok(self.settings.prepend)
    }

    /// Walks the elements that have these values; returns what the merged one is.
    pub(super) fn element(
        &self,
        lists: &mut Lists<'_>,
        schema: Option<&Type>,
        (keys, values): (&[SmolStr], &[SmolStr]),
        Places { dest: at, others: matching }: Places,
        depth: u32,
    ) -> Result<Option<usize>, MergeError> {
        let others: [Other<'_>; 2] =
            std::array::from_fn(|source| match (&lists.others[source], matching[source]) {
                (OtherList::Same, _) if at.is_some() => Other::Same,
                (OtherList::Items(items), Some(index)) => {
                    items.get(index).map_or(Other::Absent, |item| Other::Node(item))
                }
                _ => Other::Absent,
            });
        let mut found = at.map(|index| std::mem::take(&mut lists.pool[index]));
        let walked = self
            .walk(found.as_mut(), others, schema.cloned(), depth + 1)
            .map_err(MergeError::in_element);
        if let (Some(index), Some(found)) = (at, found) {
            lists.pool[index] = found;
        }
        let walked = walked?;
        if self.visitor.is_directive(KEY) {
            lists.obeyed(matching);
        }
        let merged = match walked {
            Walked::Gone => None,
            Walked::Stays => at,
            Walked::Becomes { node, .. } => {
                lists.pool.push(node);
                Some(lists.pool.len() - 1)
            }
        };
        let Some(node) = merged.and_then(|index| lists.pool.get_mut(index)) else {
            return Ok(None);
        };
        if is_nothing(node) {
            return Ok(None);
        }
        for (key, value) in keys.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
            if key.is_empty() {
                Kind::Scalar.expect(node)?;
                *node = bare(value, node);
            } else if node.get(key).is_none() {
                set_field(node, key, Node::string(value.clone()))?;
            }
        }
        Ok(merged)
    }
}

/// How many looks at elements a list may take that cannot be merged in one pass.
const MAX_LOOKS: usize = 20_000_000;

/// The elements of the sources.
pub(super) struct Lists<'a> {
    /// The elements of the destination, and those that become elements of it.
    pub(super) pool: Vec<Node>,
    /// The destination: numbers in the pool.
    pub(super) dest: Vec<usize>,
    /// The other sources.
    pub(super) others: [OtherList<'a>; 2],
}

/// Where the elements with the same values are: in the pool, and in the other sources.
#[derive(Clone, Copy, Default)]
pub(super) struct Places {
    pub(super) dest: Option<usize>,
    pub(super) others: [Option<usize>; 2],
}

pub(super) enum OtherList<'a> {
    Absent,
    Same,
    Items(Vec<Cow<'a, Node>>),
}

/// The list that a step changes.
enum List<'a> {
    Dest,
    Added(&'a mut Vec<usize>),
}

impl<'a> Lists<'a> {
    fn new(dest: &mut Node, others: [Other<'a>; 2], obeys: bool) -> Self {
        let pool = dest.items_mut().map(std::mem::take).unwrap_or_default();
        let others = others.map(|other| match other {
            Other::Absent => OtherList::Absent,
            Other::Same => OtherList::Same,
            Other::Node(node) if obeys => {
                OtherList::Items(elements_beside(node).into_iter().map(Cow::Borrowed).collect())
            }
            Other::Node(node) => {
                OtherList::Items(node.items().into_iter().flatten().map(Cow::Borrowed).collect())
            }
        });
        Self { dest: (0..pool.len()).collect(), pool, others }
    }

    /// Refuses lists so long that looking for each of so many values in all of them takes minutes.
    fn refuse_many(&self, values: usize) -> Result<(), MergeError> {
        let others = self.others.iter().map(|other| match other {
            OtherList::Items(items) => items.len(),
            OtherList::Absent | OtherList::Same => 0,
        });
        let elements = self.pool.len() + others.sum::<usize>() + values;
        if elements.saturating_mul(values) > MAX_LOOKS {
            return Err(MergeError::Length { elements, field: String::new(), complete: false });
        }
        Ok(())
    }

    /// Finds the first elements that have these values. Keys without a value are not looked at, unless all are.
    fn places(&self, keys: &[SmolStr], values: &[SmolStr]) -> Places {
        let all: Vec<(&SmolStr, &SmolStr)> = keys.iter().zip(values).collect();
        let with_value: Vec<_> =
            all.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        let asked = if with_value.is_empty() { all } else { with_value };
        let in_pool = |index: &usize| self.pool.get(*index).is_some_and(|item| has(item, &asked));
        Places {
            dest: self.dest.iter().copied().find(in_pool),
            others: std::array::from_fn(|source| match &self.others[source] {
                OtherList::Items(items) => items.iter().position(|item| has(item, &asked)),
                OtherList::Absent | OtherList::Same => None,
            }),
        }
    }

    /// Takes the directive out of elements that have been walked: they may be asked for again.
    fn obeyed(&mut self, elements: [Option<usize>; 2]) {
        for (other, index) in self.others.iter_mut().zip(elements) {
            let (OtherList::Items(items), Some(index)) = (other, index) else { continue };
            if let Some(item) = items.get_mut(index).filter(|item| item.get(KEY).is_some()) {
                item.to_mut().remove(KEY);
            }
        }
    }

    /// Returns the values of the keys of all elements, each combination once, in the order of the sources.
    fn values(&self, keys: &[SmolStr], prepend: bool) -> Vec<Values> {
        let mut sources: Vec<Vec<&Node>> =
            vec![self.dest.iter().filter_map(|index| self.pool.get(*index)).collect()];
        for other in &self.others {
            match other {
                OtherList::Items(items) => sources.push(items.iter().map(|item| &**item).collect()),
                OtherList::Absent | OtherList::Same => {}
            }
        }
        if prepend {
            sources.rotate_left(1);
        }
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for item in sources.into_iter().flatten() {
            let values: Values = keys.iter().map(|key| value_of(item, key)).collect();
            if seen.insert(values.clone()) {
                all.push(values);
            }
        }
        all
    }

    /// Replaces the elements that have these values by one, or takes them out; adds it when there are none.
    fn set(
        &mut self,
        list: List<'_>,
        element: Option<usize>,
        keys: &[SmolStr],
        values: &[SmolStr],
    ) -> Result<(), MergeError> {
        match list {
            List::Added(list) => self.set_in(list, element, keys, values),
            List::Dest => {
                let mut list = std::mem::take(&mut self.dest);
                let result = self.set_in(&mut list, element, keys, values);
                self.dest = list;
                result
            }
        }
    }

    fn set_in(
        &self,
        list: &mut Vec<usize>,
        element: Option<usize>,
        keys: &[SmolStr],
        values: &[SmolStr],
    ) -> Result<(), MergeError> {
        let of_mappings = keys.first().is_some_and(|key| !key.is_empty())
            && values.first().is_some_and(|value| !value.is_empty());
        let mut kept = Vec::with_capacity(list.len() + 1);
        let mut matched = false;
        for index in list.drain(..) {
            let Some(item) = self.pool.get(index).filter(|item| !is_nothing(item)) else {
                continue;
            };
            if of_mappings && item.pairs().is_none() {
                kept.push(index);
                continue;
            }
            let mut found = false;
            for (key, value) in keys.iter().zip(values) {
                found = if key.is_empty() {
                    Kind::Scalar.expect(item)?;
                    item.text().unwrap_or_default() == value
                } else {
                    Kind::Mapping.expect(item)?;
                    item.get(key).is_some_and(|field| {
                        value.is_empty() || field.text().unwrap_or_default() == value
                    })
                };
                if !found {
                    break;
                }
            }
            // A later key that has no value to ask for says what the one before it said.
            if found {
                matched = true;
                kept.extend(element);
            } else if !values.is_empty() {
                kept.push(index);
            }
        }
        if let (Some(element), false) = (element, matched) {
            kept.push(element);
        }
        *list = kept;
        Ok(())
    }

    /// Adds elements to a list, each in the place of those that have its values.
    fn append(
        &self,
        to: &mut Vec<usize>,
        from: &[usize],
        keys: &[SmolStr],
    ) -> Result<(), MergeError> {
        for index in from {
            let Some(item) = self.pool.get(*index) else { continue };
            let mut values = Values::new();
            for key in keys {
                if key.is_empty() {
                    values.push(item.text().unwrap_or_default().into());
                    continue;
                }
                Kind::Mapping.expect(item)?;
                match item.get(key) {
                    Some(field) => values.push(field.text().unwrap_or_default().into()),
                    None => to.push(*index),
                }
            }
            if keys.len() > 1 {
                self.set_in(to, None, keys, &values)?;
            }
            self.set_in(to, Some(*index), keys, &values)?;
        }
        Ok(())
    }

    /// Puts the elements back into the list.
    fn finish(mut self, dest: &mut Node) {
        let mut last_use: Vec<usize> = vec![usize::MAX; self.pool.len()];
        for (at, index) in self.dest.iter().enumerate() {
            last_use[*index] = at;
        }
        let mut items = Vec::with_capacity(self.dest.len());
        for (at, index) in self.dest.iter().enumerate() {
            let item = &mut self.pool[*index];
            items.push(if last_use[*index] == at { std::mem::take(item) } else { item.clone() });
        }
        dest.content = Content::Sequence(items);
    }
}

/// Returns the value of a key, empty when there is none; of a scalar, by the empty key, itself.
pub(super) fn value_of(item: &Node, key: &str) -> SmolStr {
    let field = if key.is_empty() { Some(item) } else { item.get(key) };
    field
        .filter(|field| key.is_empty() || !field.is_null())
        .and_then(Node::text)
        .unwrap_or_default()
        .into()
}

fn has(item: &Node, asked: &[(&SmolStr, &SmolStr)]) -> bool {
    asked.iter().all(|(key, value)| {
        let field = if key.is_empty() { Some(item) } else { item.get(key) };
        field.is_some_and(|field| field.text().unwrap_or_default() == *value)
    })
}

pub(super) fn is_nothing(node: &Node) -> bool {
    node.is_null() || node.pairs().is_some_and(Vec::is_empty)
}

fn present(values: &Values) -> impl Iterator<Item = usize> {
    values.iter().enumerate().filter(|(_, value)| !value.is_empty()).map(|(at, _)| at)
}

/// Takes values for the same that differ only where one has nothing, and gives both what either has. The one that is
/// compared stays what it was until all have been compared with it.
fn join_matching(all: &mut [Values]) {
    for first in 0..all.len() {
        let Some(compared) = all.get(first).cloned() else { continue };
        for second in 0..all.len() {
            let Some(other) = all.get(second) else { continue };
            let pairs = || compared.iter().zip(other);
            let agree = pairs().all(|(a, b)| a == b || a.is_empty() || b.is_empty());
            if !agree || !pairs().any(|(a, b)| a == b) {
                continue;
            }
            let joined: Values =
                pairs().map(|(a, b)| if a.is_empty() { b } else { a }.clone()).collect();
            all[first].clone_from(&joined);
            all[second] = joined;
        }
    }
}
