//! URLs, taken apart and put together as Go's `net/url` does.

use weir_golang::strconv;
use weir_gotmpl::{Args, Context, Function, Map, Type, Value};

use super::{Outcome, cast};

/// Sprig's functions for URLs.
pub(super) const TABLE: &[Function] = &[
    Function::new("urlParse", &[Type::String], url_parse),
    Function::new("urlJoin", &[Type::MAP], url_join),
];

/// A URL in parts.
#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<User>,
    host: String,
    path: Vec<u8>,
    query: String,
    fragment: Vec<u8>,
    /// Whether an empty authority was left out: `file:/x`.
    omits_host: bool,
}

/// The user and, if given, the password.
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// Where in a URL something stands; each part has other characters that need no escape.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Path,
    User,
    Host,
    Zone,
    Fragment,
}

fn url_parse(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let url = parse(&args.text(0)).map_err(|error| format!("unable to parse url: {error}"))?;
    let map = Map::new();
    map.insert("scheme", url.scheme.as_str().into());
    map.insert("hostname", hostname(&url.host).into());
    map.insert("host", url.host.as_str().into());
    map.insert("path", Value::from_bytes(url.path));
    map.insert("query", url.query.into());
    map.insert("opaque", url.opaque.into());
    map.insert("fragment", Value::from_bytes(url.fragment));
    map.insert("userinfo", url.user.as_ref().map(userinfo).unwrap_or_default().into());
    Ok(map.into())
}

fn url_join(_: &mut Context<'_>, args: &Args<'_>) -> Outcome {
    let map = args.map(0);
    let text = |key: &str| -> Result<String, String> {
        match map.get(key) {
            None => Ok(String::new()),
            Some(value) if cast::is_bare_nil(&value) => Err(super::NIL_POINTER.to_owned()),
            Some(value) => value.to_text().map(std::borrow::Cow::into_owned).ok_or_else(|| {
                let kind = cast::kind(&value);
                format!("unable to parse {key} key, must be of type string, but {kind} found")
            }),
        }
    };
    let mut url = Url {
        scheme: text("scheme")?,
        host: text("host")?,
        path: text("path")?.into_bytes(),
        query: text("query")?,
        opaque: text("opaque")?,
        fragment: text("fragment")?.into_bytes(),
        ..Url::default()
    };
    let info = text("userinfo")?;
    if !info.is_empty() {
        let parsed = parse(&format!("proto://{info}@host"));
        url.user =
            parsed.map_err(|error| format!("unable to parse userinfo in dict: {error}"))?.user;
    }
    Ok(write(&url).into())
}

fn parse(text: &str) -> Result<Url, String> {
    let (main, fragment) = text.split_once('#').unwrap_or((text, ""));
    let told = |whole: &str, error: String| format!("parse {}: {error}", strconv::quote(whole));
    let mut url = parse_main(main).map_err(|error| told(main, error))?;
    url.fragment = unescape(fragment, Part::Fragment).map_err(|error| told(text, error))?;
    Ok(url)
}

fn parse_main(text: &str) -> Result<Url, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if text == "*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, mut rest) = scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    if let Some((before, query)) = rest.split_once('?') {
        (rest, url.query) = (before, query.to_owned());
    }
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest.split('/').next().unwrap_or_default().contains(':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let has_authority = !url.scheme.is_empty() || !rest.starts_with("///");
    if let Some(authority) = rest.strip_prefix("//").filter(|_| has_authority) {
        let end = authority.find('/').unwrap_or(authority.len());
        let (authority, path) = authority.split_at(end);
        rest = path;
        parse_authority(&mut url, authority)?;
    } else if !url.scheme.is_empty() && rest.starts_with('/') {
        url.omits_host = true;
    }
    url.path = unescape(rest, Part::Path)?;
    Ok(url)
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_authority(url: &mut Url, authority: &str) -> Result<(), String> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    url.host = parse_host(&url.scheme, host)?;
    let Some(user) = user else { return Ok(()) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) =
        user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    url.user = Some(User { name: unescape(name, Part::User)?, password });
    Ok(())
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    match host.rfind('[') {
        Some(0) => {
            let close = host.rfind(']').ok_or("missing ']' in host")?;
            let (inner, port) = (&host[1..close], &host[close + 1..]);
            check_port(port)?;
            let (address, zone) = inner.find("%25").map_or((inner, ""), |at| inner.split_at(at));
            let address = text(unescape(address, Part::Host)?);
            let zone = text(unescape(zone, Part::Zone)?);
            if address.parse::<std::net::Ipv4Addr>().is_ok() {
                return Err("invalid IP-literal".to_owned());
            }
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                let shown = strconv::quote(&format!("{address}{zone}"));
                return Err(format!("invalid host: ParseAddr({shown}): unable to parse IP"));
            }
            return Ok(format!("[{address}{zone}]{port}"));
        }
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Of several colons only HTTP minds those before the last.
    let colon = if matches!(scheme, "http" | "https") { host.find(':') } else { host.rfind(':') };
    if let Some(colon) = colon {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host).map(text)
}

