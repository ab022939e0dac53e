//! Semantic versions, with the fields and methods that templates see.

use std::any::Any;

use smol_str::{SmolStr, ToSmolStr};
use weir_golang::semver::{Constraint, SemverError, Version};
use weir_gotmpl::{Args, Context, Error, Function, Object, Type, UintKind, Value};

use super::Outcome;

const STRING: Type = Type::String;
const VERSION: Type = Type::Named("*semver.Version");

/// Sprig's functions for versions.
pub(super) const TABLE: &[Function] = &[
    Function::new("semver", &[STRING], |_, args| {
        let version = Version::parse(&args.text(0)).map_err(told)?;
        Ok(Value::object(VersionObject { version, pointer: true }))
    }),
    Function::new("semverCompare", &[STRING, STRING], |_, args| {
        let constraint = Constraint::parse(&args.text(0)).map_err(told)?;
        let version = Version::parse(&args.text(1)).map_err(told)?;
        Ok(constraint.check(&version).into())
    }),
];

/// A `semver.Version`, or a pointer to one.
pub(super) struct VersionObject {
    version: Version,
    pointer: bool,
}

impl Object for VersionObject {
    fn type_name(&self) -> &'static str {
        if self.pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Function> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<SmolStr> {
        Some(self.version.to_smolstr())
    }
}

const METHODS: &[Function] = &[
    Function::new("Major", &[], |_, args| Ok(Value::Uint(receiver(args)?.major, UintKind::Uint64))),
    Function::new("Minor", &[], |_, args| Ok(Value::Uint(receiver(args)?.minor, UintKind::Uint64))),
    Function::new("Patch", &[], |_, args| Ok(Value::Uint(receiver(args)?.patch, UintKind::Uint64))),
    Function::new("Prerelease", &[], |_, args| Ok(receiver(args)?.prerelease.as_str().into())),
    Function::new("Metadata", &[], |_, args| Ok(receiver(args)?.metadata.as_str().into())),
    Function::new("Original", &[], |_, args| Ok(receiver(args)?.original().into())),
    Function::new("String", &[], |_, args| Ok(receiver(args)?.to_string().into())),
    Function::new("Compare", &[VERSION], |_, args| {
        Ok(Value::int(receiver(args)?.cmp(other(args)?) as i64))
    }),
    Function::new("Equal", &[VERSION], |_, args| Ok((receiver(args)? == other(args)?).into())),
    Function::new("LessThan", &[VERSION], |_, args| Ok((receiver(args)? < other(args)?).into())),
    Function::new("LessThanEqual", &[VERSION], |_, args| {
        Ok((receiver(args)? <= other(args)?).into())
    }),
    Function::new("GreaterThan", &[VERSION], |_, args| Ok((receiver(args)? > other(args)?).into())),
    Function::new("GreaterThanEqual", &[VERSION], |_, args| {
        Ok((receiver(args)? >= other(args)?).into())
    }),
    Function::new("IncMajor", &[], |context, args| next(context, args, Version::next_major)),
    Function::new("IncMinor", &[], |context, args| next(context, args, Version::next_minor)),
    Function::new("IncPatch", &[], |context, args| next(context, args, Version::next_patch)),
    Function::new("SetPrerelease", &[STRING], |context, args| {
        next(context, args, |version| version.with_prerelease(&args.text(0)))
    }),
    Function::new("SetMetadata", &[STRING], |context, args| {
        next(context, args, |version| version.with_metadata(&args.text(0)))
    }),
];

fn receiver<'a>(args: &'a Args<'_>) -> Result<&'a Version, Error> {
    args.receiver::<VersionObject>()
        .map(|object| &object.version)
        .ok_or_else(|| super::NIL_POINTER.into())
}

fn other<'a>(args: &'a Args<'_>) -> Result<&'a Version, Error> {
    let Value::Object(object) = args.value(0) else { return Err(super::NIL_POINTER.into()) };
    let version = object.as_any().downcast_ref::<VersionObject>().map(|object| &object.version);
    version.ok_or_else(|| super::NIL_POINTER.into())
}

fn next(
    _: &mut Context<'_>,
    args: &Args<'_>,
    change: impl Fn(&Version) -> Result<Version, SemverError>,
) -> Outcome {
    let version = change(receiver(args)?).map_err(told)?;
    Ok(Value::object(VersionObject { version, pointer: false }))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` takes")]
fn told(error: SemverError) -> Error {
    error.to_string().into()
}
