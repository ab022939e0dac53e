//! OCI registries: artifacts and charts.

use std::cmp::Ordering;

use reqwest::StatusCode;
use reqwest::header::LINK;
use serde_json::Value;
use sha2::Digest as _;
use weir_evaluate::OciDemand;
use weir_model::Revision;

use super::http::{Access, Request, Response, is_loopback};
use super::{FetchError, Fetched, Fetcher, Form, Place, token, versions};
use crate::git::redact;

const MANIFEST_TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The media type of charts before it was settled.
const OLD_CHART_LAYER: &str = "application/tar+gzip";
const MANIFEST_BYTES: u64 = 4 << 20;
const LAYER_BYTES: u64 = 512 << 20;
const MOST_PAGES: usize = 1000;

/// A repository of a registry.
pub(super) struct Repository {
    /// `https://host`.
    base: String,
    pub(super) host: String,
    pub(super) name: String,
    pub(super) insecure: bool,
}

impl Repository {
    /// Reads `oci://host/name`, or the `https` or `http` URL that a mirror gave instead.
    pub(super) fn parse(place: &Place, insecure: bool) -> Result<Self, FetchError> {
        let wrong = |why: &str| {
            FetchError::malformed(format!("registry URL `{}`", redact(&place.url)), why)
        };
        let (scheme, rest) =
            place.url.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        let (host, name) = rest.split_once('/').ok_or_else(|| wrong("it names no repository"))?;
        let name = name.trim_matches('/').to_owned();
        let host = host.rsplit('@').next().unwrap_or(host).to_owned();
        if host.is_empty() || name.is_empty() {
            return Err(wrong("it names no repository"));
        }
        let is_local =
            reqwest::Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url));
        let scheme = match scheme {
            "oci" if insecure || is_local => "http",
            "oci" | "https" => "https",
            "http" => "http",
            _ => return Err(wrong("it is not an `oci` URL")),
        };
        let (host, name) = match host.as_str() {
            "docker.io" | "index.docker.io" => {
                let name = if name.contains('/') { name } else { format!("library/{name}") };
                ("registry-1.docker.io".to_owned(), name)
            }
            _ => (host, name),
        };
        Ok(Self {
            base: format!("{scheme}://{host}"),
            host,
            name,
            insecure: insecure || place.is_mirror,
        })
    }

    fn url(&self, rest: &str) -> String {
        format!("{}/v2/{}/{rest}", self.base, self.name)
    }
}

/// Fetches what an `OCIRepository` names.
pub(super) async fn artifact(
    fetcher: &Fetcher,
    demand: &OciDemand,
    place: &Place,
) -> Result<Fetched, FetchError> {
    let repository = Repository::parse(place, demand.insecure)?;
    let reference = &demand.reference;
    let is_chart = demand.media_type == CHART_LAYER;
    let (tag, wanted) = match (&reference.digest, &reference.semver) {
        (Some(digest), _) => (None, digest.to_string()),
        (None, Some(range)) => {
            let mut tags = tags(fetcher, &repository).await?;
            if let Some(filter) = &reference.semver_filter {
                let filter = weir_golang::regexp::Regexp::compile(filter).map_err(|error| {
                    FetchError::malformed(format!("semverFilter `{filter}`"), error)
                })?;
                tags.retain(|tag| filter.is_match(tag));
            }
            // Tags of charts write the `+` of a version as `_`.
            let named: Vec<(String, String)> = tags
                .into_iter()
                .map(|tag| (if is_chart { tag.replace('_', "+") } else { tag.clone() }, tag))
                .collect();
            let what = format!("`{}`", redact(&demand.url));
            let (_, tag) = versions::newest(
                &named,
                |(version, _)| version,
                |_, _| Ordering::Equal,
                range,
                &what,
            )?;
            (Some(tag.clone()), tag.clone())
        }
        (None, None) => {
            let tag = reference.tag.as_deref().unwrap_or("latest").to_owned();
            (Some(tag.clone()), tag)
        }
    };
    let (digest, manifest) = manifest(fetcher, &repository, &wanted).await?;
    let media_type = (!demand.media_type.is_empty()).then_some(demand.media_type.as_str());
    let layer = layer(&manifest, |found| media_type.is_none_or(|wanted| found == wanted))
        .ok_or_else(|| no_layer(demand, media_type))?;
    let bytes = blob(fetcher, &repository, &layer).await?;
    let revision = match tag {
        Some(tag) => format!("{tag}@{digest}"),
        None => digest,
    };
    Ok(Fetched { bytes, form: Form::Files, revision: Revision(revision) })
}

