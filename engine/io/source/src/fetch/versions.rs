//! The newest version that fits a range, as Flux and Helm choose it.

use std::cmp::Ordering;

use super::FetchError;
use semver::{Prerelease, Version, VersionReq};

/// Reads a version; a leading `v` is allowed, but all three numbers must be there.
pub(super) fn parse(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

/// A range of versions.
pub(super) struct Range {
    /// Any of these, each of which holds all of its parts.
    any: Vec<Vec<Part>>,
}

enum Part {
    Matches(VersionReq),
    Not(VersionReq),
}

impl Range {
    /// Reads a range such as `>=1.2 <2`, `~1.4`, `1.x || 3.x` or `1.2 - 1.5`; empty means any.
    pub(super) fn parse(text: &str) -> Result<Self, FetchError> {
        let wrong = |why: String| FetchError::malformed(format!("range of versions `{text}`"), why);
        let mut any = Vec::new();
        for side in text.split("||") {
            let side = side.trim();
            let mut parts = Vec::new();
            if let Some((low, high)) = side.split_once(" - ") {
                for (operator, version) in [(">=", low), ("<=", high)] {
                    parts.push(part(&format!("{operator}{}", version.trim())).map_err(wrong)?);
                }
            } else {
                // An operator may stand apart from its version.
                let mut joined = side.replace(',', " ");
                for operator in ["=", ">", "<", "~", "^", "!"] {
                    while joined.contains(&format!("{operator} ")) {
                        joined = joined.replace(&format!("{operator} "), operator);
                    }
                }
                for word in joined.split_whitespace() {
                    parts.push(part(word).map_err(wrong)?);
                }
            }
            any.push(parts);
        }
        Ok(Self { any })
    }

    /// Tells whether a version fits; a pre-release fits only a part that names one itself.
    pub(super) fn fits(&self, version: &Version) -> bool {
        self.any.iter().any(|parts| {
            (!parts.is_empty() || version.pre.is_empty())
                && parts.iter().all(|part| match part {
                    Part::Matches(range) => matches(range, version),
                    Part::Not(range) => !matches(range, version),
                })
        })
    }
}

fn matches(range: &VersionReq, version: &Version) -> bool {
    if range.comparators.is_empty() {
        return version.pre.is_empty();
    }
    if range.matches(version) {
        return true;
    }
    // A range such as `>=1.0.0-0` takes pre-releases of any version, not only of 1.0.0.
    let release = Version { pre: Prerelease::EMPTY, ..version.clone() };
    !version.pre.is_empty()
        && range.comparators.iter().any(|comparator| !comparator.pre.is_empty())
        && range.matches(&release)
}

fn part(word: &str) -> Result<Part, String> {
    let (negated, word) = match word.strip_prefix("!=") {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let at = word.find(|letter: char| !"=<>~^!".contains(letter)).unwrap_or(word.len());
    let (operator, version) = word.split_at(at);
    let version = version.strip_prefix('v').unwrap_or(version).replace(['x', 'X'], "*");
    let operator = match operator {
        "" if !version.contains('*') => "=",
        "=>" => ">=",
        "=<" => "<=",
        "~>" => "~",
        "==" => "=",
        _ if version.contains('*')
            && matches!(operator, "" | "=" | "^" | "~")
            && version == "*" =>
        {
            ""
        }
        other => other,
    };
    let mut version = version.split('+').next().unwrap_or_default().to_owned();
    if let Some((numbers, pre)) = version.split_once('-')
        && let missing @ 1..=2 = 3_usize.saturating_sub(numbers.split('.').count())
    {
        version = format!("{numbers}{}-{pre}", ".0".repeat(missing));
    }
    let range =
        VersionReq::parse(&format!("{operator}{version}")).map_err(|error| error.to_string())?;
    Ok(if negated { Part::Not(range) } else { Part::Matches(range) })
}

/// Picks the newest version that fits; `tie` decides between equal ones. Fails when none fits.
pub(super) fn newest<'item, T>(
    items: &'item [T],
    text: impl Fn(&T) -> &str,
    tie: impl Fn(&T, &T) -> Ordering,
    range_text: &str,
    what: &str,
) -> Result<&'item T, FetchError> {
    let range = Range::parse(range_text)?;
    let mut best: Option<(Version, &T)> = None;
    let mut newest_of_all: Option<Version> = None;
    for item in items {
        let Some(version) = parse(text(item)) else { continue };
        if newest_of_all.as_ref().is_none_or(|newest| order(&version, newest).is_gt()) {
            newest_of_all = Some(version.clone());
        }
        if range.fits(&version)
            && best.as_ref().is_none_or(|(best, other)| {
                order(&version, best).then_with(|| tie(item, other)).is_gt()
            })
        {
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

/// Orders by precedence: build metadata does not count.
fn order(one: &Version, other: &Version) -> Ordering {
    one.cmp_precedence(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_fits_is_taken() {
        let all = ["1.0.0", "1.2.0", "v1.3.0", "1.4.0-rc.1", "2.0.0", "latest", "2.1.0-beta"];
        for (range, expected) in [
            ("*", Some("2.0.0")),
            ("", Some("2.0.0")),
            ("1.x", Some("v1.3.0")),
            ("1.2.0", Some("1.2.0")),
            ("1.2", Some("1.2.0")),
            ("~1.2", Some("1.2.0")),
            ("^1.0.0", Some("v1.3.0")),
            (">=1.0.0 <1.3.0", Some("1.2.0")),
            (">= 1.0.0, < 1.3.0", Some("1.2.0")),
            ("<1.1 || 1.2.x", Some("1.2.0")),
            (">=1.0.0-0", Some("2.1.0-beta")),
            ("1.0 - 1.2", Some("1.2.0")),
            (">1 !=2.0.0", None),
            (">=1.0.0 !=2.0.0", Some("v1.3.0")),
            ("3.x", None),
        ] {
            let found = newest(&all, |text| text, |_, _| Ordering::Equal, range, "x");
            assert_eq!(found.ok().copied(), expected, "{range}");
        }
        assert!(Range::parse("one").is_err());
    }
}
