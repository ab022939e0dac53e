//! What a schema says of values beyond their type.

use weir_golang::regexp::Regexp;
use weir_model::{Data, SmolStr, Value};

use super::NodeId;

/// What a schema says of values beyond their type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// The only values there may be.
    pub(crate) values: Vec<Value>,
    pub(crate) pattern: Option<(SmolStr, Regexp)>,
    pub(crate) format: Option<SmolStr>,
    pub(crate) least: Option<Bound>,
    pub(crate) most: Option<Bound>,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) length: Range,
    pub(crate) items: Range,
    pub(crate) entries: Range,
    pub(crate) unique: bool,
    pub(crate) all_of: Vec<NodeId>,
    pub(crate) any_of: Vec<NodeId>,
    pub(crate) one_of: Vec<NodeId>,
    pub(crate) not: Option<NodeId>,
}

/// An end of a range of numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    /// Whether the end itself is outside.
    pub(crate) exclusive: bool,
}

/// How many there must be at least and may be at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub(crate) least: Option<u64>,
    pub(crate) most: Option<u64>,
}

impl Range {
    fn problem(self, count: usize, what: &str) -> Option<String> {
        let count = count as u64;
        if let Some(least) = self.least.filter(|least| count < *least) {
            return Some(format!("must have at least {least} {what}, but has {count}"));
        }
        let most = self.most.filter(|most| count > *most)?;
        Some(format!("must have at most {most} {what}, but has {count}"))
    }
}

impl Limits {
    /// Tells whether this refuses any value at all.
    pub(crate) fn says_something(&self) -> bool {
        let has = |range: Range| range.least.is_some() || range.most.is_some();
        !self.values.is_empty()
            || self.pattern.is_some()
            || self.format.is_some()
            || self.least.is_some()
            || self.most.is_some()
            || self.multiple_of.is_some()
            || has(self.length)
            || has(self.items)
            || has(self.entries)
            || self.unique
            || self.not.is_some()
            || [&self.all_of, &self.any_of, &self.one_of].iter().any(|nodes| !nodes.is_empty())
    }

    /// Says what is wrong with a value, apart from what is in it and from the combinations.
    pub(crate) fn problems(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if !self.values.is_empty() && !self.values.contains(value) {
            let shown = self.values.iter().map(plain).filter(|text| !text.is_empty());
            let values: Vec<String> = shown.map(|text| format!("`{text}`")).collect();
            found.push(format!("must be one of {}", values.join(", ")));
        }
        match &value.data {
            Data::String(text) => self.of_text(text, &mut found),
            Data::Int(_) | Data::Uint(_) | Data::Float(_) => self.of_number(value, &mut found),
            Data::List(items) => {
                found.extend(self.items.problem(items.len(), "items"));
                if self.unique && has_twins(items) {
                    found.push("must not have an item twice".into());
                }
            }
            Data::Map(map) => found.extend(self.entries.problem(map.len(), "fields")),
            Data::Null | Data::Bool(_) => {}
        }
        found
    }

    fn of_text(&self, text: &str, found: &mut Vec<String>) {
        if self.length.least.is_some() || self.length.most.is_some() {
            found.extend(self.length.problem(text.chars().count(), "characters"));
        }
        if let Some((pattern, regexp)) = &self.pattern
            && !regexp.is_match(text)
        {
            found.push(format!("must match `{pattern}`"));
        }
        if let Some(format) = &self.format {
            found.extend(super::formats::problem(format, text).map(str::to_owned));
        }
    }

    fn of_number(&self, value: &Value, found: &mut Vec<String>) {
        let Some(number) = number(value) else { return };
        if let Some(Bound { value: least, exclusive }) = self.least
            && (number < least || (exclusive && number == least))
        {
            let word = if exclusive { "greater than" } else { "at least" };
            found.push(format!("must be {word} {least}"));
        }
        if let Some(Bound { value: most, exclusive }) = self.most
            && (number > most || (exclusive && number == most))
        {
            let word = if exclusive { "less than" } else { "at most" };
            found.push(format!("must be {word} {most}"));
        }
        if let Some(step) = self.multiple_of
            && step > 0.0
            && (number / step).fract() != 0.0
        {
            found.push(format!("must be a multiple of {step}"));
        }
    }
}

/// Returns a number as a float.
#[expect(clippy::cast_precision_loss, reason = "limits are floats as well")]
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value.data {
        Data::Int(value) => Some(value as f64),
        Data::Uint(value) => Some(value as f64),
        Data::Float(value) => Some(value),
        _ => None,
    }
}

/// Writes a scalar as people write it; of a list or a map only what it is.
pub(crate) fn plain(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".into(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::String(text) => text.to_string(),
        Data::List(_) | Data::Map(_) => format!("a {}", value.kind()),
    }
}

fn has_twins(items: &[Value]) -> bool {
    let mut digests: Vec<weir_model::Digest> = items
        .iter()
        .map(|item| {
            let mut digest = weir_model::DigestBuilder::new("item");
            item.digest_into(&mut digest);
            digest.finish()
        })
        .collect();
    digests.sort();
    digests.windows(2).any(|pair| pair.first() == pair.last())
}
