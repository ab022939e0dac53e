//! Names and passwords from the user's own files: Docker's `config.json` and `.netrc`.
//!
//! Credential helpers are programs and are not started. Nothing here is ever printed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use serde_json::Value;
use weir_model::Sensitive;

/// A name and a password.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Sensitive<String>,
}

/// What is known of hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    registries: BTreeMap<String, Login>,
    hosts: BTreeMap<String, Login>,
}

impl Credentials {
    /// Reads `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, Helm's registry file, and `$NETRC` or `~/.netrc`.
    pub(crate) fn from_user() -> Self {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let home = variable("HOME").unwrap_or_default();
        let config = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        let docker =
            variable("DOCKER_CONFIG").unwrap_or_else(|| home.join(".docker")).join("config.json");
        let helm = variable("HELM_REGISTRY_CONFIG")
            .unwrap_or_else(|| config.join("helm/registry/config.json"));
        let netrc = variable("NETRC").unwrap_or_else(|| home.join(".netrc"));
        // Docker's file goes over Helm's.
        let mut registries = BTreeMap::new();
        for path in [helm, docker] {
            registries
                .extend(std::fs::read(path).map(|bytes| parse_docker(&bytes)).unwrap_or_default());
        }
        let hosts =
            std::fs::read_to_string(netrc).map(|text| parse_netrc(&text)).unwrap_or_default();
        Self { registries, hosts }
    }

    /// Returns the login for a repository of a registry; the most exact entry wins, as with Docker.
    pub(crate) fn registry(&self, host: &str, repository: &str) -> Option<&Login> {
        let host = if host == "registry-1.docker.io" { "index.docker.io" } else { host };
        let mut name = format!("{host}/{repository}");
        loop {
            if let Some(login) = self.registries.get(&name) {
                return Some(login);
            }
            name.truncate(name.rfind('/')?);
        }
    }

    /// Returns the login for a host, for anything but a registry.
    pub(crate) fn host(&self, host: &str) -> Option<&Login> {
        self.hosts.get(host)
    }
}

#[cfg(test)]
impl Credentials {
    /// Knows one login, for a registry and for anything else on a host.
    pub(crate) fn for_host(host: &str, user: &str, password: &str) -> Self {
        let login = Login { user: user.to_owned(), password: Sensitive::new(password.to_owned()) };
        let logins = BTreeMap::from([(host.to_owned(), login)]);
        Self { registries: logins.clone(), hosts: logins }
    }
}

fn parse_docker(bytes: &[u8]) -> BTreeMap<String, Login> {
    let Ok(config) = serde_json::from_slice::<Value>(bytes) else { return BTreeMap::new() };
    let Some(auths) = config.get("auths").and_then(Value::as_object) else {
        return BTreeMap::new();
    };
    auths.iter().filter_map(|(key, value)| Some((registry_key(key), parse_auth(value)?))).collect()
}

/// `https://index.docker.io/v1/` and `docker.io` both mean Docker Hub.
fn registry_key(key: &str) -> String {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest).trim_end_matches('/');
    let key = key.trim_end_matches("/v1").trim_end_matches("/v2");
    if key == "docker.io" { "index.docker.io".to_owned() } else { key.to_owned() }
}

fn parse_auth(value: &Value) -> Option<Login> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let (Some(user), Some(password)) = (text("username"), text("password")) {
        return Some(Login {
            user: user.to_owned(),
            password: Sensitive::new(password.to_owned()),
        });
    }
    let plain = base64::engine::general_purpose::STANDARD.decode(text("auth")?).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (user, password) = plain.split_once(':')?;
    let password = password.trim_end_matches('\0').to_owned();
    Some(Login { user: user.to_owned(), password: Sensitive::new(password) })
}

fn parse_netrc(text: &str) -> BTreeMap<String, Login> {
    let mut hosts = BTreeMap::new();
    let mut words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace);
    let mut host: Option<String> = None;
    let mut user: Option<String> = None;
    while let Some(word) = words.next() {
        match word {
            "machine" => (host, user) = (words.next().map(str::to_owned), None),
            "default" => host = None,
            "login" => user = words.next().map(str::to_owned),
            "password" => {
                if let (Some(host), Some(user), Some(password)) = (&host, &user, words.next()) {
                    let password = Sensitive::new(password.to_owned());
                    hosts.insert(host.clone(), Login { user: user.clone(), password });
                }
            }
            _ => {}
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_registry_wins() {
        let config = br#"{"auths": {
            "ghcr.io": {"auth": "YTpi"}, "ghcr.io/org": {"username": "c", "password": "d"},
            "https://index.docker.io/v1/": {"auth": "ZTpmOmc="}, "bad": {"auth": "%"}}, "credsStore": "x"}"#;
        let credentials =
            Credentials { registries: parse_docker(config), ..Credentials::default() };
        let user = |host, repository| {
            credentials.registry(host, repository).map(|login| login.user.as_str())
        };
        assert_eq!(user("ghcr.io", "x/y"), Some("a"));
        assert_eq!(user("ghcr.io", "org/y"), Some("c"));
        assert_eq!(user("registry-1.docker.io", "library/x"), Some("e"));
        assert_eq!(user("quay.io", "x"), None);
        let hub = credentials.registry("registry-1.docker.io", "x").unwrap();
        assert_eq!(hub.password.expose(), "f:g");
        assert!(!format!("{credentials:?}").contains("f:g"));
    }

    #[test]
    fn netrc_is_read_by_words() {
        let hosts = parse_netrc(
            "# x\nmachine a.b login u\n password p\nmachine c login v password w default login z password q",
        );
        assert_eq!(hosts["a.b"].password.expose(), "p");
        assert_eq!(hosts["c"].user, "v");
        assert_eq!(hosts.len(), 2);
    }
}
