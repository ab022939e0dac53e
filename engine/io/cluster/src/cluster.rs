//! Requests, with retries and a count of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use weir_model::{Manifest, ObjectId, Source, Value};

use crate::access::client_of_text;
use crate::{Access, ClusterError, Refusal, Resources};

/// How often a request is sent before its failure counts.
const ATTEMPTS: u32 = 5;

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many objects a list answers at once.
const PAGE: usize = 500;

/// The form of the aggregated lists of kinds.
const DISCOVERY: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// A cluster, as one user sees it. Cloning is cheap; clones share connections and the count of requests.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    user: Option<Arc<str>>,
    agent: Arc<str>,
    requests: Arc<AtomicU64>,
}

/// The kinds of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// Server-side apply.
    Apply,
    /// A JSON patch.
    Json,
    /// A JSON merge patch.
    Merge,
    /// A strategic merge patch.
    Strategic,
}

impl Patch {
    fn content_type(self) -> &'static str {
        match self {
            Self::Apply => "application/apply-patch+yaml",
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
        }
    }
}

/// What a write left.
#[derive(Clone, Debug)]
pub struct Written {
    /// The object as it is now.
    pub object: Value,
    /// Whether it was not there before.
    pub created: bool,
}

/// A request before it is sent.
struct Call<'a> {
    method: Method,
    /// The path, with the query.
    path: &'a str,
    accept: &'a str,
    content_type: &'a str,
    body: Option<&'a str>,
}

impl Cluster {
    /// Prepares requests to a cluster; nothing is sent yet. `agent` is what the API server's logs call this program.
    pub async fn connect(access: &Access, agent: &str) -> Result<Self, ClusterError> {
        Ok(Self::new(access.client().await?, agent))
    }

    /// Prepares requests to the cluster of a kubeconfig's text, as `spec.kubeConfig` refers to one.
    pub async fn of_kubeconfig(text: &str, agent: &str) -> Result<Self, ClusterError> {
        Ok(Self::new(client_of_text(text).await?, agent))
    }

    fn new(client: Client, agent: &str) -> Self {
        Self { client, user: None, agent: agent.into(), requests: Arc::default() }
    }

    /// Returns the same cluster as another user sees it, such as `system:serviceaccount:apps:deployer`.
    #[must_use]
    pub fn as_user(&self, user: &str) -> Self {
        Self { user: Some(user.into()), ..self.clone() }
    }

    /// Returns how many requests were sent, those of clones and repeated ones included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Asks what the server serves; two requests.
    pub async fn resources(&self) -> Result<Resources, ClusterError> {
        let call = |path| {
            self.call(Call {
                method: Method::GET,
                path,
                accept: DISCOVERY,
                content_type: "",
                body: None,
            })
        };
        let (core, groups) = tokio::try_join!(call("/api"), call("/apis"))?;
        Ok(Resources::read(&[core.1, groups.1]))
    }

    /// Reads an object, or whatever else a path answers.
    pub async fn get(&self, path: &str) -> Result<Value, ClusterError> {
        self.json(Method::GET, path, None).await.map(|(_, value)| value)
    }

