//! A constraint: which versions it admits, and why it refuses one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex_automata::meta::Regex;

use super::version::{SemverError, Version, compare_prereleases};
use crate::strconv;

const LONGEST: usize = 512;
const MOST_GROUPS: usize = 32;

/// A constraint such as `>=1.2 <2 || ^3.1`: groups joined by `||`, of which one must admit a version as a whole.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    terms: Vec<Term>,
    /// Whether a term names a prerelease; then the whole group admits prereleases.
    prereleases: bool,
}

/// One comparison, such as `>=1.2`.
#[derive(Clone, Debug)]
struct Term {
    operator: Operator,
    /// The operator as written.
    sign: String,
    /// The version as written.
    written: String,
    version: Version,
    /// How much of the version was left open.
    open: Open,
}

/// Which numbers of a version were left out or written as `x` or `*`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Major,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    TildeOrEqual,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("", Operator::TildeOrEqual),
    ("=", Operator::TildeOrEqual),
    ("!=", Operator::NotEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("~", Operator::Tilde),
    ("~>", Operator::Tilde),
    ("^", Operator::Caret),
];

/// Why a term refuses a version.
#[derive(Clone, Copy)]
enum Refusal {
    Prerelease,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    OtherMajor,
    OtherMinorOfMajor,
    OtherMinor,
    OtherMinorOfZero,
    OtherPatchOfZero,
}

impl Constraint {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, SemverError> {
        if text.len() > LONGEST {
            return Err(SemverError::new(format!(
                "constraint string is too long (max {LONGEST} bytes)"
            )));
        }
        let text = without_ranges(text);
        let parts: Vec<&str> = text.split("||").collect();
        if parts.len() > MOST_GROUPS {
            return Err(SemverError::new(format!(
                "too many constraint groups (max {MOST_GROUPS})"
            )));
        }
        let groups = parts.into_iter().map(Group::parse).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Tells whether the constraint admits a version.
    pub fn check(&self, version: &Version) -> bool {
        self.check_with(version, false)
    }

    /// Tells whether the constraint admits a version, prereleases everywhere included when asked for.
    pub fn check_with(&self, version: &Version, prereleases: bool) -> bool {
        self.groups.iter().any(|group| {
            let prereleases = prereleases || group.prereleases;
            group.terms.iter().all(|term| term.refusal(version, prereleases).is_none())
        })
    }

