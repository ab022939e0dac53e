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
        let items = patch.items().map(Vec::as_slice).unwrap_or_default();
        match items.iter().find(|item| item.get(KEY).is_some()) {
            Some(item) if item.pairs().is_some_and(|pairs| pairs.len() == 1) => {
                item.get(KEY).map_or(Ok(Self::Merge), Self::parse)
            }
            _ => Ok(Self::Merge),
        }
    }

    /// Tells whether an element is the directive of its list.
    pub(super) fn is_element(item: &Node) -> bool {
        item.pairs().is_some_and(|pairs| pairs.len() == 1) && item.get(KEY).is_some()
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
