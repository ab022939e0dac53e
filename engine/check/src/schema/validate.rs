//! An object against its schema.

use weir_cel::{Quantity, Val};
use weir_model::{Data, Value};

use super::limits::plain;
use super::path::{Place, Step};
use super::rule::seen;
use super::{Field, Kind, ListKeys, Node, NodeId, Schema, formats};
use crate::report::Finding;
use crate::rules;

/// How many values one object may have looked at; combinations of schemas look at a value more than once.
const STEPS: u64 = 2_000_000;

/// How many steps the rules of one object may take, as Kubernetes allows.
const RULE_STEPS: u64 = 10_000_000;

/// Fields that every object has, whatever its schema says.
const OF_ALL_OBJECTS: &[&str] = &["apiVersion", "kind", "metadata", "status"];

/// Checks an object against the schema at a node. With the object as it was before, rules about changes are checked too.
pub(crate) fn validate(
    schema: &Schema,
    root: NodeId,
    value: &Value,
    before: Option<&Value>,
    hidden: bool,
) -> Vec<Finding> {
    let mut run = Run {
        schema,
        found: Vec::new(),
        steps_left: STEPS,
        rule_steps: RULE_STEPS,
        hidden,
        only_values: false,
        is_root: true,
    };
    run.visit(root, value, before, &Place::root(value.origin));
    if run.steps_left == 0 || run.rule_steps == 0 {
        let message = "the object is too complex to be checked in full";
        run.found.push(Finding::new(rules::NOT_CHECKED, message).at(value.origin));
    }
    run.found
}

struct Run<'a> {
    schema: &'a Schema,
    found: Vec<Finding>,
    steps_left: u64,
    rule_steps: u64,
    /// Whether values must not be shown.
    hidden: bool,
    /// Whether types and unknown fields were already looked at, as inside `anyOf`.
    only_values: bool,
    is_root: bool,
}

