//! Merging nodes by the rules of strategic merge patches as kustomize has them.
//!
//! [`walk`] goes through the sources side by side; what becomes of a place is decided by [`two_way`] (a patch onto an
//! object) or [`three_way`] (the changes between two versions onto a third). Lists that are merged by keys are in
//! [`list`]. kustomize knows the directive `$patch` alone: `$retainKeys`, `$setElementOrder` and
//! `$deleteFromPrimitiveList` are fields like any other.

mod comments;
mod directive;
mod list;
mod plain_list;
mod three_way;
mod two_way;
mod walk;

use weir_yaml::Node;

use crate::fields::FieldError;
use crate::schema::Schema;

use walk::{Other, Walked, Walker};

/// What became of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stays, changed.
    Kept,
    /// The patch deletes it.
    Deleted,
}

/// How lists are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether lists without a schema are merged by `name` when all their elements have one.
    pub infer: bool,
    /// Whether new elements come before those that were there.
    pub prepend: bool,
}

/// Why nodes could not be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A node is of another kind than its counterpart.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The value of `$patch` is not known.
    #[error("unknown patch strategy '{0}'")]
    UnknownStrategy(String),
    /// Lists are to be merged by what their elements have in common, which is nothing.
    #[error("no merge key found for field {field}")]
    NoKey {
        /// The way to the list, from the object or from the element of a list.
        field: String,
        /// Whether the way is complete.
        complete: bool,
    },
    /// Lists are to be merged whose elements are told apart in different ways.
    #[error("conflicting merge keys [{keys}] for field {field}")]
    KeyConflict {
        /// The keys.
        keys: &'static str,
        /// The way to the list, from the object or from the element of a list.
        field: String,
        /// Whether the way is complete.
        complete: bool,
    },
    /// Lists are too long to be merged by several keys.
    #[error("lists of {elements} elements are too long to be merged for field {field}")]
    Length {
        /// How many elements there are.
        elements: usize,
        /// The way to the list, from the object or from the element of a list.
        field: String,
        /// Whether the way is complete.
        complete: bool,
    },
    /// The nodes lie deeper than is followed.
    #[error("nodes are nested deeper than {0} levels")]
    Depth(u32),
}

impl MergeError {
    /// Says in which field it came up.
    fn in_field(mut self, name: &str) -> Self {
        if let Self::NoKey { field, complete: false }
        | Self::KeyConflict { field, complete: false, .. }
        | Self::Length { field, complete: false, .. } = &mut self
        {
            *field = if field.is_empty() { name.to_owned() } else { format!("{name}.{field}") };
        }
        self
    }

    /// Says that it came up in an element of a list.
    fn in_element(mut self) -> Self {
        if let Self::NoKey { complete, .. }
        | Self::KeyConflict { complete, .. }
        | Self::Length { complete, .. } = &mut self
        {
            *complete = true;
        }
        self
    }
}

/// Merges a strategic merge patch into an object: kustomize's `patches` and `patchesStrategicMerge`.
///
/// Lists with a merge key are merged by it, new elements first; `$patch: delete`, `replace` and `merge` are obeyed.
/// When the outcome is [`Outcome::Deleted`], or an error, the object is not to be used.
pub fn strategic(object: &mut Node, patch: &Node, schema: &Schema) -> Result<Outcome, MergeError> {
    two_way(object, patch, schema, Settings { infer: false, prepend: true })
}

/// Merges `source` into `object`, with settings.
pub fn two_way(
    object: &mut Node,
    source: &Node,
    schema: &Schema,
    settings: Settings,
) -> Result<Outcome, MergeError> {
    run(
        object,
        [Other::Node(source), Other::Absent],
        &Walker::new(schema, settings, &two_way::TwoWay),
    )
}

