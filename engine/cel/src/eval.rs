//! From an expression and data to a value.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::ast::{Comprehension, ComprehensionKind, Expr, Node, Operator};
use crate::functions::{self, Call, Library};
use crate::value::MapVal;
use crate::{CelError, Val, compare, numeric};

/// The names of types that stand for themselves.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

/// Evaluates one expression.
pub(crate) struct Evaluator<'run> {
    variables: &'run dyn Fn(&str) -> Option<Val>,
    /// The variables of macros, the innermost last.
    locals: Vec<(SmolStr, Val)>,
    steps_left: u64,
    library: Library,
}

impl<'run> Evaluator<'run> {
    pub(crate) fn new(
        variables: &'run dyn Fn(&str) -> Option<Val>,
        limit: u64,
        library: Library,
    ) -> Self {
        Self { variables, locals: Vec::new(), steps_left: limit, library }
    }

    /// Returns how many steps may still be taken.
    pub(crate) fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Counts steps.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), CelError> {
        match self.steps_left.checked_sub(steps as u64) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                self.steps_left = 0;
                Err(CelError::cost())
            }
        }
    }

    /// Evaluates an expression.
    pub(crate) fn eval(&mut self, expr: &Expr) -> Result<Val, CelError> {
        self.spend(1)?;
        match &expr.node {
            Node::Literal(value) => Ok(value.clone()),
            _ => stacker::maybe_grow(64 << 10, 1 << 20, || self.node(expr)),
        }
    }

    fn node(&mut self, expr: &Expr) -> Result<Val, CelError> {
        match &expr.node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Ident(name) => self
                .variable(name)
                .or_else(|| type_named(name))
                .ok_or_else(|| CelError::new(format!("no such attribute(s): {name}"))),
            Node::Select { operand, field, optional } => {
                if let Some(value) = qualified_type(expr) {
                    return Ok(value);
                }
                let operand = self.eval(operand)?;
                select(&operand, field, *optional)
            }
            Node::Has { operand, field, optional } => {
                let operand = self.eval(operand)?;
                has(&operand, field, *optional)
            }
            Node::Index { operand, index, optional } => {
                let operand = self.eval(operand)?;
                let index = self.eval(index)?;
                index_of(&operand, &index, *optional)
            }
            Node::Call { function, target, args, pattern } => {
                self.call(function, target.as_deref(), args, pattern.as_deref())
            }
            Node::Not(operand) => match self.eval(operand)? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                _ => Err(CelError::no_overload()),
            },
            Node::Negate(operand) => numeric::negate(&self.eval(operand)?),
            Node::And(parts) => self.logical(parts, false),
            Node::Or(parts) => self.logical(parts, true),
            Node::Binary(operator, both) => {
                let one = self.eval(&both.0)?;
                let other = self.eval(&both.1)?;
                self.binary(*operator, &one, &other)
            }
            Node::Conditional(parts) => match self.eval(&parts.0)? {
                Val::Bool(true) => self.eval(&parts.1),
                Val::Bool(false) => self.eval(&parts.2),
                _ => Err(CelError::no_overload()),
            },
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Comprehension(comprehension) => self.comprehension(comprehension),
            Node::OptionalMap { target, variable, body, flat } => match self.eval(target)? {
                Val::Optional(None) => Ok(Val::none()),
                Val::Optional(Some(value)) => {
                    let result = self.with(&[(variable, (*value).clone())], body)?;
                    if *flat { Ok(result) } else { Ok(Val::some(result)) }
                }
                _ => Err(CelError::no_overload()),
            },
        }
    }

    fn variable(&self, name: &str) -> Option<Val> {
        let local = self.locals.iter().rev().find(|(other, _)| other == name);
        local.map(|(_, value)| value.clone()).or_else(|| (self.variables)(name))
    }

    fn with(&mut self, locals: &[(&SmolStr, Val)], body: &Expr) -> Result<Val, CelError> {
        let count = self.locals.len();
        self.locals.extend(locals.iter().map(|(name, value)| ((*name).clone(), value.clone())));
        let result = self.eval(body);
        self.locals.truncate(count);
        result
    }

    /// Evaluates `&&` and `||`: one decided part decides, whatever goes wrong in the others.
    fn logical(&mut self, parts: &[Expr], decided: bool) -> Result<Val, CelError> {
        let mut failed = None;
        for part in parts {
            match self.eval(part) {
                Ok(Val::Bool(value)) if value == decided => return Ok(Val::Bool(decided)),
                Ok(Val::Bool(_)) => {}
                Ok(_) => failed = failed.or(Some(CelError::no_overload())),
                Err(error) if error.is_cost() => return Err(error),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Val::Bool(!decided)), Err)
    }

    fn binary(&mut self, operator: Operator, one: &Val, other: &Val) -> Result<Val, CelError> {
        self.spend(weight(one).max(weight(other)))?;
        let ordered = |is: fn(std::cmp::Ordering) -> bool| {
            if !compare::are_comparable(one, other) {
                return Err(CelError::no_overload());
            }
            Ok(Val::Bool(compare::order(one, other).is_some_and(is)))
        };
        match operator {
            Operator::Equal => Ok(Val::Bool(compare::equal(one, other))),
            Operator::NotEqual => Ok(Val::Bool(!compare::equal(one, other))),
            Operator::Less => ordered(std::cmp::Ordering::is_lt),
            Operator::LessEqual => ordered(std::cmp::Ordering::is_le),
            Operator::Greater => ordered(std::cmp::Ordering::is_gt),
            Operator::GreaterEqual => ordered(std::cmp::Ordering::is_ge),
            Operator::In => match other {
                Val::Map(map) => Ok(Val::Bool(map.get(one).is_some())),
                list => match list.items() {
                    Some(mut items) => Ok(Val::Bool(items.any(|item| compare::equal(&item, one)))),
                    None => Err(CelError::no_overload()),
                },
            },
            _ => numeric::compute(operator, one, other),
        }
    }

    fn list(&mut self, items: &[(Expr, bool)]) -> Result<Val, CelError> {
        let mut values = Vec::with_capacity(items.len());
        for (item, optional) in items {
            let value = self.eval(item)?;
            values.extend(if *optional { unwrap_optional(value)? } else { Some(value) });
        }
        Ok(Val::list(values))
    }

    fn map(&mut self, entries: &[(Expr, Expr, bool)]) -> Result<Val, CelError> {
        let mut values: Vec<(Val, Val)> = Vec::with_capacity(entries.len());
        for (key, value, optional) in entries {
            let (key, value) = (self.eval(key)?, self.eval(value)?);
            let value = if *optional { unwrap_optional(value)? } else { Some(value) };
            let Some(value) = value else { continue };
            self.spend(values.len())?;
            match values.iter_mut().find(|(other, _)| compare::equal(other, &key)) {
                Some(entry) => entry.1 = value,
                None => values.push((key, value)),
            }
        }
        Ok(Val::Map(MapVal::Entries(Arc::new(values))))
    }

    fn call(
        &mut self,
        function: &SmolStr,
        target: Option<&Expr>,
        args: &[Expr],
        pattern: Option<&weir_golang::regexp::Regexp>,
    ) -> Result<Val, CelError> {
        // `base64.encode(x)` is a function of a long name when there is such a function.
        if let Some(space) = target.and_then(dotted) {
            let name = format!("{space}.{function}");
            if let Some(body) = functions::find(&name, self.library) {
                let values = self.values(None, args)?;
                return self.apply(body, &name, &values, None);
            }
        }
        let body = functions::find(function, self.library);
        let values = self.values(target, args)?;
        match body {
            Some(body) => self.apply(body, function, &values, pattern),
            None => Err(CelError::new(format!("no such overload: {function}"))),
        }
    }

    fn values(&mut self, target: Option<&Expr>, args: &[Expr]) -> Result<Vec<Val>, CelError> {
        target.into_iter().chain(args).map(|arg| self.eval(arg)).collect()
    }

    fn apply(
        &mut self,
        body: functions::Body,
        name: &str,
        values: &[Val],
        pattern: Option<&weir_golang::regexp::Regexp>,
    ) -> Result<Val, CelError> {
        self.spend(values.iter().map(weight).sum())?;
        let result = body(&Call { name, values, pattern, steps_left: self.steps_left })?;
        self.spend(weight(&result))?;
        Ok(result)
    }

    fn comprehension(&mut self, comprehension: &Comprehension) -> Result<Val, CelError> {
        let range = self.eval(&comprehension.range)?;
        let count = match (&range, range.list_len()) {
            (_, Some(count)) => count,
            (Val::Map(map), None) => map.len(),
            _ => return Err(CelError::no_overload()),
        };
        let mut outcome = Outcome::default();
        for index in 0..count {
            self.spend(1)?;
            let (first, second) = entry(&range, index, comprehension.second.is_some());
            let mut locals = vec![(&comprehension.variable, first.clone())];
            if let (Some(name), Some(value)) = (&comprehension.second, &second) {
                locals.push((name, value.clone()));
            }
            if self.turn(comprehension, &locals, &mut outcome)? {
                break;
            }
        }
        outcome.result(comprehension.kind)
    }

    /// Takes one item; returns whether the result is decided.
    fn turn(
        &mut self,
        comprehension: &Comprehension,
        locals: &[(&SmolStr, Val)],
        outcome: &mut Outcome,
    ) -> Result<bool, CelError> {
        let kind = comprehension.kind;
        let holds = match &comprehension.predicate {
            None => Ok(Val::Bool(true)),
            Some(predicate) => self.with(locals, predicate),
        };
        let decided = match kind {
            ComprehensionKind::All => Some(false),
            ComprehensionKind::Exists => Some(true),
            _ => None,
        };
        let holds = match (holds, decided) {
            (Ok(Val::Bool(value)), Some(decided)) => {
                outcome.decided |= value == decided;
                return Ok(outcome.decided);
            }
            (Ok(Val::Bool(value)), None) => value,
            (Err(error), Some(_)) if !error.is_cost() => {
                outcome.failed.get_or_insert(error);
                return Ok(false);
            }
            (Ok(_), Some(_)) => {
                outcome.failed.get_or_insert(CelError::no_overload());
                return Ok(false);
            }
            (Err(error), _) => return Err(error),
            (Ok(_), None) => return Err(CelError::no_overload()),
        };
        if !holds {
            return Ok(false);
        }
        outcome.count += 1;
        let first = locals.first().map_or(Val::Null, |(_, value)| value.clone());
        let made = match &comprehension.transform {
            Some(transform) => self.with(locals, transform)?,
            None => first.clone(),
        };
        match kind {
            ComprehensionKind::List => outcome.list.push(made),
            ComprehensionKind::Map => outcome.entries.push((first, made)),
            ComprehensionKind::MapEntry => {
                let Val::Map(map) = made else { return Err(CelError::no_overload()) };
                for (key, value) in map.entries() {
                    self.spend(outcome.entries.len())?;
                    if outcome.entries.iter().any(|(other, _)| compare::equal(other, &key)) {
                        return Err(CelError::new("insert failed: key already exists"));
                    }
                    outcome.entries.push((key, value));
                }
            }
            _ => {}
        }
        Ok(false)
    }
}

