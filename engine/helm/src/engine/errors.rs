//! How Helm rewrites the errors of templates.

use crate::HelmVersion;

/// What `fail` and `required` put around their message, so that it can be found again.
pub(super) fn marked(message: &str) -> String {
    format!("{START}{message}{END}")
}

const START: &str = "HELM_ERR_START";
const END: &str = "HELM_ERR_END";

/// Rewrites an error of parsing.
pub(super) fn parsing(name: &str, error: &str) -> String {
    let mut parts = error.split(": ");
    match (parts.nth(1), error.rsplit(": ").next()) {
        (Some(place), Some(message)) => format!("parse error at ({place}): {message}"),
        _ => format!("parse error in ({name}): {error}"),
    }
}

/// Rewrites an error of execution.
pub(super) fn execution(helm: HelmVersion, name: &str, error: &str) -> String {
    if !error.starts_with("template: ") {
        return error.to_owned();
    }
    let mut parts = error.splitn(3, ": ").skip(1);
    let (Some(place), Some(rest)) = (parts.next(), parts.next()) else {
        return format!("execution error in ({name}): {error}");
    };
    if let Some(message) = between_marks(rest) {
        return format!("execution error at ({place}): {message}");
    }
    match helm {
        HelmVersion::V3 => error.to_owned(),
        HelmVersion::V4 => traced(error).unwrap_or_else(|| error.to_owned()),
    }
}

fn between_marks(text: &str) -> Option<&str> {
    let start = text.find(START)? + START.len();
    let end = text.rfind(END)?;
    text.get(start..end)
}

/// One step of an error on its way out.
#[derive(PartialEq)]
struct Step<'a> {
    place: &'a str,
    executing: Option<(&'a str, &'a str)>,
    message: &'a str,
}

/// Lays an error out over lines, a step for each template it passed through, as Helm 4 does.
/// Nothing when the error does not come from templates all the way.
fn traced(error: &str) -> Option<String> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut rest = Some(error);
    while let Some(error) = rest {
        let step = step(error)?;
        if steps.last() != Some(&step) {
            steps.push(step);
        }
        rest = inner(error);
    }
    let mut text = String::new();
    for Step { place, executing, message } in steps {
        if !place.is_empty() {
            text.extend([place, "\n  "]);
        }
        if let Some((function, at)) = executing {
            text.push_str(&format!("executing \"{function}\" at <{at}>:\n    "));
        }
        if !message.is_empty() {
            text.extend([message, "\n"]);
        }
    }
    Some(text.trim().to_owned())
}

fn step(error: &str) -> Option<Step<'_>> {
    let rest = error.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(Step { place: "", executing: None, message: error });
    }
    let before_next = |message| match str::find(message, " template:") {
        Some(end) => message.get(..end).unwrap_or(message),
        None => message,
    };
    if let Some((place, function, at, message)) = executing(rest) {
        return Some(Step {
            place,
            executing: Some((function, at)),
            message: before_next(message),
        });
    }
    let (place, message) = rest.rsplit_once(": ")?;
    Some(Step { place, executing: None, message: before_next(message) })
}

/// Takes `PLACE: executing "FUNCTION" at <AT>: MESSAGE` apart.
fn executing(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (place, after) = text.split_once(": executing ")?;
    let (function, after) = after.strip_prefix('"')?.split_once('"')?;
    let (at, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
    Some((place, function, at, message))
}

/// Returns the error that a function call passed on.
fn inner(error: &str) -> Option<&str> {
    let (_, _, _, message) = executing(error.strip_prefix("template: ")?)?;
    let (_, inner) = message.strip_prefix("error calling ")?.split_once(": ")?;
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_rewritten() {
        assert_eq!(
            parsing("a", r#"template: a/t.yaml:1: function "nope" not defined"#),
            r#"parse error at (a/t.yaml:1): function "nope" not defined"#
        );
        let failed = format!(
            "template: a/t.yaml:1:3: executing \"a/t.yaml\" at <fail \"x\">: error calling fail: {}",
            marked("boom: bang")
        );
        assert_eq!(
            execution(HelmVersion::V3, "a", &failed),
            "execution error at (a/t.yaml:1:3): boom: bang"
        );
    }

    #[test]
    fn helm_4_lays_errors_out_over_lines() {
        let deep = "template: t.yaml:2:6: executing \"t.yaml\" at <include \"a\" .>: error calling include: template: t.yaml:1:7: executing \"a\" at <.x.y>: nil pointer evaluating interface {}.y";
        assert_eq!(
            execution(HelmVersion::V4, "t.yaml", deep),
            "t.yaml:2:6\n  executing \"t.yaml\" at <include \"a\" .>:\n    error calling include:\nt.yaml:1:7\n  executing \"a\" at <.x.y>:\n    nil pointer evaluating interface {}.y"
        );
        let foreign =
            "template: t.yaml:1:1: executing \"t.yaml\" at <f>: error calling f: some reason";
        assert_eq!(execution(HelmVersion::V4, "t.yaml", foreign), foreign);
    }
}
