//! How a registry lets someone in: by a login, or by a token that another server gives for one.

use reqwest::header::WWW_AUTHENTICATE;
use serde_json::Value;
use weir_model::Sensitive;

use super::http::{Access, Request, Response};
use super::oci::Repository;
use super::{FetchError, Fetcher};
use crate::git::redact;

const TOKEN_BYTES: u64 = 1 << 20;

/// Finds what a registry asks for: a login, or a token that another server gives for one.
pub(super) async fn access_for(
    fetcher: &Fetcher,
    repository: &Repository,
    response: &Response,
) -> Result<Option<Access>, FetchError> {
    let login = fetcher.credentials.registry(&repository.host, &repository.name).cloned();
    let challenges: Vec<&str> = response
        .headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let bearer = challenges.iter().find_map(|challenge| strip_word(challenge, "bearer"));
    let Some(parameters) = bearer else {
        let is_basic = challenges.iter().any(|challenge| strip_word(challenge, "basic").is_some());
        return Ok(login.filter(|_| is_basic).map(Access::Basic));
    };
    let Some(realm) = parameter(parameters, "realm") else { return Ok(None) };
    let mut url = reqwest::Url::parse(&realm).map_err(|error| {
        FetchError::malformed(format!("token server `{}`", redact(&realm)), error)
    })?;
    let scope = parameter(parameters, "scope")
        .unwrap_or_else(|| format!("repository:{}:pull", repository.name));
    if let Some(service) = parameter(parameters, "service") {
        url.query_pairs_mut().append_pair("service", &service);
    }
    url.query_pairs_mut().append_pair("scope", &scope);
    let access = login.map_or(Access::Anonymous, Access::Basic);
    let request = Request {
        url: url.as_str(),
        accept: None,
        access: &access,
        limit: TOKEN_BYTES,
        insecure: repository.insecure,
        compress: false,
    };
    let body = fetcher.http.get(&request).await?.checked()?.body;
    let answer: Value = serde_json::from_slice(&body)
        .map_err(|error| FetchError::malformed(format!("token of `{}`", repository.host), error))?;
    let token = ["token", "access_token"].iter().find_map(|name| answer.get(name)?.as_str());
    Ok(token.map(|token| Access::Bearer(Sensitive::new(token.to_owned()))))
}

fn strip_word<'text>(text: &'text str, word: &str) -> Option<&'text str> {
    let (first, rest) = text.split_at_checked(word.len())?;
    (first.eq_ignore_ascii_case(word)).then_some(rest.trim())
}

/// Reads one parameter of a challenge, `name="value"`.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim_start_matches([',', ' ']).trim();
        let after = after.trim_start();
        let (value, remaining) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = remaining;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_taken_apart() {
        let challenge = r#"Bearer realm="https://auth.example/token",service="reg, istry",scope="repository:a/b:pull,push""#;
        let parameters = strip_word(challenge, "bearer").unwrap();
        assert_eq!(parameter(parameters, "realm").as_deref(), Some("https://auth.example/token"));
        assert_eq!(parameter(parameters, "service").as_deref(), Some("reg, istry"));
        assert_eq!(parameter(parameters, "scope").as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(parameter(parameters, "other"), None);
    }
}
