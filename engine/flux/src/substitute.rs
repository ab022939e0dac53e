//! Variable substitution after the build, object by object, as kustomize-controller does it.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::{Data, Diagnostic, Manifest, Meter, SmolStr, Source, Value};

use crate::envsubst;
use crate::names::{DISABLED, SUBSTITUTE};
use crate::taint;

/// The variables of a Kustomization.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: BTreeMap<SmolStr, String>,
    /// The names whose values came from a Secret.
    secret: BTreeSet<SmolStr>,
}

impl Variables {
    /// Sets a variable; a later one of the same name wins. Newlines are taken out of the value, as Flux does.
    pub fn set(&mut self, name: &str, value: &str, is_secret: bool) {
        self.values.insert(name.into(), value.replace('\n', ""));
        if is_secret {
            self.secret.insert(name.into());
        } else {
            self.secret.remove(name);
        }
    }

    /// Tells whether there is no variable; then Flux substitutes nothing.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the names and values in order, with whether each is secret.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str(), self.secret.contains(name)))
    }

    /// Says which name is none that Flux accepts; then it substitutes nothing in any object, whether it mentions the
    /// variable or not.
    pub fn bad_name(&self) -> Option<String> {
        let bad = self.values.keys().find(|name| !is_name(name))?;
        Some(format!(
            "'{bad}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"
        ))
    }

    /// Returns the values that no output may show.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|(.., secret)| *secret).map(|(_, value, _)| value)
    }

    fn decoys(&self) -> Self {
        let decoy = |(name, value): (&SmolStr, &String)| {
            let value =
                if self.secret.contains(name) { taint::decoy(value) } else { value.clone() };
            (name.clone(), value)
        };
        Self { values: self.values.iter().map(decoy).collect(), secret: BTreeSet::new() }
    }
}

/// Expands variables in a text and reads the result as one YAML document, with Flux's wording of errors.
///
/// In strict mode a variable that is not set and has no default is an error; otherwise it is empty.
pub fn substitute_text(
    template: &str,
    variables: &Variables,
    strict: bool,
    source: Source,
    meter: &mut Meter,
) -> Result<Value, String> {
    if let Some(problem) = variables.bad_name() {
        return Err(format!("envsubst error: {problem}"));
    }
    let lookup = |name: &str| {
        let value = variables.values.get(name).map(String::as_str);
        if strict { value } else { Some(value.unwrap_or_default()) }
    };
    let text = envsubst::expand(template, &lookup, meter)
        .map_err(|error| format!("envsubst error: variable substitution failed: {error}"))?;
    weir_yaml::read_value(text.as_bytes(), source)
        .map_err(|error| format!("envsubst error: YAMLToJSON: {}", error.message))
}

/// Substitutes the variables in an object.
///
/// The object is written as YAML, expanded and read again, so that values may change their type, as upstream. Nothing
/// happens when the object is labelled or annotated `kustomize.toolkit.fluxcd.io/substitute: disabled`, or when it holds
/// nothing that looks like a variable. Texts in which a secret variable was expanded are marked as sensitive.
pub fn substitute(
    manifest: Manifest,
    variables: &Variables,
    strict: bool,
    meter: &mut Meter,
) -> Result<Manifest, Box<Diagnostic>> {
    let disabled = |value: Option<&str>| value == Some(DISABLED);
    if disabled(manifest.label(SUBSTITUTE)) || disabled(manifest.annotation(SUBSTITUTE)) {
        return Ok(manifest);
    }
    if !mentions(manifest.value()) {
        return Ok(manifest);
    }
    let id = manifest.id();
    let at = manifest.value().origin;
    let failed = |message: String| {
        let message_for = format!("could not substitute variables in `{id}`");
        Box::new(Diagnostic::error("flux-substitute", message_for).at(at).cause(message))
    };
    let original = manifest.into_value();
    let template = weir_yaml::to_yaml(&original);
    let hide = |message: String| taint::hide(message, variables.secrets());
    let mut value = substitute_text(&template, variables, strict, at.source, meter)
        .map_err(|message| failed(hide(message)))?;
    if !variables.secret.is_empty() {
        match substitute_text(&template, &variables.decoys(), strict, at.source, meter) {
            Ok(other) => taint::mark_differences(&mut value, &other),
            Err(_) => taint::mark_all(&mut value),
        }
    }
    taint::copy_marks(&mut value, &original);
    Manifest::new(value).map_err(|error| failed(error.to_string()))
}

/// Tells whether a text in the value holds something that substitution changes.
fn mentions(value: &Value) -> bool {
    let in_text = |text: &str| text.contains("${") || text.contains("$$");
    match &value.data {
        Data::String(text) => in_text(text),
        Data::List(items) => items.iter().any(mentions),
        Data::Map(map) => map.iter().any(|(key, value)| in_text(key) || mentions(value)),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Uint(_) | Data::Float(_) => false,
    }
}

fn is_name(name: &str) -> bool {
    let starts = |byte: u8| byte == b'_' || byte.is_ascii_alphabetic();
    match name.as_bytes() {
        [] => false,
        [first, rest @ ..] => {
            starts(*first) && rest.iter().all(|byte| starts(*byte) || byte.is_ascii_digit())
        }
    }
}
