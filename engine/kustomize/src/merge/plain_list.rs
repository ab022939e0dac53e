//! The way most lists go: every element has its keys, and no two elements of a list have the same. The outcome is that
//! of [`super::list`], without looking through the lists for each element.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_yaml::Node;

use super::MergeError;
use super::list::{Lists, OtherList, Places, Values, is_nothing, value_of};
use super::walk::Walker;
use crate::schema::Type;

/// The elements of all sources by their values, in the order in which the values are first met.
#[derive(Default)]
pub(super) struct Plan {
    order: Vec<(Values, Places)>,
    known: BTreeMap<Values, usize>,
}

/// The source an element is of.
#[derive(Clone, Copy)]
enum Origin {
    Dest,
    Other(usize),
}

impl Plan {
    /// Sorts the elements; gives nothing when one lacks a key or stands twice.
    pub(super) fn of(lists: &Lists<'_>, keys: &[SmolStr], prepend: bool) -> Option<Self> {
        let mut plan = Self::default();
        if !prepend {
            plan.add_dest(lists, keys)?;
        }
        for (source, other) in lists.others.iter().enumerate() {
            if let OtherList::Items(items) = other {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| {
                    plan.add(item, keys, Origin::Other(source), index)
                })?;
            }
        }
        if prepend {
            plan.add_dest(lists, keys)?;
        }
        Some(plan)
    }

    /// Tells whether no source has an element.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn add_dest(&mut self, lists: &Lists<'_>, keys: &[SmolStr]) -> Option<()> {
        lists
            .dest
            .iter()
            .try_for_each(|index| self.add(lists.pool.get(*index)?, keys, Origin::Dest, *index))
    }

    fn add(&mut self, item: &Node, keys: &[SmolStr], origin: Origin, index: usize) -> Option<()> {
        let has_text = |node: &Node| node.text().is_some_and(|text| !text.is_empty());
        let fits = |key: &SmolStr| {
            if key.is_empty() { has_text(item) } else { item.get(key).is_some_and(has_text) }
        };
        if is_nothing(item) || !keys.iter().all(fits) {
            return None;
        }
        let values: Values = keys.iter().map(|key| value_of(item, key)).collect();
        if values.iter().any(|value| value.is_empty()) {
            return None;
        }
        let order = &mut self.order;
        let at = *self.known.entry(values).or_insert_with_key(|values| {
            order.push((values.clone(), Places::default()));
            order.len() - 1
        });
        let places = &mut order.get_mut(at)?.1;
        let place = match origin {
            Origin::Dest => &mut places.dest,
            Origin::Other(source) => places.others.get_mut(source)?,
        };
        place.replace(index).is_none().then_some(())
    }
}

impl Walker<'_> {
    /// Merges the elements by a plan.
    pub(super) fn merge_plain(
        &self,
        lists: &mut Lists<'_>,
        plan: &Plan,
        element: Option<&Type>,
        keys: &[SmolStr],
        depth: u32,
    ) -> Result<(), MergeError> {
        let mut added = Vec::with_capacity(plan.order.len());
        let mut becomes: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        for (values, places) in &plan.order {
            let merged = self.element(lists, element, (keys, values), *places, depth)?;
            match (places.dest, merged) {
                // Where the destination comes last, what it has wins over what would take its place; and with several
                // keys it is added once more.
                (Some(dest), Some(_)) if self.settings.prepend && keys.len() == 1 => {
                    added.push(dest);
                }
                (Some(dest), Some(_)) if self.settings.prepend => {
                    becomes.insert(dest, Some(dest));
                }
                (Some(dest), merged) => {
                    becomes.insert(dest, merged);
                }
                (None, merged) => added.extend(merged),
            }
        }
        let dest = std::mem::take(&mut lists.dest).into_iter();
        let mut dest =
            dest.filter_map(|index| becomes.get(&index).copied().flatten()).collect::<Vec<usize>>();
        if self.settings.prepend {
            added.append(&mut dest);
            lists.dest = added;
        } else {
            dest.append(&mut added);
            lists.dest = dest;
        }
        Ok(())
    }
}
