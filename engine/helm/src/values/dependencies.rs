//! Which charts below take part, under which names, and what a chart takes from their values.

use std::collections::BTreeSet;

use weir_golang::semver::{Constraint, Version};
use weir_model::{Data, Diagnostic, Map, SmolStr, Value};

use super::coalesce::{Coalescer, merge_tables};
use super::imports::Imports;
use super::{scalar_at, table_at};
use crate::HelmVersion;
use crate::instance::{Id, Instances};

/// Decides which charts take part and imports their values. The error is Helm's text.
pub(crate) fn process(
    instances: &mut Instances,
    values: &Map,
    helm: HelmVersion,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), String> {
    let mut process = Process { instances, helm, diagnostics };
    process.enable(Instances::ROOT, values, "")?;
    process.import(Instances::ROOT)
}

/// Returns what [`process`] makes of a chart's own needs and default values: the charts that take part, under the names
/// they go by, and the defaults with what was imported. The error is Helm's text.
pub(crate) fn decided(
    chart: &crate::Chart,
    values: &Value,
    helm: HelmVersion,
) -> Result<(Option<Vec<crate::Dependency>>, Value), String> {
    let mut instances = Instances::new(chart, helm);
    let given = values.as_map().cloned().unwrap_or_default();
    process(&mut instances, &given, helm, &mut Vec::new())?;
    let root = instances.get(Instances::ROOT);
    let needs = root.requirements.as_ref().map(|numbers| {
        numbers.iter().filter_map(|number| instances.requirements.get(*number).cloned()).collect()
    });
    Ok((needs, root.values.clone()))
}

/// Returns what a chart says it needs but does not have.
pub(crate) fn missing(chart: &crate::Chart) -> Vec<SmolStr> {
    let has = |name: &SmolStr| chart.dependencies().iter().any(|inner| inner.name() == name);
    let needs = chart.metadata().dependencies.iter().flatten();
    needs.map(|dependency| dependency.name.clone()).filter(|name| !has(name)).collect()
}

