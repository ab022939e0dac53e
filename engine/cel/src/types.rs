//! A light type checker: enough to say what type an expression has, and what cannot fit whatever the data.

use std::fmt;

use smol_str::SmolStr;

use crate::ast::{Comprehension, ComprehensionKind, Expr, Node, Operator};
use crate::functions::{self, Library};
use crate::lex::place;
use crate::{CelError, Val};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Whatever the data has.
    Dyn,
    /// A type without parameters, by cel-go's name for it.
    Plain(&'static str),
    /// A list of items of a type.
    List(Box<Self>),
    /// A map from text to a type.
    Map(Box<Self>, Box<Self>),
    /// An optional of a type.
    Optional(Box<Self>),
}

/// The type of truth values.
pub(crate) const BOOL: Type = Type::Plain("bool");
const INT: Type = Type::Plain("int");
const UINT: Type = Type::Plain("uint");
const DOUBLE: Type = Type::Plain("double");
const STRING: Type = Type::Plain("string");
const BYTES: Type = Type::Plain("bytes");
const NULL: Type = Type::Plain("null");
const TYPE: Type = Type::Plain("type");
const TIMESTAMP: Type = Type::Plain("timestamp");
const DURATION: Type = Type::Plain("duration");

impl Type {
    /// The type of truth values.
    pub fn bool() -> Self {
        BOOL
    }

    /// The type of texts.
    pub fn string() -> Self {
        STRING
    }

    /// The type of objects whose fields are not known.
    pub fn object() -> Self {
        Self::Map(Box::new(STRING), Box::new(Self::Dyn))
    }

    fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// Tells whether a value of one type may stand where another is wanted.
    fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, _) | (_, Self::Dyn) => true,
            (Self::List(one), Self::List(other)) | (Self::Optional(one), Self::Optional(other)) => {
                one.fits(other)
            }
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                key.fits(other_key) && value.fits(other_value)
            }
            // Null stands for an absent timestamp, duration or optional.
            (Self::Plain("null"), Self::Plain("timestamp" | "duration") | Self::Optional(_))
            | (Self::Plain("timestamp" | "duration") | Self::Optional(_), Self::Plain("null")) => {
                true
            }
            (Self::Plain(one), Self::Plain(other)) => one == other,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Plain(name) => f.write_str(name),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(value) => write!(f, "optional_type({value})"),
        }
    }
}

/// Returns the type of an expression, or what does not fit.
pub(crate) fn check(
    expr: &Expr,
    text: &str,
    library: Library,
    variables: &[(&str, Type)],
) -> Result<Type, CelError> {
    let known = variables.iter().map(|(name, kind)| (SmolStr::new(name), kind.clone())).collect();
    Checker { text, library, known }.of(expr)
}

struct Checker<'text> {
    text: &'text str,
    library: Library,
    known: Vec<(SmolStr, Type)>,
}

