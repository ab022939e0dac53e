//! Fixing references: a field that holds the name a resource had gets the name that the resource has now.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use weir_yaml::{Content, Node};

use super::targets::{Target, Targets};
use crate::config::BackReference;
use crate::error::{BuildError, Result, Within};
use crate::fields::{self, FieldError, FieldSpec, apply_field_spec};
use crate::resources::id::scalar;
use crate::resources::{Id, Resource, ResourceList};
use crate::session::Session;

/// How many resources of one name are looked through again for each reference to it.
const MANY: usize = 8;

/// Fixes all references to resources whose names have changed.
pub(crate) fn fix(
    resources: &mut ResourceList,
    references: &[BackReference],
    session: &Session<'_>,
) -> Result<()> {
    let targets = Targets::new(resources.as_slice(), &session.schema);
    if targets.list.iter().all(|target| target.previous.is_empty()) {
        return Ok(());
    }
    let mut fields: BTreeMap<(SmolStr, SmolStr, SmolStr), Vec<Field<'_>>> = BTreeMap::new();
    for (at, resource) in resources.as_mut().iter_mut().enumerate() {
        let original = resource.original_id(&session.schema);
        let key = (original.group.clone(), original.version.clone(), original.kind.clone());
        let fields = fields.entry(key).or_insert_with(|| fields_of(&original, references));
        session.step(3 * fields.len())?;
        if !fields.is_empty() {
            fix_one(resource, at, fields, &targets)?;
        }
    }
    Ok(())
}

/// A field that may hold the name of a resource of some kind.
struct Field<'a> {
    spec: FieldSpec,
    target: &'a BackReference,
}

/// Returns the fields of objects of this kind. The spec is for any kind: the kind may have changed since.
fn fields_of<'a>(id: &Id, references: &'a [BackReference]) -> Vec<Field<'a>> {
    references
        .iter()
        .flat_map(|target| target.referrers.iter().map(move |spec| (target, spec)))
        .filter(|(_, spec)| id.selected_by(&spec.group, &spec.version, &spec.kind))
        .map(|(target, spec)| Field {
            spec: FieldSpec {
                path: spec.path.clone(),
                create: spec.create,
                ..FieldSpec::default()
            },
            target,
        })
        .collect()
}

fn fix_one(
    resource: &mut Resource,
    at: usize,
    fields: &[Field<'_>],
    targets: &Targets,
) -> Result<()> {
    let Some(own) = targets.list.get(at) else { return Ok(()) };
    let place = resource.at();
    let referrer = Referrer {
        own,
        role: role(&resource.node),
        subject_namespaces: subject_namespaces(&resource.node),
        targets,
    };
    for field in fields {
        apply_field_spec(&mut resource.node, &field.spec, None, &mut |node| {
            referrer.set(node, field)
        })
        .doing(|| format!("updating name reference in '{}' field of '{}'", field.spec.path, own.id))
        .at(place)?;
    }
    Ok(())
}

/// The group and kind that a `roleRef` states.
fn role(node: &Node) -> Option<(SmolStr, SmolStr)> {
    let role = node.get("roleRef")?;
    Some((scalar(Some(role.get("apiGroup")?)), scalar(Some(role.get("kind")?))))
}

/// The namespaces of the service accounts that a role binding names.
fn subject_namespaces(node: &Node) -> BTreeSet<SmolStr> {
    if node.get("kind").and_then(Node::text) != Some("RoleBinding") {
        return BTreeSet::new();
    }
    node.get("subjects")
        .and_then(Node::items)
        .into_iter()
        .flatten()
        .filter(|subject| subject.get("kind").and_then(Node::text) == Some("ServiceAccount"))
        .filter_map(|subject| subject.get("namespace"))
        .map(|namespace| scalar(Some(namespace)))
        .collect()
}

/// A resource that may name others.
struct Referrer<'a> {
    own: &'a Target,
    role: Option<(SmolStr, SmolStr)>,
    subject_namespaces: BTreeSet<SmolStr>,
    targets: &'a Targets,
}

impl<'a> Referrer<'a> {
    fn set(&self, node: &mut Node, field: &Field<'_>) -> std::result::Result<(), FieldError> {
        if node.is_null() {
            return Ok(());
        }
        match &mut node.content {
            Content::Scalar(..) => self.set_scalar(node, field),
            Content::Mapping(_) => self.set_mapping(node, field),
            Content::Sequence(items) => items.iter_mut().try_for_each(|item| match item.content {
                _ if item.is_null() => Ok(()),
                Content::Scalar(..) => self.set_scalar(item, field),
                Content::Mapping(_) => self.set_mapping(item, field),
                Content::Sequence(_) | Content::Alias(_) => Err(FieldError::Other(
                    "a list of names is expected to hold strings or maps of strings".into(),
                )),
            }),
            Content::Alias(_) => {
                Err(FieldError::Other("node must be a scalar, sequence or map".into()))
            }
        }
    }

