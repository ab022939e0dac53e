//! Selecting objects: by patterns for their identity, by labels and annotations.

use smol_str::SmolStr;
use weir_golang::regexp::Regexp;
use weir_yaml::Node;

use crate::fields::Gvk;

/// What names an object: group, version, kind, name and namespace; empty where not known, or not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResId {
    /// The API group.
    pub group: SmolStr,
    /// The version.
    pub version: SmolStr,
    /// The kind.
    pub kind: SmolStr,
    /// The name.
    pub name: SmolStr,
    /// The namespace.
    pub namespace: SmolStr,
}

impl ResId {
    /// Reads what an object says it is.
    pub fn of(object: &Node) -> Self {
        let gvk = Gvk::of(object);
        let meta = |key| {
            SmolStr::new(
                object.pointer(&["metadata", key]).and_then(Node::text).unwrap_or_default(),
            )
        };
        Self {
            group: gvk.group.into(),
            version: gvk.version.into(),
            kind: gvk.kind.into(),
            name: meta("name"),
            namespace: meta("namespace"),
        }
    }

    /// Tells whether the parts that `selector` states are this one's. No namespace is the namespace `default`.
    pub fn is_selected_by(&self, selector: &Self) -> bool {
        let holds = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fn or_default(namespace: &str) -> &str {
            if namespace.is_empty() { "default" } else { namespace }
        }
        holds(&selector.name, &self.name)
            && holds(&selector.group, &self.group)
            && holds(&selector.version, &self.version)
            && holds(&selector.kind, &self.kind)
            && (selector.namespace.is_empty()
                || or_default(&selector.namespace) == or_default(&self.namespace))
    }
}

impl std::fmt::Display for ResId {
    /// Writes `Deployment.v1.apps/web.[noNs]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or = |text: &'_ str, none: &'static str| {
            if text.is_empty() { none.to_owned() } else { text.to_owned() }
        };
        write!(
            f,
            "{}.{}.{}/{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]"),
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }
}

/// A pattern for one part of an identity, which must match the whole part.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Anything.
    Any,
    /// This text alone.
    Text(String),
    /// What a regular expression matches.
    Regexp(Box<Regexp>),
}

impl Pattern {
    /// Compiles a pattern; an empty one matches anything. Refuses what is no regular expression.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() {
            return Ok(Self::Any);
        }
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/:".contains(&byte)) {
            return Ok(Self::Text(pattern.to_owned()));
        }
        Regexp::compile(&format!("^(?:{pattern})$"))
            .map(|regexp| Self::Regexp(Box::new(regexp)))
            .map_err(|error| format!("error parsing regexp: {error}"))
    }

    /// Tells whether a text matches.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text(wanted) => wanted == text,
            Self::Regexp(regexp) => regexp.is_match(text),
        }
    }

    /// Returns the one text that matches, when there is just one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Any | Self::Regexp(_) => None,
        }
    }
}

/// Patterns for the parts of an identity.
#[derive(Clone, Debug)]
pub struct IdPattern {
    /// For the API group.
    pub group: Pattern,
    /// For the version.
    pub version: Pattern,
    /// For the kind.
    pub kind: Pattern,
    /// For the name.
    pub name: Pattern,
    /// For the namespace.
    pub namespace: Pattern,
}

impl IdPattern {
    /// Compiles the parts of `patterns`. Refuses what is no regular expression.
    pub fn new(patterns: &ResId) -> Result<Self, String> {
        Ok(Self {
            group: Pattern::new(&patterns.group)?,
            version: Pattern::new(&patterns.version)?,
            kind: Pattern::new(&patterns.kind)?,
            name: Pattern::new(&patterns.name)?,
            namespace: Pattern::new(&patterns.namespace)?,
        })
    }

    /// Tells whether group, version and kind match.
    pub fn matches_kind(&self, gvk: Gvk<'_>) -> bool {
        self.kind.matches(gvk.kind)
            && self.group.matches(gvk.group)
            && self.version.matches(gvk.version)
    }

    /// Tells whether an identity matches.
    pub fn matches(&self, id: &ResId) -> bool {
        let gvk = Gvk { group: &id.group, version: &id.version, kind: &id.kind };
        self.matches_kind(gvk)
            && self.name.matches(&id.name)
            && self.namespace.matches(&id.namespace)
    }
}

