//! The formats that have names: those of names and labels, and some of OpenAPI's.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use smol_str::SmolStr;
use weir_golang::time;

use super::url::Url;
use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("format.byte", Who::Kubernetes, constant),
    ("format.date", Who::Kubernetes, constant),
    ("format.datetime", Who::Kubernetes, constant),
    ("format.dns1035Label", Who::Kubernetes, constant),
    ("format.dns1035LabelPrefix", Who::Kubernetes, constant),
    ("format.dns1123Label", Who::Kubernetes, constant),
    ("format.dns1123LabelPrefix", Who::Kubernetes, constant),
    ("format.dns1123Subdomain", Who::Kubernetes, constant),
    ("format.dns1123SubdomainPrefix", Who::Kubernetes, constant),
    ("format.labelValue", Who::Kubernetes, constant),
    ("format.named", Who::Kubernetes, |call| match call.values {
        [Val::String(name)] if problem(name, "").is_some() => {
            Ok(Val::some(Val::kubernetes(KubernetesVal::Format(name.clone()))))
        }
        [Val::String(_)] => Ok(Val::none()),
        _ => no_overload(),
    }),
    ("format.qualifiedName", Who::Kubernetes, constant),
    ("format.uri", Who::Kubernetes, constant),
    ("format.uuid", Who::Kubernetes, constant),
    ("validate", Who::Kubernetes, validate),
];

fn constant(call: &Call<'_>) -> Result<Val, CelError> {
    let name = call.name.strip_prefix("format.").unwrap_or(call.name);
    if call.values.is_empty() {
        Ok(Val::kubernetes(KubernetesVal::Format(SmolStr::new(name))))
    } else {
        no_overload()
    }
}

fn validate(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::Kubernetes(format), Val::String(text)] = call.values else { return no_overload() };
    let KubernetesVal::Format(name) = &**format else { return no_overload() };
    Ok(match problem(name, text).flatten() {
        None => Val::none(),
        Some(problem) => Val::Optional(Some(Arc::new(Val::list(vec![Val::string(problem)])))),
    })
}

/// Says what is wrong with a text in a named format; the outer nothing means that there is no such format.
#[expect(clippy::option_option, reason = "no such format, or nothing wrong")]
pub(crate) fn problem(format: &str, text: &str) -> Option<Option<&'static str>> {
    // A prefix may end where a name may not.
    let as_prefix = || format!("{text}a");
    Some(match format {
        "dns1123Label" => dns1123_label(text),
        "dns1123LabelPrefix" => dns1123_label(&as_prefix()),
        "dns1123Subdomain" => dns1123_subdomain(text),
        "dns1123SubdomainPrefix" => dns1123_subdomain(&as_prefix()),
        "dns1035Label" => dns1035_label(text),
        "dns1035LabelPrefix" => dns1035_label(&as_prefix()),
        "qualifiedName" => qualified_name(text),
        "labelValue" => label_value(text),
        "uri" => when(Url::parse(text).is_none(), "is no absolute address"),
        "uuid" => when(!is_uuid(text), "does not match the UUID format"),
        "byte" => when(STANDARD.decode(text).is_err(), "invalid base64"),
        "date" => when(time::parse("2006-01-02", text).is_err(), "invalid date"),
        "datetime" => when(time::parse(time::RFC3339_NANO, text).is_err(), "invalid datetime"),
        _ => return None,
    })
}

fn when(is: bool, what: &'static str) -> Option<&'static str> {
    is.then_some(what)
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn ends_well(text: &str, is_good: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| is_good(*byte)) && bytes.last().is_some_and(|b| is_good(*b))
}

/// Says what is wrong with a name that is one label: `web-1`.
pub fn dns1123_label(text: &str) -> Option<&'static str> {
    let is_good = ends_well(text, is_lower) && text.bytes().all(|b| is_lower(b) || b == b'-');
    if text.len() > 63 {
        return Some("must be no more than 63 characters");
    }
    when(
        !is_good,
        "must consist of lower case letters, digits or `-`, and must start and end with a letter or digit",
    )
}

/// Says what is wrong with a name that is labels with dots between: `web.example.org`.
pub fn dns1123_subdomain(text: &str) -> Option<&'static str> {
    if text.len() > 253 {
        return Some("must be no more than 253 characters");
    }
    let is_label =
        |label: &str| ends_well(label, is_lower) && label.bytes().all(|b| is_lower(b) || b == b'-');
    when(
        !text.split('.').all(is_label),
        "must consist of lower case letters, digits, `-` or `.`, and must start and end with a letter or digit",
    )
}

/// Says what is wrong with a name that starts with a letter, as names of Services do.
pub fn dns1035_label(text: &str) -> Option<&'static str> {
    if text.len() > 63 {
        return Some("must be no more than 63 characters");
    }
    let is_good = ends_well(text, is_lower)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| is_lower(byte) || byte == b'-');
    when(
        !is_good,
        "must consist of lower case letters, digits or `-`, start with a letter, and end with a letter or digit",
    )
}

fn is_name_part(text: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    ends_well(text, is_alphanumeric)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Says what is wrong with the key of a label or annotation: `app`, `example.org/app`.
pub fn qualified_name(text: &str) -> Option<&'static str> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if prefix.is_some_and(|prefix| dns1123_subdomain(prefix).is_some()) {
        return Some("prefix must be a name of lower case letters, digits, `-` and `.`");
    }
    if name.len() > 63 {
        return Some("name part must be no more than 63 characters");
    }
    when(
        !is_name_part(name),
        "name part must consist of letters, digits, `-`, `_` or `.`, and must start and end with a letter or digit",
    )
}

/// Says what is wrong with the value of a label.
pub fn label_value(text: &str) -> Option<&'static str> {
    if text.len() > 63 {
        return Some("must be no more than 63 characters");
    }
    when(
        !text.is_empty() && !is_name_part(text),
        "must be empty or consist of letters, digits, `-`, `_` or `.`, and must start and end with a letter or digit",
    )
}

fn is_uuid(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '-').collect();
    plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
}