fn no_layer(demand: &OciDemand, media_type: Option<&str>) -> FetchError {
    let why = match media_type {
        Some(media_type) => format!("it has no layer of media type `{media_type}`"),
        None => "it has no layer".to_owned(),
    };
    FetchError::malformed(format!("OCI artifact `{}`", redact(&demand.url)), why)
}

/// Fetches a chart from a registry: an exact version by its tag, a range from the list of tags.
pub(super) async fn chart(
    fetcher: &Fetcher,
    chart: &str,
    version: &str,
    place: &Place,
    insecure: bool,
) -> Result<Fetched, FetchError> {
    let place = Place {
        url: format!("{}/{chart}", place.url.trim_end_matches('/')),
        is_mirror: place.is_mirror,
    };
    let repository = Repository::parse(&place, insecure)?;
    let version = version.trim();
    let chosen = if versions::parse(version).is_some() {
        version.to_owned()
    } else {
        let tags: Vec<String> =
            tags(fetcher, &repository).await?.iter().map(|tag| tag.replace('_', "+")).collect();
        match tags.iter().find(|tag| *tag == version) {
            Some(tag) => tag.clone(),
            None => newest_strict(&tags, version, chart)?,
        }
    };
    let (_, manifest) = manifest(fetcher, &repository, &chosen.replace('+', "_")).await?;
    let layer = layer(&manifest, |found| found == CHART_LAYER)
        .or_else(|| layer(&manifest, |found| found == OLD_CHART_LAYER))
        .ok_or_else(|| {
            FetchError::malformed(format!("chart `{chart}`"), "it has no chart layer")
        })?;
    let bytes = blob(fetcher, &repository, &layer).await?;
    Ok(Fetched { bytes, form: Form::Chart, revision: Revision(chosen) })
}

/// Picks the newest tag that fits. As Helm reads tags as strict versions, one that starts with `v` fits no range.
fn newest_strict(tags: &[String], range: &str, chart: &str) -> Result<String, FetchError> {
    let strict: Vec<&String> = tags.iter().filter(|tag| !tag.starts_with('v')).collect();
    let what = if strict.len() == tags.len() {
        format!("chart `{chart}`")
    } else {
        format!("chart `{chart}`, whose tags that start with `v` fit no range but can be named,")
    };
    versions::newest(&strict, |tag| tag.as_str(), |_, _| Ordering::Equal, range, &what)
        .map(|tag| (*tag).clone())
}

/// A part of a manifest.
struct Descriptor {
    digest: String,
    size: u64,
}

impl Descriptor {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            digest: value.get("digest")?.as_str()?.to_owned(),
            size: value.get("size").and_then(Value::as_u64).unwrap_or(LAYER_BYTES),
        })
    }
}

fn layer(manifest: &Value, wanted: impl Fn(&str) -> bool) -> Option<Descriptor> {
    let layers = manifest.get("layers")?.as_array()?;
    layers
        .iter()
        .find(|layer| wanted(layer.get("mediaType").and_then(Value::as_str).unwrap_or_default()))
        .and_then(Descriptor::read)
}

/// Fetches a manifest by tag or digest; of an index, its first manifest. Returns the digest of what was named.
async fn manifest(
    fetcher: &Fetcher,
    repository: &Repository,
    reference: &str,
) -> Result<(String, Value), FetchError> {
    let url = repository.url(&format!("manifests/{reference}"));
    let body =
        get(fetcher, repository, &url, Some(MANIFEST_TYPES), MANIFEST_BYTES).await?.checked()?.body;
    let digest = sha256(&body);
    if reference.contains(':') {
        check(&url, reference, &digest)?;
    }
    let parse = |body: &[u8]| {
        serde_json::from_slice::<Value>(body)
            .map_err(|error| FetchError::malformed(format!("manifest `{}`", redact(&url)), error))
    };
    let manifest = parse(&body)?;
    let Some(inner) = manifest.get("manifests").and_then(Value::as_array) else {
        return Ok((digest, manifest));
    };
    let inner = inner
        .first()
        .and_then(Descriptor::read)
        .ok_or_else(|| FetchError::malformed(format!("index `{}`", redact(&url)), "it is empty"))?;
    let url = repository.url(&format!("manifests/{}", inner.digest));
    let body =
        get(fetcher, repository, &url, Some(MANIFEST_TYPES), MANIFEST_BYTES).await?.checked()?.body;
    check(&url, &inner.digest, &sha256(&body))?;
    Ok((digest, parse(&body)?))
}

