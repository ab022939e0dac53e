//! One API server for all tests of this run, and fresh ones for those that need the whole cluster for themselves.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, RwLock};

use tempfile::TempDir;

/// Every repository's entry has one name, so what one records there another would take for its own. Who records holds this
/// for writing, the others for reading.
pub static ENTRY: RwLock<()> = RwLock::new(());

/// A running API server.
pub struct Server {
    pub kubeconfig: PathBuf,
    /// Its log of all requests, when we started it.
    pub audit: Option<PathBuf>,
    /// The program behind it, when we started it. It ends when its standard input does, which is when the tests do.
    program: Option<Child>,
    _folder: Option<TempDir>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            drop(program.stdin.take());
            program.wait().ok();
        }
    }
}

/// What is written to the log of requests: who asked for what, and what the answer was.
const AUDIT: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
";

/// Returns the API server, or says why there is none.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(given_or_fresh).as_ref().map_err(|why| skip(why)).ok()
}

/// Starts an API server that nobody else uses and whose log of requests can be read, or says why there is none.
pub fn fresh_server() -> Option<Server> {
    fresh().map_err(|why| skip(&why)).ok()
}

fn skip(why: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci, "the cluster tests must run in CI, but {why}");
    println!("skipped: {why}");
}

fn given_or_fresh() -> Result<Server, String> {
    match std::env::var_os("KUBECONFIG").filter(|path| !path.is_empty()) {
        Some(kubeconfig) => given(PathBuf::from(kubeconfig)),
        None => fresh(),
    }
}

fn fresh() -> Result<Server, String> {
    let binary = match std::env::var_os("APIBOX").filter(|path| !path.is_empty()) {
        Some(binary) => PathBuf::from(binary),
        None => built()?,
    };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (policy, audit) = (folder.path().join("policy.yaml"), folder.path().join("audit.jsonl"));
    std::fs::write(&policy, AUDIT).map_err(|error| error.to_string())?;
    let mut program = Command::new(&binary)
        .args(["up", "--until-stdin-eof", "--apiserver-arg"])
        .arg(format!("--audit-policy-file={}", policy.display()))
        .arg("--apiserver-arg")
        .arg(format!("--audit-log-path={}", audit.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{}` does not start: {error}", binary.display()))?;
    let mut line = String::new();
    let output = program.stdout.take().ok_or("apibox has no output")?;
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    let up: serde_json::Value =
        serde_json::from_str(&line).map_err(|_| "apibox did not come up".to_owned())?;
    let kubeconfig = up["kubeconfig"].as_str().ok_or("apibox names no kubeconfig")?;
    Ok(Server {
        kubeconfig: kubeconfig.into(),
        audit: Some(audit),
        program: Some(program),
        _folder: Some(folder),
    })
}

/// A cluster elsewhere could be somebody's: the tests make and delete objects at will.
fn given(kubeconfig: PathBuf) -> Result<Server, String> {
    let text = std::fs::read_to_string(&kubeconfig)
        .map_err(|error| format!("`KUBECONFIG` cannot be read: {error}"))?;
    let is_here = |line: &str| {
        ["://127.0.0.1:", "://localhost:", "://[::1]:"].iter().any(|host| line.contains(host))
    };
    let mut servers = text.lines().filter(|line| line.contains("server:")).peekable();
    if servers.peek().is_none() || !servers.all(is_here) {
        return Err("`KUBECONFIG` names a server that is not on this machine".to_owned());
    }
    Ok(Server { kubeconfig, audit: None, program: None, _folder: None })
}

fn built() -> Result<PathBuf, String> {
    let has_go = Command::new("go").arg("version").output().is_ok_and(|go| go.status.success());
    if !has_go {
        return Err("there is no `KUBECONFIG`, no `APIBOX`, and no Go to build tests/apibox".into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("apibox/build.sh");
    let output = Command::new(&script)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`{}` does not start: {error}", script.display()))?;
    if !output.status.success() {
        return Err("tests/apibox could not be built".to_owned());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