/// Tells whether a version fits a constraint; what cannot be read does not fit.
pub(crate) fn fits(constraint: &str, version: &str) -> bool {
    match (Constraint::parse(constraint), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}

struct Process<'a> {
    instances: &'a mut Instances,
    helm: HelmVersion,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Process<'_> {
    fn enable(&mut self, chart: Id, values: &Map, path: &str) -> Result<(), String> {
        let Some(requirements) = self.instances.get(chart).requirements.clone() else {
            return Ok(());
        };
        self.resolve(chart, &requirements);
        for number in &requirements {
            self.requirement(*number).enabled = true;
        }
        let values = self.coalesced(chart, values, false)?;
        self.tags(&requirements, &values);
        self.conditions(&requirements, &values, path);
        let disabled: BTreeSet<SmolStr> = requirements
            .iter()
            .map(|number| &self.instances.requirements[*number])
            .filter(|requirement| !requirement.enabled)
            .map(|requirement| requirement.name.clone())
            .collect();
        let below = self.instances.get(chart).dependencies.iter().copied();
        let kept: Vec<Id> =
            below.filter(|id| !disabled.contains(&self.instances.get(*id).name)).collect();
        for inner in &kept {
            let path = format!("{path}{}.", self.instances.get(*inner).name);
            self.enable(*inner, &values, &path)?;
        }
        let needed: Vec<usize> = requirements
            .into_iter()
            .filter(|number| !disabled.contains(&self.instances.requirements[*number].name))
            .collect();
        self.instances.get_mut(chart).requirements = (!needed.is_empty()).then_some(needed);
        self.instances.set_dependencies(chart, kept);
        Ok(())
    }

    /// Finds the chart of each requirement and gives it its alias. Charts that no requirement names stay.
    fn resolve(&mut self, chart: Id, requirements: &[usize]) {
        let below = self.instances.get(chart).dependencies.clone();
        let answers = |this: &Self, id: Id, number: usize| {
            let (instance, requirement) =
                (this.instances.get(id), &this.instances.requirements[number]);
            instance.name == requirement.name
                && fits(&requirement.version, instance.chart.version())
        };
        let mut resolved: Vec<Id> = below
            .iter()
            .copied()
            .filter(|id| !requirements.iter().any(|number| answers(self, *id, *number)))
            .collect();
        for number in requirements {
            let alias = self.requirement(*number).alias.clone();
            if let Some(found) = below.iter().copied().find(|id| answers(self, *id, *number)) {
                resolved.push(self.instances.alias(found, &alias, self.helm));
            }
            if !alias.is_empty() {
                self.requirement(*number).name = alias;
            }
        }
        self.instances.set_dependencies(chart, resolved);
    }

    fn tags(&mut self, requirements: &[usize], values: &Map) {
        let Ok(tags) = table_at(values, "tags") else { return };
        for number in requirements {
            let (mut on, mut off) = (false, false);
            let requirement = &mut self.instances.requirements[*number];
            for tag in &requirement.tags {
                match tags.get(tag).map(|value| &value.data) {
                    Some(Data::Bool(true)) => on = true,
                    Some(Data::Bool(false)) => off = true,
                    Some(_) => {
                        let message =
                            format!("tag `{tag}` for chart {} is not a bool", requirement.name);
                        self.diagnostics.push(Diagnostic::warning("helm-dependency", message));
                    }
                    None => {}
                }
            }
            requirement.enabled = on || !off;
        }
    }

    fn conditions(&mut self, requirements: &[usize], values: &Map, path: &str) {
        for number in requirements {
            let requirement = &mut self.instances.requirements[*number];
            for condition in
                requirement.condition.trim().split(',').filter(|condition| !condition.is_empty())
            {
                match scalar_at(values, &format!("{path}{condition}")).map(|value| &value.data) {
                    Some(Data::Bool(enabled)) => {
                        requirement.enabled = *enabled;
                        break;
                    }
                    Some(_) => {
                        let name = &requirement.name;
                        let message =
                            format!("condition `{condition}` for chart {name} is not a bool");
                        self.diagnostics.push(Diagnostic::warning("helm-dependency", message));
                    }
                    None => {}
                }
            }
        }
    }

    /// Imports values, from the leaves up.
    fn import(&mut self, chart: Id) -> Result<(), String> {
        for below in self.instances.get(chart).dependencies.clone() {
            self.import(below)?;
        }
        let Some(requirements) = self.instances.get(chart).requirements.clone() else {
            return Ok(());
        };
        let mut values = self.coalesced(chart, &Map::new(), true)?;
        let mut imports = Imports::default();
        for number in requirements {
            let requirement = &self.instances.requirements[number];
            let mut normalized = Vec::new();
            for import in &requirement.import_values {
                let (child, parent, is_export) = match &import.data {
                    Data::String(name) => (format!("exports.{name}"), ".".to_owned(), true),
                    Data::Map(map) => {
                        (printed(map.get("child")), printed(map.get("parent")), false)
                    }
                    _ => continue,
                };
                normalized.push(Value::map(
                    [
                        ("child".into(), Value::from(child.as_str())),
                        ("parent".into(), Value::from(parent.as_str())),
                    ]
                    .into_iter()
                    .collect(),
                ));
                let path = format!("{}.{child}", requirement.name);
                match table_at(&values, &path).map(|_| ()) {
                    Ok(()) => imports.add(&mut values, &path, &parent),
                    Err(error) => {
                        let from = if is_export {
                            String::new()
                        } else {
                            format!(" from chart {}", requirement.name)
                        };
                        let message = format!("the values to import{from} are missing: {error}");
                        self.diagnostics.push(Diagnostic::warning("helm-dependency", message));
                    }
                }
            }
            self.instances.requirements[number].import_values = normalized;
        }
        merge_tables(&mut values, &imports.gathered());
        self.instances.get_mut(chart).values = Value::map(values);
        Ok(())
    }

    fn coalesced(&mut self, chart: Id, values: &Map, keep_null: bool) -> Result<Map, String> {
        Coalescer {
            instances: self.instances,
            helm: self.helm,
            keep_null,
            diagnostics: self.diagnostics,
        }
        .coalesce(chart, values)
    }

    fn requirement(&mut self, number: usize) -> &mut crate::Dependency {
        &mut self.instances.requirements[number]
    }
}

/// Returns a text as Go's `%v` prints it.
fn printed(value: Option<&Value>) -> String {
    match value.map(|value| &value.data) {
        None | Some(Data::Null) => "<nil>".to_owned(),
        Some(Data::String(text)) => text.to_string(),
        Some(_) => value.and_then(crate::chart::scalar_text).unwrap_or_default().to_string(),
    }
}