    /// Tells whether the constraint admits a version, and if not every reason why, in the order of the terms.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        let mut prerelease_told = false;
        for group in &self.groups {
            let mut admitted = true;
            for term in &group.terms {
                let Some(refusal) = term.refusal(version, group.prereleases) else { continue };
                admitted = false;
                if matches!(refusal, Refusal::Prerelease)
                    && std::mem::replace(&mut prerelease_told, true)
                {
                    continue;
                }
                reasons.push(term.reason(version, refusal));
            }
            if admitted {
                return Ok(());
            }
        }
        Err(reasons)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.groups.iter().enumerate() {
            if index > 0 {
                f.write_str(" || ")?;
            }
            for (index, term) in group.terms.iter().enumerate() {
                let space = if index > 0 { " " } else { "" };
                write!(f, "{space}{}{}", term.sign, term.written)?;
            }
        }
        Ok(())
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, SemverError> {
        if !GRAMMAR.group.is_match(text) {
            return Err(improper(text));
        }
        let mut terms = Vec::new();
        for found in GRAMMAR.term.find_iter(text) {
            terms.push(Term::parse(&text[found.range()])?);
        }
        if terms.is_empty() {
            terms.push(Term::parse(text)?);
        }
        let prereleases = terms.iter().any(|term| !term.version.prerelease.is_empty());
        Ok(Self { terms, prereleases })
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, SemverError> {
        let mut captures = GRAMMAR.one.create_captures();
        GRAMMAR.one.captures(text, &mut captures);
        if !captures.is_match() {
            return Err(improper(text));
        }
        let group = |index| captures.get_group(index).map_or("", |span| &text[span]);
        let (sign, written, prerelease) = (group(1), group(2), group(6));
        let numbers = [group(3), group(4), group(5)];
        let is_open = |number: &str| matches!(number.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (open, version) = match numbers.map(is_open) {
            [true, ..] => (Open::Major, format!("0.0.0{prerelease}")),
            [_, true, _] => (Open::Minor, format!("{}.0.0{prerelease}", numbers[0])),
            [_, _, true] => (Open::Patch, format!("{}{}.0{prerelease}", numbers[0], numbers[1])),
            _ => (Open::Nothing, written.to_owned()),
        };
        let version =
            Version::parse(&version).map_err(|_| SemverError::new("constraint parser error"))?;
        let operator =
            OPERATORS.iter().find(|(name, _)| *name == sign).map(|(_, operator)| *operator);
        let operator = operator.ok_or_else(|| improper(text))?;
        Ok(Self { operator, sign: sign.to_owned(), written: written.to_owned(), version, open })
    }

    fn refusal(&self, version: &Version, prereleases: bool) -> Option<Refusal> {
        if !version.prerelease.is_empty() && !prereleases {
            return Some(Refusal::Prerelease);
        }
        let bound = &self.version;
        let refuse = |bad: bool, refusal| bad.then_some(refusal);
        match self.operator {
            Operator::TildeOrEqual if self.open == Open::Nothing => {
                refuse(version != bound, Refusal::NotEqual)
            }
            Operator::TildeOrEqual | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => refuse(self.covers(version), Refusal::Equal),
            Operator::Greater => refuse(!self.is_below(version), Refusal::LessOrEqual),
            Operator::Less => refuse(version >= bound, Refusal::GreaterOrEqual),
            Operator::GreaterEqual => refuse(version < bound, Refusal::Less),
            Operator::LessEqual => refuse(self.ends_before(version), Refusal::Greater),
            Operator::Caret => self.caret(version),
        }
    }

    /// Tells whether the version is the one named, or within what was left open.
    fn covers(&self, version: &Version) -> bool {
        let bound = &self.version;
        if self.open == Open::Nothing {
            return version == bound;
        }
        // With everything open the bound is 0.0.0, so only its major number is compared; kept, for it reaches results.
        if bound.major != version.major {
            return false;
        }
        match self.open {
            Open::Patch => {
                bound.minor == version.minor
                    && compare_prereleases(&version.prerelease, &bound.prerelease).is_eq()
            }
            Open::Major => {
                bound.minor == version.minor && bound.patch == version.patch && version == bound
            }
            Open::Minor | Open::Nothing => true,
        }
    }

    /// Tells whether the version is above all that the bound covers.
    fn is_below(&self, version: &Version) -> bool {
        let bound = &self.version;
        if self.open == Open::Nothing {
            return version > bound;
        }
        match version.major.cmp(&bound.major) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match self.open {
                Open::Minor => false,
                Open::Patch => version.minor > bound.minor,
                Open::Major | Open::Nothing => version > bound,
            },
        }
    }

    /// Tells whether all that the bound covers is below the version.
    fn ends_before(&self, version: &Version) -> bool {
        let bound = &self.version;
        if self.open == Open::Nothing {
            return version > bound;
        }
        version.major > bound.major
            || (version.major == bound.major
                && version.minor > bound.minor
                && self.open != Open::Minor)
    }

    fn tilde(&self, version: &Version) -> Option<Refusal> {
        let bound = &self.version;
        if version < bound {
            return Some(Refusal::Less);
        }
        let anything = (bound.major, bound.minor, bound.patch) == (0, 0, 0);
        if anything && !matches!(self.open, Open::Minor | Open::Patch) {
            return None;
        }
        if version.major != bound.major {
            return Some(Refusal::OtherMajor);
        }
        (version.minor != bound.minor && self.open != Open::Minor)
            .then_some(Refusal::OtherMinorOfMajor)
    }

    fn caret(&self, version: &Version) -> Option<Refusal> {
        let bound = &self.version;
        if version < bound {
            return Some(Refusal::Less);
        }
        if bound.major > 0 || self.open == Open::Minor {
            return (version.major != bound.major).then_some(Refusal::OtherMajor);
        }
        // Below 1.0.0 the leftmost number that is not zero must stay.
        if version.major > 0 {
            return Some(Refusal::OtherMajor);
        }
        if bound.minor > 0 || self.open == Open::Patch {
            return (version.minor != bound.minor).then_some(Refusal::OtherMinorOfZero);
        }
        if version.minor > 0 {
            return Some(Refusal::OtherMinor);
        }
        (version.patch != bound.patch).then_some(Refusal::OtherPatchOfZero)
    }

    fn reason(&self, version: &Version, refusal: Refusal) -> String {
        let version = strconv::quote(&version.to_string());
        let (why, hint) = match refusal {
            Refusal::Prerelease => {
                return format!(
                    "{version} is a prerelease version and the constraint is only looking for release versions"
                );
            }
            Refusal::Equal => ("is equal to", ""),
            Refusal::NotEqual => ("is not equal to", ""),
            Refusal::Less => ("is less than", ""),
            Refusal::LessOrEqual => ("is less than or equal to", ""),
            Refusal::Greater => ("is greater than", ""),
            Refusal::GreaterOrEqual => ("is greater than or equal to", ""),
            Refusal::OtherMajor => ("does not have same major version as", ""),
            Refusal::OtherMinorOfMajor => ("does not have same major and minor version as", ""),
            Refusal::OtherMinor => ("does not have same minor version as", ""),
            Refusal::OtherMinorOfZero => (
                "does not have same minor version as",
                ". Expected minor versions to match when constraint major version is 0",
            ),
            Refusal::OtherPatchOfZero => (
                "does not equal",
                ". Expect version and constraint to equal when major and minor versions are 0",
            ),
        };
        format!("{version} {why} {}{hint}", strconv::quote(&self.written))
    }
}

fn improper(text: &str) -> SemverError {
    SemverError::new(format!("improper constraint: {}", strconv::quote(text)))
}

/// Rewrites `a - b` to `>= a, <= b`, as text, which is what makes an open `b` include all it covers.
fn without_ranges(text: &str) -> String {
    let mut out = text.to_owned();
    for captures in GRAMMAR.range.captures_iter(text) {
        let group = |index| captures.get_group(index).map_or("", |span| &text[span]);
        out = out.replacen(group(0), &format!(">= {}, <= {} ", group(1), group(11)), 1);
    }
    out
}

/// The patterns that constraints are taken apart with. What they accept is wider than it looks, and reaches results.
struct Grammar {
    /// All of a group.
    group: Regex,
    /// A term within a group.
    term: Regex,
    /// A term alone: operator, version, its numbers, and `-` with the prerelease.
    one: Regex,
    /// A hyphen range.
    range: Regex,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let number = r"[0-9xX|*]+";
    let identifiers = r"([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)";
    let version =
        format!(r"v?({number})(\.{number})?(\.{number})?(-{identifiers})?(\+{identifiers})?");
    // The order matters where the first that fits is taken.
    let sign = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
    let space = r"[\t\n\f\r ]";
    let compile = |pattern: &str| Regex::new(pattern).expect("the pattern is valid");
    Grammar {
        group: compile(&format!(
            r"^({space}*({sign}){space}*({version}){space}*)((?:{space}+|,{space}*)({sign}){space}*({version}){space}*)*$"
        )),
        term: compile(&format!("({sign}){space}*({version})")),
        one: compile(&format!("^{space}*({sign}){space}*({version}){space}*$")),
        range: compile(&format!(r"{space}*({version}){space}+-{space}+({version}){space}*")),
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_admit_what_they_should() {
        for (constraint, admitted, refused) in [
            ("1.2", &["1.2.0", "1.2.9"][..], &["1.3.0", "1.2.0-rc.1"][..]),
            ("^0.2", &["0.2.5"], &["0.3.0", "1.0.0"]),
            ("1.2.3 - 2", &["1.2.3", "2.9.9"], &["1.2.2", "3.0.0"]),
            (">=1.0.0-0", &["2.0.0-rc.1"], &["0.9.0"]),
            ("~1 || >3 <=4.2", &["1.9.0", "4.1.0"], &["2.0.0", "3.3.0"]),
            ("!=1.x", &["2.0.0"], &["1.5.0"]),
        ] {
            let parsed = Constraint::parse(constraint).unwrap();
            for (versions, expected) in [(admitted, true), (refused, false)] {
                for version in versions {
                    let version = Version::parse(version).unwrap();
                    assert_eq!(parsed.check(&version), expected, "{constraint} {version}");
                    assert_eq!(
                        parsed.validate(&version).is_ok(),
                        expected,
                        "{constraint} {version}"
                    );
                }
            }
        }
        assert!(Constraint::parse("main").is_err());
    }
}
