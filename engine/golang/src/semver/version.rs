//! A version: read strictly or leniently, ordered by precedence.

use std::cmp::Ordering;
use std::fmt;

use crate::strconv;

const LONGEST: usize = 256;

/// Why a version or constraint could not be read. The texts are those users know from Helm and Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SemverError(String);

impl SemverError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SemverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SemverError {}

/// A semantic version. Equality and order are those of precedence, which build metadata has no part in.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What stands behind `-`, or nothing.
    pub prerelease: String,
    /// What stands behind `+`, or nothing.
    pub metadata: String,
    original: String,
}

impl Version {
    /// Reads a version leniently: a leading `v`, missing minor and patch numbers and leading zeros are accepted.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        check_length(text)?;
        let invalid = || SemverError::new("invalid semantic version");
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut numbers = [""; 3];
        numbers[0] = take(&mut rest, |c| c.is_ascii_digit()).ok_or_else(invalid)?;
        for number in &mut numbers[1..] {
            let Some(mut after) = rest.strip_prefix('.') else { break };
            *number = take(&mut after, |c| c.is_ascii_digit()).ok_or_else(invalid)?;
            rest = after;
        }
        let prerelease = take_identifiers(&mut rest, '-').ok_or_else(invalid)?;
        let metadata = take_identifiers(&mut rest, '+').ok_or_else(invalid)?;
        if !rest.is_empty() {
            return Err(invalid());
        }
        let number = |digits: &str| {
            if digits.is_empty() {
                return Ok(0);
            }
            parse_number(digits).map_err(|error| {
                SemverError::new(format!("error parsing version segment: {error}"))
            })
        };
        let version = Self {
            major: number(numbers[0])?,
            minor: number(numbers[1])?,
            patch: number(numbers[2])?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        };
        if !prerelease.is_empty() {
            check_prerelease(prerelease)?;
        }
        Ok(version)
    }

    /// Reads a version as the specification writes it: three numbers, no `v`, no leading zeros.
    pub fn parse_strict(text: &str) -> Result<Self, SemverError> {
        if text.is_empty() {
            return Err(SemverError::new("version string empty"));
        }
        check_length(text)?;
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let &[major, minor, last] = parts.as_slice() else {
            return Err(SemverError::new("invalid semantic version"));
        };
        let (last, metadata) = match last.split_once('+') {
            Some((last, metadata)) => {
                check_metadata(metadata)?;
                (last, metadata)
            }
            None => (last, ""),
        };
        let (patch, prerelease) = match last.split_once('-') {
            Some((patch, prerelease)) => {
                check_prerelease(prerelease)?;
                (patch, prerelease)
            }
            None => (last, ""),
        };
        for part in [major, minor, patch] {
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(SemverError::new("invalid characters in version"));
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(SemverError::new("version segment starts with 0"));
            }
        }
        Ok(Self {
            major: parse_number(major)?,
            minor: parse_number(minor)?,
            patch: parse_number(patch)?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        })
    }

    /// Returns the text the version was read from.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Returns the next patch version, which for a prerelease is its release. Fails when the number would overflow.
    pub fn next_patch(&self) -> Result<Self, SemverError> {
        let patch =
            if self.prerelease.is_empty() { step(self.patch, "patch")? } else { self.patch };
        Ok(self.bumped(self.major, self.minor, patch))
    }

    /// Returns the next minor version. Fails when the number would overflow.
    pub fn next_minor(&self) -> Result<Self, SemverError> {
        Ok(self.bumped(self.major, step(self.minor, "minor")?, 0))
    }

    /// Returns the next major version. Fails when the number would overflow.
    pub fn next_major(&self) -> Result<Self, SemverError> {
        Ok(self.bumped(step(self.major, "major")?, 0, 0))
    }

    /// Returns the version with another prerelease.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self, SemverError> {
        if !prerelease.is_empty() {
            check_prerelease(prerelease)?;
        }
        Ok(Self { prerelease: prerelease.to_owned(), ..self.clone() }.renamed())
    }

    /// Returns the version with other build metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, SemverError> {
        if !metadata.is_empty() {
            check_metadata(metadata)?;
        }
        Ok(Self { metadata: metadata.to_owned(), ..self.clone() }.renamed())
    }

    fn bumped(&self, major: u64, minor: u64, patch: u64) -> Self {
        let original = self.original.clone();
        Self { major, minor, patch, prerelease: String::new(), metadata: String::new(), original }
            .renamed()
    }

    /// Makes the original fit the parts; a leading `v` is kept.
    fn renamed(mut self) -> Self {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |v: &Self| (v.major, v.minor, v.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
            }
        })
    }
}