impl Checker<'_> {
    fn error(&self, at: usize, what: impl AsRef<str>) -> CelError {
        CelError::parse(format!("{}: {}", place(self.text, at), what.as_ref()))
    }

    fn no_match(&self, at: usize, function: &str, args: &[Type]) -> CelError {
        let args: Vec<String> = args.iter().map(Type::to_string).collect();
        let args = args.join(", ");
        self.error(at, format!("found no matching overload for '{function}' applied to '({args})'"))
    }

    fn of(&mut self, expr: &Expr) -> Result<Type, CelError> {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.node(expr))
    }

    fn node(&mut self, expr: &Expr) -> Result<Type, CelError> {
        Ok(match &expr.node {
            Node::Literal(value) => literal(value),
            Node::Ident(name) => match self.known.iter().rev().find(|(other, _)| other == name) {
                Some((_, kind)) => kind.clone(),
                None if is_type_name(name) => TYPE,
                None => {
                    let message = format!("undeclared reference to '{name}' (in container '')");
                    return Err(self.error(expr.at, message));
                }
            },
            Node::Select { operand, field, optional } => {
                if is_qualified_type(operand, field) {
                    return Ok(TYPE);
                }
                let operand = self.of(operand)?;
                let found = self.field(&operand, expr.at)?;
                wrapped(found, *optional || matches!(operand, Type::Optional(_)))
            }
            Node::Has { operand, .. } => {
                let operand = self.of(operand)?;
                self.field(&operand, expr.at)?;
                BOOL
            }
            Node::Index { operand, index, optional } => {
                let (operand, index) = (self.of(operand)?, self.of(index)?);
                let inner = if let Type::Optional(inner) = &operand { inner } else { &operand };
                let found = match inner {
                    Type::Dyn => Type::Dyn,
                    Type::List(item) if index.fits(&INT) => (**item).clone(),
                    Type::Map(key, value) if index.fits(key) => (**value).clone(),
                    _ => return Err(self.no_match(expr.at, "_[_]", &[operand, index])),
                };
                wrapped(found, *optional || matches!(operand, Type::Optional(_)))
            }
            Node::Call { function, target, args, .. } => {
                self.call(expr.at, function, target.as_deref(), args)?
            }
            Node::Not(operand) => self.wanted(operand, &BOOL, "!_", expr.at)?,
            Node::Negate(operand) => {
                let operand = self.of(operand)?;
                if ![INT, DOUBLE].iter().any(|kind| operand.fits(kind)) {
                    return Err(self.no_match(expr.at, "-_", &[operand]));
                }
                operand
            }
            Node::And(parts) => self.logical(parts, "_&&_")?,
            Node::Or(parts) => self.logical(parts, "_||_")?,
            Node::Binary(operator, both) => {
                let (one, other) = (self.of(&both.0)?, self.of(&both.1)?);
                match binary(*operator, &one, &other) {
                    Some(kind) => kind,
                    None => return Err(self.no_match(expr.at, operator.name(), &[one, other])),
                }
            }
            Node::Conditional(parts) => {
                self.wanted(&parts.0, &BOOL, "_?_:_", expr.at)?;
                let (yes, no) = (self.of(&parts.1)?, self.of(&parts.2)?);
                if !yes.fits(&no) {
                    return Err(self.no_match(expr.at, "_?_:_", &[BOOL, yes, no]));
                }
                joined(yes, &no)
            }
            Node::List(items) => {
                let mut kind: Option<Type> = None;
                for (item, optional) in items {
                    let found = unwrapped(self.of(item)?, *optional);
                    kind = Some(self.same(kind, found, item.at)?);
                }
                Type::list(kind.unwrap_or(Type::Dyn))
            }
            Node::Map(entries) => {
                let (mut key_kind, mut value_kind): (Option<Type>, Option<Type>) = (None, None);
                for (key, value, optional) in entries {
                    let found = self.of(key)?;
                    key_kind = Some(self.same(key_kind, found, key.at)?);
                    let found = unwrapped(self.of(value)?, *optional);
                    value_kind = Some(self.same(value_kind, found, value.at)?);
                }
                let or_dyn = |kind: Option<Type>| Box::new(kind.unwrap_or(Type::Dyn));
                Type::Map(or_dyn(key_kind), or_dyn(value_kind))
            }
            Node::Comprehension(comprehension) => self.comprehension(comprehension)?,
            Node::OptionalMap { target, variable, body, flat } => {
                let inner = match self.of(target)? {
                    Type::Optional(inner) => *inner,
                    Type::Dyn => Type::Dyn,
                    other => return Err(self.no_match(expr.at, "optMap", &[other])),
                };
                let body = self.with(vec![(variable.clone(), inner)], body)?;
                if *flat { body } else { Type::Optional(Box::new(body)) }
            }
        })
    }

    fn with(&mut self, locals: Vec<(SmolStr, Type)>, body: &Expr) -> Result<Type, CelError> {
        let count = self.known.len();
        self.known.extend(locals);
        let found = self.of(body);
        self.known.truncate(count);
        found
    }

    fn field(&self, operand: &Type, at: usize) -> Result<Type, CelError> {
        match operand {
            Type::Dyn => Ok(Type::Dyn),
            Type::Map(key, value) if STRING.fits(key) => Ok((**value).clone()),
            Type::Optional(inner) => self.field(inner, at),
            other => {
                Err(self.error(at, format!("type '{other}' does not support field selection")))
            }
        }
    }

    fn wanted(
        &mut self,
        expr: &Expr,
        kind: &Type,
        function: &str,
        at: usize,
    ) -> Result<Type, CelError> {
        let found = self.of(expr)?;
        if found.fits(kind) { Ok(kind.clone()) } else { Err(self.no_match(at, function, &[found])) }
    }

    fn logical(&mut self, parts: &[Expr], function: &str) -> Result<Type, CelError> {
        for part in parts {
            self.wanted(part, &BOOL, function, part.at)?;
        }
        Ok(BOOL)
    }

    /// Joins the types of items, which must all be alike.
    fn same(&self, kind: Option<Type>, found: Type, at: usize) -> Result<Type, CelError> {
        match kind {
            None => Ok(found),
            Some(kind) if kind.fits(&found) => Ok(joined(kind, &found)),
            Some(kind) => {
                Err(self.error(at, format!("expected type '{kind}' but found '{found}'")))
            }
        }
    }

    fn comprehension(&mut self, comprehension: &Comprehension) -> Result<Type, CelError> {
        let range = self.of(&comprehension.range)?;
        let (key, value) = match range {
            Type::List(item) => (INT, *item),
            Type::Map(key, value) => (*key, *value),
            Type::Dyn => (Type::Dyn, Type::Dyn),
            other => {
                let message = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
                );
                return Err(self.error(comprehension.range.at, message));
            }
        };
        let is_list = key == INT;
        let first = if comprehension.second.is_some() || !is_list { key } else { value.clone() };
        let mut locals = vec![(comprehension.variable.clone(), first.clone())];
        locals.extend(comprehension.second.clone().map(|name| (name, value)));
        if let Some(predicate) = &comprehension.predicate {
            let found = self.with(locals.clone(), predicate)?;
            if !found.fits(&BOOL) {
                return Err(
                    self.error(predicate.at, format!("expected type 'bool' but found '{found}'"))
                );
            }
        }
        let made = match &comprehension.transform {
            Some(transform) => self.with(locals, transform)?,
            None => first.clone(),
        };
        Ok(match comprehension.kind {
            ComprehensionKind::All | ComprehensionKind::Exists | ComprehensionKind::ExistsOne => {
                BOOL
            }
            ComprehensionKind::List => Type::list(made),
            ComprehensionKind::Map => Type::Map(Box::new(first), Box::new(made)),
            ComprehensionKind::MapEntry => made,
        })
    }

    fn call(
        &mut self,
        at: usize,
        function: &str,
        target: Option<&Expr>,
        args: &[Expr],
    ) -> Result<Type, CelError> {
        if let Some(Node::Ident(space)) = target.map(|target| &target.node) {
            let name = format!("{space}.{function}");
            if functions::find(&name, self.library).is_some() {
                let args = args.iter().map(|arg| self.of(arg)).collect::<Result<Vec<_>, _>>()?;
                return self.result(at, &name, &args);
            }
        }
        let kinds = target
            .into_iter()
            .chain(args)
            .map(|arg| self.of(arg))
            .collect::<Result<Vec<_>, _>>()?;
        if functions::find(function, self.library).is_none() {
            let message = format!("undeclared reference to '{function}' (in container '')");
            return Err(self.error(at, message));
        }
        self.result(at, function, &kinds)
    }

    fn result(&self, at: usize, name: &str, args: &[Type]) -> Result<Type, CelError> {
        match (name, args) {
            ("dyn", [_]) => return Ok(Type::Dyn),
            ("optional.of" | "optional.ofNonZeroValue", [inner]) => {
                return Ok(Type::Optional(Box::new(inner.clone())));
            }
            ("optional.none", []) => return Ok(Type::Optional(Box::new(Type::Dyn))),
            ("value", [Type::Optional(inner)]) => return Ok((**inner).clone()),
            ("orValue", [Type::Optional(inner), other]) if inner.fits(other) => {
                return Ok(joined((**inner).clone(), other));
            }
            ("first" | "last", [Type::List(item)]) => return Ok(Type::Optional(item.clone())),
            ("reverse" | "slice" | "sort" | "distinct", [list @ Type::List(_), ..]) => {
                return Ok(list.clone());
            }
            _ => {}
        }
        let mut rows = SIGNATURES.iter().filter(|(other, ..)| *other == name).peekable();
        if rows.peek().is_none() {
            return Ok(Type::Dyn);
        }
        let mut results: Vec<Type> = rows
            .filter(|(_, params, _)| {
                params.len() == args.len()
                    && params.chars().zip(args).all(|(param, arg)| of_letter(param).fits(arg))
            })
            .map(|(.., result)| of_letter(*result))
            .collect();
        results.dedup();
        match (results.len(), results.pop()) {
            (1, Some(result)) => Ok(result),
            (0, _) => Err(self.no_match(at, name, args)),
            _ => Ok(Type::Dyn),
        }
    }
}

