//! What was reused, and what made the rest new (`--explain-cache`).

use std::io::{self, Write};

use weir_evaluate::{Reuse, UnitReuse};

use super::{plural, safe};

/// How many changed inputs are named for one unit.
const NAMED: usize = 5;

/// Prints a line for each unit that was made, and a count.
pub(crate) fn print(units: &[UnitReuse], out: &mut dyn Write) -> io::Result<()> {
    let mut made = 0;
    for UnitReuse { unit, reuse } in units {
        let why = match reuse {
            Reuse::Reused => continue,
            Reuse::New => "nothing is known of it from an earlier run".to_owned(),
            Reuse::Lost => "its inputs are the same, but what was kept of it is gone".to_owned(),
            Reuse::Changed(inputs) => changed(inputs),
        };
        made += 1;
        writeln!(out, "made {}: {}", safe::line(&unit.to_string()), safe::line(&why))?;
    }
    let reused = units.len() - made;
    writeln!(out, "{} reused, {made} made", plural(reused, "unit"))
}

fn changed(inputs: &[String]) -> String {
    let mut names: Vec<String> = inputs.iter().take(NAMED).map(|name| name.to_owned()).collect();
    if inputs.len() > NAMED {
        names.push(format!("{} more", inputs.len() - NAMED));
    }
    format!("another {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use weir_plan::{UnitId, UnitKind};

    use super::*;

    #[test]
    fn each_unit_that_was_made_says_why() {
        let unit = |name: &str, reuse| UnitReuse {
            unit: UnitId {
                kind: UnitKind::Kustomization,
                namespace: "apps".into(),
                name: name.into(),
            },
            reuse,
        };
        let many = (0..7).map(|number| format!("file {number}.yaml")).collect();
        let units = [
            unit("a", Reuse::Reused),
            unit("b", Reuse::New),
            unit("c", Reuse::Lost),
            unit("d", Reuse::Changed(vec!["spec".to_owned(), "file a\u{1b}.yaml".to_owned()])),
            unit("e", Reuse::Changed(many)),
        ];
        let mut out = Vec::new();
        print(&units, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "made Kustomization/apps/b: nothing is known of it from an earlier run\n\
             made Kustomization/apps/c: its inputs are the same, but what was kept of it is gone\n\
             made Kustomization/apps/d: another spec, file a\\u{1b}.yaml\n\
             made Kustomization/apps/e: another file 0.yaml, file 1.yaml, file 2.yaml, file 3.yaml, \
             file 4.yaml, 2 more\n1 unit reused, 4 made\n"
        );
    }
}