    /// Reads the objects that are there, each in the version that the server prefers.
    pub async fn find_all(
        &self,
        ids: &[ObjectId],
    ) -> Result<BTreeMap<ObjectId, Arc<Manifest>>, ClusterError> {
        let resources = self.resources().await?;
        let mut found = BTreeMap::new();
        for id in ids {
            let Some(resource) = resources.preferred(&id.group, &id.kind) else { continue };
            match self.get(&resource.object_path(id)).await {
                Ok(object) => {
                    if let Ok(manifest) = Manifest::new(object) {
                        found.insert(id.clone(), Arc::new(manifest));
                    }
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Reads all objects of a path, page by page. Each gets the list's `apiVersion` and `kind`, which the server leaves
    /// out. `query` narrows them, as in `labelSelector=a%3Db`; it may be empty.
    pub async fn list(&self, path: &str, query: &str) -> Result<Vec<Value>, ClusterError> {
        let mut objects = Vec::new();
        let mut from = String::new();
        loop {
            let page =
                self.get(&format!("{path}?limit={PAGE}{}{query}{from}", joint(query))).await?;
            let text = |key| page.get(key).and_then(Value::as_str).unwrap_or_default();
            let kind = text("kind").trim_end_matches("List").to_owned();
            let api_version = text("apiVersion").to_owned();
            let items = page.get("items").and_then(Value::as_list).unwrap_or_default();
            for item in items {
                let mut item = item.clone();
                if let Some(map) = item.as_map_mut() {
                    map.insert("apiVersion", api_version.as_str().into());
                    map.insert("kind", kind.as_str().into());
                }
                objects.push(item);
            }
            let next = page.pointer(&["metadata", "continue"]).and_then(Value::as_str);
            match next.filter(|next| !next.is_empty()) {
                Some(next) => from = format!("&continue={}", encode(next)),
                None => return Ok(objects),
            }
        }
    }

    /// Patches an object. `query` holds the field manager and the like.
    pub async fn patch(
        &self,
        path: &str,
        kind: Patch,
        query: &str,
        body: &str,
    ) -> Result<Written, ClusterError> {
        let call = Call {
            method: Method::PATCH,
            path: &format!("{path}?{query}"),
            accept: "application/json",
            content_type: kind.content_type(),
            body: Some(body),
        };
        let (code, object) = self.call(call).await?;
        Ok(Written { object, created: code == StatusCode::CREATED })
    }

    /// Makes an object.
    pub async fn create(
        &self,
        path: &str,
        query: &str,
        object: &Value,
    ) -> Result<Value, ClusterError> {
        let body = weir_yaml::json::write(object);
        self.json(Method::POST, &format!("{path}?{query}"), Some(&body)).await.map(|(_, it)| it)
    }

    /// Puts an object in another's place.
    pub async fn replace(
        &self,
        path: &str,
        query: &str,
        object: &Value,
    ) -> Result<Value, ClusterError> {
        let body = weir_yaml::json::write(object);
        self.json(Method::PUT, &format!("{path}?{query}"), Some(&body)).await.map(|(_, it)| it)
    }

    /// Deletes an object with what it owns, in the background. With a `uid` only that very object is deleted.
    pub async fn delete(&self, path: &str, uid: Option<&str>) -> Result<(), ClusterError> {
        self.delete_with(path, uid, "Background").await
    }

    /// Deletes an object; `propagation` says what becomes of what it owns: `Background`, `Foreground` or `Orphan`.
    pub async fn delete_with(
        &self,
        path: &str,
        uid: Option<&str>,
        propagation: &str,
    ) -> Result<(), ClusterError> {
        let mut body = format!(
            r#"{{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"{propagation}""#
        );
        if let Some(uid) = uid {
            body.push_str(r#","preconditions":{"uid":"#);
            body.push_str(&weir_yaml::json::write(&uid.into()));
            body.push('}');
        }
        body.push('}');
        self.json(Method::DELETE, path, Some(&body)).await.map(|_| ())
    }

    async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
    ) -> Result<(StatusCode, Value), ClusterError> {
        let content_type = "application/json";
        self.call(Call { method, path, accept: content_type, content_type, body }).await
    }

    /// Sends a request until it is answered, refused for good, or tried often enough.
    async fn call(&self, call: Call<'_>) -> Result<(StatusCode, Value), ClusterError> {
        let mut attempt = 1;
        loop {
            let error = match self.send(&call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = pause(&error, &call.method, attempt) else { return Err(error) };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn send(&self, call: &Call<'_>) -> Result<(StatusCode, Value), ClusterError> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.path)
            .header(header::ACCEPT, call.accept)
            .header(header::USER_AGENT, &*self.agent);
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, call.content_type);
        }
        if let Some(user) = &self.user {
            request = request.header("Impersonate-User", &**user);
        }
        let body = call.body.map_or_else(Body::empty, |body| body.as_bytes().to_vec().into());
        let request = request.body(body).map_err(ClusterError::access)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let unreachable = |error: &dyn std::error::Error| {
            ClusterError::Unreachable(
                error
                    .source()
                    .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
            )
        };
        let response = self.client.send(request).await.map_err(|error| unreachable(&error))?;
        let code = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = response.into_body().collect().await.map_err(|error| unreachable(&error))?;
        let bytes = bytes.to_bytes();
        let value = weir_yaml::json::read(&bytes, Source::default());
        if code.is_success() {
            let value = value.map_err(|error| ClusterError::Answer(error.message))?;
            return Ok((code, value));
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut refusal = Refusal::read(code.as_u16(), value.ok().as_ref(), &text);
        refusal.retry_after = retry_after.or(refusal.retry_after);
        Err(ClusterError::Refused(Box::new(refusal)))
    }
}

/// Returns how long to wait before a request is sent again, or nothing when that would not help.
///
/// A request that may have been carried out is sent again only when doing it twice is the same as doing it once.
fn pause(error: &ClusterError, method: &Method, attempt: u32) -> Option<Duration> {
    let doubling = Duration::from_millis(100 << attempt.min(8));
    match error {
        ClusterError::Refused(refusal) => match refusal.code {
            429 | 503 => {
                Some(refusal.retry_after.map_or(doubling, Duration::from_secs).min(LONGEST_PAUSE))
            }
            // A server that cannot be reached behind the one that answers.
            502 | 504 if method != Method::POST => Some(doubling),
            500 if method != Method::POST && refusal.is_passing() => Some(doubling),
            // Somebody else wrote between the server's reading and its writing.
            409 if method == Method::PATCH && refusal.was_overtaken() => Some(doubling),
            _ => None,
        },
        ClusterError::Unreachable(_) if method != Method::POST => Some(doubling),
        ClusterError::Unreachable(_) | ClusterError::Access(_) | ClusterError::Answer(_) => None,
    }
}

fn joint(query: &str) -> &'static str {
    if query.is_empty() { "" } else { "&" }
}

/// Writes a text so that it can stand in a query.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, retry_after: Option<u64>) -> ClusterError {
        ClusterError::Refused(Box::new(Refusal { code, retry_after, ..Refusal::default() }))
    }

    fn because(code: u16, reason: &str, message: &str) -> ClusterError {
        let (reason, message) = (reason.into(), message.into());
        ClusterError::Refused(Box::new(Refusal { code, reason, message, ..Refusal::default() }))
    }

    #[test]
    fn only_what_may_help_is_tried_again() {
        let seconds = Duration::from_secs;
        let short = Duration::from_millis(200);
        let overtaken = "Operation cannot be fulfilled: the object has been modified; try again";
        for (error, method, expected) in [
            (refused(429, Some(2)), Method::POST, Some(seconds(2))),
            (refused(429, Some(3_600)), Method::PATCH, Some(seconds(30))),
            (refused(503, None), Method::GET, Some(short)),
            (refused(504, None), Method::POST, None),
            (refused(500, None), Method::PATCH, None),
            (refused(409, None), Method::PATCH, None),
            (because(500, "InternalError", ""), Method::PATCH, Some(short)),
            (because(500, "InternalError", ""), Method::POST, None),
            (because(409, "Conflict", overtaken), Method::PATCH, Some(short)),
            (because(409, "Conflict", overtaken), Method::DELETE, None),
            (because(409, "Conflict", "Apply failed with 1 conflict"), Method::PATCH, None),
            (ClusterError::Unreachable(String::new()), Method::DELETE, Some(short)),
            (ClusterError::Unreachable(String::new()), Method::POST, None),
        ] {
            assert_eq!(pause(&error, &method, 1), expected, "{method} {error:?}");
        }
    }
}
