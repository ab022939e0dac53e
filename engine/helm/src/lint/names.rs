//! Which names Kubernetes allows for which kinds.

use weir_golang::strconv::quote;

/// Checks an object's name by the rules of its kind. The error is Helm's text.
pub(super) fn check(kind: &str, name: &str) -> Result<(), String> {
    let wrong: Vec<&str> = match kind.to_ascii_lowercase().as_str() {
        "service" => vec![(63, LABEL_LENGTH), (0, SERVICE)],
        "namespace" => vec![(63, LABEL_LENGTH), (0, LABEL)],
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => return segment(name),
        _ => vec![(253, SUBDOMAIN_LENGTH), (0, SUBDOMAIN)],
    }
    .into_iter()
    .filter_map(|(longest, words)| {
        let is_wrong = if longest > 0 { name.len() > longest } else { !fits(words, name) };
        is_wrong.then_some(words)
    })
    .collect();
    refuse(name, &wrong)
}

const LABEL_LENGTH: &str = "must be no more than 63 characters";
const SUBDOMAIN_LENGTH: &str = "must be no more than 253 characters";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SERVICE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

fn fits(words: &str, name: &str) -> bool {
    let is_label = |text: &str| {
        let ends = text.bytes().next().zip(text.bytes().next_back());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        ends.is_some_and(|(first, last)| plain(first) && plain(last))
            && text.bytes().all(|byte| plain(byte) || byte == b'-')
    };
    match words {
        SUBDOMAIN => name.split('.').all(is_label),
        SERVICE => is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
        _ => is_label(name),
    }
}

fn segment(name: &str) -> Result<(), String> {
    let wrong: Vec<&str> = match name {
        "." => vec!["may not be '.'"],
        ".." => vec!["may not be '..'"],
        _ => [('/', "may not contain '/'"), ('%', "may not contain '%'")]
            .into_iter()
            .filter_map(|(letter, words)| name.contains(letter).then_some(words))
            .collect(),
    };
    refuse(name, &wrong)
}

fn refuse(name: &str, wrong: &[&str]) -> Result<(), String> {
    let quoted = quote(name);
    let each: Vec<String> = wrong
        .iter()
        .map(|words| format!("metadata.name: Invalid value: {quoted}: {words}"))
        .collect();
    let all = match each.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        _ => format!("[{}]", each.join(", ")),
    };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {all}"))
}
