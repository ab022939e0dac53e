//! The charts of one rendering: a chart's tree with names, requirements and values that the values decide.
//!
//! Charts are shared and never change; here is what changes: an alias renames, a condition drops, imports add values.
//! One chart under two aliases is two instances. In Helm 3 the charts below them are shared between the two, and the last
//! alias is their parent; that shows in paths, so instances refer to each other by number.

use weir_model::{SmolStr, Value};

use crate::{Chart, Dependency, HelmVersion};

/// The number of an instance.
pub(crate) type Id = usize;

/// The charts of one rendering.
pub(crate) struct Instances {
    charts: Vec<Instance>,
    /// The requirements of all charts; aliased charts share theirs in Helm 3.
    pub(crate) requirements: Vec<Dependency>,
}

/// A chart in one rendering.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) chart: Chart,
    /// The chart's name or its alias.
    pub(crate) name: SmolStr,
    /// What the chart needs, as numbers into [`Instances::requirements`]; none when it says nothing.
    pub(crate) requirements: Option<Vec<usize>>,
    /// The charts below.
    pub(crate) dependencies: Vec<Id>,
    pub(crate) parent: Option<Id>,
    /// The default values, imports included.
    pub(crate) values: Value,
}

impl Instances {
    /// The number of the root chart.
    pub(crate) const ROOT: Id = 0;

    /// Makes an instance of a chart and of each chart below it.
    pub(crate) fn new(chart: &Chart, helm: HelmVersion) -> Self {
        let mut instances = Self { charts: Vec::new(), requirements: Vec::new() };
        instances.add(chart, None, helm);
        instances
    }

    fn add(&mut self, chart: &Chart, parent: Option<Id>, helm: HelmVersion) -> Id {
        let first = self.requirements.len();
        let requirements = chart.metadata().dependencies.as_ref().map(|dependencies| {
            self.requirements.extend(dependencies.iter().cloned());
            (first..self.requirements.len()).collect()
        });
        let id = self.charts.len();
        self.charts.push(Instance {
            chart: chart.clone(),
            name: chart.metadata().name.clone(),
            requirements,
            dependencies: Vec::new(),
            parent,
            values: chart.values(helm).clone(),
        });
        let below =
            chart.dependencies().iter().map(|inner| self.add(inner, Some(id), helm)).collect();
        self.get_mut(id).dependencies = below;
        id
    }

    /// Returns an instance.
    pub(crate) fn get(&self, id: Id) -> &Instance {
        &self.charts[id]
    }

    /// Returns an instance to change it.
    pub(crate) fn get_mut(&mut self, id: Id) -> &mut Instance {
        &mut self.charts[id]
    }

    /// Makes a copy under another name. Helm 4 copies the charts directly below and the requirements too.
    pub(crate) fn alias(&mut self, id: Id, alias: &SmolStr, helm: HelmVersion) -> Id {
        let mut copy = self.get(id).clone();
        let new = self.charts.len();
        if !alias.is_empty() {
            copy.name = alias.clone();
        }
        if helm == HelmVersion::V4 {
            if let Some(requirements) = &mut copy.requirements {
                for number in requirements {
                    let requirement = self.requirements[*number].clone();
                    *number = self.requirements.len();
                    self.requirements.push(requirement);
                }
            }
            self.charts.push(copy.clone());
            for below in &mut copy.dependencies {
                let mut inner = self.get(*below).clone();
                inner.parent = Some(new);
                *below = self.charts.len();
                self.charts.push(inner);
            }
            *self.get_mut(new) = copy;
        } else {
            self.charts.push(copy);
        }
        new
    }

    /// Sets the charts below a chart and makes it their parent.
    pub(crate) fn set_dependencies(&mut self, id: Id, below: Vec<Id>) {
        for inner in &below {
            self.get_mut(*inner).parent = Some(id);
        }
        self.get_mut(id).dependencies = below;
    }

    /// Returns the path by which Helm names a chart's files: `root/charts/inner`.
    pub(crate) fn path(&self, id: Id) -> String {
        match self.get(id).parent {
            Some(parent) => format!("{}/charts/{}", self.path(parent), self.get(id).name),
            None => self.get(id).name.to_string(),
        }
    }
}
