//! Which version's schemas are used, and why.

use crate::schema::kubernetes::versions;

/// The version to check against: its place in the table, its name and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) place: usize,
    pub(crate) reason: String,
}

/// Chooses the version for what charts are told: that minor version, or the nearest one there is. The reason says whether
/// somebody asked for it.
pub(crate) fn choose(wanted: &str, is_given: bool) -> Chosen {
    let names: Vec<&str> = versions().collect();
    let newest = names.len().saturating_sub(1);
    let asked = if is_given {
        format!("`--kube-version {wanted}`")
    } else {
        format!("{wanted}, the default; name yours with `--kube-version`")
    };
    let Some(minor) = minor(wanted) else {
        let reason = format!("`{wanted}` is no version, so the newest that weir knows is used");
        return Chosen { place: newest, reason };
    };
    let minors: Vec<u32> = names.iter().map(|name| self::minor(name).unwrap_or_default()).collect();
    match minors.iter().position(|other| *other == minor) {
        Some(place) => Chosen { place, reason: asked },
        None => {
            let is_older = minors.first().is_some_and(|first| minor < *first);
            let (place, word) = if is_older { (0, "oldest") } else { (newest, "newest") };
            let reason =
                format!("{asked}, which weir has no schemas of; this is the {word} it has");
            Chosen { place, reason }
        }
    }
}

/// The minor version from which a Service's name may begin with a digit.
const RELAXED_SERVICE_NAMES: u32 = 36;

/// Tells whether a Service's name may begin with a digit.
pub(crate) fn has_relaxed_service_names(version: &str) -> bool {
    minor(version).is_some_and(|minor| minor >= RELAXED_SERVICE_NAMES)
}

/// Reads the minor version of `1.33`, `v1.33.4` or `1.33.4+k3s1`.
fn minor(version: &str) -> Option<u32> {
    let rest = version.trim().trim_start_matches('v').strip_prefix("1.")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_asked_for_is_used_and_never_silently_another() {
        let version = |wanted: &str| {
            let chosen = choose(wanted, true);
            let name = versions().nth(chosen.place).unwrap_or_default();
            (name.rsplit_once('.').map_or("", |(minor, _)| minor), chosen.reason)
        };
        let (name, reason) = version("v1.33.4+k3s1");
        assert_eq!((name, reason.as_str()), ("1.33", "`--kube-version v1.33.4+k3s1`"));
        assert!(version("1.12").1.contains("the oldest it has"));
        assert!(version("1.99.0").1.contains("the newest it has"));
        assert!(version("latest").1.contains("is no version"));
        assert!(choose("1.36.1", false).reason.contains("the default"));
    }
}
