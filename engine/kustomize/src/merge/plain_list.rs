//! The way most lists go: every element has its keys, and no two elements of a list have the same. The outcome is that
//! of [`super::list`], without looking through the lists for each element.

use std::collections::BTreeMap;

use super::MergeError;
use super::list::{Lists, OtherList, Places, Values, is_nothing, value_of};
use super::walk::Walker;
use crate::schema::Type;
use smol_str::SmolStr;
use weir_yaml::Node;

/// The elements of all sources by their values, in the order in which the values are first met.
pub(super) struct Plan {
    order: Vec<(Values, Places)>,
}

impl Plan {
    /// Sorts the elements; gives nothing when one lacks a key or stands twice.
    pub(super) fn of(lists: &Lists<'_>, keys: &[SmolStr], prepend: bool) -> Option<Self> {
        let mut plan = Self { order: Vec::new() };
        let mut known: BTreeMap<Values, usize> = BTreeMap::new();
        let mut add = |plan: &mut Self, item: &Node, source: Option<usize>, index: usize| {
            let fits = if keys.iter().all(|key| key.is_empty()) {
                item.text().is_some()
            } else {
                item.pairs().is_some()
                    && keys
                        .iter()
                        .all(|key| item.get(key).is_some_and(|field| field.text().is_some()))
            };
            let values: Values = keys.iter().map(|key| value_of(item, key)).collect();
            if !fits || is_nothing(item) || values.iter().any(|value| value.is_empty()) {
                return None;
            }
            let at = *known.entry(values).or_insert_with_key(|values| {
                plan.order.push((values.clone(), Places::default()));
                plan.order.len() - 1
            });
            let places = &mut plan.order.get_mut(at)?.1;
            let place = match source {
                None => &mut places.dest,
                Some(source) => places.others.get_mut(source)?,
            };
            place.replace(index).is_none().then_some(())
        };
        let add_dest = |plan: &mut Self,
                        add: &mut dyn FnMut(
            &mut Self,
            &Node,
            Option<usize>,
            usize,
        ) -> Option<()>| {
            lists.dest.iter().try_for_each(|index| add(plan, lists.pool.get(*index)?, None, *index))
        };
        if !prepend {
            add_dest(&mut plan, &mut add)?;
        }
        for (source, other) in lists.others.iter().enumerate() {
            if let OtherList::Items(items) = other {
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, item)| add(&mut plan, item, Some(source), index))?;
            }
        }
        if prepend {
            add_dest(&mut plan, &mut add)?;
        }
        Some(plan)
    }

    /// Tells whether no source has an element.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
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
                    added.push(dest)
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
