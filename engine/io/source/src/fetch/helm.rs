//! Helm repositories over HTTP: `index.yaml` and the archives that it names.

use std::borrow::Cow;
use std::sync::Arc;

use reqwest::Url;
use weir_evaluate::HelmChartDemand;
use weir_model::{Revision, Source};

use super::http::{Access, Request, host_of};
use super::oci::{check, sha256};
use super::{FetchError, Fetched, Fetcher, Form, Place, oci, versions};
use crate::git::redact;

/// The largest index that is read; Flux takes half of it by default.
const INDEX_BYTES: u64 = 100 << 20;
const CHART_BYTES: u64 = 100 << 20;

/// One version of a chart in an index.
#[derive(Clone, Debug, Default)]
struct Version {
    version: String,
    created: String,
    digest: String,
    urls: Vec<String>,
}

/// Fetches a chart of a Helm repository, whichever kind it is.
pub(super) async fn chart(
    fetcher: &Fetcher,
    demand: &HelmChartDemand,
    place: &Place,
) -> Result<Fetched, FetchError> {
    if demand.repository.starts_with("oci://") {
        return oci::chart(fetcher, &demand.chart, &demand.version, place, demand.insecure).await;
    }
    // Flux takes an `http` URL as it is written; `insecure` is about registries.
    let insecure = demand.insecure || place.is_mirror || demand.repository.starts_with("http://");
    let base = base(&place.url)?;
    let index_url = {
        let mut url = base.clone();
        url.set_path(&format!("{}index.yaml", base.path()));
        url
    };
    let index = fetcher.index(&index_url, insecure).await?;
    let what = format!("chart `{}` of `{}`", demand.chart, redact(&demand.repository));
    let versions = entries(&index, &demand.chart)
        .map_err(|why| FetchError::malformed(format!("`{}`", redact(index_url.as_str())), why))?
        .ok_or_else(|| {
            FetchError::NotFound(format!("{}` in `{}", demand.chart, redact(index_url.as_str())))
        })?;
    let wanted = demand.version.trim();
    let version =
        match versions.iter().find(|version| !wanted.is_empty() && version.version == wanted) {
            Some(version) => version,
            None => versions::newest(
                &versions,
                |version| &version.version,
                // Of equal versions the one that was made last: RFC 3339 times sort as texts when they share a zone.
                |one, other| one.created.cmp(&other.created),
                wanted,
                &what,
            )?,
        };
    let first =
        version.urls.first().ok_or_else(|| FetchError::malformed(what.clone(), "it has no URL"))?;
    if let Some(reference) = first.strip_prefix("oci://") {
        let (registry, name, tag) = reference
            .rsplit_once(':')
            .and_then(|(path, tag)| Some((path.rsplit_once('/')?, tag)))
            .map(|((registry, name), tag)| (registry, name, tag.replace('_', "+")))
            .ok_or_else(|| FetchError::malformed(what, format!("its URL `{first}` has no tag")))?;
        let place = fetcher.place(&format!("oci://{registry}"));
        return oci::chart(fetcher, name, &tag, &place, insecure).await;
    }
    let archive = archive_url(&base, first)?;
    let mirrored = fetcher.mirrors.rewrite(archive.as_str());
    let insecure = insecure || mirrored.is_some();
    let url = mirrored.unwrap_or_else(|| archive.to_string());
    let access = fetcher.access_to(&url);
    let request = Request {
        url: &url,
        accept: None,
        access: &access,
        limit: CHART_BYTES,
        insecure,
        compress: false,
    };
    let bytes = fetcher.http.get(&request).await?.checked()?.body;
    if !version.digest.is_empty() {
        let digest = version.digest.strip_prefix("sha256:").unwrap_or(&version.digest);
        check(&url, &format!("sha256:{}", digest.to_ascii_lowercase()), &sha256(&bytes))?;
    }
    Ok(Fetched { bytes, form: Form::Chart, revision: Revision(version.version.clone()) })
}

