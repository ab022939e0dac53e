//! HTTP with bounds: timeouts, retries, sizes, and no plain text to strangers.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER,
};
use reqwest::{Client, StatusCode, Url};

use super::FetchError;
use super::error::chain;
use crate::credentials::Login;
use crate::git::redact;

/// How long a connection may take to be made.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// How often a request is tried.
const ATTEMPTS: u32 = 4;

/// The longest pause between two tries; a server that asks for more is taken to be down.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The name that servers see.
pub(crate) const USER_AGENT: &str = concat!("weir/", env!("CARGO_PKG_VERSION"));

/// What a request shows to be let in.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Nothing.
    Anonymous,
    /// A name and a password.
    Basic(Login),
    /// A token.
    Bearer(weir_model::Sensitive<String>),
}

/// A request.
pub(crate) struct Request<'request> {
    pub(crate) url: &'request str,
    pub(crate) accept: Option<&'request str>,
    pub(crate) access: &'request Access,
    /// The most bytes that the answer may have.
    pub(crate) limit: u64,
    /// Whether plain HTTP to another machine is allowed.
    pub(crate) insecure: bool,
    /// Whether the answer is worth compressing on its way. Not for archives: they are compressed, and some servers then
    /// claim that only the transport is.
    pub(crate) compress: bool,
}

/// An answer, whatever its status.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where the answer came from, after redirects.
    pub(crate) url: Url,
}

/// The HTTP client, made when it is first needed: most runs find all in the cache.
pub(crate) struct Http {
    client: OnceLock<Result<Client, String>>,
    /// Hosts that could not be reached, so that forty charts do not wait for the same dead host in turn.
    down: Mutex<BTreeMap<String, String>>,
    pause: Duration,
}

impl Http {
    /// Pauses this long before the second try, and then longer and longer.
    pub(crate) fn new(pause: Duration) -> Self {
        Self { client: OnceLock::new(), down: Mutex::default(), pause }
    }

    /// Sends a request, again when the server is busy or the connection breaks.
    pub(crate) async fn get(&self, request: &Request<'_>) -> Result<Response, FetchError> {
        let url = Url::parse(request.url).map_err(|error| {
            FetchError::malformed(format!("URL `{}`", redact(request.url)), error)
        })?;
        let host = host_of(&url);
        if url.scheme() == "http" && !request.insecure && !is_loopback(&url) {
            return Err(FetchError::PlainHttp(redact(url.as_str())));
        }
        if let Some(why) = self.down.lock().ok().and_then(|down| down.get(&host).cloned()) {
            return Err(FetchError::Unreachable { host, why });
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            let result = self.once(request, &url).await;
            let pause = match &result {
                Ok(response) if is_busy(response.status) => asked_pause(response),
                Err(Failure::Transient(_)) => None,
                _ => return result.map_err(|failure| self.report(failure, host)),
            };
            let pause = pause.unwrap_or(self.pause * 3_u32.pow(attempt - 1));
            if attempt == ATTEMPTS || pause > LONGEST_PAUSE {
                return result.map_err(|failure| self.report(failure, host));
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn report(&self, failure: Failure, host: String) -> FetchError {
        match failure {
            Failure::Final(error) => error,
            Failure::Connect(why) | Failure::Transient(Transient::Connect(why)) => {
                if let Ok(mut down) = self.down.lock() {
                    down.insert(host.clone(), why.clone());
                }
                FetchError::Unreachable { host, why }
            }
            Failure::Transient(Transient::Broken(why)) => FetchError::Broken { host, why },
        }
    }

    async fn once(&self, request: &Request<'_>, url: &Url) -> Result<Response, Failure> {
        let client = self.client.get_or_init(|| client().map_err(|error| chain(&error)));
        let client = client.as_ref().map_err(|why| {
            Failure::Final(FetchError::Machine { doing: "set up HTTPS", why: why.clone() })
        })?;
        let mut building = client.get(url.clone());
        if let Some(accept) = request.accept {
            building = building.header(ACCEPT, accept);
        }
        if request.compress {
            building = building.header(ACCEPT_ENCODING, "gzip");
        }
        building = match request.access {
            Access::Anonymous => building,
            Access::Basic(login) => building.basic_auth(&login.user, Some(login.password.expose())),
            Access::Bearer(token) => {
                match HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
                    Ok(mut value) => {
                        value.set_sensitive(true);
                        building.header(AUTHORIZATION, value)
                    }
                    Err(_) => building,
                }
            }
        };
        let mut response = building.send().await.map_err(Failure::from)?;
        let (status, headers, final_url) =
            (response.status(), response.headers().clone(), response.url().clone());
        let too_large = || {
            let url = redact(url.as_str());
            Failure::Final(FetchError::TooLarge { url, limit: request.limit })
        };
        if response.content_length().is_some_and(|length| length > request.limit) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Failure::from)? {
            if (body.len() + chunk.len()) as u64 > request.limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        if request.compress
            && headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip")
        {
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(&body[..])
                .take(request.limit + 1)
                .read_to_end(&mut plain)
                .map_err(|error| Failure::Transient(Transient::Broken(error.to_string())))?;
            if plain.len() as u64 > request.limit {
                return Err(too_large());
            }
            body = plain;
        }
        Ok(Response { status, headers, body, url: final_url })
    }
}

impl Response {
    /// Refuses every answer that is not a success.
    pub(crate) fn checked(self) -> Result<Self, FetchError> {
        let url = redact(self.url.as_str());
        match self.status.as_u16() {
            200..=299 => Ok(self),
            401 | 403 => Err(FetchError::Refused(url)),
            404 | 410 => Err(FetchError::NotFound(url)),
            status => Err(FetchError::Status { url, status }),
        }
    }
}

enum Failure {
    Final(FetchError),
    /// No connection, for a reason that does not go away within seconds.
    Connect(String),
    Transient(Transient),
}

enum Transient {
    Connect(String),
    Broken(String),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let slow = error.is_timeout();
        let why = innermost(&error);
        if error.is_redirect() {
            return Self::Final(FetchError::malformed("a redirect", why));
        }
        if error.is_builder() || error.is_request() && error.status().is_some() {
            return Self::Final(FetchError::malformed("a request", why));
        }
        match error.is_connect() {
            // A host that does not answer within the time limit, or has no name, will not do so in a second.
            true if slow => Self::Connect("the connection timed out".to_owned()),
            true if why.contains("lookup") || why.contains("certificate") => Self::Connect(why),
            true => Self::Transient(Transient::Connect(why)),
            false => Self::Transient(Transient::Broken(why)),
        }
    }
}

/// Returns the last cause: the others only say that something went wrong, and quote the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    shorten(&cause.to_string())
}

/// Cuts a long message: a certificate may list hundreds of names.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

fn asked_pause(response: &Response) -> Option<Duration> {
    let text = response.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}

/// Returns the host with its port, as people write it.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Tells whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .read_timeout(Duration::from_secs(30))
        .redirect(redirects())
        .tls_backend_preconfigured(tls())
        .build()
}

/// Follows redirects, but never from HTTPS to plain HTTP.
fn redirects() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        if attempt.previous().len() > 10 {
            attempt.error("too many redirects")
        } else if was_secure && attempt.url().scheme() != "https" {
            attempt.error("it leads from HTTPS to plain HTTP")
        } else {
            attempt.follow()
        }
    })
}

/// Sets up TLS: Mozilla's roots, and those that this machine trusts (`SSL_CERT_FILE` too).
pub(crate) fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    match rustls::ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions) {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        Err(_) => unreachable!("the provider offers both versions"),
    }
}
