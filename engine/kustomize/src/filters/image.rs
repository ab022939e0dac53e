//! Image references: taken apart, matched by name, and given a new name, tag or digest.

/// Splits `registry:5000/name:tag@digest` into name, tag and digest; what is missing is empty.
pub fn split(reference: &str) -> (&str, &str, &str) {
    // A colon before the first slash belongs to a port.
    let after_host = reference.find('/').filter(|slash| *slash > 0).unwrap_or(0);
    let find = |separator| reference[after_host..].find(separator).map(|at| at + after_host);
    match (find(':'), find('@')) {
        (None, None) => (reference, "", ""),
        (Some(colon), None) => (&reference[..colon], &reference[colon + 1..], ""),
        (Some(colon), Some(at)) if colon < at => {
            (&reference[..colon], &reference[colon + 1..at], &reference[at + 1..])
        }
        (_, Some(at)) => (&reference[..at], "", &reference[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (reference, expected) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1.2", ("nginx", "1.2", "")),
            ("host:5000/nginx", ("host:5000/nginx", "", "")),
            ("host:5000/nginx:1@sha256:12", ("host:5000/nginx", "1", "sha256:12")),
            ("nginx@sha256:12", ("nginx", "", "sha256:12")),
            ("/nginx:1", ("/nginx", "1", "")),
        ] {
            assert_eq!(split(reference), expected, "{reference}");
        }
    }
}