/// What functions take and give, a letter for each type.
#[rustfmt::skip]
const SIGNATURES: &[(&str, &str, char)] = &[
    ("base64.decode", "s", 'y'), ("base64.encode", "y", 's'), ("json.encode", "*", 's'),
    ("bool", "b", 'b'), ("bool", "s", 'b'),
    ("bytes", "y", 'y'), ("bytes", "s", 'y'),
    ("charAt", "si", 's'), ("contains", "ss", 'b'),
    ("double", "d", 'd'), ("double", "i", 'd'), ("double", "u", 'd'), ("double", "s", 'd'),
    ("duration", "r", 'r'), ("duration", "i", 'r'), ("duration", "s", 'r'),
    ("endsWith", "ss", 'b'), ("format", "sl", 's'),
    ("getDate", "t", 'i'), ("getDate", "ts", 'i'),
    ("getDayOfMonth", "t", 'i'), ("getDayOfMonth", "ts", 'i'),
    ("getDayOfWeek", "t", 'i'), ("getDayOfWeek", "ts", 'i'),
    ("getDayOfYear", "t", 'i'), ("getDayOfYear", "ts", 'i'),
    ("getFullYear", "t", 'i'), ("getFullYear", "ts", 'i'),
    ("getHours", "t", 'i'), ("getHours", "ts", 'i'), ("getHours", "r", 'i'),
    ("getMilliseconds", "t", 'i'), ("getMilliseconds", "ts", 'i'), ("getMilliseconds", "r", 'i'),
    ("getMinutes", "t", 'i'), ("getMinutes", "ts", 'i'), ("getMinutes", "r", 'i'),
    ("getMonth", "t", 'i'), ("getMonth", "ts", 'i'),
    ("getSeconds", "t", 'i'), ("getSeconds", "ts", 'i'), ("getSeconds", "r", 'i'),
    ("hasValue", "o", 'b'),
    ("indexOf", "ss", 'i'), ("indexOf", "ssi", 'i'), ("indexOf", "l*", 'i'),
    ("int", "i", 'i'), ("int", "u", 'i'), ("int", "d", 'i'), ("int", "s", 'i'),
    ("int", "t", 'i'), ("int", "r", 'i'),
    ("join", "l", 's'), ("join", "ls", 's'),
    ("lastIndexOf", "ss", 'i'), ("lastIndexOf", "ssi", 'i'), ("lastIndexOf", "l*", 'i'),
    ("lowerAscii", "s", 's'), ("matches", "ss", 'b'), ("or", "oo", 'o'),
    ("replace", "sss", 's'), ("replace", "sssi", 's'), ("reverse", "s", 's'),
    ("sets.contains", "ll", 'b'), ("sets.equivalent", "ll", 'b'), ("sets.intersects", "ll", 'b'),
    ("size", "s", 'i'), ("size", "y", 'i'), ("size", "l", 'i'), ("size", "m", 'i'),
    ("split", "ss", 'S'), ("split", "ssi", 'S'), ("startsWith", "ss", 'b'),
    ("string", "*", 's'), ("strings.quote", "s", 's'),
    ("substring", "si", 's'), ("substring", "sii", 's'),
    ("timestamp", "t", 't'), ("timestamp", "i", 't'), ("timestamp", "s", 't'),
    ("trim", "s", 's'), ("type", "*", 'T'),
    ("uint", "u", 'u'), ("uint", "i", 'u'), ("uint", "d", 'u'), ("uint", "s", 'u'),
    ("upperAscii", "s", 's'),
];

