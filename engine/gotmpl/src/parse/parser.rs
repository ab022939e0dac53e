//! From tokens to trees.

mod pipeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;
use weir_golang::strconv;

use super::lex::{Kind, Lexer, Token};
use super::{Branch, BranchKind, Literal, Node, Tree, VariableId};
use crate::{Error, Functions};

/// Nesting of parentheses and of control structures beyond this is refused.
const DEPTH: u32 = 1_000;

/// Parses a text into the template of this name and those it defines.
pub(crate) fn parse(
    name: &str,
    text: &str,
    functions: &Functions,
) -> Result<BTreeMap<SmolStr, Tree>, Error> {
    let mut lexer = Lexer::new(text);
    lexer.break_is_keyword = functions.get("break").is_none();
    lexer.continue_is_keyword = functions.get("continue").is_none();
    let mut parser = Parser {
        lexer,
        functions,
        file: name.into(),
        text: text.into(),
        trees: BTreeMap::new(),
        depth: 0,
        scope: Scope::new(),
    };
    if u32::try_from(text.len()).is_err() {
        return Err(parser.error("text is longer than 4 GiB"));
    }
    let root = parser.file()?;
    parser.add(name.into(), root)?;
    Ok(parser.trees)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    functions: &'a Functions,
    file: SmolStr,
    text: Arc<str>,
    trees: BTreeMap<SmolStr, Tree>,
    /// Nesting of parentheses and control structures.
    depth: u32,
    scope: Scope<'a>,
}

/// What each template in a file has of its own while it is parsed.
struct Scope<'a> {
    /// Tokens put back; Go keeps three, and takes the line of errors from the first.
    tokens: [Token<'a>; 3],
    peeked: usize,
    /// All variables of the tree.
    names: Vec<SmolStr>,
    /// Their numbers.
    ids: BTreeMap<SmolStr, VariableId>,
    /// Those that are visible, the outermost first.
    visible: Vec<VariableId>,
    /// How often each is among the visible.
    declared: Vec<u32>,
    range_depth: u32,
    /// The line where the current action started, or 0.
    action_line: u32,
}

/// What ends a list of nodes.
enum Next {
    End,
    Else,
}

/// A node, or the end of a list.
enum Item {
    Node(Node),
    Next(Next),
}

impl Scope<'_> {
    fn new() -> Self {
        let root = SmolStr::new_static("$");
        Self {
            tokens: [Token { kind: Kind::Error, pos: 0, line: 0, text: "" }; 3],
            peeked: 0,
            names: vec![root.clone()],
            ids: BTreeMap::from([(root, 0)]),
            visible: vec![0],
            declared: vec![1],
            range_depth: 0,
            action_line: 0,
        }
    }

    /// Declares a variable from here to the end of the control structure.
    fn declare(&mut self, name: &str) -> VariableId {
        let id = self.ids.get(name).copied().unwrap_or_else(|| {
            let id = self.names.len() as VariableId;
            self.names.push(name.into());
            self.ids.insert(name.into(), id);
            self.declared.push(0);
            id
        });
        self.visible.push(id);
        if let Some(count) = self.declared.get_mut(id as usize) {
            *count += 1;
        }
        id
    }

    /// Returns the number of a variable that is visible.
    fn variable(&self, name: &str) -> Option<VariableId> {
        let id = *self.ids.get(name)?;
        self.declared.get(id as usize).is_some_and(|count| *count > 0).then_some(id)
    }

    /// Forgets the variables beyond the first so many visible ones.
    fn forget(&mut self, visible: usize) {
        for id in self.visible.drain(visible.min(self.visible.len())..) {
            if let Some(count) = self.declared.get_mut(id as usize) {
                *count -= 1;
            }
        }
    }
}

impl Next {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

// Tokens.
impl<'a> Parser<'a> {
    fn next(&mut self) -> Token<'a> {
        let scope = &mut self.scope;
        if scope.peeked > 0 {
            scope.peeked -= 1;
        } else {
            scope.tokens[0] = self.lexer.next_token();
        }
        scope.tokens[scope.peeked]
    }

    fn back(&mut self) {
        self.scope.peeked += 1;
    }

    /// Puts tokens back before the one peeked.
    fn back_with(&mut self, before: &[Token<'a>]) {
        self.scope.peeked = before.len() + 1;
        for (slot, token) in self.scope.tokens[1..].iter_mut().zip(before) {
            *slot = *token;
        }
    }

    fn peek(&mut self) -> Token<'a> {
        let token = self.next();
        self.back();
        token
    }

    fn next_non_space(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'a> {
        let token = self.next_non_space();
        self.back();
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'a>, Error> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }
}

// Errors.
impl Parser<'_> {
    fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(format!("template: {}:{}: {message}", self.file, self.scope.tokens[0].line))
    }

    fn unexpected(&self, token: Token<'_>, context: &str) -> Error {
        let shown = self.lexer.shown(token);
        if token.kind != Kind::Error {
            return self.error(format_args!("unexpected {shown} in {context}"));
        }
        let started = self.scope.action_line;
        if started == 0 || started == token.line {
            return self.error(shown);
        }
        // Avoids "action in action".
        let within = if shown.ends_with(" action") { "" } else { " in action" };
        self.error(format_args!("{shown}{within} started at {}:{started}", self.file))
    }
}