impl Fetcher {
    /// Returns an index; one that several charts need is fetched once.
    async fn index(&self, url: &Url, insecure: bool) -> Result<Arc<Vec<u8>>, FetchError> {
        let cell = {
            let mut indexes = self.indexes.lock().await;
            indexes.entry(url.to_string()).or_default().clone()
        };
        // Whoever comes first fetches; the others wait for it.
        let mut slot = cell.lock().await;
        if let Some(index) = &*slot {
            return Ok(index.clone());
        }
        let access = self.access_to(url.as_str());
        let request = Request {
            url: url.as_str(),
            accept: None,
            access: &access,
            limit: INDEX_BYTES,
            insecure,
            compress: true,
        };
        let index = Arc::new(self.http.get(&request).await?.checked()?.body);
        *slot = Some(index.clone());
        Ok(index)
    }

    /// Finds the login for a URL: its own, or that of `.netrc`.
    pub(super) fn access_to(&self, url: &str) -> Access {
        Url::parse(url)
            .ok()
            .and_then(|url| {
                let host = url.host_str()?.to_owned();
                self.credentials
                    .host(&host_of(&url))
                    .or_else(|| self.credentials.host(&host))
                    .cloned()
            })
            .map_or(Access::Anonymous, Access::Basic)
    }
}

/// Reads a repository's URL as that of a folder.
fn base(url: &str) -> Result<Url, FetchError> {
    let mut base = Url::parse(url).map_err(|error| {
        FetchError::malformed(format!("Helm repository `{}`", redact(url)), error)
    })?;
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    Ok(base)
}

/// Finds an archive: its URL may be absolute, or relative to the repository; the repository's query goes along.
fn archive_url(base: &Url, url: &str) -> Result<Url, FetchError> {
    let mut archive = base
        .join(url)
        .map_err(|error| FetchError::malformed(format!("chart URL `{}`", redact(url)), error))?;
    if archive.host() == base.host() && archive.query().is_none() {
        archive.set_query(base.query());
    }
    Ok(archive)
}

/// Finds the versions of one chart.
///
/// An index may be many megabytes of other charts, so only the lines of this one are parsed when they can be told.
fn entries(index: &[u8], chart: &str) -> Result<Option<Vec<Version>>, String> {
    if index.trim_ascii_start().starts_with(b"{") {
        let index: serde_json::Value =
            serde_json::from_slice(index).map_err(|error| error.to_string())?;
        let found = index.get("entries").and_then(|entries| entries.get(chart));
        return Ok(found
            .and_then(serde_json::Value::as_array)
            .map(|versions| versions.iter().map(from_json).collect()));
    }
    let (text, path): (Cow<'_, [u8]>, &[&str]) = match lines_of(index, chart) {
        Lines::Found(text) => (text.into(), &["x"]),
        Lines::Absent => return Ok(None),
        Lines::Unclear => (index.into(), &["entries", chart]),
    };
    let value = weir_yaml::read_value(&text, Source::named("index.yaml"))
        .map_err(|error| error.to_string())?;
    let mut at = Some(&value);
    for key in path {
        at = at.and_then(|value| value.get(key));
    }
    Ok(at
        .and_then(weir_model::Value::as_list)
        .map(|versions| versions.iter().map(from_yaml).collect()))
}