impl Run<'_> {
    fn report(&mut self, rule: rules::Rule, place: &Place<'_>, message: String) {
        self.found.push(Finding::new(rule, message).field(place.text()).at(place.origin));
    }

    fn spend(&mut self) -> bool {
        self.steps_left = self.steps_left.saturating_sub(1);
        self.steps_left > 0
    }

    fn visit(&mut self, id: NodeId, value: &Value, before: Option<&Value>, place: &Place<'_>) {
        let schema = self.schema;
        let Some(node) = schema.get(id) else { return };
        let is_root = std::mem::take(&mut self.is_root);
        if !self.spend() || value.is_null() || is_unknown(value) {
            return;
        }
        if !self.has_kind(node, value, place) {
            return;
        }
        match &value.data {
            Data::Map(_) => self.map(node, value, before, place, is_root),
            Data::List(items) => {
                if let Some(item_node) = node.items {
                    for (index, item) in items.iter().enumerate() {
                        let below = place.below(Step::Index(index), item.origin);
                        let old = before.and_then(|before| partner(node, before, item));
                        self.visit(item_node, item, old, &below);
                    }
                }
                self.keys(node, items, place);
            }
            _ => {}
        }
        self.limits(node, value, place);
        if !node.rules.is_empty() && !self.only_values {
            self.rules(id, node, value, before, place);
        }
    }

    fn has_kind(&mut self, node: &Node, value: &Value, place: &Place<'_>) -> bool {
        if self.only_values && matches!(node.kind, Kind::Any) {
            return true;
        }
        let is_whole =
            |value: &Value| value.as_int().is_some() || matches!(value.data, Data::Uint(_));
        let fits = match node.kind {
            Kind::Any => true,
            Kind::Object => value.as_map().is_some(),
            Kind::List => value.as_list().is_some(),
            Kind::String | Kind::Bytes | Kind::Time => value.as_str().is_some(),
            Kind::Bool => value.as_bool().is_some(),
            Kind::Int | Kind::Long => is_whole(value),
            Kind::Number => value.kind() == "number",
            Kind::Quantity => value.as_str().is_some() || value.kind() == "number",
            Kind::IntOrString => value.as_str().is_some() || is_whole(value),
        };
        if !fits {
            let wanted = node.kind.wanted();
            let shown = self.shown(value);
            self.report(rules::WRONG_TYPE, place, format!("must be {wanted}, but is {shown}"));
            return false;
        }
        let problem = match (node.kind, value.as_str()) {
            (Kind::Int, _) if value.as_int().is_none_or(|n| i32::try_from(n).is_err()) => {
                Some("must fit 32 bits")
            }
            (Kind::Bytes, Some(text)) if !formats::is_base64(text) => Some("must be in base 64"),
            (Kind::Time, Some(text)) => formats::problem("date-time", text),
            (Kind::Quantity, Some(text)) if Quantity::parse(text).is_none() => {
                Some("must be a quantity such as `100m` or `1Gi`")
            }
            _ => None,
        };
        if let Some(problem) = problem {
            let shown = self.shown(value);
            self.report(rules::INVALID_VALUE, place, format!("{problem}, but is {shown}"));
        }
        true
    }

    fn shown(&self, value: &Value) -> String {
        if self.hidden || value.sensitive {
            return format!("another {}", value.kind());
        }
        match &value.data {
            Data::List(_) | Data::Map(_) | Data::Null => format!("a {}", value.kind()),
            Data::String(text) if text.chars().count() > 80 => {
                format!("the text `{}…`", text.chars().take(80).collect::<String>())
            }
            Data::String(text) => format!("the text `{text}`"),
            _ => format!("`{}`", plain(value)),
        }
    }

    fn map(
        &mut self,
        node: &Node,
        value: &Value,
        before: Option<&Value>,
        place: &Place<'_>,
        is_root: bool,
    ) {
        let Some(map) = value.as_map() else { return };
        for (key, entry) in map.iter() {
            let below = place.below(Step::Key(key), entry.origin);
            let old = before.and_then(|before| before.get(key));
            if let Some(field) = node.field(key) {
                // A status is the API server's; of metadata the schema of a CRD says little.
                let is_given = (is_root && key == "status") || (node.embedded && key == "metadata");
                if !is_given {
                    self.visit(field.node, entry, old, &below);
                }
            } else if let Some(values) = node.values {
                self.visit(values, entry, old, &below);
            } else if !node.keeps_unknown
                && node.kind != Kind::Any
                && !self.only_values
                && !((is_root || node.embedded) && OF_ALL_OBJECTS.contains(&key.as_str()))
            {
                let mut finding =
                    Finding::new(rules::UNKNOWN_FIELD, format!("there is no field `{key}` here"))
                        .field(below.text())
                        .at(below.origin);
                if let Some(near) = nearest(key, &node.fields) {
                    finding = finding.hint(format!("did you mean `{near}`?"));
                }
                self.found.push(finding);
            }
        }
        let is_absent = |name: &str| map.get(name).is_none_or(Value::is_null);
        let fields = node.fields.iter().filter(|field| field.required && field.default.is_none());
        let missing = fields.map(|field| &field.name).chain(&node.required);
        let missing: Vec<_> = missing
            .filter(|name| {
                let can_be_null = node
                    .field(name)
                    .and_then(|field| self.schema.get(field.node))
                    .is_some_and(|node| node.nullable);
                if can_be_null { !map.contains_key(name) } else { is_absent(name) }
            })
            .cloned()
            .collect();
        for name in missing {
            self.report(rules::MISSING_FIELD, place, format!("`{name}` is required"));
        }
    }

    fn keys(&mut self, node: &Node, items: &[Value], place: &Place<'_>) {
        if node.list == ListKeys::Atomic || items.len() < 2 {
            return;
        }
        let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let Some(key) = key_of(&node.list, item) else { continue };
            if let Some(first) = seen.get(&key) {
                let shown = if self.hidden || item.sensitive { "(hidden)" } else { &key };
                let message = format!("has the same key as item {first}: {shown}");
                let below = place.below(Step::Index(index), item.origin);
                self.report(rules::DUPLICATE_LIST_KEY, &below, message);
            } else {
                seen.insert(key, index);
            }
        }
    }

    fn limits(&mut self, node: &Node, value: &Value, place: &Place<'_>) {
        let Some(limits) = &node.limits else { return };
        for problem in limits.problems(value) {
            let shown = match &value.data {
                Data::List(_) | Data::Map(_) => String::new(),
                _ => format!(", but is {}", self.shown(value)),
            };
            let shown = if problem.contains("but has") { String::new() } else { shown };
            self.report(rules::INVALID_VALUE, place, format!("{problem}{shown}"));
        }
        for id in &limits.all_of {
            let found = self.alternative(*id, value, place);
            self.found.extend(found);
        }
        if !limits.any_of.is_empty() {
            let tried: Vec<Vec<Finding>> =
                limits.any_of.iter().map(|id| self.alternative(*id, value, place)).collect();
            if tried.iter().all(|found| !found.is_empty()) {
                self.none_fits(tried, place);
            }
        }
        if !limits.one_of.is_empty() {
            let tried: Vec<Vec<Finding>> =
                limits.one_of.iter().map(|id| self.alternative(*id, value, place)).collect();
            match tried.iter().filter(|found| found.is_empty()).count() {
                0 => self.none_fits(tried, place),
                1 => {}
                count => {
                    let message = format!("must be as one of the alternatives, but is as {count}");
                    self.report(rules::INVALID_VALUE, place, message);
                }
            }
        }
        if let Some(id) = limits.not
            && self.alternative(id, value, place).is_empty()
        {
            self.report(
                rules::INVALID_VALUE,
                place,
                "must not be as the schema says under `not`".into(),
            );
        }
    }

    fn none_fits(&mut self, tried: Vec<Vec<Finding>>, place: &Place<'_>) {
        let mut finding = Finding::new(rules::INVALID_VALUE, "is as none of the alternatives")
            .field(place.text())
            .at(place.origin);
        for first in tried.into_iter().filter_map(|found| found.into_iter().next()).take(5) {
            let cause = if first.field.is_empty() {
                first.message
            } else {
                format!("`{}` {}", first.field, first.message)
            };
            if !finding.causes.contains(&cause) {
                finding = finding.cause(cause);
            }
        }
        self.found.push(finding);
    }

    /// Checks against a part of a combination, and returns what it finds.
    fn alternative(&mut self, id: NodeId, value: &Value, place: &Place<'_>) -> Vec<Finding> {
        let outer = std::mem::take(&mut self.found);
        let was = std::mem::replace(&mut self.only_values, true);
        self.visit(id, value, None, place);
        self.only_values = was;
        std::mem::replace(&mut self.found, outer)
    }

    fn rules(
        &mut self,
        id: NodeId,
        node: &Node,
        value: &Value,
        before: Option<&Value>,
        place: &Place<'_>,
    ) {
        let new = seen(self.schema, id, value);
        let wants_old = node.rules.iter().any(|rule| rule.is_transition);
        let old: Option<Val> =
            before.filter(|_| wants_old).map(|before| seen(self.schema, id, before));
        for rule in &node.rules {
            let mut steps = self.rule_steps;
            let problem = rule.problem(&new, old.as_ref(), &mut steps);
            self.rule_steps = steps;
            if let Some(problem) = problem {
                let about = if rule.is_transition && old.is_some() {
                    rules::IMMUTABLE_FIELD
                } else {
                    rules::CEL_RULE
                };
                let message =
                    if self.hidden { "violates a rule of its schema".into() } else { problem };
                let finding = Finding::new(about, message)
                    .field(place.text())
                    .at(place.origin)
                    .cause(format!("rule: {}", rule.text));
                self.found.push(finding);
            }
        }
    }
}

