//! Addresses on the web.

use super::{Call, Row, Who, no_overload};
use crate::value::KubernetesVal;
use crate::{CelError, Val};

pub(super) const ROWS: &[Row] = &[
    ("getEscapedPath", Who::Kubernetes, |call| part(call, |url| Val::string(url.path.as_str()))),
    ("getHost", Who::Kubernetes, |call| part(call, |url| Val::string(url.host.as_str()))),
    ("getHostname", Who::Kubernetes, |call| part(call, |url| Val::string(url.host_and_port().0))),
    ("getPort", Who::Kubernetes, |call| part(call, |url| Val::string(url.host_and_port().1))),
    ("getQuery", Who::Kubernetes, |call| part(call, Url::query_map)),
    ("getScheme", Who::Kubernetes, |call| part(call, |url| Val::string(url.scheme.as_str()))),
    ("isURL", Who::Kubernetes, is_url),
    ("url", Who::Kubernetes, url),
];

/// An address on the web, as Go's `url.ParseRequestURI` reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl Url {
    /// Reads an address; refuses one without a scheme that is no absolute path either.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return None;
        }
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ => (String::new(), text),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !rest.starts_with('/') {
            // What has a scheme and no slash is opaque, and what has none is no address.
            if scheme.is_empty() {
                return None;
            }
            return Some(Self {
                scheme,
                host: String::new(),
                path: String::new(),
                query: query.into(),
            });
        }
        let (host, path) = match rest.strip_prefix("//") {
            Some(authority) if !scheme.is_empty() || !rest.starts_with("///") => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                (authority.rsplit('@').next().unwrap_or_default(), path)
            }
            _ => ("", rest),
        };
        if host.contains(' ') || !has_good_port(host) || !has_good_escapes(path) {
            return None;
        }
        Some(Self { scheme, host: host.into(), path: path.into(), query: query.into() })
    }

    fn host_and_port(&self) -> (&str, &str) {
        let (name, port) = match self.host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (self.host.as_str(), ""),
        };
        (name.trim_start_matches('[').trim_end_matches(']'), port)
    }

    fn query_map(&self) -> Val {
        let mut fields: Vec<(smol_str::SmolStr, Vec<Val>)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (unescape(key), unescape(value));
            match fields.iter_mut().find(|(other, _)| *other == key) {
                Some((_, values)) => values.push(Val::string(value)),
                None => fields.push((key.into(), vec![Val::string(value)])),
            }
        }
        Val::fields(fields.into_iter().map(|(key, values)| (key, Val::list(values))).collect())
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn has_good_port(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        let Some((_, after)) = inner.split_once(']') else { return false };
        return after.is_empty()
            || after
                .strip_prefix(':')
                .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    }
    match host.split_once(':') {
        Some((_, port)) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => true,
    }
}

fn has_good_escapes(path: &str) -> bool {
    path.split('%').skip(1).all(|part| {
        part.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn part(call: &Call<'_>, part: fn(&Url) -> Val) -> Result<Val, CelError> {
    let [Val::Kubernetes(value)] = call.values else { return no_overload() };
    let KubernetesVal::Url(url) = &**value else { return no_overload() };
    Ok(part(url))
}

fn url(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(text)] = call.values else { return no_overload() };
    Url::parse(text).map(|url| Val::kubernetes(KubernetesVal::Url(url))).ok_or_else(|| {
        CelError::new(format!("URL parse error during conversion from string: {text}"))
    })
}

fn is_url(call: &Call<'_>) -> Result<Val, CelError> {
    let [Val::String(text)] = call.values else { return no_overload() };
    Ok(Val::Bool(Url::parse(text).is_some()))
}
