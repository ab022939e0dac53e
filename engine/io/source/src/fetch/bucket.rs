//! Buckets that speak S3 and let anyone read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use reqwest::Url;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use weir_evaluate::BucketDemand;
use weir_model::{Artifact, Blob, Revision, TreeBuilder};

use super::http::{Access, Request, is_loopback};
use super::oci::sha256;
use super::{FetchError, Fetcher, Place};
use crate::git::redact;
use crate::{limits, names};

const PAGE_BYTES: u64 = 16 << 20;
const PARALLEL: usize = 8;

/// An object as the list shows it.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    key: String,
    etag: String,
    size: u64,
}

/// Fetches all objects below the prefix. What needs a key is refused: its files can be given by hand.
pub(super) async fn objects(
    fetcher: &Arc<Fetcher>,
    demand: &BucketDemand,
    place: &Place,
) -> Result<Artifact, FetchError> {
    let unsupported = |what: String| FetchError::Unsupported {
        what,
        hint: "name its files with `--source Bucket/NAMESPACE/NAME=PATH`".to_owned(),
    };
    if demand.provider == "azure" {
        return Err(unsupported(format!(
            "bucket `{}` is in Azure, which cannot be fetched yet",
            demand.bucket
        )));
    }
    let base = base(place, &demand.bucket)?;
    let insecure = place.is_mirror;
    let listed = match list(fetcher, &base, demand, insecure).await {
        Err(FetchError::Refused(url)) => {
            return Err(unsupported(format!(
                "bucket `{url}` wants a key, which weir does not have"
            )));
        }
        other => other?,
    };
    let mut index = String::new();
    for object in listed.values() {
        // Writing to a text cannot fail.
        writeln!(index, "{} {}", object.key, object.etag).ok();
    }
    let turns = Arc::new(Semaphore::new(PARALLEL));
    let mut downloads = JoinSet::new();
    for object in listed.into_values() {
        let Ok(path) = names::check(object.key.as_bytes()) else { continue };
        if object.size > limits::FILE_BYTES {
            continue;
        }
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(object.key.split('/'));
        }
        let (fetcher, turns) = (fetcher.clone(), turns.clone());
        downloads.spawn(async move {
            // The semaphore is never closed, so this always is a turn.
            let _turn = turns.acquire().await;
            let request = Request {
                url: url.as_str(),
                accept: None,
                access: &Access::Anonymous,
                limit: limits::FILE_BYTES,
                insecure,
                compress: false,
            };
            let body = fetcher.http.get(&request).await?.checked()?.body;
            Ok::<_, FetchError>((path, Blob::new(body)))
        });
    }
    let mut tree = TreeBuilder::default();
    while let Some(joined) = downloads.join_next().await {
        let (path, blob) = joined.map_err(|error| FetchError::Machine {
            doing: "download an object",
            why: error.to_string(),
        })??;
        tree.insert(path, blob);
    }
    Ok(Artifact { revision: Revision(sha256(index.as_bytes())), tree: Arc::new(tree.finish()) })
}

/// Finds the URL of a bucket: the endpoint is a host, or a mirror's URL.
fn base(place: &Place, bucket: &str) -> Result<Url, FetchError> {
    let wrong = |why: String| {
        FetchError::malformed(format!("bucket endpoint `{}`", redact(&place.url)), why)
    };
    let text = if place.url.contains("://") {
        place.url.clone()
    } else {
        format!("https://{}", place.url)
    };
    let mut url = Url::parse(&text).map_err(|error| wrong(error.to_string()))?;
    if is_loopback(&url) && !place.url.contains("://") {
        url.set_scheme("http").map_err(|()| wrong("it is not HTTP".to_owned()))?;
    }
    url.path_segments_mut()
        .map_err(|()| wrong("it is not HTTP".to_owned()))?
        .pop_if_empty()
        .push(bucket);
    Ok(url)
}

/// Lists all objects, page by page, by key.
async fn list(
    fetcher: &Fetcher,
    base: &Url,
    demand: &BucketDemand,
    insecure: bool,
) -> Result<BTreeMap<String, Listed>, FetchError> {
    let too_large =
        || FetchError::TooLarge { url: redact(base.as_str()), limit: limits::TREE_BYTES };
    let mut objects = BTreeMap::new();
    let mut token: Option<String> = None;
    let mut total = 0;
    loop {
        let mut url = base.clone();
        url.query_pairs_mut().append_pair("list-type", "2").append_pair("prefix", &demand.prefix);
        if let Some(token) = &token {
            url.query_pairs_mut().append_pair("continuation-token", token);
        }
        let request = Request {
            url: url.as_str(),
            accept: None,
            access: &Access::Anonymous,
            limit: PAGE_BYTES,
            insecure,
            compress: false,
        };
        let body = fetcher.http.get(&request).await?.checked()?.body;
        let page = String::from_utf8(body).map_err(|error| {
            FetchError::malformed(format!("list of `{}`", redact(base.as_str())), error)
        })?;
        let (listed, next) = parse(&page);
        for object in listed {
            total += object.size;
            objects.insert(object.key.clone(), object);
        }
        if total > limits::TREE_BYTES || objects.len() > limits::TREE_FILES {
            return Err(too_large());
        }
        match next {
            // A token that does not move on would never end.
            Some(next) if token.as_ref() != Some(&next) => token = Some(next),
            _ => return Ok(objects),
        }
    }
}

/// Reads a page of a list: its objects, and the token of the next page.
fn parse(page: &str) -> (Vec<Listed>, Option<String>) {
    let objects = page
        .split("<Contents>")
        .skip(1)
        .filter_map(|rest| rest.split("</Contents>").next())
        .filter_map(|object| {
            let key = element(object, "Key")?;
            let etag = element(object, "ETag").unwrap_or_default().trim_matches('"').to_owned();
            let size = element(object, "Size")?.parse().ok()?;
            // A key that ends with a slash only stands for a folder.
            (!key.ends_with('/')).then_some(Listed { key, etag, size })
        })
        .collect();
    (objects, element(page, "NextContinuationToken"))
}

fn element(text: &str, name: &str) -> Option<String> {
    let text = text.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    Some(unescape(text))
}

/// Replaces XML's escapes.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let Some((name, after)) = after.split_once(';') else { break };
        let letter = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => name
                .strip_prefix('#')
                .and_then(|number| match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                })
                .and_then(char::from_u32),
        };
        plain.extend(letter);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = "<R><NextContinuationToken>t&amp;u</NextContinuationToken>\
            <Contents><Key>a/b&#38;c.yaml</Key><ETag>&quot;e&quot;</ETag><Size>3</Size></Contents>\
            <Contents><Key>a/</Key><ETag>x</ETag><Size>0</Size></Contents></R>";
        let (objects, next) = parse(page);
        let expected = Listed { key: "a/b&c.yaml".to_owned(), etag: "e".to_owned(), size: 3 };
        assert_eq!((objects, next.as_deref()), (vec![expected], Some("t&u")));
    }
}