// Templates.
impl<'a> Parser<'a> {
    fn file(&mut self) -> Result<Vec<Node>, Error> {
        let mut root = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_non_space().kind == Kind::Define {
                    let outer = std::mem::replace(&mut self.scope, Scope::new());
                    self.definition()?;
                    self.scope = outer;
                    continue;
                }
                self.back_with(&[delimiter]);
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::Next(next) => {
                    return Err(self.error(format_args!("unexpected {}", next.text())));
                }
            }
        }
        Ok(root)
    }

    fn definition(&mut self) -> Result<(), Error> {
        let context = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        self.expect(Kind::RightDelimiter, context)?;
        let (list, next) = self.list()?;
        self.closed(&next, context)?;
        self.add(name, list)
    }

    fn closed(&self, next: &Next, context: &str) -> Result<(), Error> {
        match next {
            Next::End => Ok(()),
            Next::Else => Err(self.error(format_args!("unexpected {} in {context}", next.text()))),
        }
    }

    /// Puts the tree of the current scope among the others.
    fn add(&mut self, name: SmolStr, root: Vec<Node>) -> Result<(), Error> {
        let tree = Tree {
            name: name.clone(),
            file: self.file.clone(),
            text: Arc::clone(&self.text),
            root,
            variables: std::mem::take(&mut self.scope.names),
        };
        match self.trees.get(&name) {
            Some(known) if !known.is_blank() => {
                if !tree.is_blank() {
                    let name = strconv::quote(&name);
                    return Err(self
                        .error(format_args!("template: multiple definition of template {name}")));
                }
            }
            _ => {
                self.trees.insert(name, tree);
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Result<(Vec<Node>, Next), Error> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::Next(next) => return Ok((list, next)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item, Error> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text {
                start: token.pos,
                end: token.pos + token.text.len() as u32,
                line: token.line,
            })),
            Kind::LeftDelimiter => {
                self.scope.action_line = token.line;
                let item = self.action()?;
                self.scope.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }

    fn action(&mut self) -> Result<Item, Error> {
        let token = self.next_non_space();
        Ok(Item::Node(match token.kind {
            Kind::Block => self.block()?,
            Kind::Break | Kind::Continue => {
                let word = token.text;
                let after = self.next_non_space();
                if after.kind != Kind::RightDelimiter {
                    return Err(self.unexpected(after, &format!("{{{{{word}}}}}")));
                }
                if self.scope.range_depth == 0 {
                    return Err(self.error(format_args!("{{{{{word}}}}} outside {{{{range}}}}")));
                }
                match token.kind {
                    Kind::Break => Node::Break { pos: token.pos },
                    _ => Node::Continue { pos: token.pos },
                }
            }
            Kind::Else => {
                let next = self.peek_non_space();
                // An `if` or `with` right after `else` is left for the control structure to take up.
                if !matches!(next.kind, Kind::If | Kind::With) {
                    self.expect(Kind::RightDelimiter, "else")?;
                }
                return Ok(Item::Next(Next::Else));
            }
            Kind::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Item::Next(Next::End));
            }
            Kind::If => self.control(BranchKind::If)?,
            Kind::Range => self.control(BranchKind::Range)?,
            Kind::With => self.control(BranchKind::With)?,
            Kind::Template => self.template()?,
            _ => {
                self.back();
                let token = self.peek();
                let pipe = self.pipeline("command", Kind::RightDelimiter)?;
                Node::Action { pos: token.pos, line: token.line, pipe }
            }
        }))
    }

    /// Goes one level deeper, on more stack when needed.
    fn deeper<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth >= DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 << 10, 1 << 20, || inside(self));
        self.depth -= 1;
        result
    }

    fn control(&mut self, kind: BranchKind) -> Result<Node, Error> {
        self.deeper(|parser| parser.control_inside(kind))
    }

    fn control_inside(&mut self, kind: BranchKind) -> Result<Node, Error> {
        let context = match kind {
            BranchKind::If => "if",
            BranchKind::Range => "range",
            BranchKind::With => "with",
        };
        let visible = self.scope.visible.len();
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        let in_range = u32::from(kind == BranchKind::Range);
        self.scope.range_depth += in_range;
        let (list, next) = self.list()?;
        self.scope.range_depth -= in_range;
        let mut otherwise = None;
        if let Next::Else = next {
            let next = self.peek().kind;
            let chained =
                matches!((kind, next), (BranchKind::If, Kind::If) | (BranchKind::With, Kind::With));
            otherwise = Some(if chained {
                // `{{else if}}` is an `{{if}}` inside the `{{else}}`, and its `{{end}}` closes both.
                self.next();
                vec![self.control(kind)?]
            } else {
                let (list, next) = self.list()?;
                if let Next::Else = next {
                    return Err(self.error(format_args!("expected end; found {}", next.text())));
                }
                list
            });
        }
        self.scope.forget(visible);
        Ok(Node::Branch(Box::new(Branch { kind, pos: pipe.pos, pipe, list, otherwise })))
    }

    fn block(&mut self) -> Result<Node, Error> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let (list, next) = self.deeper(Self::list)?;
        // Go reports what is wrong with the end at the outer template's token.
        let inner = std::mem::replace(&mut self.scope, outer);
        self.closed(&next, context)?;
        let outer = std::mem::replace(&mut self.scope, inner);
        self.add(name.clone(), list)?;
        self.scope = outer;
        Ok(Node::Template { pos: token.pos, name, pipe: Some(pipe) })
    }

    fn template(&mut self) -> Result<Node, Error> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelimiter {
            self.back();
            pipe = Some(self.pipeline(context, Kind::RightDelimiter)?);
        }
        Ok(Node::Template { pos: token.pos, name, pipe })
    }

    fn template_name(&mut self, token: Token<'a>, context: &str) -> Result<SmolStr, Error> {
        match token.kind {
            Kind::String | Kind::RawString => match self.unquote(token)? {
                Literal::Text(name) => Ok(name),
                Literal::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into()),
            },
            _ => Err(self.unexpected(token, context)),
        }
    }
}
