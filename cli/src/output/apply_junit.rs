//! The report of an apply as JUnit's XML: a suite for each unit, a case for each object, and one for the unit itself.

use std::fmt::Write as _;
use std::io::{self, Write};

use weir_io_apply::{ObjectReport, Outcome, Report, UnitOutcome, UnitReport};

use super::check_junit::escape;

/// How many cases there are, how many of them failed, and how many were skipped.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

/// Prints a report.
pub(crate) fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut all = Counts::default();
    let mut body = String::new();
    for unit in &report.units {
        let (counts, cases) = suite(unit);
        let name = escape(&unit.id.to_string());
        let _ = writeln!(body, "  <testsuite name=\"{name}\" {}>", attributes(&counts));
        body.push_str(&cases);
        body.push_str("  </testsuite>\n");
        all.tests += counts.tests;
        all.failures += counts.failures;
        all.skipped += counts.skipped;
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"weir apply\" {}>", attributes(&all))?;
    writeln!(out, "{body}</testsuites>")
}

fn attributes(counts: &Counts) -> String {
    let Counts { tests, failures, skipped } = counts;
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
}

fn suite(unit: &UnitReport) -> (Counts, String) {
    let suite = escape(&unit.id.to_string());
    let (mut counts, mut body) = (Counts::default(), String::new());
    let notes = unit.notes.join("\n");
    let verdict = match unit.outcome {
        UnitOutcome::Failed if notes.is_empty() => Some(failure("an object failed", "")),
        UnitOutcome::Failed => Some(failure(&notes, "")),
        UnitOutcome::Skipped => Some(skipped(&notes)),
        UnitOutcome::Done if notes.is_empty() => None,
        UnitOutcome::Done => Some(note(&notes)),
    };
    case(&suite, "apply", "", verdict, &mut counts, &mut body);
    for object in &unit.objects {
        let name = escape(&object.id.to_string());
        case(&suite, &name, &place(object), verdict_of(object), &mut counts, &mut body);
    }
    (counts, body)
}

/// What a case holds.
enum Verdict {
    Failure(String),
    Skipped(String),
    Note(String),
}

fn failure(why: &str, more: &str) -> Verdict {
    let (why, more) = (escape(why.trim_end()), escape(more));
    Verdict::Failure(format!("<failure message=\"{why}\" type=\"apply\">{more}</failure>"))
}

fn skipped(why: &str) -> Verdict {
    Verdict::Skipped(format!("<skipped message=\"{}\"/>", escape(why.trim_end())))
}

fn note(text: &str) -> Verdict {
    Verdict::Note(format!("<system-out>{}</system-out>", escape(text)))
}

fn verdict_of(object: &ObjectReport) -> Option<Verdict> {
    let (word, why) = (object.outcome.word(), object.outcome.why());
    Some(match &object.outcome {
        Outcome::Failed(_) | Outcome::Refused(_) => {
            let hint = object.outcome.hint().map(|hint| format!("hint: {hint}"));
            failure(&why, &hint.unwrap_or_default())
        }
        Outcome::Skipped(_) | Outcome::Pending(_) => skipped(&format!("{word}: {why}")),
        Outcome::Unchanged => return None,
        Outcome::Kept(_) => note(&format!("{word}: {why}")),
        Outcome::Created
        | Outcome::Configured
        | Outcome::Recreated
        | Outcome::Deleted
        | Outcome::Gone => note(word),
    })
}

fn case(
    suite: &str,
    name: &str,
    place: &str,
    verdict: Option<Verdict>,
    counts: &mut Counts,
    body: &mut String,
) {
    counts.tests += 1;
    let _ = write!(body, "    <testcase classname=\"{suite}\" name=\"{name}\"{place}");
    let inside = match verdict {
        None => {
            body.push_str("/>\n");
            return;
        }
        Some(Verdict::Failure(inside)) => {
            counts.failures += 1;
            inside
        }
        Some(Verdict::Skipped(inside)) => {
            counts.skipped += 1;
            inside
        }
        Some(Verdict::Note(inside)) => inside,
    };
    let _ = writeln!(body, ">{inside}</testcase>");
}

fn place(object: &ObjectReport) -> String {
    let mut place = String::new();
    if object.origin.is_known() {
        let _ = write!(place, " file=\"{}\"", escape(&object.origin.source.name()));
        if object.origin.line > 0 {
            let _ = write!(place, " line=\"{}\"", object.origin.line);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use weir_io_apply::Failure;
    use weir_model::{ObjectId, Origin};
    use weir_plan::{UnitId, UnitKind};

    use super::*;

    #[test]
    fn every_object_is_a_case_and_says_how_it_ended() {
        let object = |name: &str, outcome: Outcome| ObjectReport {
            id: ObjectId::new("", "ConfigMap", Some("a"), name),
            origin: Origin::default(),
            outcome,
        };
        let unit = |name: &str, outcome, objects, notes: &[&str]| UnitReport {
            id: UnitId {
                kind: UnitKind::Kustomization,
                namespace: "flux-system".into(),
                name: name.into(),
            },
            outcome,
            objects,
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        };
        let why = "ConfigMap/a/c dry-run failed: <no> \"way\"\nat all";
        let failed = Failure { why: why.to_owned(), hint: Some("try & see") };
        let objects = vec![
            object("a", Outcome::Created),
            object("b", Outcome::Unchanged),
            object("c", Outcome::Failed(failed)),
        ];
        let report = Report {
            units: vec![
                unit("apps", UnitOutcome::Failed, objects, &[]),
                unit("late", UnitOutcome::Skipped, vec![], &["dependency `apps` is not ready"]),
                unit("infra", UnitOutcome::Done, vec![], &[]),
            ],
            requests: 3,
        };
        let mut out = Vec::new();
        print(&report, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="weir apply" tests="6" failures="2" errors="0" skipped="1">
          <testsuite name="Kustomization/flux-system/apps" tests="4" failures="2" errors="0" skipped="0">
            <testcase classname="Kustomization/flux-system/apps" name="apply"><failure message="an object failed" type="apply"></failure></testcase>
            <testcase classname="Kustomization/flux-system/apps" name="ConfigMap/a/a"><system-out>created</system-out></testcase>
            <testcase classname="Kustomization/flux-system/apps" name="ConfigMap/a/b"/>
            <testcase classname="Kustomization/flux-system/apps" name="ConfigMap/a/c"><failure message="ConfigMap/a/c dry-run failed: &lt;no&gt; &quot;way&quot;&#10;at all" type="apply">hint: try &amp; see</failure></testcase>
          </testsuite>
          <testsuite name="Kustomization/flux-system/late" tests="1" failures="0" errors="0" skipped="1">
            <testcase classname="Kustomization/flux-system/late" name="apply"><skipped message="dependency `apps` is not ready"/></testcase>
          </testsuite>
          <testsuite name="Kustomization/flux-system/infra" tests="1" failures="0" errors="0" skipped="0">
            <testcase classname="Kustomization/flux-system/infra" name="apply"/>
          </testsuite>
        </testsuites>
        "#);
    }
}
