//! Calls that are more than calls: `has`, and what goes over lists and maps.

use smol_str::SmolStr;

use crate::CelError;
use crate::ast::{Comprehension, ComprehensionKind, Expr, Node};
use crate::functions::Library;
use crate::parse::Parser;

/// What became of a call.
pub(crate) enum Expanded {
    /// It was a macro.
    Macro(Expr),
    /// It is a call.
    Call(Option<Expr>, Vec<Expr>),
}

/// What the arguments of a macro are: variables first, then expressions.
struct Row {
    name: &'static str,
    kind: ComprehensionKind,
    variables: usize,
    has_predicate: bool,
    has_transform: bool,
    /// Whether only Kubernetes has it.
    kubernetes: bool,
}

const fn row(
    name: &'static str,
    kind: ComprehensionKind,
    variables: usize,
    (has_predicate, has_transform): (bool, bool),
    kubernetes: bool,
) -> Row {
    Row { name, kind, variables, has_predicate, has_transform, kubernetes }
}

const ROWS: &[Row] = &[
    row("all", ComprehensionKind::All, 1, (true, false), false),
    row("exists", ComprehensionKind::Exists, 1, (true, false), false),
    row("exists_one", ComprehensionKind::ExistsOne, 1, (true, false), false),
    row("existsOne", ComprehensionKind::ExistsOne, 1, (true, false), false),
    row("map", ComprehensionKind::List, 1, (false, true), false),
    row("map", ComprehensionKind::List, 1, (true, true), false),
    row("filter", ComprehensionKind::List, 1, (true, false), false),
    row("all", ComprehensionKind::All, 2, (true, false), true),
    row("exists", ComprehensionKind::Exists, 2, (true, false), true),
    row("existsOne", ComprehensionKind::ExistsOne, 2, (true, false), true),
    row("transformList", ComprehensionKind::List, 2, (false, true), true),
    row("transformList", ComprehensionKind::List, 2, (true, true), true),
    row("transformMap", ComprehensionKind::Map, 2, (false, true), true),
    row("transformMap", ComprehensionKind::Map, 2, (true, true), true),
    row("transformMapEntry", ComprehensionKind::MapEntry, 2, (false, true), true),
    row("transformMapEntry", ComprehensionKind::MapEntry, 2, (true, true), true),
];

/// Expands a call when it is a macro.
pub(crate) fn expand(
    parser: &Parser<'_>,
    function: &str,
    target: Option<Expr>,
    args: Vec<Expr>,
    library: Library,
    at: usize,
) -> Result<Expanded, CelError> {
    let Some(target) = target else {
        if function == "has" && args.len() == 1 {
            return has(parser, args, at);
        }
        return Ok(Expanded::Call(None, args));
    };
    if let "optMap" | "optFlatMap" = function
        && args.len() == 2
    {
        return optional_map(parser, target, args, function == "optFlatMap", at);
    }
    let row = ROWS.iter().find(|row| {
        let count = row.variables + usize::from(row.has_predicate) + usize::from(row.has_transform);
        row.name == function
            && count == args.len()
            && (!row.kubernetes || library == Library::Kubernetes)
    });
    let Some(row) = row else { return Ok(Expanded::Call(Some(target), args)) };
    let below = args.iter().map(|arg| arg.height).max().unwrap_or_default().max(target.height);
    let mut args = args.into_iter();
    let mut variable = || variable(parser, args.next(), at);
    let first = variable()?;
    let second = if row.variables == 2 { Some(variable()?) } else { None };
    let predicate = if row.has_predicate { args.next() } else { None };
    let transform = if row.has_transform { args.next() } else { None };
    let comprehension = Comprehension {
        kind: row.kind,
        range: target,
        variable: first,
        second,
        predicate,
        transform,
    };
    let node = Node::Comprehension(Box::new(comprehension));
    Ok(Expanded::Macro(parser.make(node, at, below)?))
}

fn variable(parser: &Parser<'_>, arg: Option<Expr>, at: usize) -> Result<SmolStr, CelError> {
    match arg.map(|arg| arg.node) {
        Some(Node::Ident(name)) => Ok(name),
        _ => Err(parser.error(at, "argument must be a simple name")),
    }
}

fn has(parser: &Parser<'_>, args: Vec<Expr>, at: usize) -> Result<Expanded, CelError> {
    let arg = args.into_iter().next();
    match arg.map(|arg| (arg.height, arg.node)) {
        Some((below, Node::Select { operand, field, optional })) => {
            let node = Node::Has { operand, field, optional };
            Ok(Expanded::Macro(parser.make(node, at, below)?))
        }
        _ => Err(parser.error(at, "invalid argument to has() macro")),
    }
}

fn optional_map(
    parser: &Parser<'_>,
    target: Expr,
    args: Vec<Expr>,
    flat: bool,
    at: usize,
) -> Result<Expanded, CelError> {
    let mut args = args.into_iter();
    let variable = variable(parser, args.next(), at)?;
    let Some(body) = args.next() else {
        return Err(parser.error(at, "optMap() takes a name and an expression"));
    };
    let below = target.height.max(body.height);
    let node = Node::OptionalMap { target: Box::new(target), variable, body: Box::new(body), flat };
    Ok(Expanded::Macro(parser.make(node, at, below)?))
}