fn of_letter(letter: char) -> Type {
    match letter {
        'b' => BOOL,
        'i' => INT,
        'u' => UINT,
        'd' => DOUBLE,
        's' => STRING,
        'y' => BYTES,
        't' => TIMESTAMP,
        'r' => DURATION,
        'T' => TYPE,
        'l' => Type::list(Type::Dyn),
        'S' => Type::list(STRING),
        'm' => Type::Map(Box::new(Type::Dyn), Box::new(Type::Dyn)),
        'o' => Type::Optional(Box::new(Type::Dyn)),
        _ => Type::Dyn,
    }
}

fn literal(value: &Val) -> Type {
    match value {
        Val::Null => NULL,
        Val::Bool(_) => BOOL,
        Val::Int(_) => INT,
        Val::Uint(_) => UINT,
        Val::Double(_) => DOUBLE,
        Val::String(_) => STRING,
        Val::Bytes(_) => BYTES,
        _ => Type::Dyn,
    }
}

fn is_type_name(name: &str) -> bool {
    const NAMES: &[&str] =
        &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];
    NAMES.contains(&name)
}

fn is_qualified_type(operand: &Expr, field: &str) -> bool {
    matches!(field, "Timestamp" | "Duration")
        && matches!(&operand.node, Node::Select { field, .. } if field == "protobuf")
}

