//! Manifests as they are, for `weir build`.

use std::io::{self, Write};

use weir_model::Value;
use weir_plan::{Body, Plan, Unit};

/// Prints each unit's objects as YAML documents after a line `# unit: Kind/namespace/name`.
pub(crate) fn print_yaml<'plan>(
    units: impl Iterator<Item = &'plan Unit>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for unit in units {
        let Body::Ready(objects) = &unit.body else { continue };
        writeln!(out, "# unit: {}", super::safe::line(&unit.id.to_string()))?;
        for object in objects.iter() {
            writeln!(
                out,
                "---\n{}",
                weir_yaml::to_yaml(object.manifest.value()).trim_end_matches('\n')
            )?;
        }
    }
    Ok(())
}

/// Prints all objects as one JSON list of `{unit, object}`.
pub(crate) fn json<'plan>(units: impl Iterator<Item = &'plan Unit>) -> Value {
    let mut entries = Vec::new();
    for unit in units {
        let Body::Ready(objects) = &unit.body else { continue };
        for object in objects.iter() {
            let unit = Value::string(unit.id.to_string());
            entries.push(super::json::map([
                ("unit", unit),
                ("object", object.manifest.value().clone()),
            ]));
        }
    }
    entries.into()
}

/// Returns the units that were asked for, all when none was, or the name that fits no unit.
pub(crate) fn select<'plan>(
    plan: &'plan Plan,
    wanted: &[String],
) -> Result<Vec<&'plan Unit>, String> {
    if wanted.is_empty() {
        return Ok(plan.units.iter().collect());
    }
    let mut units = Vec::new();
    for name in wanted {
        let full = expand(name);
        let unit = plan.units.iter().find(|unit| unit.id.to_string() == full);
        units.push(unit.ok_or_else(|| name.clone())?);
    }
    Ok(units)
}

/// Writes out the short kinds that Flux's own command line knows.
pub(crate) fn expand(name: &str) -> String {
    match name.split_once('/') {
        Some((kind, rest))
            if kind.eq_ignore_ascii_case("ks") || kind.eq_ignore_ascii_case("kustomization") =>
        {
            format!("Kustomization/{rest}")
        }
        Some((kind, rest))
            if kind.eq_ignore_ascii_case("hr") || kind.eq_ignore_ascii_case("helmrelease") =>
        {
            format!("HelmRelease/{rest}")
        }
        _ => name.to_owned(),
    }
}