/// Merges the changes between `original` and `update` into `object`.
pub fn three_way(
    object: &mut Node,
    original: &Node,
    update: &Node,
    schema: &Schema,
    settings: Settings,
) -> Result<Outcome, MergeError> {
    let others = [Other::Node(original), Other::Node(update)];
    run(object, others, &Walker::new(schema, settings, &three_way::ThreeWay))
}

fn run(
    object: &mut Node,
    others: [Other<'_>; 2],
    walker: &Walker<'_>,
) -> Result<Outcome, MergeError> {
    match walker.walk(Some(object), others, None, 0)? {
        Walked::Gone => return Ok(Outcome::Deleted),
        Walked::Stays => {}
        Walked::Becomes { node, .. } => *object = node,
    }
    Ok(Outcome::Kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        weir_yaml::parse(text.as_bytes(), weir_model::Source::default()).unwrap().remove(0)
    }

    fn merged(kind: &str, object: &str, patch: &str) -> String {
        let (version, kind) = kind.rsplit_once('/').unwrap();
        let whole =
            |rest: &str| node(&format!("{{apiVersion: {version}, kind: {kind}, spec: {rest}}}"));
        let mut object = whole(object);
        match strategic(&mut object, &whole(patch), &Schema::builtin()) {
            Ok(Outcome::Kept) => object
                .get("spec")
                .map(|spec| weir_yaml::json::write(&weir_yaml::to_value(spec).unwrap()))
                .unwrap_or_default(),
            Ok(Outcome::Deleted) => "deleted".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn patches_merge() {
        for (what, kind, object, patch, expected) in [
            (
                "maps",
                "x/v1/Foo",
                "{a: 1, b: {c: 2}}",
                "{b: {d: 3}}",
                r#"{"a":1,"b":{"c":2,"d":3}}"#,
            ),
            ("null takes out", "x/v1/Foo", "{a: 1, b: 2}", "{a: null}", r#"{"b":2}"#),
            (
                "unknown lists are replaced",
                "x/v1/Foo",
                "{l: [{name: a}]}",
                "{l: [{name: b}]}",
                r#"{"l":[{"name":"b"}]}"#,
            ),
            (
                "new elements come first",
                "v1/Pod",
                "{containers: [{name: a, image: x}]}",
                "{containers: [{name: b}, {name: a, image: y}]}",
                r#"{"containers":[{"name":"b"},{"image":"y","name":"a"}]}"#,
            ),
            (
                "an element is deleted",
                "v1/Pod",
                "{containers: [{name: a}, {name: b}]}",
                "{containers: [{name: a, $patch: delete}]}",
                r#"{"containers":[{"name":"b"}]}"#,
            ),
            (
                "a list is replaced",
                "v1/Pod",
                "{containers: [{name: a}]}",
                "{containers: [{name: b}, {$patch: replace}]}",
                r#"{"containers":[{"name":"b"}]}"#,
            ),
            (
                "a map is replaced",
                "x/v1/Foo",
                "{a: {b: 1}}",
                "{a: {$patch: replace, c: 2}}",
                r#"{"a":{"c":2}}"#,
            ),
            (
                "ports are told apart by number and protocol",
                "v1/Service",
                "{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}",
                "{ports: [{port: 53, protocol: TCP, name: dns}]}",
                r#"{"ports":[{"port":53,"protocol":"UDP"},{"name":"dns","port":53,"protocol":"TCP"}]}"#,
            ),
            (
                "a strategy that is none",
                "x/v1/Foo",
                "{a: {b: 1}}",
                "{a: {$patch: x}}",
                "unknown patch strategy 'x'",
            ),
        ] {
            assert_eq!(merged(kind, object, patch), expected, "{what}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let mut deep = Node::string("x");
        for _ in 0..250 {
            deep = Node::mapping(vec![weir_yaml::Pair { key: Node::string("a"), value: deep }]);
        }
        let patch = deep.clone();
        assert!(matches!(
            strategic(&mut deep, &patch, &Schema::builtin()),
            Err(MergeError::Depth(_))
        ));
    }
}
