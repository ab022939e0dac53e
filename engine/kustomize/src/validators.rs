//! Validators: transformers that may add the label `validated-by`, and nothing else.

use weir_yaml::Node;

use crate::error::{BuildError, Result};
use crate::resources::{Resource, ResourceList};

const LABEL: &str = "validated-by";

/// Refuses what a validator did, when it was more than adding its label.
pub(crate) fn check(before: &ResourceList, after: &ResourceList) -> Result<()> {
    let refused = || BuildError::new("validator shouldn't modify the resource map");
    if before.as_slice().len() != after.as_slice().len() {
        return Err(refused());
    }
    for (before, after) in before.as_slice().iter().zip(after.as_slice()) {
        let mut after = after.clone();
        let same = forget_label(before, &mut after)
            && weir_yaml::to_value(&before.node).ok() == weir_yaml::to_value(&after.node).ok();
        if !same {
            return Err(refused().at(after.at()));
        }
    }
    Ok(())
}

/// Takes the label out. kustomize writes the other labels anew for it, and compares more than their content: those that
/// were read from a text then are not the same.
fn forget_label(before: &Resource, after: &mut Resource) -> bool {
    let mut labels = after.texts("labels");
    if !labels.iter().any(|(key, _)| key == LABEL) {
        return true;
    }
    labels.retain(|(key, _)| key != LABEL);
    let was_made = labels.is_empty()
        || before.node.pointer(&["metadata", "labels"]).is_some_and(|labels| {
            let made = |node: &Node| node.column == 0;
            let pairs = labels.pairs().map(Vec::as_slice).unwrap_or_default();
            made(labels)
                && pairs.iter().all(|pair| made(&pair.key) && made(&pair.value))
                && pairs.is_sorted_by_key(|pair| pair.key.text())
        });
    after.set_texts("labels", labels);
    was_made
}