    fn set_scalar(
        &self,
        node: &mut Node,
        field: &Field<'_>,
    ) -> std::result::Result<(), FieldError> {
        let old = node.text().unwrap_or_default();
        let found = match self.targets.answers.known(self.own, old, field.target) {
            // The role and the namespaces of subjects are the referrer's alone.
            Some(found) if self.is_plain() => found.and_then(|at| self.targets.list.get(at)),
            _ => {
                let found = self.select(old, field, |_| true, |a, b| a.id.name == b.id.name)?;
                if self.is_plain() && self.targets.once_named(old).len() > MANY {
                    let at = found.and_then(|found| self.targets.place(found));
                    self.targets.answers.keep(self.own, old, field.target, at);
                }
                found
            }
        };
        match found {
            Some(target) if target.id.name != old => {
                fields::set_scalar(node, &target.id.name, None)
            }
            _ => Ok(()),
        }
    }

    fn set_mapping(
        &self,
        node: &mut Node,
        field: &Field<'_>,
    ) -> std::result::Result<(), FieldError> {
        let Some(name) = node.get("name") else {
            return Err(FieldError::Other("path config error; no 'name' field in node".into()));
        };
        let old = SmolStr::new(name.text().unwrap_or_default());
        let namespace = node
            .get("namespace")
            .map(|namespace| SmolStr::new(namespace.text().unwrap_or_default()));
        let found = self.select(
            &old,
            field,
            |target| namespace.as_deref().is_none_or(|namespace| self.is_in(target, namespace)),
            |a, b| a.id.name == b.id.name && a.id.namespace == b.id.namespace,
        )?;
        let Some(Target { id, .. }) = found else { return Ok(()) };
        if id.name == old && id.namespace.is_empty() {
            return Ok(());
        }
        set_text(node, "name", &id.name)?;
        if id.namespace.is_empty() { Ok(()) } else { set_text(node, "namespace", &id.namespace) }
    }

    /// Tells whether what this resource may name depends on its namespace and affixes alone.
    fn is_plain(&self) -> bool {
        self.role.is_none() && self.subject_namespaces.is_empty()
    }

    /// Tells whether a resource is in the namespace that a reference states: at first, or now when none was at first.
    fn is_in(&self, target: &Target, namespace: &str) -> bool {
        let may_be_named =
            |at: usize| self.targets.list.get(at).is_some_and(|target| self.may_name(target));
        if namespace == "_non_namespaceable_" {
            return false;
        }
        if self.targets.any_from(namespace, may_be_named) {
            target.was_in(namespace)
        } else {
            target.id.effective_namespace() == namespace
        }
    }

    /// Tells whether this resource may name another at all.
    fn may_name(&self, target: &Target) -> bool {
        self.own.id.cluster_scoped
            || target.id.cluster_scoped
            || self.own.id.same_namespace(&target.id)
            || self.subject_namespaces.contains(&target.id.namespace)
    }

    /// Finds the one resource that a name means.
    fn select(
        &self,
        old: &str,
        field: &Field<'_>,
        passes: impl Fn(&Target) -> bool,
        identical: impl Fn(&Target, &Target) -> bool,
    ) -> std::result::Result<Option<&'a Target>, FieldError> {
        let BackReference { group, version, kind, .. } = field.target;
        let by_role = field.spec.path.ends_with("roleRef/name");
        let mut found: Vec<&'a Target> = self
            .targets
            .once_named(old)
            .iter()
            .filter_map(|at| self.targets.list.get(*at))
            .filter(|target| self.may_name(target) && passes(target))
            .filter(|target| target.was_of(group, version, kind))
            .filter(|target| match &self.role {
                Some((group, kind)) if by_role => target.was_of(group, "", kind),
                _ => true,
            })
            .filter(|target| {
                self.own.id.cluster_scoped
                    || target.id.cluster_scoped
                    || target.id.kind == "ServiceAccount"
                    || self.own.id.same_namespace(&target.id)
            })
            .collect();
        if found.len() > 1 {
            found.retain(|target| target.same_affixes(self.own, true));
        }
        if found.len() > 1 {
            found.retain(|target| target.same_affixes(self.own, false));
        }
        let (Some(first), rest) = (found.first(), found.get(1..).unwrap_or_default()) else {
            return Ok(None);
        };
        if rest.iter().all(|other| identical(first, other)) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = found.iter().map(|target| target.id.to_string()).collect();
        Err(FieldError::Other(format!("found multiple possible referrals: {}", ids.join(", "))))
    }
}

fn set_text(node: &mut Node, field: &str, text: &str) -> std::result::Result<(), FieldError> {
    match node.get_mut(field) {
        Some(old) => fields::set_scalar(old, text, None),
        None => fields::set_field(node, field, Node::string(text)),
    }
}

impl From<BuildError> for FieldError {
    fn from(error: BuildError) -> Self {
        Self::Other(error.message().to_owned())
    }
}
