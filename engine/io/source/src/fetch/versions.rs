//! The newest version that fits a range, as Flux and Helm choose it.

use std::cmp::Ordering;

use weir_golang::semver::{Constraint, Version};

use super::FetchError;

/// Reads a version as Flux does: a leading `v` is allowed, but all three numbers must be there.
pub(super) fn parse(text: &str) -> Option<Version> {
    Version::parse_strict(text.strip_prefix('v').unwrap_or(text)).ok()?;
    Version::parse(text).ok()
}

/// Picks the newest version that fits; `tie` decides between equal ones. Empty means any. Fails when none fits.
pub(super) fn newest<'item, T>(
    items: &'item [T],
    text: impl Fn(&T) -> &str,
    tie: impl Fn(&T, &T) -> Ordering,
    range_text: &str,
    what: &str,
) -> Result<&'item T, FetchError> {
    let range = Constraint::parse(if range_text.is_empty() { "*" } else { range_text }).map_err(
        |error| FetchError::malformed(format!("range of versions `{range_text}`"), error),
    )?;
    let mut best: Option<(Version, &T)> = None;
    let mut newest_of_all: Option<Version> = None;
    for item in items {
        let Some(version) = parse(text(item)) else { continue };
        if newest_of_all.as_ref().is_none_or(|newest| version > *newest) {
            newest_of_all = Some(version.clone());
        }
        let is_better = |(best, other): &(Version, &T)| {
            version.cmp(best).then_with(|| tie(item, other)).is_gt()
        };
        if range.check(&version) && best.as_ref().is_none_or(is_better) {
            best = Some((version, item));
        }
    }
    best.map(|(_, item)| item).ok_or_else(|| FetchError::NoVersion {
        what: what.to_owned(),
        range: range_text.to_owned(),
        count: items.len(),
        newest: newest_of_all.map(|version| version.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_fits_is_taken() {
        let all =
            ["1.0.0", "1.2.0", "v1.3.0", "1.4.0-rc.1", "2.0.0", "latest", "2.1.0-beta", "1.9"];
        for (range, expected) in [
            ("*", Some("2.0.0")),
            ("", Some("2.0.0")),
            ("1.x", Some("v1.3.0")),
            ("1.2", Some("1.2.0")),
            (">= 1.0.0, < 1.3.0", Some("1.2.0")),
            ("<1.1 || 1.2.x", Some("1.2.0")),
            (">=1.0.0-0", Some("2.1.0-beta")),
            ("3.x", None),
        ] {
            let found = newest(&all, |text| text, |_, _| Ordering::Equal, range, "x");
            assert_eq!(found.ok().copied(), expected, "{range}");
        }
        assert!(newest(&all, |text| text, |_, _| Ordering::Equal, "one", "x").is_err());
    }

    #[test]
    fn of_equal_versions_the_tie_decides() {
        let all = [("1.0.0+a", 1), ("1.0.0+b", 2), ("1.0.0+c", 0)];
        let found = newest(&all, |item| item.0, |one, other| one.1.cmp(&other.1), "*", "x");
        assert_eq!(found.unwrap().1, 2);
    }
}
