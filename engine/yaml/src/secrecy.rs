//! Which texts may hold a secret, so that no error shows their lines.

/// Words that stand in what makes, holds or changes a Secret.
const WORDS: [&str; 5] = ["Secret", "SecretGenerator", "secretGenerator", "stringData", "ENC"];

/// Tells whether a text may hold the values of a Secret: it names that kind, a generator of it, or a field that only a
/// Secret has, or SOPS encrypted a part of it. Kinds such as `ExternalSecret` hold no values.
pub fn may_be_secret(text: &str) -> bool {
    WORDS.iter().any(|word| has_word(text, word))
}

/// Tells whether a word stands in a text, and not only as a part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let end = start + word.len();
        let is_inner = |character: char| character.is_ascii_alphanumeric();
        !text[..start].ends_with(is_inner) && !text[end..].starts_with(is_inner)
    })
}

#[cfg(test)]
mod tests {
    use super::may_be_secret;

    #[test]
    fn secrets_are_known_however_they_are_written() {
        for (text, may_be) in [
            ("kind: Secret", true),
            ("kind:   'Secret'", true),
            ("{\"kind\":\"Secret\"}", true),
            ("{kind: Secret, data: {a: b}}", true),
            ("  target: {kind: Secret|ConfigMap}", true),
            ("stringData: {a: b}", true),
            ("secretGenerator:\n- literals: [a=b]", true),
            ("kind: SecretGenerator", true),
            ("a: ENC[AES256_GCM,data:x]", true),
            ("kind: ExternalSecret", false),
            ("kind: SecretStore", false),
            ("secretName: a\nsecretKeyRef: b", false),
            ("kind: ConfigMap", false),
        ] {
            assert_eq!(may_be_secret(text), may_be, "{text}");
        }
    }
}
