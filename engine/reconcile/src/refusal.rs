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
    refused.code == 422
        || (refused.code == 409 && !refused.message.contains(OVERTAKEN))
        || refused.message.contains("is immutable")
        || refused.message.contains("immutable field")
}

/// How a server says that somebody else wrote meanwhile: no reason to delete anything.
const OVERTAKEN: &str = "the object has been modified";

/// What to try, by the code and a part of the message of a refusal. The first that fits counts.
const ADVICE: &[(&[u16], &str, &str)] = &[
    (&[], "admission webhook", "change the object as the webhook asks, or the webhook's rules"),
    (&[], "failed calling webhook", "see whether the webhook's service runs, then apply again"),
    (
        &[],
        OVERTAKEN,
        "somebody else changes the object: apply again, and remove a `resourceVersion` from the manifest",
    ),
    (&[], "exceeded quota", "raise the namespace's quota, or ask for less"),
    (&[], "is being terminated", "wait until the namespace is gone, then apply again"),
    (
        &[],
        "immutable",
        "annotate the object with `kustomize.toolkit.fluxcd.io/force: Enabled` to have it made anew",
    ),
    (&[401], "", "renew the credentials of the kubeconfig"),
    (&[403], "", "give the account that applies a role that allows it"),
    (&[404], "", "create the namespace or install the definition first, in this plan or before it"),
    (
        &[408, 429, 500, 502, 503, 504],
        "failed to create typed patch",
        "correct the field that the message names",
    ),
    (
        &[400, 409, 422],
        "",
        "correct the fields that the message names; what cannot change needs `kustomize.toolkit.fluxcd.io/force: Enabled`",
    ),
    (&[413], "", "make the object smaller: etcd takes about 1.5 MiB"),
    (
        &[408, 429, 500, 502, 503, 504],
        "",
        "the API server is in trouble: apply again later, what is done stays done",
    ),
];

/// Says what to try about a refusal, where something can be said.
pub fn advice(refused: &Refused) -> Option<&'static str> {
    let fits = |(codes, part, _): &&(&[u16], &str, &str)| {
        (codes.is_empty() || codes.contains(&refused.code)) && refused.message.contains(part)
    };
    ADVICE.iter().find(fits).map(|(_, _, advice)| *advice)
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
            (
                409,
                "Conflict",
                "the object has been modified",
                "Job/a/j dry-run failed (Conflict): the object has been modified",
                false,
            ),
        ] {
            let refused =
                Refused { code, reason: reason.into(), message: message.into(), conflicts: false };
            assert_eq!(explain(&id, &refused), expected);
            assert_eq!(is_immutable(&refused), immutable, "{message}");
            assert!(advice(&refused).is_some(), "{message}");
        }
    }

    #[test]
    fn advice_is_about_the_cause_before_the_code() {
        for (code, message, expected) in [
            (400, "admission webhook \"a\" denied the request: no", "webhook asks"),
            (500, "failed calling webhook \"a\": timeout", "service runs"),
            (500, "failed to create typed patch object", "correct the field"),
            (500, "etcdserver: leader changed", "apply again later"),
            (403, "configmaps is forbidden", "a role"),
            (403, "exceeded quota: q", "quota"),
        ] {
            let refused = Refused { code, message: message.into(), ..Refused::default() };
            assert!(advice(&refused).unwrap().contains(expected), "{message}");
        }
        assert_eq!(advice(&Refused { code: 418, ..Refused::default() }), None);
    }
}
