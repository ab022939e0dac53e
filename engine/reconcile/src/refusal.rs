//! What an API server's refusal of a dry run means, in the words of kustomize-controller.

use weir_model::ObjectId;

/// The parts of an API server's refusal that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP code.
    pub code: u16,
    /// The reason in one word; often empty.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// Whether another field manager owns what was to be changed.
    pub conflicts: bool,
}

/// Tells whether deleting the object and making it anew may help: a field cannot be changed, or seems so.
pub fn is_immutable(refused: &Refused) -> bool {
    matches!(refused.code, 409 | 422)
        || refused.message.contains("is immutable")
        || refused.message.contains("immutable field")
}

/// Writes the error of an object that was refused.
pub fn explain(id: &ObjectId, refused: &Refused) -> String {
    if refused.code == 404 {
        let what = if id.namespace.is_none() { "namespace not specified" } else { "not found" };
        return format!("{id} {what}: {}", refused.message);
    }
    let reason = if refused.conflicts { "FieldManagerConflict" } else { &refused.reason };
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("{id} dry-run failed{reason}: {}", refused.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_in_flux_words() {
        let id = ObjectId::new("batch", "Job", Some("a"), "j");
        for (code, reason, message, expected, immutable) in [
            (
                422,
                "Invalid",
                "spec is wrong",
                "Job/a/j dry-run failed (Invalid): spec is wrong",
                true,
            ),
            (403, "Forbidden", "no", "Job/a/j dry-run failed (Forbidden): no", false),
            (
                500,
                "",
                "failed to create typed patch object",
                "Job/a/j dry-run failed: failed to create typed patch object",
                false,
            ),
            (
                404,
                "NotFound",
                r#"namespaces "a" not found"#,
                r#"Job/a/j not found: namespaces "a" not found"#,
                false,
            ),
            (
                400,
                "BadRequest",
                "field is immutable",
                "Job/a/j dry-run failed (BadRequest): field is immutable",
                true,
            ),
        ] {
            let refused =
                Refused { code, reason: reason.into(), message: message.into(), conflicts: false };
            assert_eq!(explain(&id, &refused), expected);
            assert_eq!(is_immutable(&refused), immutable, "{message}");
        }
    }
}