/// What the turns of a comprehension have come to.
#[derive(Default)]
struct Outcome {
    decided: bool,
    failed: Option<CelError>,
    count: usize,
    list: Vec<Val>,
    entries: Vec<(Val, Val)>,
}

impl Outcome {
    fn result(self, kind: ComprehensionKind) -> Result<Val, CelError> {
        match kind {
            ComprehensionKind::All | ComprehensionKind::Exists => {
                let is_exists = kind == ComprehensionKind::Exists;
                match self.failed {
                    Some(error) if !self.decided => Err(error),
                    _ => Ok(Val::Bool(self.decided == is_exists)),
                }
            }
            ComprehensionKind::ExistsOne => Ok(Val::Bool(self.count == 1)),
            ComprehensionKind::List => Ok(Val::list(self.list)),
            ComprehensionKind::Map | ComprehensionKind::MapEntry => {
                Ok(Val::Map(MapVal::Entries(Arc::new(self.entries))))
            }
        }
    }
}

/// Returns what the variables of a macro stand for at one place of its range.
fn entry(range: &Val, index: usize, has_second: bool) -> (Val, Option<Val>) {
    match range {
        Val::Map(map) => {
            let key = map.key(index).unwrap_or(Val::Null);
            let value = has_second.then(|| map.get(&key)).flatten();
            (key, value)
        }
        list => {
            let item = list.item(index).unwrap_or(Val::Null);
            if has_second {
                (Val::Int(i64::try_from(index).unwrap_or(i64::MAX)), Some(item))
            } else {
                (item, None)
            }
        }
    }
}

