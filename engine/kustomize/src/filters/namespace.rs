//! The namespace of an object, and of the service accounts that role bindings name.

use weir_yaml::{Node, ScalarTag};

use crate::fields::{
    Create, FieldError, FieldSpec, Gvk, Kind, apply_field_spec, apply_field_specs, lookup_create,
    set_scalar,
};
use crate::schema::Schema;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subjects<'a> {
    /// Those with the name `default`.
    #[default]
    DefaultOnly,
    /// All service accounts.
    AllServiceAccounts,
    /// None.
    None,
    /// A word that is none of these; role bindings are refused with it.
    Unknown(&'a str),
}

impl<'a> Subjects<'a> {
    /// Reads `setRoleBindingSubjects`; an empty text is the default.
    pub fn of(word: &'a str) -> Self {
        match word {
            "" | "defaultOnly" => Self::DefaultOnly,
            "allServiceAccounts" => Self::AllServiceAccounts,
            "none" => Self::None,
            other => Self::Unknown(other),
        }
    }
}

/// What is set.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The fields beside `metadata.namespace`.
    pub specs: &'a [FieldSpec],
    /// Whether a namespace that is there stays.
    pub unset_only: bool,
    /// Which subjects of role bindings get the namespace.
    pub subjects: Subjects<'a>,
}

const NAMESPACE: &str = "metadata/namespace";
const NAME: &str = "metadata/name";
const SUBJECTS: &str = "subjects/namespace";

/// Sets the namespace of an object, unless its kind is known to live outside namespaces, and the fields of the specs.
pub fn set(object: &mut Node, settings: &Settings<'_>, schema: &Schema) -> Result<(), FieldError> {
    let gvk = Gvk::of(object);
    let api_version = object.get("apiVersion").and_then(Node::text).unwrap_or_default();
    let is_namespace = api_version == "v1";
    let is_binding = is_role_binding(gvk.kind);
    let mut set = |node: &mut Node| put(node, settings);
    if !schema.is_cluster_scoped(api_version, gvk.kind) {
        let spec = FieldSpec { path: NAMESPACE.into(), create: true, ..FieldSpec::default() };
        apply_field_spec(object, &spec, Some(Create::SCALAR), &mut set)?;
    }
    if is_binding {
        subjects(object, settings)?;
    }
    let applies = |spec: &&FieldSpec| {
        spec.path != NAMESPACE
            && (spec.path != NAME || is_namespace)
            && !(is_binding && is_role_binding(&spec.kind) && spec.path == SUBJECTS)
    };
    settings
        .specs
        .iter()
        .filter(applies)
        .try_for_each(|spec| {
            apply_field_specs(object, std::slice::from_ref(spec), Some(Create::SCALAR), &mut set)
        })
        .map_err(|error| match error.root() {
            FieldError::WrongKind { got, .. } if *got != Kind::Scalar => {
                error.doing("namespace field specs must target scalar nodes")
            }
            _ => error.doing("namespace transformation failed"),
        })
}

fn is_role_binding(kind: &str) -> bool {
    kind == "RoleBinding" || kind == "ClusterRoleBinding"
}

fn put(node: &mut Node, settings: &Settings<'_>) -> Result<(), FieldError> {
    if settings.unset_only && !node.is_null() && node.text().is_some_and(|text| !text.is_empty()) {
        return Ok(());
    }
    set_scalar(node, settings.namespace, Some(ScalarTag::Str))
}

fn subjects(object: &mut Node, settings: &Settings<'_>) -> Result<(), FieldError> {
    let (field, wanted) = match settings.subjects {
        Subjects::None => return Ok(()),
        Subjects::DefaultOnly => ("name", "default"),
        Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        Subjects::Unknown(word) => {
            return Err(FieldError::Other(format!(
                "invalid value {word:?} for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \
                 \"allServiceAccounts\""
            )));
        }
    };
    let Some(subjects) = object.get_mut("subjects").filter(|subjects| !subjects.is_null()) else {
        return Ok(());
    };
    let doing = "setting namespace on (cluster)role binding subjects";
    Kind::Sequence.expect(subjects).map_err(|error| error.doing(doing))?;
    for subject in subjects.items_mut().into_iter().flatten() {
        Kind::Mapping.expect(subject).map_err(|error| error.doing(doing))?;
        if subject.get(field).and_then(Node::text) != Some(wanted) {
            continue;
        }
        if let Some(node) = lookup_create(subject, &["namespace"], Create::SCALAR)? {
            put(node, settings).map_err(|error| error.doing(doing))?;
        }
    }
    Ok(())
}
