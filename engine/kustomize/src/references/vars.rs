//! `vars`: values of some resources put where `$(NAME)` stands in others.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use weir_model::{Diagnostic, Value};

use crate::error::{BuildError, Errors, Result, Within};
use crate::fields::{FieldSpec, lookup, smart_split};
use crate::filters::refvar;
use crate::kustomization::types::Var;
use crate::resources::{Id, Resource, ResourceList};
use crate::session::Session;

/// The vars of a build, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vars(BTreeMap<SmolStr, Var>);

impl Vars {
    /// Adds the vars of a kustomization, and notes on the resources that they mean that they are read.
    pub(crate) fn add(
        &mut self,
        incoming: &[Var],
        resources: &mut ResourceList,
        session: &Session<'_>,
    ) -> Result<()> {
        let listed: Vec<String> = incoming.iter().map(Var::to_string).collect();
        let doing = format!("merging vars [{}]", listed.join(" "));
        let mut split = Vec::with_capacity(incoming.len());
        for var in incoming {
            let mut var = var.clone();
            var.complete();
            mark(&var, resources, session).within(&doing)?;
            split.push(var);
        }
        split.into_iter().try_for_each(|var| self.insert(var)).within(&doing)
    }

    /// Adds the vars of another kustomization.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        other.0.into_values().try_for_each(|var| self.insert(var))
    }

    fn insert(&mut self, var: Var) -> Result<()> {
        if self.0.contains_key(&var.name) {
            return Err(BuildError::new(format!("var '{}' already encountered", var.name)));
        }
        self.0.insert(var.name.clone(), var);
        Ok(())
    }

    /// Puts the values in place.
    pub(crate) fn resolve(
        &self,
        resources: &mut ResourceList,
        specs: &[FieldSpec],
        session: &mut Session<'_>,
    ) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut readers: BTreeMap<SmolStr, &Resource> = BTreeMap::new();
        for resource in resources.as_slice() {
            for name in &resource.vars {
                readers.entry(name.clone()).or_insert(resource);
            }
        }
        let mut values: BTreeMap<&str, Value> = BTreeMap::new();
        let mut errors = Errors::default();
        for var in self.0.values() {
            if let Some(value) = errors.note(value(var, readers.get(&var.name).copied())) {
                values.insert(&var.name, value);
            }
        }
        errors.finish(())?;
        let mut used: BTreeSet<String> = BTreeSet::new();
        for resource in resources.as_mut() {
            let at = resource.at();
            for spec in specs {
                let mut counted = session.budget.step(1);
                refvar::expand(&mut resource.node, spec, &mut |name| {
                    let value = values.get(name).filter(|_| counted.is_ok())?;
                    counted = session.budget.text(value.as_str().map_or(0, str::len));
                    used.insert(name.to_owned());
                    Some(value.clone())
                })
                .at(at)?;
                counted.map_err(BuildError::from).at(at)?;
            }
        }
        let unused: Vec<&str> =
            values.keys().copied().filter(|name| !used.contains(*name)).collect();
        if !unused.is_empty() {
            session.warn(Diagnostic::warning(
                "kustomize-unused-var",
                format!("well-defined vars that were never replaced: {}", unused.join(",")),
            ));
        }
        Ok(())
    }
}

fn mark(var: &Var, resources: &mut ResourceList, session: &Session<'_>) -> Result<()> {
    let wanted = Id {
        group: var.group.clone(),
        version: var.version.clone(),
        kind: var.kind.clone(),
        name: var.object_name.clone(),
        namespace: var.namespace.clone(),
        cluster_scoped: false,
    };
    // No namespace is any namespace.
    let passes = |id: &Id| {
        id.same_but_namespace(&wanted)
            && (wanted.namespace.is_empty() || id.same_namespace(&wanted))
    };
    let found = resources.by_any(&var.object_name, passes, &session.schema);
    match found.as_slice() {
        [] => Ok(()),
        [at] => resources.change(*at, &session.schema, &session.budget, |resource| {
            resource.vars.push(var.name.clone());
            Ok(())
        }),
        _ => Err(BuildError::new(format!(
            "found {} resId matches for var {var} (unable to disambiguate)",
            found.len()
        ))),
    }
}

/// Reads the value of a var from the resource that it means.
fn value(var: &Var, resource: Option<&Resource>) -> Result<Value> {
    let Some(resource) = resource else {
        return Err(BuildError::new(format!(
            "var '{var}' cannot be mapped to a field in the set of known resources"
        )));
    };
    let missing = || {
        BuildError::new(format!(
            "field specified in var '{var}' not found in corresponding resource"
        ))
        .at(resource.at())
    };
    let path = with_indices(smart_split(&var.field_path, '.'));
    let node = lookup(&resource.node, &path).ok().flatten().ok_or_else(missing)?;
    if node.is_null() {
        return Ok(Value::string(node.text().unwrap_or_default()));
    }
    weir_yaml::to_value(node).map_err(|_| missing())
}

/// Takes `ports[0]` apart.
fn with_indices(parts: Vec<String>) -> Vec<String> {
    let mut split = Vec::with_capacity(parts.len());
    for part in parts {
        let index =
            part.strip_suffix(']').and_then(|part| part.rsplit_once('[')).filter(|(_, index)| {
                !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())
            });
        match index {
            Some((name, index)) => {
                if !name.is_empty() {
                    split.push(name.to_owned());
                }
                split.push(index.to_owned());
            }
            None => split.push(part),
        }
    }
    split
}
