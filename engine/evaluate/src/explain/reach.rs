//! Which folders of the repository a unit depends on, with the units above it and those whose objects it refers to.

use std::collections::BTreeSet;

use weir_plan::UnitId;

use super::Explainer;
use crate::units::Work;
use crate::units::build;
use crate::world::Placed;

impl Explainer<'_> {
    /// Returns the folders of the repository in which a change may alter what a unit makes, charts with all below them
    /// ending in `/`. Nothing when that cannot be told, as something that is referred to is not there.
    pub fn folders(&self, unit: &UnitId) -> Option<BTreeSet<String>> {
        let mut folders = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![unit.clone()];
        while let Some(unit) = open.pop() {
            if !seen.insert(unit.clone()) {
                continue;
            }
            let node = self.settled.node(&unit)?;
            let task = node.task.as_ref()?;
            open.push(node.placed.unit.clone());
            let source = task.source.as_ref()?;
            let is_own = source.revision == self.snapshot.root.revision.0;
            let world = self.settled.world();
            let object = |kind: &str, name: &str| -> Option<&Placed> {
                world.find("", kind, &unit.namespace, name)
            };
            if !is_own {
                let id = &source.id;
                let namespace = id.namespace.as_deref().unwrap_or_default();
                open.push(world.find(&id.group, &id.kind, namespace, &id.name)?.unit.clone());
            }
            match &task.work {
                Work::Build(task) => {
                    if is_own {
                        folders.extend(build::folders(task, self.memo)?);
                    }
                    for reference in &task.spec.substitute_from {
                        match object(&reference.kind, &reference.name) {
                            Some(placed) => open.push(placed.unit.clone()),
                            None if reference.optional => {}
                            None => return None,
                        }
                    }
                }
                Work::Release(task) => {
                    if is_own {
                        folders.insert(format!("{}/", source.path.trim_matches(['.', '/'])));
                    }
                    for reference in &task.release.values_from {
                        match object(&reference.kind, &reference.name) {
                            Some(placed) => open.push(placed.unit.clone()),
                            None if reference.optional => {}
                            None => return None,
                        }
                    }
                }
                Work::Blocked(_) | Work::Recorded(_) => return None,
            }
        }
        Some(folders)
    }
}
