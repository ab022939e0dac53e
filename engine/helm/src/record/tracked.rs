//! Versions of charts whose artifact is known by a digest, so that a tag that moves is noticed.

use weir_golang::semver::Version;

/// How many digits of the digest a version shows.
const SHOWN: usize = 12;

/// Returns the version that helm-controller gives a chart of an `OCIRepository`, and the digest that it notes: the version
/// with the first digits of the digest as build metadata.
///
/// `revision` is the source's, such as `1.2.3@sha256:…`, `latest@sha256:…` or `sha256:…`. Refuses one without a digest and
/// one of another version than the chart's; the error is the controller's.
pub fn tracked_version(version: &str, revision: &str) -> Result<(String, String), String> {
    let own = Version::parse(version).map_err(|_| format!("invalid chart version {version}"))?;
    let invalid = |revision: &str| format!("invalid artifact revision {revision}");
    let tag = revision.split('@').next().unwrap_or_default();
    // A tag cannot have a plus.
    let tagged = Version::parse(&if tag == revision { tag.into() } else { tag.replace('_', "+") });
    let digest = match tagged {
        Ok(tagged) => {
            let mut parts = revision.split('@').skip(1);
            match (parts.next(), parts.next()) {
                (Some(digest), None) if tagged == own => digest,
                _ => {
                    return Err(format!(
                        "artifact revision {tag} does not match chart version {version}"
                    ));
                }
            }
        }
        Err(_) => revision,
    };
    let mut parts = digest.split(':').skip(1);
    let (Some(hex), None) = (parts.next(), parts.next()) else { return Err(invalid(digest)) };
    let shown = hex.get(..SHOWN).ok_or_else(|| invalid(digest))?;
    let version = own.with_metadata(shown).map_err(|_| invalid(digest))?;
    Ok((version.to_string(), digest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_show_the_digest() {
        let digest = "sha256:6952be538c31ac0e";
        for (version, revision, expected) in [
            ("0.1.0", "0.1.0@sha256:6952be538c31ac0e", Ok(("0.1.0+6952be538c31", digest))),
            ("v1.2.0+a", "1.2.0_b@sha256:6952be538c31ac0e", Ok(("1.2.0+6952be538c31", digest))),
            (
                "0.1.0",
                "latest@sha256:6952be538c31ac0e",
                Ok(("0.1.0+6952be538c31", "latest@sha256:6952be538c31ac0e")),
            ),
            ("0.1.0", digest, Ok(("0.1.0+6952be538c31", digest))),
            (
                "0.1.0",
                "0.2.0@sha256:6952be538c31ac0e",
                Err("artifact revision 0.2.0 does not match chart version 0.1.0"),
            ),
            ("0.1.0", "latest", Err("invalid artifact revision latest")),
            ("0.1.0", "sha256:69", Err("invalid artifact revision sha256:69")),
            ("x", digest, Err("invalid chart version x")),
        ] {
            let expected = expected.map(|(a, b): (&str, &str)| (a.to_owned(), b.to_owned()));
            assert_eq!(tracked_version(version, revision), expected.map_err(str::to_owned));
        }
    }
}
