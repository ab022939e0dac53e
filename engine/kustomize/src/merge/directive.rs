//! The directive `$patch` in a strategic merge patch.

use weir_yaml::Node;

use super::MergeError;

/// The key of the directive.
pub(super) const KEY: &str = "$patch";

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    /// To merge; also when there is none.
    Merge,
    /// To put the patch in the place of what is there.
    Replace,
    /// To take out what is there.
    Delete,
}

impl Directive {
    /// Reads the directive of a mapping.
    pub(super) fn of_mapping(patch: &Node) -> Result<Self, MergeError> {
        patch.get(KEY).map_or(Ok(Self::Merge), Self::parse)
    }

    /// Reads the directive of a list: its first element that has one, when that element holds nothing else.
    pub(super) fn of_list(patch: &Node) -> Result<Self, MergeError> {
        stated(patch).map_or(Ok(Self::Merge), Self::parse)
    }

    fn parse(value: &Node) -> Result<Self, MergeError> {
        match value.text().unwrap_or_default() {
            "delete" => Ok(Self::Delete),
            "replace" => Ok(Self::Replace),
            "merge" => Ok(Self::Merge),
            other => Err(MergeError::UnknownStrategy(other.into())),
        }
    }
}

/// Returns the directive that a list states.
fn stated(list: &Node) -> Option<&Node> {
    let item = list.items()?.iter().find(|item| item.get(KEY).is_some())?;
    item.get(KEY).filter(|_| item.pairs().is_some_and(|pairs| pairs.len() == 1))
}

/// Returns the elements of a list that are left when its directive has been obeyed.
pub(super) fn elements_beside(list: &Node) -> Vec<&Node> {
    let items = list.items().into_iter().flatten();
    let Some(directive) = stated(list) else { return items.collect() };
    let is_nothing = |item: &Node| item.is_null() || item.pairs().is_some_and(Vec::is_empty);
    items
        .filter(|item| !is_nothing(item) && item.get(KEY).and_then(Node::text) != directive.text())
        .collect()
}