/// Returns how much work it is to look at a value.
fn weight(value: &Val) -> usize {
    match value {
        Val::String(text) => text.len() / 16,
        Val::Bytes(bytes) => bytes.len() / 16,
        Val::Map(map) => map.len(),
        list => list.list_len().unwrap_or_default(),
    }
}

fn unwrap_optional(value: Val) -> Result<Option<Val>, CelError> {
    match value {
        Val::Optional(value) => Ok(value.map(|value| (*value).clone())),
        _ => Err(CelError::no_overload()),
    }
}

/// Writes `a.b.c` when an expression is nothing but names and dots.
fn dotted(expr: &Expr) -> Option<String> {
    match &expr.node {
        Node::Ident(name) => Some(name.to_string()),
        Node::Select { operand, field, optional: false } => {
            Some(format!("{}.{field}", dotted(operand)?))
        }
        _ => None,
    }
}

fn type_named(name: &str) -> Option<Val> {
    TYPES.iter().find(|other| **other == name).map(|name| Val::Type(SmolStr::new_static(name)))
}

/// The two types whose names have dots.
fn qualified_type(expr: &Expr) -> Option<Val> {
    let Node::Select { field, .. } = &expr.node else { return None };
    if !matches!(field.as_str(), "Timestamp" | "Duration") {
        return None;
    }
    let name = dotted(expr)?;
    name.starts_with("google.protobuf.").then(|| Val::Type(name.into()))
}

