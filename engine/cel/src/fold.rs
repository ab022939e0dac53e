//! What is computed once, when an expression is compiled: conversions of literals and patterns. What is wrong with them
//! is wrong whatever the data.

use std::sync::Arc;

use weir_golang::regexp::Regexp;

use crate::CelError;
use crate::ast::{Expr, Node};
use crate::functions::{self, Call, Library};

/// The functions that convert to a type.
const CONVERSIONS: &[&str] =
    &["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"];

/// Computes what can be computed before there is data.
pub(crate) fn fold(expr: &mut Expr, library: Library) -> Result<(), CelError> {
    for child in children(&mut expr.node) {
        fold(child, library)?;
    }
    let Node::Call { function, target, args, pattern } = &mut expr.node else { return Ok(()) };
    if args.is_empty() && target.is_none() {
        return Err(CelError::parse(format!("no such overload: {function}()")));
    }
    let only = match (&target, args.as_slice()) {
        (None, [only]) => only,
        (Some(_), [only]) if function == "matches" => only,
        (None, [_, only]) if function == "matches" => only,
        _ => return Ok(()),
    };
    let Node::Literal(value) = &only.node else { return Ok(()) };
    if function == "matches" {
        if let Some(text) = value.as_str() {
            let compiled = Regexp::compile(text).map_err(|e| CelError::parse(e.to_string()))?;
            *pattern = Some(Arc::new(compiled));
        }
        return Ok(());
    }
    if !CONVERSIONS.contains(&function.as_str()) {
        return Ok(());
    }
    if let Some(body) = functions::find(function, library) {
        let values = [value.clone()];
        let call = Call { name: function, values: &values, pattern: None, steps_left: u64::MAX };
        let value = body(&call).map_err(|error| CelError::parse(error.message))?;
        expr.node = Node::Literal(value);
    }
    Ok(())
}

fn children(node: &mut Node) -> Vec<&mut Expr> {
    match node {
        Node::Literal(_) | Node::Ident(_) => Vec::new(),
        Node::Select { operand, .. } | Node::Has { operand, .. } => vec![operand],
        Node::Index { operand, index, .. } => vec![operand, index],
        Node::Call { target, args, .. } => {
            target.iter_mut().map(|target| &mut **target).chain(args).collect()
        }
        Node::Not(operand) | Node::Negate(operand) => vec![operand],
        Node::And(parts) | Node::Or(parts) => parts.iter_mut().collect(),
        Node::Binary(_, both) => vec![&mut both.0, &mut both.1],
        Node::Conditional(parts) => vec![&mut parts.0, &mut parts.1, &mut parts.2],
        Node::List(items) => items.iter_mut().map(|(item, _)| item).collect(),
        Node::Map(entries) => entries.iter_mut().flat_map(|(key, value, _)| [key, value]).collect(),
        Node::Comprehension(comprehension) => [
            Some(&mut comprehension.range),
            comprehension.predicate.as_mut(),
            comprehension.transform.as_mut(),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Node::OptionalMap { target, body, .. } => vec![target, body],
    }
}
