//! The formats of texts that the API server checks.

use weir_golang::time;

/// Says what is wrong with a text of a format; nothing also when the format is not checked.
pub(crate) fn problem(format: &str, text: &str) -> Option<&'static str> {
    let is_good = match format {
        "date-time" | "datetime" => time::parse(time::RFC3339_NANO, text).is_ok(),
        "date" => time::parse("2006-01-02", text).is_ok(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.contains(':') && text.parse::<std::net::Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "byte" => is_base64(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text),
        "duration" => is_duration(text),
        _ => return None,
    };
    (!is_good).then_some(match format {
        "date-time" | "datetime" => "must be a time such as `2026-01-02T03:04:05Z`",
        "date" => "must be a date such as `2026-01-02`",
        "ipv4" => "must be an IPv4 address",
        "ipv6" => "must be an IPv6 address",
        "cidr" => "must be a range such as `10.0.0.0/8`",
        "byte" => "must be in base 64",
        "duration" => "must be a duration such as `1h30m`",
        _ => "must be a UUID",
    })
}

/// Tells whether Go's decoder reads the text, which steps over line ends.
pub(crate) fn is_base64(text: &str) -> bool {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    if text.contains(['\n', '\r']) {
        let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        return engine.decode(text).is_ok();
    }
    engine.decode(text).is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(|byte| *byte != b'-').count();
    digits == 32 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Go's durations, and words such as `3 days` that OpenAPI's Go library takes as well.
fn is_duration(text: &str) -> bool {
    const UNITS: &[&str] = &[
        "ns", "nano", "us", "µs", "micro", "ms", "milli", "s", "sec", "second", "m", "min",
        "minute", "h", "hr", "hour", "d", "day", "w", "wk", "week",
    ];
    if time::Duration::parse(text).is_ok() {
        return true;
    }
    let trimmed = text.trim();
    let number = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
    let unit = number.trim().trim_end_matches('s');
    number.len() < trimmed.len() && (UNITS.contains(&unit) || UNITS.contains(&number.trim()))
}
