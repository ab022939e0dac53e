//! A compiled expression.

use weir_model::Map;

use crate::ast::Expr;
use crate::eval::Evaluator;
use crate::functions::Library;
use crate::types::{self, Type};
use crate::{CelError, Val, fold, parse};

/// How many steps one evaluation may take: what Kubernetes allows for one rule.
const STEPS: u64 = 10_000_000;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Program {
    expr: Expr,
    library: Library,
}

impl Program {
    /// Reads an expression without looking at types, as Flux does for health checks.
    pub fn compile(text: &str, library: Library) -> Result<Self, CelError> {
        let mut expr = parse::parse(text, library)?;
        fold::fold(&mut expr, library)?;
        Ok(Self { expr, library })
    }

    /// Reads an expression that may use these variables alone, and returns the type of its value.
    pub fn compile_typed(
        text: &str,
        library: Library,
        variables: &[(&str, Type)],
    ) -> Result<(Self, Type), CelError> {
        let expr = parse::parse(text, library)?;
        let found = types::check(&expr, text, library, variables)?;
        Ok((Self::compile(text, library)?, found))
    }

    /// Evaluates with the variables that the function knows.
    pub fn evaluate(&self, variables: &dyn Fn(&str) -> Option<Val>) -> Result<Val, CelError> {
        self.evaluate_within(variables, &mut { STEPS })
    }

    /// Evaluates within a number of steps, and takes off those that were used.
    pub fn evaluate_within(
        &self,
        variables: &dyn Fn(&str) -> Option<Val>,
        steps: &mut u64,
    ) -> Result<Val, CelError> {
        let mut evaluator = Evaluator::new(variables, *steps, self.library);
        let result = evaluator.eval(&self.expr);
        *steps = evaluator.steps_left();
        result
    }

    /// Evaluates with the top-level fields of an object as variables, as health checks do.
    pub fn evaluate_fields(&self, object: &Map) -> Result<Val, CelError> {
        self.evaluate(&|name| object.get(name).map(Val::from))
    }
}
