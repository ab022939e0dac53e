//! Which differences follow from something else.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use weir_model::{ObjectId, SmolStr, Value};

use super::cause::CauseKind;
use super::{ReviewSettings, defaults};
use crate::fields::{Difference, fold};
use crate::moves::generated_base;
use crate::{Action, ObjectChange, UnitChange, UnitKind, UnitState};

/// Labels that name a chart and the version of what it holds.
const CHART_LABELS: [&str; 5] = [
    "helm.sh/chart",
    "chart",
    "app.kubernetes.io/version",
    "app.kubernetes.io/chart",
    "chartVersion",
];

/// In how many objects of a unit a label must change in the same way to be written once.
const REPEATED: usize = 3;

/// Below this length a name may stand in a text by chance.
const MIN_NAME: usize = 8;

/// A label or annotation with its values before and after.
type Label = (SmolStr, Option<SmolStr>, Option<SmolStr>);

/// What is known of a unit's changes when their fields are looked at.
pub(super) struct Rules<'a> {
    settings: &'a ReviewSettings,
    /// The chart's version before and after.
    versions: Option<(&'a str, &'a str)>,
    /// Objects with new generated names.
    renamed: Vec<(&'a ObjectId, &'a ObjectId)>,
    /// ConfigMaps and Secrets of which the content differs.
    content: Vec<ObjectId>,
    /// Labels that change in many objects.
    repeated: BTreeSet<Label>,
    /// Whether a chart made the objects.
    is_release: bool,
}

impl<'a> Rules<'a> {
    /// Looks through a unit's changes, given with hidden values.
    pub(super) fn new(
        unit: &'a UnitChange,
        hidden: &[(Option<Value>, Option<Value>)],
        settings: &'a ReviewSettings,
    ) -> Self {
        let mut rules = Self {
            settings,
            versions: unit
                .chart
                .as_ref()
                .and_then(|(old, new)| Some((old.rsplit_once(' ')?.1, new.rsplit_once(' ')?.1))),
            renamed: Vec::new(),
            content: Vec::new(),
            repeated: BTreeSet::new(),
            is_release: unit.id.kind == UnitKind::HelmRelease,
        };
        if settings.all || unit.state != UnitState::Kept {
            return rules;
        }
        for object in &unit.objects {
            if let Action::Replace { from, .. } = &object.action
                && generated_base(from).is_some()
            {
                rules.renamed.push((from, &object.id));
            }
            if object.id.group.is_empty()
                && matches!(object.id.kind.as_str(), "ConfigMap" | "Secret")
            {
                rules.content.push(object.id.clone());
            }
        }
        rules.repeated = repeated(hidden);
        rules
    }

    /// Says why a field of an object differs, unless somebody wrote it.
    pub(super) fn reason(
        &self,
        object: &ObjectChange,
        difference: &Difference<'_>,
    ) -> Option<CauseKind> {
        if self.settings.all {
            return None;
        }
        self.stripped(difference)
            .or_else(|| moved(object, difference))
            .or_else(|| self.renamed(difference))
            .or_else(|| self.checksum(difference))
            .or_else(|| self.chart_label(difference))
            .or_else(|| self.label(difference))
            .or_else(|| description(object, difference))
            .or_else(|| defaults::reason(&object.id, difference))
    }

    fn stripped(&self, difference: &Difference<'_>) -> Option<CauseKind> {
        let key = difference.metadata_key()?;
        let wanted = self.settings.strip.iter().any(|strip| strip == key);
        wanted.then(|| CauseKind::Stripped { key: key.into() })
    }

    /// A text that names an object by its old and by its new generated name.
    fn renamed(&self, difference: &Difference<'_>) -> Option<CauseKind> {
        let (before, after) = difference.texts()?;
        let found = self.renamed.iter().find(|(from, to)| {
            before == from.name.as_str() && after == to.name.as_str()
                || (from.name.len() >= MIN_NAME
                    && before.contains(from.name.as_str())
                    && before.replace(from.name.as_str(), &to.name) == after)
        });
        found.map(|(from, to)| CauseKind::Name { from: (*from).clone(), to: (*to).clone() })
    }

    /// A checksum, when something differs that it may be of.
    fn checksum(&self, difference: &Difference<'_>) -> Option<CauseKind> {
        let key = difference.metadata_key()?;
        let (before, after) = difference.texts()?;
        let named = ["checksum", "sha256", "confighash", "config-hash"]
            .iter()
            .any(|word| key.to_ascii_lowercase().contains(word));
        let is_hash =
            |text: &str| text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_checksum = named || (is_hash(before) && is_hash(after));
        (is_checksum && !self.content.is_empty())
            .then(|| CauseKind::Checksum { of: self.content.clone() })
    }

    fn chart_label(&self, difference: &Difference<'_>) -> Option<CauseKind> {
        let (old, new) = self.versions?;
        let key = difference.metadata_key()?;
        let (before, after) = difference.texts()?;
        let follows = CHART_LABELS.contains(&key)
            || (old != new && before.contains(old) && before.replace(old, new) == after);
        follows.then_some(CauseKind::Chart)
    }

    fn label(&self, difference: &Difference<'_>) -> Option<CauseKind> {
        let label = label_of(difference)?;
        // A chart out of Git has no version that a unit could name; the label does.
        let names_chart = self.is_release && label.0 == "helm.sh/chart";
        let (key, before, after) =
            Some(label).filter(|label| names_chart || self.repeated.contains(label))?;
        Some(CauseKind::Label { key, before, after })
    }
}

fn label_of(difference: &Difference<'_>) -> Option<Label> {
    let key = difference.metadata_key()?;
    let text = |value: Option<&Value>| -> Option<Option<SmolStr>> {
        match value {
            None => Some(None),
            Some(value) => Some(Some(value.as_str()?.into())),
        }
    };
    Some((key.into(), text(difference.before)?, text(difference.after)?))
}

/// Finds the labels that change in the same way in many objects.
fn repeated(hidden: &[(Option<Value>, Option<Value>)]) -> BTreeSet<Label> {
    let mut counts: BTreeMap<Label, usize> = BTreeMap::new();
    for pair in hidden {
        let (Some(before), Some(after)) = pair else { continue };
        let labels: RefCell<BTreeSet<Label>> = RefCell::default();
        fold::<()>(before, after, &|difference| {
            labels.borrow_mut().extend(label_of(difference));
            None
        });
        for label in labels.into_inner() {
            *counts.entry(label).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= REPEATED).map(|(label, _)| label).collect()
}

/// What a move changes in an object: where it is, and whose it is.
fn moved(object: &ObjectChange, difference: &Difference<'_>) -> Option<CauseKind> {
    if !matches!(object.action, Action::Move { .. } | Action::Replace { .. }) {
        return None;
    }
    let place = match difference.keys {
        [metadata, field] => metadata == "metadata" && (field == "name" || field == "namespace"),
        _ => difference.metadata_key().is_some_and(|key| key.contains("toolkit.fluxcd.io/")),
    };
    place.then_some(CauseKind::Move)
}

/// A description in the schema of a definition.
fn description(object: &ObjectChange, difference: &Difference<'_>) -> Option<CauseKind> {
    let in_schema = object.id.kind == "CustomResourceDefinition"
        && difference.keys.last().is_some_and(|key| key == "description")
        && difference.keys.iter().any(|key| key == "openAPIV3Schema")
        // A property may have this name.
        && difference.keys.iter().rev().nth(1).is_none_or(|key| key != "properties");
    in_schema.then_some(CauseKind::Description)
}
