//! Versions of charts that say which package they are of, so that another one of the same version is noticed.

use weir_golang::semver::Version;

/// How many digits of a digest or revision a version shows.
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

/// Returns the version that source-controller gives a chart that it packs: with the first digits of the source's revision,
/// with the generation of the `HelmChart`, or with both. Nothing when nothing is added.
///
/// `revision` is the source's, such as `main@sha1:…` or `sha256:…`; one without enough digits adds nothing.
pub fn packaged_version(
    version: &str,
    revision: Option<&str>,
    generation: Option<i64>,
) -> Option<String> {
    let digits = revision.and_then(|revision| revision.rsplit(':').next()?.get(..SHOWN));
    let generation = generation.map(|number| number.to_string());
    let added: Vec<&str> = digits.into_iter().chain(generation.as_deref()).collect();
    if added.is_empty() {
        return None;
    }
    let version = Version::parse(version).ok()?.with_metadata(&added.join(".")).ok()?;
    Some(version.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_show_what_they_are_of() {
        let revision = Some("main@sha1:8456f896fd657782826bac58180088eb3138a644");
        for (revision, generation, expected) in [
            (revision, None, Some("0.1.0+8456f896fd65")),
            (None, Some(1), Some("0.1.0+1")),
            (revision, Some(3), Some("0.1.0+8456f896fd65.3")),
            (Some("main@sha1:0"), None, None),
            (None, None, None),
        ] {
            assert_eq!(packaged_version("0.1.0", revision, generation).as_deref(), expected);
        }
        assert_eq!(packaged_version("1.0.0+old", None, Some(2)).as_deref(), Some("1.0.0+2"));
    }

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