fn select(operand: &Val, field: &SmolStr, optional: bool) -> Result<Val, CelError> {
    match operand {
        Val::Map(map) => match (map.field(field), optional) {
            (Some(value), false) => Ok(value),
            (Some(value), true) => Ok(Val::some(value)),
            (None, true) => Ok(Val::none()),
            (None, false) => Err(CelError::no_key(field)),
        },
        Val::Optional(None) => Ok(Val::none()),
        Val::Optional(Some(value)) => match &**value {
            Val::Map(map) => Ok(Val::Optional(map.field(field).map(Arc::new))),
            _ => Ok(Val::none()),
        },
        _ if optional => Ok(Val::none()),
        _ => Err(CelError::no_overload()),
    }
}

fn has(operand: &Val, field: &SmolStr, _optional: bool) -> Result<Val, CelError> {
    Ok(Val::Bool(match operand {
        Val::Map(map) => map.field(field).is_some(),
        Val::Optional(Some(value)) => match &**value {
            Val::Map(map) => map.field(field).is_some(),
            _ => false,
        },
        _ => false,
    }))
}

fn index_of(operand: &Val, index: &Val, optional: bool) -> Result<Val, CelError> {
    if let Val::Optional(value) = operand {
        return match value {
            None => Ok(Val::none()),
            Some(value) => index_of(value, index, true),
        };
    }
    let found = match operand {
        Val::Map(map) => map.get(index).ok_or_else(|| match index.as_str() {
            Some(key) => CelError::no_key(key),
            None => CelError::new("no such key"),
        }),
        list => match (list.list_len(), place(index)) {
            (Some(_), Some(place)) => usize::try_from(place)
                .ok()
                .and_then(|place| list.item(place))
                .ok_or_else(|| CelError::new(format!("index out of bounds: {place}"))),
            _ => return Err(CelError::no_overload()),
        },
    };
    match (found, optional) {
        (Ok(value), true) => Ok(Val::some(value)),
        (Err(_), true) => Ok(Val::none()),
        (found, false) => found,
    }
}

/// Reads an index: a whole number of any kind.
fn place(index: &Val) -> Option<i64> {
    match index {
        Val::Int(value) => Some(*value),
        Val::Uint(value) => i64::try_from(*value).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        Val::Double(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(*value as i64),
        _ => None,
    }
}
