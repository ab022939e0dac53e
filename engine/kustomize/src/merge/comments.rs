//! Comments on the way of a merge: schemas that stand in them, and what becomes of those on keys.

use weir_model::Source;
use weir_yaml::{Comments, Node};

use super::three_way::{self, Text};
use crate::schema::{Schema, Type};

/// Reads the schema that a node's comment holds, such as `# {"$ref":"#/definitions/…"}`.
pub(super) fn schema_in_comments(node: &Node, schema: &Schema) -> Option<Type> {
    let comments = &node.extras.as_deref()?.comments;
    let comment = if comments.line.is_empty() { &comments.head } else { &comments.line };
    let text = comment.trim_start_matches('#').trim();
    if !text.starts_with('{') {
        return None;
    }
    let value = weir_yaml::json::read(text.as_bytes(), Source::default()).ok()?;
    if value.as_map()?.is_empty() {
        return None;
    }
    // A schema that leads nowhere still is one: it says that nothing is merged.
    Some(schema.in_comment(&value).unwrap_or(Type::PLAIN))
}

/// Sets the comments of a node.
pub(super) fn set(node: &mut Node, comments: Comments) {
    if comments != Comments::default() || node.extras.is_some() {
        node.extras_mut().comments = comments;
    }
}

/// Copies the comments that a source has to the destination.
pub(super) fn copy(dest: &mut Node, source: &Node) {
    let Some(extras) = source.extras.as_deref() else { return };
    let from = &extras.comments;
    if *from == Comments::default() {
        return;
    }
    let to = &mut dest.extras_mut().comments;
    for (from, to) in
        [(&from.head, &mut to.head), (&from.line, &mut to.line), (&from.foot, &mut to.foot)]
    {
        if !from.is_empty() {
            to.clone_from(from);
        }
    }
}

/// Returns the comments that a key has after a three-way merge; nothing when they stay.
pub(super) fn of_keys(dest: Option<&Node>, others: [Option<&Node>; 2]) -> Option<Comments> {
    let [original, update] = others;
    let chosen =
        match three_way::choose(dest.map(Text::of), original.map(Text::of), update.map(Text::of)) {
            three_way::Choice::Update => update,
            three_way::Choice::Dest => dest,
        };
    chosen.map(|node| {
        node.extras.as_deref().map(|extras| extras.comments.clone()).unwrap_or_default()
    })
}
