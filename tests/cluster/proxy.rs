//! An API server that misbehaves: a proxy of ours before the real one, which answers some requests itself, badly.
//!
//! What it does with a request depends on the seed, the request, and how often that request came before: not on the order
//! in which requests of one apply arrive. Behind it each request has a connection of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tempfile::TempDir;
use weir_model::{Source, Value};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// 429 with `Retry-After`.
    Busy,
    /// 500, as when etcd has no leader.
    Broken,
    /// 503 without a body that is an object.
    Unavailable,
    /// 504: it took too long.
    TooSlow,
    /// The connection breaks before anything is done.
    Dropped,
    /// It is done, but the connection breaks before the answer.
    DroppedAfter,
    /// No answer comes for longer than weir waits.
    Hangs,
    /// 409: somebody else wrote at the same time. Only for patches.
    Overtaken,
    /// A webhook could not be asked. Only for writes.
    WebhookDown,
    /// A webhook refuses the object. Only for writes.
    WebhookRefuses,
    /// 403: the role is lacking.
    Forbidden,
}

/// All that may go away by itself.
pub const PASSING: &[Fault] = &[
    Fault::Busy,
    Fault::Broken,
    Fault::Unavailable,
    Fault::TooSlow,
    Fault::Dropped,
    Fault::DroppedAfter,
    Fault::Hangs,
    Fault::Overtaken,
    Fault::WebhookDown,
];

/// A request, as far as faults are chosen by it.
pub struct Asked<'a> {
    pub method: &'a str,
    /// The path, with the query.
    pub path: &'a str,
    /// How often the same was asked before.
    pub before: u32,
}

impl Asked<'_> {
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
}

/// Chooses what goes wrong with a request.
type Choose = dyn Fn(&Asked<'_>) -> Option<Fault> + Send + Sync;

/// The running proxy. It ends with the test program.
pub struct Proxy {
    pub kubeconfig: PathBuf,
    /// How many requests met each fault.
    met: Arc<Mutex<BTreeMap<Fault, u32>>>,
    _folder: TempDir,
}

impl Proxy {
    /// Starts a proxy before the server of a kubeconfig.
    pub fn new(
        kubeconfig: &Path,
        choose: impl Fn(&Asked<'_>) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let upstream = Arc::new(Upstream::read(kubeconfig));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let own = folder.path().join("kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: 'http://{address}'}}}}]\nusers: [{{name: u, user: {{}}}}]\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n"
        );
        std::fs::write(&own, text).expect("the file can be written");
        let met = Arc::new(Mutex::new(BTreeMap::new()));
        let shared = Arc::new(Shared {
            upstream,
            choose: Box::new(choose),
            asked: Mutex::default(),
            met: Arc::clone(&met),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle is what some tests are about.
                std::thread::spawn(move || shared.serve(stream).ok());
            }
        });
        Self { kubeconfig: own, met, _folder: folder }
    }

    /// Starts a proxy that spoils so many of a hundred requests, each in a way that passes.
    pub fn of_seed(kubeconfig: &Path, seed: u64, percent: u64) -> Self {
        Self::new(kubeconfig, move |asked| {
            let text = format!("{seed} {} {} {}", asked.method, asked.path, asked.before);
            let number = weir_model::Digest::of(text.as_bytes());
            let bytes = number.as_bytes();
            let part = |at: usize| u64::from(bytes[at]) << 8 | u64::from(bytes[at + 1]);
            let fault = PASSING[(part(2) % PASSING.len() as u64) as usize];
            (part(0) % 100 < percent && fits(fault, asked)).then_some(fault)
        })
    }

    /// Returns how many requests met each fault.
    pub fn met(&self) -> BTreeMap<Fault, u32> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn fits(fault: Fault, asked: &Asked<'_>) -> bool {
    match fault {
        Fault::Overtaken => asked.method == "PATCH",
        Fault::WebhookDown | Fault::WebhookRefuses => asked.is_write(),
        _ => true,
    }
}

struct Shared {
    upstream: Arc<Upstream>,
    choose: Box<Choose>,
    asked: Mutex<BTreeMap<String, u32>>,
    met: Arc<Mutex<BTreeMap<Fault, u32>>>,
}

impl Shared {
    /// Answers one request; the client has to connect again for the next.
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let request = Request::read(&client)?;
        let key = format!("{} {}", request.method, request.path);
        let before = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let count = asked.entry(key).or_default();
            *count += 1;
            *count - 1
        };
        let (method, path) = (request.method.as_str(), request.path.as_str());
        let Some(fault) = (self.choose)(&Asked { method, path, before }) else {
            return client.write_all(&self.upstream.send(&request)?);
        };
        *self.met.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
        match fault {
            Fault::Dropped => Ok(()),
            Fault::DroppedAfter => self.upstream.send(&request).map(|_| ()),
            Fault::Hangs => {
                std::thread::sleep(Duration::from_secs(20));
                Ok(())
            }
            _ => client.write_all(answer(fault).as_bytes()),
        }
    }
}

