//! From tokens to an expression.

use smol_str::SmolStr;

use crate::ast::{DEEPEST, Expr, Node, Operator};
use crate::functions::Library;
use crate::lex::{Kind, Token, place, tokens};
use crate::{CelError, Val, macros};

/// The longest expression, in bytes, as in cel-go (which counts characters).
const LONGEST: usize = 100_000;

/// Words that cannot name a variable or a function.
pub const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

/// Reads an expression.
pub(crate) fn parse(text: &str, library: Library) -> Result<Expr, CelError> {
    if text.len() > LONGEST {
        return Err(CelError::parse(format!("the expression has more than {LONGEST} bytes")));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0, library };
    let expr = parser.expression()?;
    match parser.tokens.get(parser.next) {
        None => Ok(expr),
        Some(token) => Err(parser.unexpected(token.at)),
    }
}

/// Reads tokens from the first to the last.
pub(crate) struct Parser<'text> {
    text: &'text str,
    tokens: Vec<Token>,
    next: usize,
    depth: u32,
    library: Library,
}

impl Parser<'_> {
    /// Makes an expression of its parts, none of which may be too deep.
    pub(crate) fn make(&self, node: Node, at: usize, below: u32) -> Result<Expr, CelError> {
        let height = below + 1;
        if height > DEEPEST {
            return Err(self.too_deep());
        }
        Ok(Expr { node, height, at })
    }

    /// Makes an error about a place.
    pub(crate) fn error(&self, at: usize, what: impl AsRef<str>) -> CelError {
        CelError::parse(format!("{}: {}", place(self.text, at), what.as_ref()))
    }

    fn too_deep(&self) -> CelError {
        CelError::parse(format!("the expression nests deeper than {DEEPEST} levels"))
    }

    fn unexpected(&self, at: usize) -> CelError {
        let rest = self.text.get(at..).unwrap_or_default();
        let what = match rest.split_whitespace().next() {
            Some(word) => {
                format!("Syntax error: unexpected `{}`", word.chars().take(20).collect::<String>())
            }
            None => "Syntax error: unexpected end".to_owned(),
        };
        self.error(at, what)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.at)
    }

    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Kind::Sign(other)) if *other == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        self.next += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), CelError> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(self.at())) }
    }

    fn expression(&mut self) -> Result<Expr, CelError> {
        self.depth += 1;
        // The parser itself goes down several levels for each.
        if self.depth > DEEPEST {
            return Err(self.too_deep());
        }
        let expr = stacker::maybe_grow(128 << 10, 1 << 20, || self.conditional())?;
        self.depth -= 1;
        Ok(expr)
    }

    fn conditional(&mut self) -> Result<Expr, CelError> {
        let at = self.at();
        let condition = self.either()?;
        if self.take("?") {
            let yes = self.either()?;
            self.expect(":")?;
            let no = self.expression()?;
            let below = condition.height.max(yes.height).max(no.height);
            self.make(Node::Conditional(Box::new((condition, yes, no))), at, below)
        } else {
            Ok(condition)
        }
    }

    fn either(&mut self) -> Result<Expr, CelError> {
        self.chain("||", Self::both, Node::Or)
    }

    fn both(&mut self) -> Result<Expr, CelError> {
        self.chain("&&", Self::relation, Node::And)
    }

    fn chain(
        &mut self,
        sign: &str,
        part: fn(&mut Self) -> Result<Expr, CelError>,
        node: fn(Vec<Expr>) -> Node,
    ) -> Result<Expr, CelError> {
        let first = part(self)?;
        if !self.is_sign(sign) {
            return Ok(first);
        }
        let at = first.at;
        let mut parts = vec![first];
        while self.take(sign) {
            parts.push(part(self)?);
        }
        let below = parts.iter().map(|part| part.height).max().unwrap_or_default();
        self.make(node(parts), at, below)
    }

    fn relation(&mut self) -> Result<Expr, CelError> {
        const OPERATORS: &[(&str, Operator)] = &[
            ("<", Operator::Less),
            ("<=", Operator::LessEqual),
            (">=", Operator::GreaterEqual),
            (">", Operator::Greater),
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("in", Operator::In),
        ];
        self.binary(OPERATORS, Self::sum)
    }

    fn sum(&mut self) -> Result<Expr, CelError> {
        self.binary(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expr, CelError> {
        const OPERATORS: &[(&str, Operator)] =
            &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.binary(OPERATORS, Self::unary)
    }

    fn binary(
        &mut self,
        operators: &[(&str, Operator)],
        part: fn(&mut Self) -> Result<Expr, CelError>,
    ) -> Result<Expr, CelError> {
        let mut left = part(self)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.is_sign(sign)) {
            let at = self.at();
            self.next += 1;
            let right = part(self)?;
            let below = left.height.max(right.height);
            left = self.make(Node::Binary(*operator, Box::new((left, right))), at, below)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, CelError> {
        let at = self.at();
        let sign = if self.is_sign("!") { "!" } else { "-" };
        let mut count = 0_u32;
        while self.take(sign) {
            count += 1;
        }
        // The last minus belongs to the number behind it.
        if sign == "-" && count > 0 && matches!(self.peek(), Some(Kind::Int(_) | Kind::Float(_))) {
            count -= 1;
            self.next -= 1;
        }
        let mut expr = self.member()?;
        // Pairs cancel out, as in cel-go.
        if count % 2 == 1 {
            let below = expr.height;
            let node = if sign == "!" { Node::Not } else { Node::Negate };
            expr = self.make(node(Box::new(expr)), at, below)?;
        }
        Ok(expr)
    }

    fn member(&mut self) -> Result<Expr, CelError> {
        let mut expr = self.primary()?;
        loop {
            let at = self.at();
            if self.take(".") {
                let optional = self.take("?");
                expr = self.after_dot(expr, optional, at)?;
            } else if self.take("[") {
                let optional = self.take("?");
                let index = self.expression()?;
                self.expect("]")?;
                let below = expr.height.max(index.height);
                let (operand, index) = (Box::new(expr), Box::new(index));
                expr = self.make(Node::Index { operand, index, optional }, at, below)?;
            } else if self.is_sign("{") && is_dotted(&expr) {
                return Err(self.error(at, "messages are not known here"));
            } else {
                return Ok(expr);
            }
        }
    }

    fn after_dot(&mut self, operand: Expr, optional: bool, at: usize) -> Result<Expr, CelError> {
        let (field, is_escaped) = match self.peek() {
            Some(Kind::Ident(name)) => (name.clone(), false),
            Some(Kind::Escaped(name)) => (name.clone(), true),
            _ => return Err(self.unexpected(self.at())),
        };
        self.next += 1;
        if !optional && !is_escaped && self.take("(") {
            let args = self.arguments(")")?;
            return self.call(field, Some(operand), args, at);
        }
        let below = operand.height;
        self.make(Node::Select { operand: Box::new(operand), field, optional }, at, below)
    }

    fn call(
        &mut self,
        function: SmolStr,
        target: Option<Expr>,
        args: Vec<Expr>,
        at: usize,
    ) -> Result<Expr, CelError> {
        let expanded = macros::expand(self, &function, target, args, self.library, at)?;
        let (target, args) = match expanded {
            macros::Expanded::Macro(expr) => return Ok(expr),
            macros::Expanded::Call(target, args) => (target, args),
        };
        let heights = args.iter().chain(&target).map(|expr| expr.height);
        let below = heights.max().unwrap_or_default();
        let target = target.map(Box::new);
        self.make(Node::Call { function, target, args, pattern: None }, at, below)
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Expr>, CelError> {
        let mut args = Vec::new();
        if self.take(end) {
            return Ok(args);
        }
        loop {
            args.push(self.expression()?);
            if self.take(end) {
                return Ok(args);
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Result<Expr, CelError> {
        let at = self.at();
        let Some(kind) = self.peek().cloned() else { return Err(self.unexpected(at)) };
        self.next += 1;
        let literal = match kind {
            Kind::Sign("(") => {
                let expr = self.expression()?;
                self.expect(")")?;
                return Ok(expr);
            }
            Kind::Sign("[") => return self.list(at),
            Kind::Sign("{") => return self.map(at),
            Kind::Sign(".") => {
                let Some(Kind::Ident(name)) = self.peek().cloned() else {
                    return Err(self.unexpected(self.at()));
                };
                self.next += 1;
                return self.named(name, at);
            }
            Kind::Ident(name) => return self.named(name, at),
            Kind::Sign("-") => self.number(at, true)?,
            Kind::Int(_) | Kind::Uint(_) | Kind::Float(_) => {
                self.next -= 1;
                self.number(at, false)?
            }
            Kind::String(text) => Val::String(text),
            Kind::Bytes(bytes) => Val::Bytes(bytes),
            Kind::Sign("true") => Val::Bool(true),
            Kind::Sign("false") => Val::Bool(false),
            Kind::Sign("null") => Val::Null,
            Kind::Sign(_) | Kind::Escaped(_) => return Err(self.unexpected(at)),
        };
        self.make(Node::Literal(literal), at, 0)
    }

    fn named(&mut self, name: SmolStr, at: usize) -> Result<Expr, CelError> {
        if RESERVED.contains(&name.as_str()) {
            return Err(self.error(at, format!("reserved identifier: {name}")));
        }
        if self.take("(") {
            let args = self.arguments(")")?;
            return self.call(name, None, args, at);
        }
        self.make(Node::Ident(name), at, 0)
    }

    fn number(&mut self, at: usize, is_negative: bool) -> Result<Val, CelError> {
        let Some(kind) = self.peek().cloned() else { return Err(self.unexpected(self.at())) };
        self.next += 1;
        let value = match &kind {
            Kind::Int(text) => whole(text)
                .map(|value| if is_negative { -value } else { value })
                .and_then(|value| i64::try_from(value).ok())
                .map(Val::Int),
            Kind::Uint(text) if !is_negative => {
                whole(text).and_then(|value| u64::try_from(value).ok()).map(Val::Uint)
            }
            Kind::Float(text) => text
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .map(|value| Val::Double(if is_negative { -value } else { value })),
            _ => return Err(self.unexpected(at)),
        };
        value.ok_or_else(|| self.error(at, "invalid number literal"))
    }

    fn list(&mut self, at: usize) -> Result<Expr, CelError> {
        let mut items = Vec::new();
        let mut below = 0;
        while !self.take("]") {
            if !items.is_empty() {
                self.expect(",")?;
                if self.take("]") {
                    break;
                }
            }
            let optional = self.take("?");
            let item = self.expression()?;
            below = below.max(item.height);
            items.push((item, optional));
        }
        self.make(Node::List(items), at, below)
    }

    fn map(&mut self, at: usize) -> Result<Expr, CelError> {
        let mut entries = Vec::new();
        let mut below = 0;
        while !self.take("}") {
            if !entries.is_empty() {
                self.expect(",")?;
                if self.take("}") {
                    break;
                }
            }
            let optional = self.take("?");
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            below = below.max(key.height).max(value.height);
            entries.push((key, value, optional));
        }
        self.make(Node::Map(entries), at, below)
    }
}

fn whole(text: &str) -> Option<i128> {
    match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn is_dotted(expr: &Expr) -> bool {
    let mut expr = expr;
    loop {
        match &expr.node {
            Node::Ident(_) => return true,
            Node::Select { operand, optional: false, .. } => expr = operand,
            _ => return false,
        }
    }
}
