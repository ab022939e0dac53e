//! The entries of a generated ConfigMap or Secret: from env files, literals and files.

use smol_str::SmolStr;
use weir_model::{Origin, Source, Value};

use crate::error::{BuildError, Errors, HIDDEN, Result, Within};
use crate::kustomization::decode::Entry;
use crate::kustomization::types::GeneratorArgs;
use crate::load::Folder;
use crate::session::Session;

/// An entry of the data.
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
    /// Where the content is: a literal's or env file's line, or a whole file.
    pub(crate) at: Origin,
}

/// Which kind of object the entries are for. Errors show no values of a Secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    ConfigMap,
    Secret,
}

/// Collects the entries that a generator's sources give, sorted by key. All bad sources are named, and keys that are
/// repeated.
pub(crate) fn collect<'a>(
    args: &GeneratorArgs,
    made: Made,
    folder: &Folder<'a>,
    session: &mut Session<'a>,
) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut errors = Errors::default();
    for Entry { text, at } in &args.envs {
        let file = folder
            .load(text, session)
            .and_then(|file| {
                session.budget.text(file.blob.bytes().len())?;
                env_lines(file.blob.bytes(), file.source)
            })
            .doing(|| format!("env source files: {}", listed(&args.envs, SmolStr::as_str)))
            .within("loading KV pairs")
            .at(*at);
        pairs.extend(errors.note(file).into_iter().flatten());
    }
    let shown = |text: &SmolStr| match (made, text.split_once('=')) {
        (Made::ConfigMap, _) => text.to_string(),
        (Made::Secret, Some((key, _))) => format!("{key}={HIDDEN}"),
        (Made::Secret, None) => HIDDEN.into(),
    };
    for Entry { text, at } in &args.literals {
        let entry = literal(text)
            .ok_or_else(|| {
                let shown = shown(text);
                BuildError::new(format!("invalid literal source {shown}, expected key=value"))
            })
            .doing(|| format!("literal sources {}", listed(&args.literals, shown)))
            .within("loading KV pairs")
            .at(*at);
        pairs.extend(errors.note(entry).map(|(key, bytes)| Pair { key, bytes, at: *at }));
    }
    for Entry { text, at } in &args.files {
        let pair = file_source(text)
            .and_then(|(key, path)| {
                let file = folder.load(path, session)?;
                session.budget.text(file.blob.bytes().len())?;
                let (key, bytes) = (key.to_owned(), file.blob.bytes().to_vec());
                Ok(Pair { key, bytes, at: Origin::new(file.source, 0) })
            })
            .doing(|| format!("file sources: {}", listed(&args.files, SmolStr::as_str)))
            .within("loading KV pairs")
            .at(*at);
        pairs.extend(errors.note(pair));
    }
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    for [Pair { key, .. }, next] in pairs.array_windows() {
        if *key == next.key {
            let name = &args.name;
            let error =
                BuildError::new(format!("configmap {name} illegally repeats the key `{key}`"));
            errors.note(Err::<(), _>(error.at(args.at)));
        }
    }
    errors.finish(pairs)
}

/// Writes a list as Go's `%v` does.
fn listed<'e, T: AsRef<str>>(entries: &'e [Entry], shown: impl Fn(&'e SmolStr) -> T) -> String {
    let texts: Vec<T> = entries.iter().map(|entry| shown(&entry.text)).collect();
    format!("[{}]", texts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" "))
}

/// Splits `key=value`.
fn literal(text: &str) -> Option<(String, Vec<u8>)> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty())?;
    Some((key.into(), unquoted(value).into()))
}

/// Takes one pair of quotes away.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// Splits `key=path`; without a key the file's name is the key.
fn file_source(text: &str) -> Result<(&str, &str)> {
    match text.split_once('=') {
        None => Ok((text.trim_end_matches('/').rsplit('/').next().unwrap_or(text), text)),
        Some((_, path)) if path.contains('=') => Err(BuildError::new(format!(
            "source {} key name or file path contains '='",
            quoted(text)
        ))),
        Some(("", path)) => Err(BuildError::new(format!(
            "missing key name for file path {} in source {}",
            quoted(path),
            quoted(text)
        ))),
        Some((key, "")) => Err(BuildError::new(format!(
            "missing file path for key name {} in source {}",
            quoted(key),
            quoted(text)
        ))),
        Some(parts) => Ok(parts),
    }
}

fn quoted(text: &str) -> String {
    weir_yaml::json::write(&Value::string(text))
}

/// Reads `KEY=value` lines; empty lines and comments are left out.
fn env_lines(bytes: &[u8], source: Source) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(mut line) = std::str::from_utf8(line) else {
            return Err(BuildError::new(format!("line {} has invalid utf8 bytes", number + 1)));
        };
        if number == 0 {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            let at = Origin::new(source, u32::try_from(number + 1).unwrap_or_default());
            pairs.push(Pair { key: key.into(), bytes: value.into(), at });
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_taken_apart() {
        assert_eq!(literal("a=\"b=c\"").unwrap(), ("a".into(), b"b=c".to_vec()));
        assert_eq!(literal("a='").unwrap(), ("a".into(), b"'".to_vec()));
        assert!(literal("=b").is_none());
        assert!(literal("b").is_none());
        assert_eq!(file_source("dir/app.conf").unwrap(), ("app.conf", "dir/app.conf"));
        assert_eq!(file_source("key=dir/f").unwrap(), ("key", "dir/f"));
        for wrong in ["=f", "key=", "a=b=c"] {
            assert!(file_source(wrong).is_err(), "{wrong}");
        }
        let text = "\u{feff}A=1\r\n # x\n\nB\n  C==\n";
        let pairs = env_lines(text.as_bytes(), Source::default()).unwrap();
        let found: Vec<(&str, &[u8], u32)> =
            pairs.iter().map(|pair| (&*pair.key, &*pair.bytes, pair.at.line)).collect();
        assert_eq!(found, [("A", &b"1"[..], 1), ("B", b"", 4), ("C", b"=", 5)]);
    }
}