fn answer(fault: Fault) -> String {
    let (code, reason, message) = match fault {
        Fault::Busy => (429, "TooManyRequests", "too many requests, please try again later"),
        Fault::Broken => (500, "InternalError", "Internal error occurred: etcdserver: no leader"),
        Fault::TooSlow => (504, "Timeout", "request did not complete within the allotted timeout"),
        Fault::Overtaken => (
            409,
            "Conflict",
            "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again",
        ),
        Fault::WebhookDown => (
            500,
            "InternalError",
            "Internal error occurred: failed calling webhook \"guard.example.com\": context deadline exceeded",
        ),
        Fault::WebhookRefuses => {
            (400, "BadRequest", "admission webhook \"guard.example.com\" denied the request: no")
        }
        Fault::Forbidden => (403, "Forbidden", "it is forbidden: User \"somebody\" cannot do it"),
        _ => {
            return "HTTP/1.1 503 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\nno server"
                .into();
        }
    };
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":{message:?},"reason":"{reason}","code":{code}}}"#
    );
    let pause = if fault == Fault::Busy { "Retry-After: 1\r\n" } else { "" };
    let length = body.len();
    format!(
        "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\n{pause}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

struct Request {
    method: String,
    path: String,
    /// The lines between the first and the empty one, without those about the connection.
    headers: String,
    body: Vec<u8>,
}

impl Request {
    fn read(client: &TcpStream) -> std::io::Result<Self> {
        let mut reader = BufReader::new(client.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let path = words.next().ok_or(std::io::ErrorKind::InvalidData)?.to_owned();
        let (mut headers, mut length) = (String::new(), 0);
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "connection" | "host" | "accept-encoding" => continue,
                _ => {}
            }
            headers.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Self { method, path, headers, body })
    }
}

/// The real server.
struct Upstream {
    address: String,
    config: Arc<rustls::ClientConfig>,
}

impl Upstream {
    fn read(kubeconfig: &Path) -> Self {
        let text = std::fs::read(kubeconfig).expect("the kubeconfig can be read");
        let file = weir_yaml::read_value(&text, Source::default()).expect("good YAML");
        let first = |list: &str, inner: &str, key: &str| -> String {
            let entry = file.get(list).and_then(Value::as_list).and_then(|list| list.first());
            let value = entry.and_then(|entry| entry.pointer(&[inner, key])?.as_str());
            value.unwrap_or_else(|| panic!("the kubeconfig has no `{key}`")).to_owned()
        };
        let pem = |list: &str, inner: &str, key: &str| {
            let encoded = first(list, inner, key);
            base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64")
        };
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(&pem(
            "clusters",
            "cluster",
            "certificate-authority-data",
        )) {
            roots.add(root.expect("a certificate")).expect("a root");
        }
        let chain =
            CertificateDer::pem_slice_iter(&pem("users", "user", "client-certificate-data"))
                .collect::<Result<Vec<_>, _>>()
                .expect("certificates");
        let key = PrivateKeyDer::from_pem_slice(&pem("users", "user", "client-key-data"))
            .expect("a private key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .expect("the key fits");
        let server = first("clusters", "cluster", "server");
        let address = server.strip_prefix("https://").expect("a server with TLS").to_owned();
        Self { address, config: Arc::new(config) }
    }

    /// Sends a request and returns the answer with its headers, as it came.
    fn send(&self, request: &Request) -> std::io::Result<Vec<u8>> {
        let name = ServerName::try_from("127.0.0.1").expect("an address is a name");
        let connection = rustls::ClientConnection::new(Arc::clone(&self.config), name)
            .map_err(std::io::Error::other)?;
        let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(&self.address)?);
        let Request { method, path, headers, body } = request;
        let (address, length) = (&self.address, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(body)?;
        stream.flush()?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            // The server closes without saying goodbye; the length tells whether all came.
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
            _ => Ok(answer),
        }
    }
}
