//! What becomes of places when a patch is merged into an object.

use weir_yaml::{Content, Node};

use super::directive::{Directive, KEY, elements_beside};
use super::walk::{Other, Visit, Visitor};
use super::{MergeError, comments};

/// The patch is the first of the other sources.
pub(super) struct TwoWay;

impl Visitor for TwoWay {
    fn mapping(
        &self,
        dest: Option<&mut Node>,
        [patch, _]: [Other<'_>; 2],
    ) -> Result<Visit, MergeError> {
        let dest = inherit(dest, patch);
        let Some(dest) = dest.filter(|dest| !dest.is_null()) else {
            return Ok(match patch {
                Other::Node(node)
                    if matches!(Directive::of_mapping(node), Ok(Directive::Delete)) =>
                {
                    Visit::Gone
                }
                Other::Node(_) => Visit::Adopt(0),
                // Null beside null: whoever asked takes it out, or keeps it.
                Other::Same => Visit::Stays,
                Other::Absent => Visit::Gone,
            });
        };
        match patch {
            Other::Absent => Ok(Visit::Stays),
            Other::Node(node) if node.is_null() => Ok(Visit::Gone),
            Other::Node(node) => Ok(match Directive::of_mapping(node)? {
                Directive::Delete => Visit::Gone,
                Directive::Replace => Visit::Adopt(0),
                Directive::Merge => Visit::Stays,
            }),
            Other::Same => {
                let directive = Directive::of_mapping(dest)?;
                dest.remove(KEY);
                Ok(if directive == Directive::Delete { Visit::Gone } else { Visit::Stays })
            }
        }
    }

    fn list(
        &self,
        dest: Option<&mut Node>,
        [patch, _]: [Other<'_>; 2],
        merged: bool,
    ) -> Result<Visit, MergeError> {
        let dest = inherit(dest, patch);
        if !merged {
            return Ok(if patch.node().is_some() { Visit::Adopt(0) } else { Visit::Stays });
        }
        let Some(dest) = dest.filter(|dest| !dest.is_null()) else {
            return Ok(if patch.node().is_some() { Visit::Adopt(0) } else { Visit::Gone });
        };
        match patch {
            Other::Absent => Ok(Visit::Stays),
            Other::Node(node) if node.is_null() => Ok(Visit::Gone),
            Other::Node(node) => Ok(match Directive::of_list(node)? {
                Directive::Delete => Visit::Gone,
                Directive::Replace => Visit::Adopt(0),
                Directive::Merge => Visit::Stays,
            }),
            Other::Same => {
                let directive = Directive::of_list(dest)?;
                let left = elements_beside(dest).into_iter().cloned().collect();
                dest.content = Content::Sequence(left);
                Ok(if directive == Directive::Delete { Visit::Gone } else { Visit::Stays })
            }
        }
    }

    fn scalar(
        &self,
        dest: Option<&mut Node>,
        [patch, _]: [Other<'_>; 2],
    ) -> Result<Visit, MergeError> {
        inherit(dest, patch);
        Ok(match patch {
            Other::Node(_) => Visit::Adopt(0),
            Other::Same | Other::Absent => Visit::Stays,
        })
    }

    fn visits_keys(&self) -> bool {
        false
    }

    fn is_directive(&self, key: &str) -> bool {
        key == KEY
    }
}

/// Gives the destination the patch's comments, and an empty list or mapping the patch's style.
fn inherit<'a>(dest: Option<&'a mut Node>, patch: Other<'_>) -> Option<&'a mut Node> {
    let dest = dest?;
    if let Other::Node(patch) = patch {
        comments::copy(dest, patch);
        let is_empty =
            dest.items().is_some_and(Vec::is_empty) || dest.pairs().is_some_and(Vec::is_empty);
        if is_empty {
            dest.style = patch.style;
        }
    }
    Some(dest)
}
