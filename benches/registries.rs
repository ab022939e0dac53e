//! A stand-in for all registries, so that every tool fetches from the same place and nothing leaves the machine.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::repository::recorded;

/// A process (`registries.py`) that answers for all registries, over TLS, through an HTTPS proxy on loopback. It ends
/// with this value.
pub struct Registries {
    process: Child,
    proxy: String,
    authority: PathBuf,
}

impl Registries {
    /// Starts it with the recorded charts. Returns nothing when these, python3 or openssl are absent.
    pub fn serve(scratch: &Path) -> Option<Self> {
        let authority = scratch.join("authority.pem");
        let mut process = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("registries.py"))
            .arg(recorded("charts")?)
            .arg(&authority)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut proxy = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut proxy).ok()?;
        let registries = Self { process, proxy: proxy.trim().to_owned(), authority };
        (!registries.proxy.is_empty()).then_some(registries)
    }

    /// Returns the variables that send a tool to it.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("HTTPS_PROXY", self.proxy.clone()),
            ("SSL_CERT_FILE", self.authority.display().to_string()),
        ]
    }
}

impl Drop for Registries {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
