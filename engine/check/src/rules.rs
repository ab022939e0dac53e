//! The rules: their names, how bad a finding of each is, and what they mean.

use weir_model::Severity;

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name that reports, `--deny` and ignore files use.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What it means, for people who see it the first time.
    pub about: &'static str,
}

macro_rules! rules {
    ($($constant:ident $name:literal $severity:ident $about:literal;)*) => {
        $(
            #[doc = $about]
            pub(crate) const $constant: Rule =
                Rule { name: $name, severity: Severity::$severity, about: $about };
        )*

        /// All rules in the order of their names.
        pub const ALL: &[Rule] = &[$($constant),*];
    };
}

rules! {
    BROKEN_SCHEMA "broken-schema" Warning
        "A CRD's schema, pattern or rule cannot be read, so objects are not checked against that part.";
    CEL_RULE "cel-rule" Error
        "An object violates a rule that its CRD states in CEL.";
    CRD_AFTER_USE "crd-after-use" Warning
        "A Kustomization holds objects of a kind whose CRD is only installed after it; a new cluster needs the CRD beforehand.";
    DEPENDENCY_CYCLE "dependency-cycle" Error
        "Units wait for one another in a circle, so none of them is ever applied.";
    DEPENDENCY_MISSING "dependency-missing" Error
        "A unit waits for another one that nothing makes.";
    DEPRECATED_API "deprecated-api" Warning
        "An API version is still served, but will be removed.";
    DUPLICATE_LIST_KEY "duplicate-list-key" Error
        "Two items of a list have the key that should tell them apart; a server-side apply refuses them.";
    DUPLICATE_OBJECT "duplicate-object" Warning
        "Two units make the same object and overwrite each other's fields.";
    IMMUTABLE_FIELD "immutable-field" Error
        "A field changes that the API server never lets change, so the object cannot be applied.";
    INVALID_NAME "invalid-name" Error
        "A name, label or annotation has a form that the API server refuses.";
    INVALID_VALUE "invalid-value" Error
        "A value is outside of what its field allows.";
    MISSING_FIELD "missing-field" Error
        "A required field is missing.";
    MISSING_KEY "missing-key" Warning
        "A ConfigMap or Secret is there, but has not the key that is asked for.";
    MISSING_NAMESPACE "missing-namespace" Error
        "An object that lives in a namespace names none, and nothing gives it one.";
    MISSING_REFERENCE "missing-reference" Warning
        "An object refers to another one that nothing makes; it may have been made by hand.";
    NOT_CHECKED "not-checked" Info
        "An object is too complex to be checked in full.";
    RECREATED "recreated" Warning
        "A field changes that cannot change in place: the object will be deleted and made anew.";
    REMOVED_API "removed-api" Error
        "An API version is not served by this version of Kubernetes or Flux.";
    UNKNOWN_FIELD "unknown-field" Error
        "A field is not in the schema; a server-side apply refuses it.";
    UNSATISFIABLE "unsatisfiable-dependency" Error
        "A unit needs something that only exists after the unit itself was applied.";
    UNUSED_IGNORE "unused-ignore" Info
        "An entry of the ignore list matches nothing any more.";
    WRONG_TYPE "wrong-type" Error
        "A value has another type than its field.";
}

/// Finds a rule by its name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_sorted_by_name() {
        assert!(ALL.is_sorted_by(|one, other| one.name < other.name));
    }
}
