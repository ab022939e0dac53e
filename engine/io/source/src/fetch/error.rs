//! Why something could not be fetched.

use std::fmt;

use weir_evaluate::Unavailable;

use crate::archive::ArchiveError;
use crate::git::{GitError, redact};
use crate::limits;

/// Why a demand could not be answered. URLs in it hold no credentials.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection could be made. Check the network and the URL, or use a mirror.
    #[error("`{host}` cannot be reached: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The connection broke, again and again. Try later.
    #[error("the connection to `{host}` broke: {why}")]
    Broken {
        /// The host.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// It took too long. Try again, or use a mirror nearby.
    #[error("fetching took longer than {0} seconds")]
    Timeout(u64),
    /// The server wants a login, or another one. Log in with `docker login`, or add the host to `.netrc`.
    #[error("`{0}` refuses access")]
    Refused(String),
    /// There is nothing of this name. Check the URL and the version.
    #[error("there is nothing at `{0}`")]
    NotFound(String),
    /// The server answered with an error. Try later, or look at the server.
    #[error("`{url}` answered with status {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// The answer is larger than anything of this kind should be.
    #[error("`{url}` is larger than {}", limits::show(*.limit))]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// What came does not have the digest that was promised: damaged on the way, or tampered with.
    #[error("`{url}` has digest `{found}` but should have `{expected}`")]
    Digest {
        /// The URL.
        url: String,
        /// The digest as promised.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// The answer makes no sense. Check that the URL is that of what it is taken for.
    #[error("could not understand {what}: {why}")]
    Malformed {
        /// What was read.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// No version fits. Check the range of versions against what there is.
    #[error("no version of {what} fits `{range}`{}", shown(*.count, .newest))]
    NoVersion {
        /// The chart or artifact.
        what: String,
        /// The range as it is written.
        range: String,
        /// How many versions there are.
        count: usize,
        /// The newest of them.
        newest: Option<String>,
    },
    /// This cannot be fetched by weir at all. Give the files by hand.
    #[error("{what}")]
    Unsupported {
        /// What is not supported.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// The network is switched off and the cache does not have it. Run once without `--offline`.
    #[error("it is not in the cache, and `--offline` keeps from fetching it")]
    Offline,
    /// The URL is plain HTTP to another machine. Use HTTPS, or allow it in the source.
    #[error("`{0}` is plain HTTP to another machine")]
    PlainHttp(String),
    /// The archive is damaged or hostile.
    #[error("could not unpack `{url}`: {}", chain(.cause))]
    Archive {
        /// Where it came from.
        url: String,
        /// What is wrong.
        #[source]
        cause: ArchiveError,
    },
    /// The fetched Git repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Something on this machine failed, such as the making of a temporary folder.
    #[error("could not {doing}: {why}")]
    Machine {
        /// What was being done.
        doing: &'static str,
        /// What is wrong.
        why: String,
    },
}

fn shown(count: usize, newest: &Option<String>) -> String {
    match newest {
        Some(newest) => format!(" among {count}, the newest being `{newest}`"),
        None => ": there is none of the kind".to_owned(),
    }
}

/// Writes an error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

impl FetchError {
    /// Tells whether the network was asked and said, or left open, that there is nothing to be had.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Broken { .. }
                | Self::Timeout(_)
                | Self::NotFound(_)
                | Self::Status { .. }
                | Self::NoVersion { .. }
        )
    }

    /// Returns what to try.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreachable { why, .. } if why.contains("certificate") => {
                "if an authority of your own signed the certificate, name its file in `SSL_CERT_FILE`".to_owned()
            }
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Timeout(_) | Self::Status { .. } => {
                "check the network, or fetch from elsewhere with `--mirror PREFIX=URL`".to_owned()
            }
            Self::Refused(_) => {
                "log in with `docker login`, or add the host to `.netrc`; credential helpers are not run".to_owned()
            }
            Self::NotFound(_) => "check the URL, the name and the version".to_owned(),
            Self::NoVersion { .. } => {
                "check the range; pre-releases fit only a range that names one, such as `>=1.0.0-0`".to_owned()
            }
            Self::TooLarge { .. } | Self::Archive { .. } | Self::Malformed { .. } => {
                "check that the URL leads to what it is taken for".to_owned()
            }
            Self::Digest { .. } => "fetch again; if it stays, ask whoever publishes it".to_owned(),
            Self::Unsupported { hint, .. } => hint.clone(),
            Self::Offline => "run once without `--offline`, or name its files with `--source`".to_owned(),
            Self::PlainHttp(_) => "use `https://`, or set `insecure: true` in the source".to_owned(),
            Self::Git(error) => error.hint().unwrap_or("check the URL").to_owned(),
            Self::Machine { .. } => "check the space and permissions of the temporary folder".to_owned(),
        }
    }

    /// Says that something could not be understood.
    pub(crate) fn malformed(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Malformed { what: what.into(), why: format!("{why}") }
    }
}

impl From<&FetchError> for Unavailable {
    fn from(error: &FetchError) -> Self {
        Self { message: redact_all(&chain_once(error)), hints: vec![error.hint()] }
    }
}

fn chain_once(error: &FetchError) -> String {
    match error {
        FetchError::Archive { .. } => error.to_string(),
        other => chain(other),
    }
}

/// Takes credentials out of every URL in a text: other libraries' messages quote URLs as they please.
fn redact_all(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let start = word.find(|letter: char| letter.is_alphanumeric()).unwrap_or_default();
            let (before, url) = word.split_at(start);
            format!("{before}{}", redact(url))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_leave() {
        let error = FetchError::Unreachable {
            host: "h".to_owned(),
            why: "error for (https://user:secret@h/x)".to_owned(),
        };
        let unavailable = Unavailable::from(&error);
        assert!(!unavailable.message.contains("secret"), "{}", unavailable.message);
    }
}