async fn blob(
    fetcher: &Fetcher,
    repository: &Repository,
    layer: &Descriptor,
) -> Result<Vec<u8>, FetchError> {
    let url = repository.url(&format!("blobs/{}", layer.digest));
    if !layer.digest.starts_with("sha256:") {
        return Err(FetchError::malformed(
            format!("digest `{}`", layer.digest),
            "only sha256 is known",
        ));
    }
    let limit = layer.size.min(LAYER_BYTES);
    let body = get(fetcher, repository, &url, None, limit).await?.checked()?.body;
    check(&url, &layer.digest, &sha256(&body))?;
    Ok(body)
}

/// Lists all tags, page by page.
async fn tags(fetcher: &Fetcher, repository: &Repository) -> Result<Vec<String>, FetchError> {
    let first = repository.url("tags/list?n=1000");
    let mut next = Some(first.clone());
    let mut tags = Vec::new();
    for _ in 0..MOST_PAGES {
        let Some(url) = next.take() else { return Ok(tags) };
        let response = get(fetcher, repository, &url, None, MANIFEST_BYTES).await?.checked()?;
        let page: Value = serde_json::from_slice(&response.body)
            .map_err(|error| FetchError::malformed(format!("tags of `{}`", redact(&url)), error))?;
        let names = page.get("tags").and_then(Value::as_array).into_iter().flatten();
        tags.extend(names.filter_map(Value::as_str).map(str::to_owned));
        next = next_page(&response);
        // A page of another host would be sent this registry's token.
        if next.as_ref().is_some_and(|next| !next.starts_with(&format!("{}/", repository.base))) {
            return Err(FetchError::malformed(
                format!("tags of `{}`", redact(&first)),
                "the next page is elsewhere",
            ));
        }
    }
    Err(FetchError::malformed(format!("tags of `{}`", redact(&first)), "there is no end to them"))
}

/// Reads `Link: </v2/…>; rel="next"`.
fn next_page(response: &Response) -> Option<String> {
    let link = response.headers.get(LINK)?.to_str().ok()?;
    let target =
        link.split(',').find(|part| part.contains("rel=\"next\"") || part.contains("rel=next"))?;
    let target = target.split_once('<')?.1.split_once('>')?.0;
    response.url.join(target).ok().map(String::from)
}

/// Sends a request, with a login or a token when the registry asks for one.
async fn get(
    fetcher: &Fetcher,
    repository: &Repository,
    url: &str,
    accept: Option<&str>,
    limit: u64,
) -> Result<Response, FetchError> {
    let scope = format!("{} {}", repository.base, repository.name);
    let known = fetcher.tokens.lock().ok().and_then(|tokens| tokens.get(&scope).cloned());
    let access = known.unwrap_or(Access::Anonymous);
    let request = Request {
        url,
        accept,
        access: &access,
        limit,
        insecure: repository.insecure,
        compress: false,
    };
    let response = fetcher.http.get(&request).await?;
    if response.status != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    let Some(access) = token::access_for(fetcher, repository, &response).await? else {
        return Ok(response);
    };
    let response = fetcher.http.get(&Request { access: &access, ..request }).await?;
    if response.status.is_success()
        && let Ok(mut tokens) = fetcher.tokens.lock()
    {
        tokens.insert(scope, access);
    }
    Ok(response)
}

/// Returns `sha256:…` of bytes.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in sha2::Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Refuses bytes that do not have the digest that was promised.
pub(super) fn check(url: &str, expected: &str, found: &str) -> Result<(), FetchError> {
    if expected == found {
        return Ok(());
    }
    Err(FetchError::Digest {
        url: redact(url),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_have_their_schemes() {
        for (url, insecure, base, name) in [
            ("oci://ghcr.io/org/x", false, "https://ghcr.io", "org/x"),
            ("oci://ghcr.io/org/x", true, "http://ghcr.io", "org/x"),
            ("oci://127.0.0.1:5000/x", false, "http://127.0.0.1:5000", "x"),
            ("oci://docker.io/nginx", false, "https://registry-1.docker.io", "library/nginx"),
            ("http://host/ghcr.io/x", false, "http://host", "ghcr.io/x"),
        ] {
            let place = Place { url: url.to_owned(), is_mirror: false };
            let repository = Repository::parse(&place, insecure).unwrap();
            assert_eq!((repository.base.as_str(), repository.name.as_str()), (base, name), "{url}");
        }
        for url in ["oci://ghcr.io", "ghcr.io/x", "ftp://h/x"] {
            assert!(
                Repository::parse(&Place { url: url.to_owned(), is_mirror: false }, false).is_err()
            );
        }
    }
}
