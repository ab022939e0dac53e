//! The rules for `Chart.yaml`.

use weir_golang::semver::Version;
use weir_golang::strconv::quote;
use weir_model::{Data, Severity, Source, Value};

use super::Lint;
use crate::{HelmVersion, Maintainer, Metadata};

const FILE: &str = "Chart.yaml";

impl Lint<'_> {
    /// Checks `Chart.yaml`.
    pub(super) fn metadata(&mut self) {
        if self.is_folder(FILE) {
            self.add(Severity::Error, FILE, "should be a file, not a directory");
        }
        let text = self.text(FILE).unwrap_or_default();
        let document = weir_yaml::read_value(text, Source::named(FILE))
            .map_err(|error| crate::values::conversion(&error));
        let mut metadata = Metadata::default();
        let helm = self.facts.helm;
        let read = document.and_then(|document| metadata.read(&document, helm).map(|()| document));
        let document = match read {
            Ok(document) => document,
            Err(error) => {
                let message = format!("unable to parse YAML\n\t{error}");
                return self.add(Severity::Error, FILE, message);
            }
        };
        if helm == HelmVersion::V4 {
            self.check(Severity::Warning, FILE, strict(text, &document));
        }
        for (severity, checked) in [
            (Severity::Error, name(&metadata)),
            (Severity::Error, api_version(&metadata)),
            (Severity::Error, is_text(&document, "version")),
            (Severity::Error, version(&metadata)),
            (Severity::Error, is_text(&document, "appVersion")),
            (Severity::Error, metadata.maintainers.iter().try_for_each(maintainer)),
            (Severity::Error, sources(&metadata)),
            (Severity::Info, icon(&metadata)),
            (Severity::Error, icon_url(&metadata)),
            (Severity::Error, kind(&metadata)),
            (Severity::Error, dependencies(&metadata)),
        ] {
            self.check(severity, FILE, checked);
        }
        if helm == HelmVersion::V4 {
            self.check(Severity::Warning, FILE, strict_version(&metadata));
        }
    }
}

/// Refuses fields that no chart has, and those that stand twice.
fn strict(text: &[u8], document: &Value) -> Result<(), String> {
    let error = match weir_yaml::read_value_strict(text, Source::named(FILE)) {
        Err(error) => crate::values::conversion(&error),
        Ok(_) => match crate::chart::unknown_field(document) {
            Some(field) => format!(
                "error unmarshaling JSON: while decoding JSON: json: unknown field {}",
                quote(field)
            ),
            None => return Ok(()),
        },
    };
    Err(format!("failed to strictly parse chart metadata file\n\t{error}"))
}

fn refuse(is_wrong: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if is_wrong { Err(message()) } else { Ok(()) }
}

fn name(metadata: &Metadata) -> Result<(), String> {
    let name = &metadata.name;
    refuse(name.is_empty(), || "name is required".to_owned())?;
    let is_invalid = name.contains('/');
    refuse(is_invalid, || format!("chart name {} is invalid", quote(name)))
}

fn api_version(metadata: &Metadata) -> Result<(), String> {
    const WANTED: &str = "The value must be either \"v1\" or \"v2\"";
    let version = &metadata.api_version;
    refuse(version.is_empty(), || format!("apiVersion is required. {WANTED}"))?;
    refuse(version != "v1" && version != "v2", || {
        format!("apiVersion '{version}' is not valid. {WANTED}")
    })
}

fn is_text(document: &Value, key: &str) -> Result<(), String> {
    let kind = match document.get(key).map(|value| &value.data) {
        None | Some(Data::String(_)) => return Ok(()),
        Some(Data::Null) => "<nil>",
        Some(Data::Bool(_)) => "bool",
        Some(Data::Int(_) | Data::Uint(_) | Data::Float(_)) => "float64",
        Some(Data::List(_)) => "[]interface {}",
        Some(Data::Map(_)) => "map[string]interface {}",
    };
    Err(format!("{key} should be of type string but it's of type {kind}"))
}

fn version(metadata: &Metadata) -> Result<(), String> {
    let text = &metadata.version;
    refuse(text.is_empty(), || "version is required".to_owned())?;
    let version =
        Version::parse(text).map_err(|_| format!("version '{text}' is not a valid SemVer"))?;
    let is_nothing = version.to_string().starts_with("0.0.0-0") && version.to_string() == "0.0.0-0";
    refuse(is_nothing, || format!("version {text} is less than or equal to 0.0.0-0"))
}

fn strict_version(metadata: &Metadata) -> Result<(), String> {
    let text = &metadata.version;
    let is_strict = Version::parse(text).is_ok_and(|version| version.to_string() == *text);
    refuse(!is_strict, || format!("version '{text}' is not a valid SemVerV2"))
}

fn maintainer(maintainer: &Maintainer) -> Result<(), String> {
    let Maintainer { name, email, url } = maintainer;
    refuse(name.is_empty(), || "each maintainer requires a name".to_owned())?;
    refuse(!email.is_empty() && !is_email(email), || {
        format!("invalid email '{email}' for maintainer '{name}'")
    })?;
    refuse(!url.is_empty() && !is_page(url), || {
        format!("invalid url '{url}' for maintainer '{name}'")
    })
}

fn sources(metadata: &Metadata) -> Result<(), String> {
    metadata
        .sources
        .iter()
        .try_for_each(|url| refuse(!is_request_url(url), || format!("invalid source URL '{url}'")))
}

fn icon(metadata: &Metadata) -> Result<(), String> {
    refuse(metadata.icon.is_empty(), || "icon is recommended".to_owned())
}

fn icon_url(metadata: &Metadata) -> Result<(), String> {
    let icon = &metadata.icon;
    refuse(!icon.is_empty() && !is_request_url(icon), || format!("invalid icon URL '{icon}'"))
}

fn kind(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    refuse(!metadata.kind.is_empty() && version != "v2", || {
        format!("chart type is not valid in apiVersion '{version}'. It is valid in apiVersion 'v2'")
    })
}

fn dependencies(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    let has_some = metadata.dependencies.as_ref().is_some_and(|list| !list.is_empty());
    refuse(has_some && version != "v2", || {
        format!(
            "dependencies are not valid in the Chart file with apiVersion '{version}'. They are valid in apiVersion 'v2'"
        )
    })
}

/// Tells whether a text is an absolute URL.
fn is_request_url(text: &str) -> bool {
    let scheme_end = text.find(':').unwrap_or(0);
    let scheme = text.get(..scheme_end).unwrap_or_default();
    let mut letters = scheme.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !text.contains(|c: char| c.is_ascii_control() || c == ' ')
}

/// Tells whether a text may be the address of a page; the scheme may be left out.
fn is_page(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (host.contains('.') || host.starts_with("localhost"))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>(),;:\"[]".contains(c);
    !user.is_empty()
        && user.chars().all(is_plain)
        && !user.contains('@')
        && host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}
