//! What the API server's audit log says that weir did.

use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::api::Api;
use crate::server::Server;

/// One request of weir's that was answered.
#[derive(Debug)]
pub struct Call {
    pub verb: String,
    pub uri: String,
}

impl Call {
    /// Tells whether it may have changed something.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch") && !self.uri.contains("dryRun=All")
    }
}

/// A place in the audit log.
pub struct Audit {
    path: PathBuf,
    from: u64,
}

impl Audit {
    /// Begins here; nothing when the server has no log that we know of.
    pub fn begin(server: &Server) -> Option<Self> {
        let path = server.audit.clone()?;
        let from = std::fs::metadata(&path).map_or(0, |log| log.len());
        Some(Self { path, from })
    }

    /// Returns what weir has asked since.
    pub fn calls(&self, api: &Api) -> Vec<Call> {
        // The log is written after the answer: what is asked last must be there before anything is counted.
        let last = format!("/api/v1/namespaces/audit-{}", self.from);
        api.get(&last);
        loop {
            let mut text = String::new();
            let mut file = std::fs::File::open(&self.path).expect("the log is there");
            file.seek(SeekFrom::Start(self.from)).expect("it only grows");
            file.read_to_string(&mut text).expect("it is text");
            if text.contains(&last) {
                return text.lines().filter_map(call).collect();
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

fn call(line: &str) -> Option<Call> {
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    (text("userAgent").starts_with("weir/") && text("stage") == "ResponseComplete")
        .then(|| Call { verb: text("verb"), uri: text("requestURI") })
}