/// Tells whether a text stands for another that is not known here: it is encrypted, or a variable in it is.
fn is_unknown(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("ENC[AES256_GCM,") || text.contains("${"))
}

/// Finds the item that an item of a list was before.
fn partner<'a>(node: &Node, before: &'a Value, item: &Value) -> Option<&'a Value> {
    if !matches!(node.list, ListKeys::Fields(_)) {
        return None;
    }
    let key = key_of(&node.list, item)?;
    before.as_list()?.iter().find(|other| key_of(&node.list, other).as_ref() == Some(&key))
}

/// Writes what tells an item apart.
fn key_of(keys: &ListKeys, item: &Value) -> Option<String> {
    match keys {
        ListKeys::Atomic => None,
        ListKeys::Set => match item.data {
            Data::List(_) | Data::Map(_) => None,
            _ => Some(format!("`{}`", plain(item))),
        },
        ListKeys::Fields(keys) => {
            item.as_map()?;
            let mut texts = Vec::new();
            for (key, default) in keys {
                let value = item.get(key).filter(|value| !value.is_null());
                let text = value.map(plain).or_else(|| default.as_ref().map(ToString::to_string));
                texts.push(format!("`{key}: {}`", text.unwrap_or_default()));
            }
            Some(texts.join(", "))
        }
    }
}

/// Finds the field that was most likely meant.
fn nearest<'a>(key: &str, fields: &'a [Field]) -> Option<&'a str> {
    let lower = key.to_ascii_lowercase();
    if let Some(same) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(&lower)) {
        return Some(&same.name);
    }
    let scored = fields.iter().map(|field| (distance(key, &field.name), field.name.as_str()));
    let (distance, name) = scored.min()?;
    (distance <= 2 && key.len() > 3).then_some(name)
}

/// Counts the letters that must change, come or go; only so many are looked at.
fn distance(one: &str, other: &str) -> usize {
    let start = |text: &str| text.chars().take(64).collect::<String>();
    strsim::levenshtein(&start(one), &start(other))
}