fn wrapped(kind: Type, optional: bool) -> Type {
    if optional && !matches!(kind, Type::Optional(_)) {
        Type::Optional(Box::new(kind))
    } else {
        kind
    }
}

fn unwrapped(kind: Type, optional: bool) -> Type {
    match kind {
        Type::Optional(inner) if optional => *inner,
        other => other,
    }
}

/// Returns what two types that fit have in common.
fn joined(one: Type, other: &Type) -> Type {
    if *other == one { one } else { Type::Dyn }
}

fn is_number(kind: &Type) -> bool {
    [INT, UINT, DOUBLE].contains(kind)
}

fn binary(operator: Operator, one: &Type, other: &Type) -> Option<Type> {
    match operator {
        Operator::Equal | Operator::NotEqual => one.fits(other).then_some(BOOL),
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
            let ordered = [BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION];
            let is_ordered = |kind: &Type| *kind == Type::Dyn || ordered.contains(kind);
            let fits = one.fits(other) || (is_number(one) && is_number(other));
            (is_ordered(one) && is_ordered(other) && fits).then_some(BOOL)
        }
        Operator::In => match other {
            Type::Dyn => Some(BOOL),
            Type::List(item) => one.fits(item).then_some(BOOL),
            Type::Map(key, _) => one.fits(key).then_some(BOOL),
            _ => None,
        },
        _ => arithmetic(operator, one, other),
    }
}

fn arithmetic(operator: Operator, one: &Type, other: &Type) -> Option<Type> {
    let results = [INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION];
    let row = |operand: &Type| match operator {
        Operator::Add => results.contains(operand) && *operand != TIMESTAMP,
        Operator::Subtract => [INT, UINT, DOUBLE, DURATION].contains(operand),
        Operator::Multiply | Operator::Divide => [INT, UINT, DOUBLE].contains(operand),
        _ => [INT, UINT].contains(operand),
    };
    match (operator, one, other) {
        (_, Type::Dyn, Type::Dyn) => Some(Type::Dyn),
        (Operator::Add, Type::List(a), Type::List(b)) if a.fits(b) => {
            Some(Type::list(joined((**a).clone(), b)))
        }
        (Operator::Add, list @ Type::List(_), Type::Dyn)
        | (Operator::Add, Type::Dyn, list @ Type::List(_)) => Some(list.clone()),
        (Operator::Add, Type::Plain("timestamp"), other)
        | (Operator::Add, other, Type::Plain("timestamp")) => {
            other.fits(&DURATION).then_some(TIMESTAMP)
        }
        (Operator::Subtract, Type::Plain("timestamp"), Type::Plain("timestamp")) => Some(DURATION),
        (Operator::Subtract, Type::Plain("timestamp"), Type::Plain("duration")) => Some(TIMESTAMP),
        (Operator::Add | Operator::Subtract, Type::Dyn, Type::Plain("duration" | "timestamp"))
        | (Operator::Add | Operator::Subtract, Type::Plain("duration" | "timestamp"), Type::Dyn) => {
            Some(Type::Dyn)
        }
        (_, Type::Dyn, known) | (_, known, Type::Dyn) => row(known).then(|| known.clone()),
        (_, one, other) => (one == other && row(one)).then(|| one.clone()),
    }
}
