//! What becomes of places when the changes between two versions are merged into a third.

use smol_str::SmolStr;
use weir_yaml::{Comments, Node, Style};

use super::MergeError;
use super::walk::{Other, Visit, Visitor};

/// The original is the first of the other sources, the update the second.
pub(super) struct ThreeWay;

impl Visitor for ThreeWay {
    fn mapping(
        &self,
        dest: Option<&mut Node>,
        [_, update]: [Other<'_>; 2],
    ) -> Result<Visit, MergeError> {
        Ok(match (dest, update.node()) {
            (Some(dest), _) if dest.is_null() => Visit::Gone,
            (_, Some(update)) if update.is_null() => Visit::Gone,
            (None, None) => Visit::Gone,
            (None, Some(_)) => Visit::Fresh,
            (Some(_), _) => Visit::Stays,
        })
    }

    fn list(
        &self,
        dest: Option<&mut Node>,
        [original, update]: [Other<'_>; 2],
        merged: bool,
    ) -> Result<Visit, MergeError> {
        if merged {
            return Ok(
                match (dest.filter(|dest| !dest.is_null()), original.present(), update.present()) {
                    (_, Some(_), None) => Visit::Gone,
                    (None, ..) => Visit::Fresh,
                    (Some(_), ..) => Visit::Stays,
                },
            );
        }
        let is_null = |node: Option<&Node>| node.is_some_and(Node::is_null);
        if is_null(update.node()) || is_null(dest.as_deref()) {
            return Ok(Visit::Gone);
        }
        Ok(match (original.present(), update.present()) {
            (None, None) => Visit::Stays,
            (Some(original), Some(update)) if in_flow(original) == in_flow(update) => Visit::Stays,
            (_, Some(_)) => Visit::Adopt(1),
            (Some(_), None) => Visit::Gone,
        })
    }

    fn scalar(
        &self,
        dest: Option<&mut Node>,
        [original, update]: [Other<'_>; 2],
    ) -> Result<Visit, MergeError> {
        let is_null = |node: Option<&Node>| node.is_some_and(Node::is_null);
        if is_null(update.node()) || is_null(dest.as_deref()) {
            return Ok(Visit::Gone);
        }
        let text = |other: Other<'_>| other.node().map(Text::of);
        Ok(match choose(dest.as_deref().map(Text::of), text(original), text(update)) {
            Choice::Dest if dest.is_some() => Visit::Stays,
            Choice::Update if update.node().is_some() => Visit::Adopt(1),
            Choice::Dest | Choice::Update => Visit::Gone,
        })
    }

    fn visits_keys(&self) -> bool {
        true
    }

    fn is_directive(&self, _key: &str) -> bool {
        false
    }
}

/// What a scalar says, comments included. What its tag says is not looked at: `1` and `"1"` are the same.
#[derive(PartialEq, Eq)]
pub(super) struct Text {
    text: SmolStr,
    comments: Comments,
    null: bool,
}

impl Text {
    pub(super) fn of(node: &Node) -> Self {
        let comments =
            node.extras.as_deref().map(|extras| extras.comments.clone()).unwrap_or_default();
        Self { text: node.text().unwrap_or_default().into(), comments, null: node.is_null() }
    }
}

/// Which scalar is taken.
pub(super) enum Choice {
    Dest,
    Update,
}

/// Chooses between the destination and the update.
pub(super) fn choose(dest: Option<Text>, original: Option<Text>, update: Option<Text>) -> Choice {
    match (original.filter(|text| !text.null), update.filter(|text| !text.null)) {
        (None, None) => Choice::Dest,
        (Some(original), Some(update)) => {
            let unchanged = dest.is_none_or(|dest| dest == original);
            if (unchanged && original != update) || original.text != update.text {
                Choice::Update
            } else {
                Choice::Dest
            }
        }
        _ => Choice::Update,
    }
}

fn in_flow(list: &Node) -> String {
    weir_yaml::emit(&Node { style: Style::Flow, ..list.clone() })
}
