//! Field specs: which field of which kinds a transformer changes.

use weir_yaml::{Content, Node, ScalarTag};

use super::lookup::{lookup_create, lookup_mut};
use super::{FieldError, Gvk, path};

/// A field of the objects of some group, version and kind; an empty one of these stands for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSpec {
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The way to the field, such as `spec/template/metadata/labels` or `spec/containers[]/image`.
    pub path: String,
    /// Whether the field is made when it is missing.
    pub create: bool,
}

impl FieldSpec {
    /// Tells whether this speaks of objects of such a kind.
    pub fn matches(&self, gvk: Gvk<'_>) -> bool {
        let holds = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        holds(&self.kind, gvk.kind)
            && holds(&self.group, gvk.group)
            && holds(&self.version, gvk.version)
    }
}

/// How a missing field is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// As a scalar; the tag is what a null that stands there becomes.
    Scalar(ScalarTag),
    /// As a mapping.
    Mapping,
    /// As a sequence.
    Sequence,
}

impl Create {
    /// A text.
    pub const SCALAR: Self = Self::Scalar(ScalarTag::Str);
}

/// Applies [`apply_field_spec`] for each spec in order.
pub fn apply_field_specs(
    object: &mut Node,
    specs: &[FieldSpec],
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    specs.iter().try_for_each(|spec| apply_field_spec(object, spec, create, set))
}

/// Calls `set` on each field that the spec leads to, when it speaks of this object. Lists on the way are walked
/// element by element. A missing field is made when both the spec and `create` say so.
pub fn apply_field_spec(
    object: &mut Node,
    spec: &FieldSpec,
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    if !spec.matches(Gvk::of(object)) {
        return Ok(());
    }
    let parts = path::split(&spec.path, '/');
    let create = create.filter(|_| spec.create);
    walk(object, &parts, create, set).map_err(|error| {
        let error = if Gvk::of(object).kind == "Secret" { error.hidden() } else { error };
        error.doing(format!("considering field '{}' of object {}", spec.path, describe(object)))
    })
}

fn walk(
    node: &mut Node,
    path: &[String],
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    let Some((part, rest)) = path.split_first() else { return set(node) };
    if node.is_null() {
        return Ok(());
    }
    match &mut node.content {
        Content::Sequence(items) => items
            .iter_mut()
            .try_for_each(|item| walk(item, path, create, set))
            .map_err(|error| error.doing(format!("visit traversal on path: [{}]", path.join(" ")))),
        Content::Mapping(_) => match field(node, part, rest.is_empty(), create)? {
            Some(field) => walk(field, rest, create, set),
            None => Ok(()),
        },
        // An alias is changed where its anchor is.
        Content::Alias(_) => Ok(()),
        Content::Scalar(..) => Err(FieldError::Other("expected sequence or mapping node".into())),
    }
}

/// Finds a field, or makes it. A null that stands in its place becomes what would have been made.
fn field<'a>(
    node: &'a mut Node,
    part: &str,
    last: bool,
    create: Option<Create>,
) -> Result<Option<&'a mut Node>, FieldError> {
    let (name, is_list) = match part.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (part, false),
    };
    if name.is_empty() {
        return Err(FieldError::Other("cannot set or create an empty field name".into()));
    }
    let becomes = match create {
        _ if is_list => Some(Create::Sequence),
        Some(create) if last => Some(create),
        Some(_) => Some(Create::Mapping),
        None => None,
    };
    let found = match becomes {
        Some(made) if !is_list => lookup_create(node, &[name], made),
        _ => lookup_mut(node, &[name]),
    };
    let found = found.map_err(|error| error.doing(format!("fieldName: {name}")))?;
    let Some(field) = found else { return Ok(None) };
    if let (true, Some(made)) = (field.is_null(), becomes) {
        field.content = match made {
            Create::Scalar(tag) => Content::Scalar(field.text().unwrap_or_default().into(), tag),
            other => other.node().content,
        };
    }
    Ok(Some(field))
}

/// Writes an object as kustomize names it: `Deployment.v1.apps/web.[noNs]`.
fn describe(object: &Node) -> String {
    let or =
        |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let gvk = Gvk::of(object);
    let meta = |key| object.pointer(&["metadata", key]).and_then(Node::text).unwrap_or_default();
    format!(
        "{}.{}.{}/{}.{}",
        or(gvk.kind, "[noKind]"),
        or(gvk.version, "[noVer]"),
        or(gvk.group, "[noGrp]"),
        or(meta("name"), "[noName]"),
        or(meta("namespace"), "[noNs]"),
    )
}