/// Compares identifier by identifier; numbers come before words, and a missing one before any.
pub(super) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some("")) | (Some(""), None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if a == b => Ordering::Equal,
            (Some(""), Some(_)) => Ordering::Less,
            (Some(_), Some("")) => Ordering::Greater,
            // A number too large for 64 bits counts as a word.
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn check_length(text: &str) -> Result<(), SemverError> {
    if text.len() > LONGEST {
        return Err(SemverError::new(format!("version string is too long (max {LONGEST} bytes)")));
    }
    Ok(())
}

/// Takes one or more characters of a kind from the front.
fn take<'a>(rest: &mut &'a str, is: impl Fn(char) -> bool) -> Option<&'a str> {
    let end = rest.find(|c| !is(c)).unwrap_or(rest.len());
    let (taken, after) = rest.split_at(end);
    *rest = after;
    (!taken.is_empty()).then_some(taken)
}

/// Takes dotted identifiers behind a mark; nothing when the mark is not there.
fn take_identifiers<'a>(rest: &mut &'a str, mark: char) -> Option<&'a str> {
    let Some(mut after) = rest.strip_prefix(mark) else { return Some("") };
    let taken = take(&mut after, |c| is_identifier(c) || c == '.')?;
    if taken.split('.').any(str::is_empty) {
        return None;
    }
    *rest = after;
    Some(taken)
}

fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn check_prerelease(text: &str) -> Result<(), SemverError> {
    for part in text.split('.') {
        if part.is_empty() || !part.chars().all(is_identifier) {
            return Err(SemverError::new("invalid prerelease string"));
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SemverError::new("version segment starts with 0"));
        }
    }
    Ok(())
}

fn check_metadata(text: &str) -> Result<(), SemverError> {
    if text.split('.').any(|part| part.is_empty() || !part.chars().all(is_identifier)) {
        return Err(SemverError::new("invalid metadata string"));
    }
    Ok(())
}

fn parse_number(digits: &str) -> Result<u64, SemverError> {
    digits.parse().map_err(|_| {
        let why = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
        SemverError::new(format!("strconv.ParseUint: parsing {}: {why}", strconv::quote(digits)))
    })
}

fn step(number: u64, name: &str) -> Result<u64, SemverError> {
    number
        .checked_add(1)
        .ok_or_else(|| SemverError::new(format!("{name} version increment would overflow uint64")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_and_strict_reading_differ() {
        for (text, lenient, strict) in [
            ("v1.2", Some("1.2.0"), false),
            ("01.2.3", Some("1.2.3"), false),
            ("1.2.3-rc.1+b", Some("1.2.3-rc.1+b"), true),
            ("1.2.3-", None, false),
            ("1.2.3-01", None, false),
            ("1.2.3.4", None, false),
        ] {
            assert_eq!(
                Version::parse(text).ok().map(|v| v.to_string()).as_deref(),
                lenient,
                "{text}"
            );
            assert_eq!(Version::parse_strict(text).is_ok(), strict, "{text}");
        }
    }

    #[test]
    fn metadata_has_no_part_in_the_order() {
        let version = |text| Version::parse(text).unwrap();
        assert_eq!(version("1.0.0+a"), version("1.0.0+b"));
        assert!(version("1.0.0-beta.2") < version("1.0.0-beta.11"));
        assert!(version("1.0.0-1") < version("1.0.0-a"));
    }
}
