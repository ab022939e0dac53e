//! Rules over the changes of a diff, in CEL: what may not be, and what to say then.
//!
//! A policy file is a list of rules under `rules`. A rule looks at each changed object, or at the change as a whole, and
//! refuses it where `deny` is true. What it sees is what `weir diff -o json` prints, with secrets hidden.

use std::path::Path;

use weir_cel::{Library, Program, Type, Val};
use weir_model::{Source, TreePath, Value};
use weir_plan::{Changes, Plan, ReviewSettings, review};

use crate::CommandError;
use crate::output::diff_json;

/// One rule.
struct Rule {
    name: String,
    /// Whether it looks at the change as a whole.
    is_whole: bool,
    when: Option<Program>,
    deny: Program,
    message: String,
}

/// A refusal, with what it is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The rule's name.
    pub(crate) rule: String,
    /// What the rule says.
    pub(crate) message: String,
    /// The object, with its unit; none when the change as a whole is refused.
    pub(crate) object: Option<String>,
}

/// The rules of some files.
pub(crate) struct Policies(Vec<Rule>);

impl Policies {
    /// Reads policy files. A rule that cannot be read is an error: one that is skipped would let everything through.
    pub(crate) fn read(files: &[std::path::PathBuf]) -> Result<Self, CommandError> {
        let mut rules = Vec::new();
        for file in files {
            let text = std::fs::read(file).map_err(|error| {
                CommandError::new(format!("could not read the policy `{}`", file.display()))
                    .cause(error)
            })?;
            rules.extend(parse(file, &text)?);
        }
        Ok(Self(rules))
    }

    /// Returns what the rules refuse of all changes of a cluster, whatever is shown of them, in the order of the rules. A
    /// rule that cannot be evaluated refuses.
    pub(crate) fn judge(
        &self,
        changes: &Changes,
        before: &Plan,
        after: &Plan,
        entry: &TreePath,
    ) -> Vec<Refusal> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let settings = ReviewSettings { all: true, strip: Vec::new() };
        let review = &review(changes, before, after, &settings);
        let objects: Vec<(String, Val)> = diff_json::objects(review)
            .into_iter()
            .map(|(name, value)| (name, Val::from(&value)))
            .collect();
        let all = Val::list(objects.iter().map(|(_, object)| object.clone()).collect());
        let counts = Val::from(&diff_json::counts(review, changes));
        let cluster = Val::from(&Value::string(entry.to_string()));
        let mut refusals = Vec::new();
        for rule in &self.0 {
            let mut judge = |name: Option<&str>, object: &Val| {
                let variables = |variable: &str| match variable {
                    "change" => Some(object.clone()),
                    "changes" => Some(all.clone()),
                    "counts" => Some(counts.clone()),
                    "cluster" => Some(cluster.clone()),
                    _ => None,
                };
                if let Some(message) = rule.refuses(&variables) {
                    refusals.push(Refusal {
                        rule: rule.name.clone(),
                        message,
                        object: name.map(str::to_owned),
                    });
                }
            };
            if rule.is_whole {
                judge(None, &Val::Null);
            } else {
                for (name, object) in &objects {
                    judge(Some(name), object);
                }
            }
        }
        refusals
    }
}

impl Rule {
    /// Returns what the rule says when it refuses.
    fn refuses(&self, variables: &dyn Fn(&str) -> Option<Val>) -> Option<String> {
        let truth = |program: &Program| match program.evaluate(variables) {
            Ok(value) => {
                value.as_bool().ok_or_else(|| format!("it gives {}, no bool", value.type_name()))
            }
            Err(error) => Err(error.message),
        };
        let applies = self.when.as_ref().map_or(Ok(true), truth);
        let denied =
            applies.and_then(|applies| if applies { truth(&self.deny) } else { Ok(false) });
        match denied {
            Ok(true) => Some(self.message.clone()),
            Ok(false) => None,
            Err(problem) => Some(format!("the rule cannot be evaluated: {problem}")),
        }
    }
}

fn parse(file: &Path, text: &[u8]) -> Result<Vec<Rule>, CommandError> {
    let failed = |problem: String| {
        CommandError::new(format!("could not read the policy `{}`", file.display()))
            .cause(problem)
            .hint("a policy is `rules:`, a list of `name`, `each`, `when`, `deny` and `message`")
    };
    let source = Source::named(&file.display().to_string());
    let value = weir_yaml::read_value(text, source).map_err(|error| failed(error.message))?;
    let Some(rules) = value.get("rules").and_then(Value::as_list) else {
        return Err(failed("it has no list `rules`".to_owned()));
    };
    rules.iter().enumerate().map(|(index, rule)| read_rule(rule, index).map_err(failed)).collect()
}

fn read_rule(rule: &Value, index: usize) -> Result<Rule, String> {
    let field = |name: &str| rule.get(name).and_then(Value::as_str);
    let name = field("name").ok_or_else(|| format!("rule {} has no `name`", index + 1))?;
    let known = ["name", "each", "when", "deny", "message"];
    if let Some(map) = rule.as_map()
        && let Some(unknown) = map.keys().find(|key| !known.contains(&key.as_str()))
    {
        return Err(format!("rule `{name}` has an unknown field `{unknown}`"));
    }
    let is_whole = match field("each").unwrap_or("object") {
        "object" => false,
        "diff" => true,
        other => return Err(format!("rule `{name}`: `each` is `object` or `diff`, not `{other}`")),
    };
    let variables = [
        ("change", Type::Dyn),
        ("changes", Type::Dyn),
        ("counts", Type::object()),
        ("cluster", Type::string()),
    ];
    let compile = |field: &str, text: &str| -> Result<Program, String> {
        let wrong = |problem: &str| format!("rule `{name}`: `{field}`: {problem}");
        let (program, kind) = Program::compile_typed(text, Library::Kubernetes, &variables)
            .map_err(|error| wrong(&error.message))?;
        if kind != Type::bool() && kind != Type::Dyn {
            return Err(wrong("it gives no bool"));
        }
        Ok(program)
    };
    let deny = field("deny").ok_or_else(|| format!("rule `{name}` has no `deny`"))?;
    Ok(Rule {
        name: name.to_owned(),
        is_whole,
        when: field("when").map(|text| compile("when", text)).transpose()?,
        deny: compile("deny", deny)?,
        message: field("message").unwrap_or(deny).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        match parse(Path::new("p.yaml"), text.as_bytes()) {
            Ok(_) => "none".to_owned(),
            Err(error) => {
                let mut shown = Vec::new();
                error.print(&mut shown).unwrap();
                String::from_utf8(shown).unwrap()
            }
        }
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_an_error() {
        for (text, expected) in [
            ("rules: []", "none"),
            ("x: 1", "no list `rules`"),
            ("rules: [{deny: 'true'}]", "rule 1 has no `name`"),
            ("rules: [{name: a}]", "rule `a` has no `deny`"),
            ("rules: [{name: a, deny: 'true', dney: x}]", "unknown field `dney`"),
            ("rules: [{name: a, deny: '1 + 1'}]", "gives no bool"),
            ("rules: [{name: a, deny: 'change.'}]", "rule `a`: `deny`"),
            ("rules: [{name: a, deny: 'other == 1'}]", "rule `a`: `deny`"),
            ("rules: [{name: a, each: unit, deny: 'true'}]", "`object` or `diff`"),
            ("rules: [{name: a, when: \"change.kind == 'X'\", deny: 'true'}]", "none"),
        ] {
            let found = problem(text);
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
