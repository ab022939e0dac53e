//! What goes wrong between here and an API server.

use std::fmt;

use weir_model::Value;

/// Why a request has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// There is no way to the cluster: no kubeconfig, or one that cannot be used.
    #[error("found no way to a cluster: {0}")]
    Access(String),
    /// The API server did not answer.
    #[error("the API server did not answer: {0}")]
    Unreachable(String),
    /// The API server answered, but not with JSON that can be read.
    #[error("the API server's answer cannot be read: {0}")]
    Answer(String),
    /// The API server refused the request.
    #[error(transparent)]
    Refused(Box<Refusal>),
}

/// The API server's `Status` of a request that it refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP code.
    pub code: u16,
    /// The reason in one word, such as `Conflict`; often empty.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// The fields that it is about.
    pub causes: Vec<Cause>,
    /// How many seconds to wait, when the server says so.
    pub retry_after: Option<u64>,
}

/// One field that a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    /// The kind of problem, such as `FieldManagerConflict` or `FieldValueInvalid`.
    pub reason: String,
    /// The field's path.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            write!(f, "the API server answered with code {}", self.code)
        } else {
            f.write_str(&self.message)
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// Reads a `Status` object; what is no such object leaves the code and, shortened, the text.
    pub(crate) fn read(code: u16, status: Option<&Value>, text: &str) -> Self {
        let part = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let Some(status) = status.filter(|status| part(status, "kind") == "Status") else {
            return Self { code, message: text.chars().take(300).collect(), ..Self::default() };
        };
        let details = status.get("details");
        let causes = details.and_then(|details| details.get("causes")).and_then(Value::as_list);
        Self {
            code,
            reason: part(status, "reason"),
            message: part(status, "message"),
            causes: causes
                .unwrap_or_default()
                .iter()
                .map(|cause| Cause {
                    reason: part(cause, "reason"),
                    field: part(cause, "field"),
                    message: part(cause, "message"),
                })
                .collect(),
            retry_after: details
                .and_then(|details| details.get("retryAfterSeconds")?.as_int())
                .and_then(|seconds| seconds.try_into().ok()),
        }
    }
}

impl Refusal {
    /// Tells whether a code 500 is of a kind that passes. Errors of schemas, which have this code too, have no reason.
    pub(crate) fn is_passing(&self) -> bool {
        self.retry_after.is_some() || matches!(self.reason.as_str(), "InternalError" | "Timeout")
    }

    /// Tells whether a conflict is about the moment, not about who owns a field.
    pub(crate) fn was_overtaken(&self) -> bool {
        self.reason == "Conflict" && self.message.contains("the object has been modified")
    }
}

impl ClusterError {
    pub(crate) fn access(error: impl fmt::Display) -> Self {
        Self::Access(error.to_string())
    }

    /// Returns the refusal, when the API server answered at all.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }

    /// Returns the HTTP code of a refusal.
    pub fn code(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// Tells whether the object or the kind is not there.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }
}
