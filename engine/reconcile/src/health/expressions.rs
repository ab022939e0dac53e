//! `healthCheckExprs`: rules in CEL for the objects of a kind, or of a whole group.

use weir_cel::{Library, Program, Val};
use weir_model::{SmolStr, Value};

use super::fields::{group_and_kind, nested_int};
use super::{Health, HealthError, State};

/// The rules of a Kustomization, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Expressions {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    group: SmolStr,
    /// The kind; empty for all kinds of the group.
    kind: SmolStr,
    /// What is asked, in this order; the first that is true decides.
    questions: Vec<(State, Program)>,
}

/// The fields of a rule, in the order in which they are asked.
const QUESTIONS: &[(&str, State)] =
    &[("inProgress", State::InProgress), ("failed", State::Failed), ("current", State::Current)];

impl Expressions {
    /// Reads `spec.healthCheckExprs`. A rule that cannot be used is an error: nobody should wait by half of the rules.
    pub fn read(list: Option<&Value>) -> Result<Self, String> {
        let mut rules: Vec<Rule> = Vec::new();
        for item in list.and_then(Value::as_list).unwrap_or_default() {
            let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
            let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
            let rule =
                format!("health check expression for `{} {}`", text("apiVersion"), text("kind"));
            if text("current").is_empty() {
                return Err(format!("{rule}: `current` is missing"));
            }
            if rules.iter().any(|known| known.group == group && known.kind == text("kind")) {
                return Err(format!("{rule}: it is there twice"));
            }
            let mut questions = Vec::new();
            for (name, state) in QUESTIONS.iter().filter(|(name, _)| !text(name).is_empty()) {
                let program = Program::compile(text(name), Library::Flux)
                    .map_err(|error| format!("{rule}: `{name}` cannot be read: {error}"))?;
                questions.push((*state, program));
            }
            rules.push(Rule { group: group.into(), kind: text("kind").into(), questions });
        }
        Ok(Self { rules })
    }

    /// Judges an object for whose kind there is a rule. A generation that was not seen yet is in progress, whatever the
    /// rule says.
    pub fn judge(&self, object: &Value) -> Option<Result<Health, HealthError>> {
        let (group, kind) = group_and_kind(object);
        let of = |wanted: &str| {
            self.rules.iter().find(|rule| rule.group == group && rule.kind == wanted)
        };
        let rule = of(kind).or_else(|| of(""))?;
        Some(rule.judge(object))
    }
}

impl Rule {
    fn judge(&self, object: &Value) -> Result<Health, HealthError> {
        let generation = |path: [&str; 2]| nested_int(object, &path).ok().flatten();
        if let (Some(observed), Some(generation)) =
            (generation(["status", "observedGeneration"]), generation(["metadata", "generation"]))
            && observed != generation
        {
            return Ok(Health::plain(State::InProgress, ""));
        }
        let Some(fields) = object.as_map() else {
            return Err(HealthError("the object is no map".to_owned()));
        };
        for (state, program) in &self.questions {
            match program.evaluate_fields(fields) {
                Ok(Val::Bool(true)) => return Ok(Health::plain(*state, "")),
                Ok(Val::Bool(false)) => {}
                Ok(_) => {
                    let text = "failed to evaluate CEL expression as boolean";
                    return Err(HealthError(text.to_owned()));
                }
                Err(error) => return Err(HealthError(error.to_string())),
            }
        }
        Ok(Health::plain(State::InProgress, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::value;

    #[test]
    fn expressions_judge_the_kinds_they_name() {
        let rules = Expressions::read(Some(&value(
            "[{apiVersion: a.example.com/v1, kind: Widget, inProgress: status.phase == 'Busy', failed: status.phase == 'Bad', current: status.phase == 'Good'}, \
             {apiVersion: b.example.com/v1, current: 'has(status.ready)'}]",
        )))
        .unwrap();
        for (object, expected) in [
            (
                "{apiVersion: a.example.com/v2, kind: Widget, status: {phase: Busy}}",
                Some("InProgress"),
            ),
            ("{apiVersion: a.example.com/v1, kind: Widget, status: {phase: Bad}}", Some("Failed")),
            (
                "{apiVersion: a.example.com/v1, kind: Widget, status: {phase: Good}}",
                Some("Current"),
            ),
            (
                "{apiVersion: a.example.com/v1, kind: Widget, status: {phase: Odd}}",
                Some("InProgress"),
            ),
            (
                "{apiVersion: a.example.com/v1, kind: Widget, metadata: {generation: 2}, status: {observedGeneration: 1, phase: Good}}",
                Some("InProgress"),
            ),
            ("{apiVersion: a.example.com/v1, kind: Widget}", Some("error")),
            ("{apiVersion: a.example.com/v1, kind: Other}", None),
            ("{apiVersion: b.example.com/v1, kind: Any, status: {ready: 1}}", Some("Current")),
        ] {
            let judged = rules
                .judge(&value(object))
                .map(|judged| judged.map_or("error", |health| health.state.as_str()));
            assert_eq!(judged, expected, "{object}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_an_error() {
        for list in [
            "[{apiVersion: a/v1, kind: X}]",
            "[{apiVersion: a/v1, kind: X, current: '('}]",
            "[{apiVersion: a/v1, kind: X, current: 'true'}, {apiVersion: a/v2, kind: X, current: 'true'}]",
        ] {
            assert!(Expressions::read(Some(&value(list))).is_err(), "{list}");
        }
    }
}
