//! The way from an object to one of its fields.

use std::fmt::Write;

use weir_model::Origin;

/// One step: the name of a field or the place in a list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The way from an object to one of its fields, a link for each step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
    /// Where the nearest value that says so came from.
    pub(crate) origin: Origin,
}

impl<'a> Place<'a> {
    /// The place of the object itself.
    pub(crate) fn root(origin: Origin) -> Self {
        Self { parent: None, step: Step::Key(""), origin }
    }

    /// The place of a field or an item below this one.
    pub(crate) fn below(&'a self, step: Step<'a>, origin: Origin) -> Self {
        let origin = if origin.is_known() { origin } else { self.origin };
        Self { parent: Some(self), step, origin }
    }

    /// Writes the way, as `spec.containers[0].image`.
    pub(crate) fn text(&self) -> String {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            if here.parent.is_some() {
                steps.push(here.step);
            }
            place = here.parent;
        }
        let mut text = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Index(index) => {
                    let _ = write!(text, "[{index}]");
                }
                Step::Key(key) if is_plain(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(key);
                }
                Step::Key(key) => {
                    let _ = write!(text, "[{key}]");
                }
            }
        }
        text
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte))
}