fn check_port(port: &str) -> Result<(), String> {
    let valid = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if valid { Ok(()) } else { Err(format!("invalid port {} after host", strconv::quote(port))) }
}

fn hostname(host: &str) -> &str {
    let name = match host.rfind(':') {
        Some(colon) if check_port(&host[colon..]).is_ok() => &host[..colon],
        _ => host,
    };
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

fn userinfo(user: &User) -> String {
    let mut out = escape(&user.name, Part::User);
    if let Some(password) = &user.password {
        out.push(':');
        out.push_str(&escape(password, Part::User));
    }
    out
}

fn write(url: &Url) -> String {
    let mut out = String::new();
    if !url.scheme.is_empty() {
        out.push_str(&url.scheme);
        out.push(':');
    }
    if url.opaque.is_empty() {
        let has_authority = !url.scheme.is_empty() || !url.host.is_empty() || url.user.is_some();
        if has_authority && !(url.omits_host && url.host.is_empty() && url.user.is_none()) {
            if !url.host.is_empty() || !url.path.is_empty() || url.user.is_some() {
                out.push_str("//");
            }
            if let Some(user) = &url.user {
                out.push_str(&userinfo(user));
                out.push('@');
            }
            out.push_str(&escape(url.host.as_bytes(), Part::Host));
        }
        let path = if url.path == b"*" { "*".to_owned() } else { escape(&url.path, Part::Path) };
        if !path.is_empty() && !path.starts_with('/') && !url.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().unwrap_or_default().contains(':') {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push('?');
        out.push_str(&url.query);
    }
    if !url.fragment.is_empty() {
        out.push('#');
        out.push_str(&escape(&url.fragment, Part::Fragment));
    }
    out
}

/// Tells whether a byte stands for itself in a part.
fn is_plain(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return true;
    }
    let others: &[u8] = match part {
        Part::Path => b"$&+,/:;=@",
        Part::User => b"$&+,;=",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    others.contains(&byte)
}

fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if is_plain(*byte, part) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at).copied() {
        let is_host = matches!(part, Part::Host | Part::Zone);
        if byte != b'%' {
            if is_host && byte < 0x80 && !is_plain(byte, part) {
                let shown = strconv::quote(&char::from(byte).to_string());
                return Err(format!("invalid character {shown} in host name"));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let digit =
            |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        let shown = || {
            let end = (at + 3).min(bytes.len());
            strconv::quote_bytes(bytes.get(at..end).unwrap_or_default())
        };
        let (Some(high), Some(low)) = (digit(1), digit(2)) else {
            return Err(format!("invalid URL escape {}", shown()));
        };
        let value = u8::try_from(high * 16 + low).unwrap_or(0);
        let percent = bytes.get(at..at + 3) == Some(b"%25");
        let refused = match part {
            Part::Host => high < 8 && !percent,
            Part::Zone => !percent && value != b' ' && !is_plain(value, Part::Host),
            _ => false,
        };
        if refused {
            return Err(format!("invalid URL escape {}", shown()));
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}