/// A selector of labels, or annotations, as Kubernetes writes them: `app=web,tier!=db,env in (a, b),!old`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector; an empty text selects everything.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text);
        let mut tokens = tokens.iter().map(String::as_str).peekable();
        let mut requirements = Vec::new();
        while let Some(token) = tokens.next() {
            requirements.push(requirement(token, &mut tokens)?);
            match tokens.next() {
                None => break,
                Some(",") if tokens.peek().is_some() => {}
                Some(",") => return Err("found '', expected: identifier after ','".into()),
                Some(other) => {
                    return Err(format!("found '{other}', expected: ',' or 'end of string'"));
                }
            }
        }
        Ok(Self { requirements })
    }

    /// Tells whether labels meet all requirements.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|Requirement { key, test }| {
            let value = label(key);
            let number = || value.and_then(|value| value.parse::<i64>().ok());
            match test {
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
                Test::In(values) => {
                    value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
                }
                Test::NotIn(values) => {
                    value.is_none_or(|value| values.iter().all(|wanted| wanted != value))
                }
                Test::Above(bound) => number().is_some_and(|value| value > *bound),
                Test::Below(bound) => number().is_some_and(|value| value < *bound),
            }
        })
    }

    /// Tells whether the labels of an object meet all requirements.
    pub fn matches_labels(&self, object: &Node) -> bool {
        self.matches_entries(object, "labels")
    }

    /// Tells whether the annotations of an object meet all requirements.
    pub fn matches_annotations(&self, object: &Node) -> bool {
        self.matches_entries(object, "annotations")
    }

    fn matches_entries(&self, object: &Node, field: &str) -> bool {
        let entries = object.pointer(&["metadata", field]);
        self.matches(|key| entries.and_then(|entries| entries.get(key)).and_then(Node::text))
    }
}

fn requirement<'a>(
    first: &'a str,
    tokens: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Result<Requirement, String> {
    let is_word = |token: &str| !token.starts_with(['(', ')', ',', '!', '=', '<', '>']);
    if first == "!" {
        let key =
            tokens.next().filter(|key| is_word(key)).ok_or("found '', expected: identifier")?;
        return Ok(Requirement { key: key.into(), test: Test::Missing });
    }
    if !is_word(first) {
        return Err(format!("found '{first}', expected: !, identifier, or 'end of string'"));
    }
    let key = first.to_owned();
    let operator = match tokens.peek() {
        None | Some(&",") => return Ok(Requirement { key, test: Test::Exists }),
        Some(operator) => *operator,
    };
    tokens.next();
    let mut word = || tokens.next_if(|token| is_word(token)).unwrap_or_default().to_owned();
    let number = |text: String| {
        text.parse::<i64>().map_err(|_| format!("values[0][{key}]: Invalid value: {text:?}: for 'Gt', 'Lt' operators, the value must be an integer"))
    };
    let test = match operator {
        "=" | "==" => Test::In(vec![word()]),
        "!=" => Test::NotIn(vec![word()]),
        ">" => Test::Above(number(word())?),
        "<" => Test::Below(number(word())?),
        "in" => Test::In(values(tokens)?),
        "notin" => Test::NotIn(values(tokens)?),
        other => {
            return Err(format!(
                "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
            ));
        }
    };
    Ok(Requirement { key, test })
}

/// Reads `(a, b)`.
fn values<'a>(tokens: &mut impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let first = tokens.next().unwrap_or_default();
    if first != "(" {
        return Err(format!("unable to parse requirement: found '{first}', expected: '('"));
    }
    let mut values = Vec::new();
    let mut value = String::new();
    loop {
        match tokens.next() {
            Some(")") => break,
            Some(",") => values.push(std::mem::take(&mut value)),
            Some(word) => word.clone_into(&mut value),
            None => {
                return Err("unable to parse requirement: found '', expected: ',' or ')'".into());
            }
        }
    }
    values.push(value);
    Ok(values)
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_special = |letter: char| "(),!=<>".contains(letter);
        let length = match first {
            '=' | '!' if rest[1..].starts_with('=') => 2,
            _ if is_special(first) => 1,
            _ => rest
                .find(|letter: char| is_special(letter) || letter.is_whitespace())
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_selected() {
        let labels = |key: &str| match key {
            "app" => Some("web"),
            "n" => Some("5"),
            _ => None,
        };
        for (selector, expected) in [
            ("", Some(true)),
            ("app=web", Some(true)),
            ("app == web , n", Some(true)),
            ("app!=web", Some(false)),
            ("tier!=db", Some(true)),
            ("app in (db, web)", Some(true)),
            ("app notin (web)", Some(false)),
            ("!tier,n>4", Some(true)),
            ("n<5", Some(false)),
            ("app=", Some(false)),
            ("app in web", None),
            ("=x", None),
            ("app=a b", None),
        ] {
            let parsed = LabelSelector::parse(selector).ok();
            assert_eq!(parsed.map(|selector| selector.matches(labels)), expected, "{selector}");
        }
    }
}