fn from_json(value: &serde_json::Value) -> Version {
    let text = |name: &str| {
        value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let urls = value.get("urls").and_then(serde_json::Value::as_array).into_iter().flatten();
    Version {
        version: text("version"),
        created: text("created"),
        digest: text("digest"),
        urls: urls.filter_map(serde_json::Value::as_str).map(str::to_owned).collect(),
    }
}

fn from_yaml(value: &weir_model::Value) -> Version {
    let text = |name: &str| {
        value.get(name).and_then(weir_model::Value::as_str).unwrap_or_default().to_owned()
    };
    let urls = value.get("urls").and_then(weir_model::Value::as_list).into_iter().flatten();
    Version {
        version: text("version"),
        created: text("created"),
        digest: text("digest"),
        urls: urls.filter_map(weir_model::Value::as_str).map(str::to_owned).collect(),
    }
}

enum Lines {
    /// The lines of the chart, under the key `x`.
    Found(Vec<u8>),
    Absent,
    /// The index is not written in the usual way.
    Unclear,
}

/// Cuts the lines of one chart out of an index in block style.
fn lines_of(index: &[u8], chart: &str) -> Lines {
    let mut lines = index.split_inclusive(|byte| *byte == b'\n');
    if !lines.any(|line| line.trim_ascii_end() == b"entries:") {
        return Lines::Unclear;
    }
    let mut indent = None;
    let mut found: Option<Vec<u8>> = None;
    for line in lines {
        let depth = line.iter().take_while(|byte| **byte == b' ').count();
        let text = line[depth..].trim_ascii_end();
        if text.is_empty() || text.starts_with(b"#") {
            if let Some(found) = &mut found {
                found.extend_from_slice(line);
            }
            continue;
        }
        let indent = *indent.get_or_insert(depth);
        let is_item = text == b"-" || text.starts_with(b"- ");
        if depth < indent || (depth == indent && indent == 0 && !is_item) {
            break;
        }
        if depth == indent && !is_item {
            if found.is_some() {
                break;
            }
            let Some(key) = text.strip_suffix(b":") else { return Lines::Unclear };
            let key =
                key.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\"")).unwrap_or(key);
            if key.trim_ascii() == chart.as_bytes() {
                found = Some(b"x:\n".to_vec());
            }
            continue;
        }
        if let Some(found) = &mut found {
            found.extend_from_slice(line);
        }
    }
    match found {
        Some(lines) => Lines::Found(lines),
        // An empty or odd index is left to the parser, which knows better.
        None if indent.is_some_and(|indent| indent > 0) => Lines::Absent,
        None => Lines::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  a:\n  - version: 1.0.0\n    urls: [a-1.tgz]\n  \"web\":\n    - version: 1.2.0\n      digest: d\n      description: |\n        x\n\n        y:\n      urls:\n        - https://h/web.tgz\n  z:\n  - version: 2.0.0\ngenerated: x\n";

    #[test]
    fn the_lines_of_one_chart_are_cut_out() {
        let Lines::Found(lines) = lines_of(INDEX.as_bytes(), "web") else { panic!() };
        let lines = String::from_utf8(lines).unwrap();
        assert!(lines.starts_with("x:\n    - version: 1.2.0\n"), "{lines}");
        assert!(lines.ends_with("        - https://h/web.tgz\n"), "{lines}");
        assert!(matches!(lines_of(INDEX.as_bytes(), "no"), Lines::Absent));
        assert!(matches!(lines_of(b"entries: {a: []}\n", "a"), Lines::Unclear));
        let json = br#"{"entries": {"web": [{"version": "1.0.0", "urls": ["x"]}]}}"#;
        assert_eq!(entries(json, "web").unwrap().unwrap()[0].version, "1.0.0");
    }

    #[test]
    fn archives_are_relative_or_absolute() {
        for (base_url, url, archive) in [
            ("https://h/charts", "web-1.tgz", "https://h/charts/web-1.tgz"),
            ("https://h/charts/", "/other/web-1.tgz", "https://h/other/web-1.tgz"),
            ("https://h/charts?token=x", "web-1.tgz", "https://h/charts/web-1.tgz?token=x"),
            ("https://h/charts?token=x", "https://cdn/web-1.tgz", "https://cdn/web-1.tgz"),
        ] {
            assert_eq!(archive_url(&base(base_url).unwrap(), url).unwrap().as_str(), archive);
        }
    }
}
